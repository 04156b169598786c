"""A link holds the whole page: read back as it was written, and refused in one sentence where it is not allowed."""

import pytest
from hypothesis import given, settings, strategies as st

from alliance_sim.app import experiment
from alliance_sim.app.clinics import PRESETS
from alliance_sim.app.state import CONDITIONS, LONGEST, MOST_PATIENTS, Page, State, amended, defaults, parse
from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.study.identity import point_ids
from alliance_sim.world.configuration import names

BAD = {
    "above the range": (
        "a.empathy=1.4",
        "a.empathy=1.4 is outside [0, 1] behaviour points; type a value in",
    ),
    "no number": ("b.boundaries=much", "b.boundaries=much is not a number; type one in [0, 1] behaviour points."),
    "not a number itself": ("a.empathy=nan", "a.empathy=nan is"),
    "not whole": ("patients=5.5", "patients=5.5 is not a whole number; type one in [4, 100] patients."),
    "too many patients": ("patients=100000", "outside [4, 100] patients"),
    "too many clinicians": ("a.caseload=0", "a.caseload=0 is outside [1, 20] patients"),
    "unknown key": ("a.empaty=1", "did you mean a.empathy"),
    "a group": ("a=1", "there is no key 'a'"),
    "no such page": ("page=home", "choose one of: compare, patient, live, lessons."),
    "no such protocol": ("protocol=mappp", "choose one of: mapp."),
    "no such condition": ("condition=grief", "there is no condition 'grief'"),
    "a path": ("protocol=../../secret", "there is no protocol '../../secret'"),
    "no such patient": ("patients=10&patient=10", "patient=10 is outside [0, 9]"),
    "nobody": ("agent=nurse-1", "agent=nurse-1 is nobody; such as agent=patient-3"),
    "twice": ("seed=1&seed=2", "seed stands twice in the link; leave one out."),
    "looked up": ("a.empathy=${oc.env:HOME}", "a.empathy=${oc.env:HOME} is not a number"),
    "too long": ("seed=1&" + "x" * LONGEST, "use at most 2000"),
}


@pytest.mark.parametrize(("query", "said"), BAD.values(), ids=BAD)
def test_what_is_not_allowed_is_refused_in_one_sentence(query, said):
    with pytest.raises(ScenarioError) as error:
        parse(query)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


levels = st.integers(0, 100).map(lambda part: part / 100)
clinics = st.fixed_dictionaries(dict.fromkeys(Behaviours._fields, levels) | {"caseload": st.integers(1, 20)})


@settings(max_examples=50, deadline=None)
@given(
    a=clinics,
    b=clinics,
    more=st.fixed_dictionaries(
        {
            "page": st.sampled_from([page.value for page in Page]),
            "protocol": st.sampled_from(names("protocol")),
            "condition": st.sampled_from(CONDITIONS),
            "dose": st.integers(0, 150),
            "patients": st.integers(4, MOST_PATIENTS),
            "seed": st.integers(0, 2**64 - 1),
            "day": st.integers(0, 200),
            "agent": st.sampled_from(["", "patient-3", "clinician-0"]),
            "theme": st.sampled_from(["auto", "light", "dark"]),
        }
    ),
)
def test_a_link_brings_back_the_page_it_was_made_of(a, b, more):
    pairs = [(f"{arm}.{name}", value) for arm, clinic in (("a", a), ("b", b)) for name, value in clinic.items()]
    state = amended([*pairs, *more.items()])
    assert parse("?" + state.query()) == state
    assert state.query() == parse(state.query()).query()


def test_a_link_names_only_what_differs_from_the_default():
    assert State().query() == ""
    assert parse("a.empathy=0.2&seed=5").query() == "seed=5&a.empathy=0.2"


def test_a_link_that_names_one_behaviour_keeps_the_others_of_the_default_clinician():
    assert parse("b.empathy=0.9").b.boundaries == State().b.boundaries
    assert parse("b.empathy=0.9").a == State().a


def test_what_only_changes_the_view_changes_no_world():
    seen = parse("page=live&day=9&patient=3&trial=2&arm=b&agent=patient-2&lesson=4&theme=dark")
    assert seen.world() == State()
    assert parse("page=live&a.empathy=0.3").world() == parse("a.empathy=0.3")


@pytest.mark.parametrize("name", PRESETS)
def test_a_ready_made_clinician_can_be_written_as_a_link(name):
    pairs = [(f"a.{key}", value) for key, value in PRESETS[name].skills().items()]
    assert amended([*pairs, ("a.caseload", PRESETS[name].caseload)]).a == PRESETS[name]


@pytest.mark.parametrize("query", ["", "dose=40&protocol=mapp&condition=ptsd", "protocol=waitlist", "a.caseload=20"])
def test_sliders_make_the_worlds_that_the_study_composes(query):
    state = parse(query)
    study = experiment.study(state)
    assert point_ids(experiment.scenarios(state), state.seed) == point_ids(study.scenarios(), study.seed)


def test_all_clinicians_of_an_arm_have_the_skills_of_its_sliders():
    met = experiment.meet(experiment.scenarios(parse("patients=10&a.empathy=0.31")), 1, [0, 1])
    for arm, clinic in (("a", State().a), ("b", State().b)):
        staff = met[arm].recorded.clinicians
        for name, level in clinic.skills().items():
            wanted = 0.31 if (arm, name) == ("a", "empathy") else level
            assert (staff[name][:, met[arm].place] == wanted).all()


def test_nobody_leads_more_patients_than_the_caseload():
    for caseload in (1, 3, 20):
        state = parse(f"patients=40&a.caseload={caseload}")
        met = experiment.meet(experiment.scenarios(state), 1, [0])["a"]
        leads = met.recorded.patients["lead"][:, met.place, 0].tolist()
        assert max(leads.count(lead) for lead in set(leads)) <= caseload


def test_every_key_of_a_link_has_a_default():
    assert set(defaults()) >= {f"{arm}.{name}" for arm in "ab" for name in (*Behaviours._fields, "caseload")}
