"""Directions that must come out of the model: a parameter moves an outcome the way theory says.

Paired worlds (common random numbers), 500 trials of 20 patients; a direction holds if its mean difference is
more than 4 Monte Carlo standard errors from zero on the right side. Chance alone passes 1 in 30,000.
"""

import numpy as np
import pytest

from alliance_sim.model.behaviours import NAMES
from tests.worlds import run, with_values, world

REPLICATES, ERRORS = 500, 4.0
UP, DOWN = 1, -1
BEHAVIOUR = [
    (f"clinicians.{name}.mean", 0.78, measure, direction)
    for name in NAMES
    for measure, direction in (("wai_final", UP), ("change", DOWN), ("dropout", DOWN), ("fear", DOWN))
]
# key, value (the default is the comparator), outcome, direction
TABLE = [
    *BEHAVIOUR,
    ("clinicians.factor_shift", 1.28, "response", UP),
    ("clinicians.factor_shift", 1.28, "ebi", UP),
    ("clinicians.factor_shift", 1.28, "ceq", DOWN),
    ("clinicians.factor_shift", 1.28, "adverse", DOWN),
    ("clinicians.factor_shift", 1.28, "ruptures", DOWN),
    ("clinicians.factor_shift", 1.28, "wellbeing_change", UP),
    ("clinicians.responsiveness.mean", 0.9, "wai_final", UP),
    ("patients.attachment_anxiety", 1.0, "wai_final", DOWN),
    ("patients.attachment_avoidance", 1.0, "wai_final", DOWN),
    ("patients.attachment_anxiety", 1.0, "ceq", UP),
    ("patients.expectancy", 1.0, "change", DOWN),
    ("patients.resistance", 1.0, "change", UP),
    ("patients.absorption", 1.0, "meq30", UP),
    ("parameters.psilocybin.half_dose", 20.0, "ebi", DOWN),
    ("parameters.psilocybin.insight", 4.0, "change", DOWN),
    ("parameters.dosing.harm_severity", 2.0, "change", UP),
    ("parameters.rupture.base", -1.0, "ruptures", UP),
    ("parameters.rupture.base", -1.0, "wai_final", DOWN),
    ("parameters.rupture.repair_base", 2.0, "wai_final", UP),
    ("parameters.strain.hours", 0.2, "wai_final", DOWN),
    ("parameters.strain.recovery", 60.0, "wai_final", DOWN),
    ("parameters.integration.rate", 4.0, "change", DOWN),
    ("parameters.integration.common", 0.2, "change", DOWN),
    ("parameters.symptoms.relief_days", 300.0, "change", DOWN),
    ("parameters.retention.base", -2.0, "dropout", UP),
]
ARMS = list(dict.fromkeys((key, value) for key, value, _, _ in TABLE))


def measured(arms):
    """Outcomes by name, means over patients, shape (arms, replicates); fear is that of the last session."""
    recorded = run(arms, REPLICATES)
    kept = {name: np.nanmean(values, axis=0) for name, values in recorded.outcomes.items()}
    last = [place for place, event in enumerate(recorded.session_events) if event.planned.name == "integration.2"]
    kept["fear"] = recorded.sessions["fear"][last].mean(axis=0)
    return kept


@pytest.fixture(scope="module")
def results():
    """The world itself and all arms of the table in one run, each arm once."""
    base = world(patients__number=20, clinicians__number=5)
    return measured([base, *(with_values(base, {key: value}) for key, value in ARMS)])


@pytest.mark.parametrize("place", range(len(TABLE)), ids=[f"{row[0]}-{row[2]}" for row in TABLE])
def test_a_parameter_moves_the_outcome_as_theory_says(results, place):
    """One row of the table."""
    key, value, measure, direction = TABLE[place]
    difference = results[measure][ARMS.index((key, value)) + 1] - results[measure][0]
    error = difference.std(ddof=1) / np.sqrt(REPLICATES)
    assert direction * difference.mean() > ERRORS * error


def test_the_table_would_fail_for_two_equal_worlds(results):
    """Negative control: no difference is no direction."""
    difference = results["change"][0] - results["change"][0]
    assert not difference.mean() > 0


def test_strong_and_weak_bonds_part_visibly():
    """The outcome distributions of the two extreme arms lie at least a fifth of a standard deviation apart."""
    base = world(patients__number=20, clinicians__number=5)
    arms = [with_values(base, {"clinicians.factor_shift": shift}) for shift in (-1.28, 1.28)]
    change = run(arms, REPLICATES).outcomes["change"]
    apart = change[:, 0].mean() - change[:, 1].mean()
    assert apart / change.std(axis=(0, 2)).mean() > 0.2


@pytest.mark.parametrize("protocol", ["comp001", "psychotherapy", "mapp"])
def test_ruptures_come_in_19_to_42_percent_of_sessions(protocol):
    """Patients' reports [PT049]."""
    patients = "ptsd" if protocol == "mapp" else "depression"
    recorded = run(world(protocol, patients, patients__number=20, clinicians__number=5), 40)
    attended = recorded.sessions["attended"] > 0.5
    assert 0.19 < recorded.sessions["rupture"][attended].mean() < 0.42


def test_challenge_helps_when_resolved_and_harms_when_not():
    """Same patients and draws, more challenge: better where clinicians can hold it, worse where they cannot."""
    base = world(patients__number=20, clinicians__number=5)
    held = {"parameters.dosing.resolve_base": 8.0}
    alone = {"parameters.dosing.resolve_base": -8.0}
    harder = {"parameters.dosing.challenge_base": base.parameters.dosing.challenge_base + 1.5}
    arms = [with_values(base, values) for values in (held, held | harder, alone, alone | harder)]
    change = run(arms, REPLICATES).outcomes["change"].mean(axis=0)
    for less, more, direction in ((0, 1, DOWN), (2, 3, UP)):
        difference = change[more] - change[less]
        error = difference.std(ddof=1) / np.sqrt(REPLICATES)
        assert direction * difference.mean() > ERRORS * error


def test_the_dose_response_of_comp001_is_of_the_published_order():
    """Week 3: about -12 MADRS points at 25 mg, -8 at 10 mg, -5 at 1 mg (TD088, TD089, TD091), within 3 points."""
    base = world(patients="comp001", patients__number=20, clinicians__number=5)
    for milligrams, published in ((25.0, -12.0), (10.0, -7.9), (1.0, -5.4)):
        arm = with_values(base, {"protocol.doses": [milligrams]})
        assert abs(run(arm, 60).outcomes["change"].mean() - published) < 3.0
