"""A story names what happened to one simulated patient, once, in words, and says that it is a simulation."""

import re

import numpy as np
import pytest

from alliance_sim.analysis.story import DISCLAIMER, _moved, difference, tell
from alliance_sim.analysis.wording import (
    DOWN,
    LEAST_INSIGHT,
    MENDED,
    MOVED,
    TORN,
    WIDTH,
    WORDS,
    difficult,
    ruptures,
    word,
)
from alliance_sim.analysis.worlds import worlds
from alliance_sim.errors import ScenarioError
from alliance_sim.study.config import Study
from alliance_sim.world.scenario import Patients, load_patients, load_protocol

PATIENTS = 6
ARMS = {"weak": {"clinicians.factor_shift": -1.28}, "typical": {}}


def study_of(protocol="comp001", arms=ARMS, **values):
    values = {"patients": Patients(number=PATIENTS), **values}
    return Study(protocol=load_protocol(protocol), arms=arms, base_arm=next(iter(arms)), **values)


@pytest.fixture(scope="module")
def study():
    return study_of()


@pytest.fixture(scope="module")
def text(study):
    return tell(study, 3)


@pytest.mark.parametrize("protocol", ["comp001", "davis2021", "psychotherapy"])
def test_the_story_names_each_session_once(protocol):
    reported = study_of(protocol)
    text = tell(reported, 3, counterfactual="strong")
    for step in reported.base().course():
        if step.phase != "assessment":
            assert text.count(f"Day {step.day}, {step.name.replace('.', ' ', 1)}\n") == 1


def test_an_arm_with_another_number_of_clinicians_is_as_it_is_alone():
    arms = {"few": {"clinicians.number": 2}, "many": {"clinicians.number": 4}}
    beside = worlds(study_of(arms=arms), 3, counterfactual="many")[1]
    (alone,) = worlds(study_of(arms=arms), 3, arm="many")
    assert beside.rows.drop(columns="arm").equals(alone.rows.drop(columns="arm"))


def test_the_story_names_each_assessment_in_points_of_the_instrument(study, text):
    (world,) = worlds(study, 3)
    seen = world.rows[world.rows["phase"] == "assessment"]
    days = [int(day) for day in re.findall(r"Day (\d+), (?:primary )?assessment", text)]
    assert days == seen["patient_day"].tolist()
    for score in seen["score_primary"]:
        assert re.search(rf"MADRS (was|of|stood at) {score:g} \(", text)


def test_the_story_is_in_order_of_time(text):
    days = [int(day) for day in re.findall(r"^Day (\d+)", text, flags=re.MULTILINE)]
    assert days == sorted(days)


@pytest.mark.parametrize("counterfactual", ["", "strong"])
def test_the_story_says_once_that_the_person_is_simulated_and_gives_no_advice(study, counterfactual):
    assert tell(study, 3, counterfactual=counterfactual).count(DISCLAIMER) == 1


def test_the_same_question_gives_the_same_story(study, text):
    assert tell(study, 3) == text


@pytest.mark.parametrize("counterfactual", ["typical", "strong", "strong_bond"])
def test_the_counterfactual_shares_the_patient(study, counterfactual):
    reported, other = worlds(study, 3, counterfactual=counterfactual)
    for name in ("attachment_anxiety", "expectancy", "resistance", "dyad_effect", "baseline", "lead", "co"):
        assert reported.person[name] == other.person[name]
    assert reported.start == other.start
    assert other.person["wai_final"] > reported.person["wai_final"]


def test_a_clinician_file_means_the_same_as_an_arm_with_its_values(study):
    one = worlds(study, 3, counterfactual="strong_bond")[1]
    two = worlds(study_of(arms={**ARMS, "up": {"clinicians.factor_shift": 1.28}}), 3, counterfactual="up")[1]
    assert one.person["endpoint"] == two.person["endpoint"]


def test_telling_a_counterfactual_beside_it_does_not_change_the_patient(study):
    (alone,) = worlds(study, 3)
    beside, _ = worlds(study, 3, counterfactual="strong")
    assert np.array_equal(alone.rows["severity"], beside.rows["severity"])


def test_a_counterfactual_with_another_timetable_has_its_story_too():
    arms = {"two": {}, "one": {"protocol.preparation.sessions": 2}}
    text = tell(study_of(arms=arms), 3, counterfactual="one")
    assert "preparation 3" in text
    assert "The difference" in text


def test_the_difference_is_given_in_points(study):
    reported, other = worlds(study, 3, counterfactual="strong")
    text = " ".join(tell(study, 3, counterfactual="strong").split("The difference")[1].split())
    assert f"MADRS was {other.person['endpoint']:g} in arm strong" in text
    assert f"the {reported.person['endpoint']:g} in arm weak" in text
    gap = abs(other.person["endpoint"] - reported.person["endpoint"])
    assert not gap or f"{gap:g} point" in text


def body_of(text):
    """The timeline alone, without line breaks."""
    return " ".join(text.split("\nDay ", 1)[1].split("What lasted")[0].split())


@pytest.mark.parametrize("protocol", ["comp001", "mapp"])
def test_every_rupture_is_mentioned_and_whether_it_was_mended(protocol):
    study = study_of(protocol, patients=load_patients("ptsd") if protocol == "mapp" else Patients(number=PATIENTS))
    for patient in range(4):
        (world,) = worlds(study, patient)
        body = body_of(tell(study, patient)).lower()
        came, mended = (int(world.rows[name].sum()) for name in ("rupture", "repaired"))
        assert body.count("rupture") == came
        assert sum(body.count(way) for way in MENDED) == mended
        assert sum(body.count(way) for way in TORN) == came - mended


@pytest.mark.parametrize(
    ("came", "mended", "said"),
    [(0, 0, ""), (1, 0, "rupture was not mended"), (1, 1, "rupture was mended"), (2, 2, "all were mended"),
     (3, 0, "none was mended"), (3, 1, "one was mended"), (5, 3, "of the 5 ruptures 3 were mended")],
)  # fmt: skip
def test_ruptures_are_summed_up_in_good_grammar(came, mended, said):
    reported = ruptures(came, mended)
    assert reported.endswith(said) if said else reported == ""


@pytest.mark.parametrize("patient", range(PATIENTS))
def test_integration_is_reported_as_the_share_of_the_insight_that_there_was(study, patient):
    (world,) = worlds(study, patient)
    body = body_of(tell(study, patient)).lower()
    held = world.rows[(world.rows["phase"] == "integration") & (world.rows["attended"] > 0.5)]
    there = held["integrated_now"] + held["insight"]
    shares = (held["integrated_now"] / there)[there >= LEAST_INSIGHT]
    reported = re.findall(r"(a little|a good part|most) of the remaining insight", body)
    assert reported == [word("insight", share) for share in shares]


@pytest.mark.parametrize("protocol", ["comp001", "psychotherapy"])
def test_even_so_is_said_only_where_no_bond_fell(protocol):
    unmended = {"parameters.rupture.base": 1.0, "parameters.rupture.repair_base": -8.0}
    study = study_of(protocol, arms={"torn": {"clinicians.factor_shift": 2.0, **unmended}})
    texts = [body_of(tell(study, patient)).lower() for patient in range(PATIENTS)]
    said = [clause for text in texts for clause in re.findall(r"even so, ([^;]*);", text)]
    assert said
    assert not any(down in clause for clause in said for down in DOWN)


def test_a_session_after_a_later_dose_is_named_by_dose_and_number():
    assert "integration 2.1" in tell(study_of("davis2021"), 3)


def test_leaving_treatment_is_reported_and_later_sessions_were_not_attended():
    arms = {"base": {"parameters.retention.base": 0.0}}
    study = study_of(arms=arms)
    leaver = next(patient for patient in range(PATIENTS) if worlds(study, patient)[0].person["sessions"] == 1)
    text = " ".join(tell(study, leaver).split())
    assert text.count("the patient left treatment") == 1
    assert text.count("Not attended.") == 5
    assert "attended 1 of 6 sessions" in text


def test_without_a_drug_the_dosing_day_brings_no_experience():
    study = study_of(arms={"without": {"protocol.drug": "none"}})
    text = tell(study, 3)
    assert "No drug was given" in text
    assert "MEQ30" not in text


def test_waiting_has_a_story_without_sessions():
    text = tell(study_of("waitlist"), 3)
    assert "no sessions" in text
    assert "attended" not in text


def test_each_condition_is_reported_in_its_own_instrument():
    people = load_patients("ptsd")
    people.number = 4
    text = tell(study_of("mapp", patients=people), 3)
    assert "PTSD" in text
    assert "CAPS-5" in text
    assert "MADRS" not in text


def test_no_sentence_about_a_session_comes_in_every_session():
    text = tell(study_of("psychotherapy"), 3).split("What lasted")[0]
    sessions = re.split(r"Day \d+, therapy \d+\n", text)[1:]
    sentences = [" ".join(part.split()) for part in sessions]
    assert len(set(sentences)) > len(sentences) * 0.8


def test_lines_fit_the_page_and_nothing_is_missing(text):
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "nan" not in text
    assert "_" not in text


@pytest.mark.parametrize("kind", WORDS)
def test_every_value_has_a_word_and_the_words_are_in_order(kind):
    limits = [limit for limit, _ in WORDS[kind]]
    assert limits == sorted(limits)
    assert word(kind, -1e9) == WORDS[kind][0][1]
    assert word(kind, 1e9) == WORDS[kind][-1][1]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"patient": PATIENTS}, r"\[0, 5\]"),
        ({"patient": -1}, r"\[0, 5\]"),
        ({"patient": 0, "replicate": -1}, r"\[0, 999999\]"),
        ({"patient": 0, "arm": "none"}, "weak, typical"),
        ({"patient": 0, "counterfactual": "none"}, "strong_bond"),
        ({"patient": 0, "counterfactual": "weak"}, "name another"),
    ],
)
def test_what_has_no_story_is_refused_in_one_sentence(study, values, said):
    with pytest.raises(ScenarioError, match=said) as refused:
        tell(study, **values)
    assert "\n" not in str(refused.value)


def test_the_story_says_who_leads_what_is_shared():
    """The group's clinician as the sessions have it, the patient's own on the dosing day, and the group's cohesion."""
    grouped = study_of("groups_of_six", patients=Patients(number=13))
    text = " ".join(tell(grouped, 7).split())
    visits = worlds(grouped, 7)[0].rows
    leads = visits[visits["attended"] > 0].groupby("phase", observed=True)["lead"].first()
    assert f"Clinician {leads['dosing']} leads the dosing sessions" in text
    said = f"are shared by a group of up to 6 patients, led by clinician {leads['preparation']}; its cohesion goes from"
    assert "The preparation and integration sessions " + said in text


def test_a_score_that_moves_by_what_matters_says_why_and_one_that_does_not_says_nothing():
    (world,) = worlds(study_of(), 3)
    scale = world.scenario.instrument(world.scenario.primary)
    rows = world.rows[world.rows["phase"] == "assessment"].to_dict("records")
    still = rows[0]
    left = np.exp(-(still["relief"] + still["hope"] + still["belief_relief"]))
    fading = still | {"relief": still["relief"] - 0.5, "score_primary": still["score_primary"] + 9}
    harder = still | {
        "set_point": still["set_point"] + 9 / scale.slope / left,
        "score_primary": still["score_primary"] + 9,
    }
    by_chance = still | {"score_primary": still["score_primary"] - 9}
    said = {_moved(world, row, still) for row in (still, fading, harder, by_chance)}
    assert said == {
        "",
        MOVED["relief", True].format("9 points"),
        MOVED["level", True].format("9 points"),
        MOVED["chance", False].format("9 points"),
    }
    hardly = still | {"score_primary": still["score_primary"] + scale.important / 2}
    assert _moved(world, hardly, still) == ""


def test_what_patient_and_narrator_say_of_a_dosing_day_goes_by_the_share_that_was_worked_through():
    assert difficult(0.5, 0.25)
    assert not difficult(0.9, 0.7)  # more is left than in the case above, but most was worked through
    assert not difficult(0.3, 0.0)


def test_the_difference_counts_the_whole_trial():
    one, other = worlds(study_of(), 3, counterfactual="strong")
    text = difference(one, other)
    counts = [int(number) for number in re.findall(r"(\d+) (?:had a MADRS that was )?(?:lower|the same|higher)", text)]
    assert sum(counts) == PATIENTS
    assert f"of the {PATIENTS} patients" in text.lower()
    alike = difference(one, one)
    assert f"{PATIENTS} had a MADRS that was the same" in alike
