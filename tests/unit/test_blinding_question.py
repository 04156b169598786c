"""Belief about the arm: indices of known value, effects worked out by hand, and worlds in which belief does nothing."""

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim import questions
from alliance_sim.analysis import blinding
from alliance_sim.analysis.blinding import Compared, Kind
from alliance_sim.errors import ScenarioError
from alliance_sim.report import console, tables
from alliance_sim.study.config import Study
from tests.worlds import SEED, small

GAIN = {"parameters__blinding__gain": 0.4}
PAIR = [Compared("drug", "none", ("protocol.drug",))]


def arms(protocol="vonrotz2023", **values):
    """The same trial with the drug and without."""
    return {"none": small(protocol, protocol__drug="none", **values), "drug": small(protocol, **values)}


@pytest.fixture(scope="module")
def worlds():
    return blinding.blinding_worlds(arms(**GAIN), 12, SEED)


# ------------------------------------------------------------------------------------------------------------ indices


@pytest.mark.parametrize(("right", "index"), [(40, 1), (20, 0), (0, -1), (30, 0.5)])
def test_bangs_index_is_1_if_all_are_right_and_0_by_chance(right, index):
    assert blinding.bang(right, 40) == index


@pytest.mark.parametrize(
    ("counts", "index"),
    [
        ((20, 0, 0, 20), 0),  # all right
        ((10, 10, 10, 10), 0.5),  # a coin
        ((0, 20, 20, 0), 1),  # all wrong
        ((20, 0, 20, 0), 0.5),  # everybody says the same
        ((5, 25, 2, 10), 0.5),  # guesses that do not depend on the arm, arms of different size
        ((82, 25, 27, 29), 8476 / 23764),  # o = 52/163, e = (109·56 + 54·107)/163²
    ],
)
def test_jamess_index_is_0_if_all_are_right_and_a_half_by_chance(counts, index):
    assert blinding.james(np.array(counts)) == pytest.approx(index, abs=1e-12)


def test_without_guesses_there_is_no_index():
    assert np.isnan(blinding.bang(0, 0))
    assert np.isnan(blinding.james(np.array([[10, 10, 0, 0], [0, 0, 0, 0]]))).all()


def test_of_arms_of_one_size_jamess_index_is_the_share_of_wrong_guesses_at_even_guesses():
    assert blinding.james(np.array([30, 10, 10, 30])) == pytest.approx(20 / 80)


# ------------------------------------------------------------------------------------------------------------ effects


def by_hand():
    """Trials of two arms whose differences are 8 + noise as run, 6 + noise perfectly blind, 12 + noise open."""
    noise = np.array([-1.0, 0.0, 1.0])
    rows = []
    for kind, effect in ((Kind.as_run, -8.0), (Kind.perfect, -6.0), (Kind.open, -12.0)):
        for arm, own in (("none", 0.0), ("drug", effect)):
            for replicate, chance in enumerate(noise):
                change = own + chance * (arm == "drug")
                rows.append((arm, kind.value, replicate, change, 0.25, 10, 9 if arm == "drug" else 2, 6.0))
    columns = ["arm", "blinding", "replicate", "change", "response", "asked", "drug", "certain"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1.0, random_state=1)  # rows in any order


def test_effects_and_what_belief_adds_are_those_worked_out_by_hand():
    found = blinding.effects(by_hand(), PAIR, small())
    own = found[found["measure"] == "change"].set_index("blinding")
    assert own["estimate"].to_dict() == {
        "as run": -8, "perfect": -6, "open": -12, "as run less perfect": -2, "open less perfect": -6
    }  # fmt: skip
    assert own.loc["as run", "mcse"] == pytest.approx(1 / np.sqrt(3))
    assert own.loc["as run less perfect", "mcse"] == 0  # noise that all kinds share
    assert (own["unit"] == "MADRS points").all()


def test_the_share_of_belief_is_a_ratio_and_unknown_where_there_may_be_no_effect():
    found = blinding.shares(by_hand(), PAIR).set_index(["measure", "blinding"])
    assert found.loc[("change", "as run"), "estimate"] == pytest.approx(0.25)
    assert found.loc[("change", "open"), "estimate"] == pytest.approx(0.5)
    assert (found.loc["change", "mcse"] > 0).all()
    assert found.loc["response", "estimate"].isna().all()
    assert (found.loc["response", "note"] == blinding.NO_EFFECT).all()


def test_guesses_are_those_counted_by_hand():
    found = blinding.guesses(by_hand(), arms()).set_index(["arm", "quantity"])["estimate"]
    # Those who are told say in both arms what they say as run here: 9 of 10 the drug, and 2 of 10.
    assert found["drug"].to_dict() == pytest.approx(
        {"guess the drug": 0.9, "guess rightly": 0.9, "certainty": 0.6, "Bang's index": 0.8}
    )
    assert found["none"]["guess rightly"] == pytest.approx(0.8)
    james = blinding.james_indices(by_hand(), PAIR)["estimate"]
    assert james.tolist() == pytest.approx([float(blinding.james(np.array([9, 1, 2, 8])))])


# --------------------------------------------------------------------------------------------------------- simulated


@pytest.mark.parametrize(("chance", "guess", "certainty"), [(0.5, 0.0, 0.0), (0.75, 1.0, 0.5)])
def test_perfectly_blind_patients_guess_by_the_odds_alone_whatever_their_arm(chance, guess, certainty):
    scenarios = arms(protocol__active_share=chance, **GAIN)
    found = blinding.blinding_worlds(scenarios, 4, SEED)
    blind = blinding.guesses(found, scenarios, Kind.perfect).set_index(["quantity", "arm"])["estimate"]
    assert blind["guess the drug"].tolist() == [guess, guess]
    assert blind["certainty"].tolist() == pytest.approx([certainty, certainty])
    assert blinding.james_indices(found, PAIR, Kind.perfect)["estimate"].tolist() == pytest.approx([0.5])
    # Control: as run they depend on it.
    seen = blinding.guesses(found, scenarios).set_index(["quantity", "arm"])["estimate"]
    assert seen["guess the drug", "drug"] > seen["guess the drug", "none"]


def test_openly_everybody_guesses_rightly(worlds):
    found = blinding.guesses(worlds, arms(**GAIN), Kind.open).set_index(["quantity", "arm"])["estimate"]
    for quantity in ("guess rightly", "certainty", "Bang's index"):
        assert found[quantity].tolist() == [1, 1]
    assert blinding.james_indices(worlds, PAIR, Kind.open)["estimate"].tolist() == [0]


def test_a_dose_too_low_to_be_felt_counts_as_none():
    scenarios = {dose: small(protocol__doses=[float(dose)]) for dose in ("1", "25")}
    found = blinding.blinding_worlds(scenarios, 2, SEED)
    assert [blinding.gives_drug(found, arm) for arm in scenarios] == [False, True]


def test_belief_that_does_nothing_leaves_all_kinds_of_blinding_equal():
    """Not nearly equal: every difference is 0. Its control is the test below."""
    scenarios = arms(parameters__blinding__gain=0.0)
    found = blinding.blinding_worlds(scenarios, 12, SEED)
    effects = blinding.effects(found, PAIR, scenarios["none"])
    added = effects[effects["blinding"].str.contains(blinding.LESS)]
    assert len(added) == 4
    assert (added[["estimate", "mcse"]] == 0).all(axis=None)
    shares = blinding.shares(found, PAIR).query("measure == 'change'")
    assert (shares[["estimate", "mcse"]] == 0).all(axis=None)


def test_belief_adds_to_the_drug_and_most_in_an_open_trial(worlds):
    found = blinding.effects(worlds, PAIR, small()).query("measure == 'change'").set_index("blinding")
    assert found.loc["open less perfect", "upper"] < found.loc["as run less perfect", "lower"]
    assert found.loc["as run less perfect", "upper"] < 0
    total = found["estimate"]
    assert total["perfect"] + total["as run less perfect"] == pytest.approx(total["as run"])


def test_equal_worlds_do_not_depend_on_what_else_is_run():
    alone = blinding.blinding_worlds({"drug": arms()["drug"]}, 3, SEED)
    both = blinding.blinding_worlds(arms(), 3, SEED)
    both = both[both["arm"] == "drug"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, both)


# ------------------------------------------------------------------------------------------------------ which pairs


def test_arms_are_compared_with_the_base_and_where_one_key_differs():
    weak, strong = ({"clinicians__factor_shift": shift} for shift in (-1.28, 1.28))
    scenarios = {
        "none weak": small(protocol__drug="none", **weak),
        "drug weak": small(**weak),
        "none strong": small(protocol__drug="none", **strong),
        "drug strong": small(**strong),
        "other scale": small("mapp", "ptsd"),
    }
    drug, bond = "protocol.drug", "clinicians.factor_shift"
    assert [(one.arm, one.versus, set(one.keys)) for one in blinding.compared(scenarios, "none weak")] == [
        ("drug weak", "none weak", {drug}),
        ("drug strong", "none strong", {drug}),
        ("none strong", "none weak", {bond}),
        ("drug strong", "drug weak", {bond}),
        ("drug strong", "none weak", {drug, bond}),
    ]


def study(arms, **values):
    made = Study(arms=arms, base_arm=next(iter(arms)), replicates=2, engine="numpy", **values)
    made.patients.number, made.clinicians.number, made.executor.workers = 4, 2, 1
    return made


def test_who_waits_is_asked_nothing_and_the_table_says_so():
    none = {"protocol.doses": [], "protocol.drug": "none", "protocol.allocation": "waitlist"}
    phases = {f"protocol.{phase}.sessions": 0 for phase in ("preparation", "dosing", "integration")}
    waits = {**none, **phases, "protocol.assessments.days": [50], "protocol.assessments.primary_day": 50}
    results = alliance_sim.run(study({"waitlist": waits, "drug": {}}))
    answers = results.answer("blinding")
    asked = answers["blinding_guesses"].set_index("arm")
    assert asked.loc["waitlist", "note"] == blinding.NOT_DOSED
    assert "blinding_james" not in answers
    said = "\n".join(map(console.text, tables.answered(results._opened, "blinding")))
    assert blinding.NOT_DOSED in said
    assert "nan" not in said.lower()


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ({"one": {}}, "2 arms; add one"),
        ({"one": {}, "two": {"patients.condition": "ptsd"}}, "compare arms of one condition"),
    ],
)
def test_what_cannot_be_compared_is_refused(arms, said):
    with pytest.raises(ScenarioError, match=said):
        questions.check(study(arms, ask=["blinding"]))


def test_a_therapy_without_dosing_sessions_leaves_nothing_to_believe():
    asked = study({"one": {}, "two": {"clinicians.factor_shift": 1.0}}, protocol="psychotherapy", ask=["blinding"])
    with pytest.raises(ScenarioError, match="choose a protocol that has a dosing session"):
        questions.check(asked)
