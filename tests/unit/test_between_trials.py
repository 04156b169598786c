"""TAU001 taken apart, and comparator arms beside what they were before."""

import numpy as np
import pytest

from alliance_sim.calibration import between_trials, comparators
from alliance_sim.calibration.evidence.rows import rows
from alliance_sim.calibration.evidence.targets import FITTED, PREDICTED, targets
from alliance_sim.calibration.prediction import table

KNOWN = targets(FITTED) + targets(PREDICTED)


@pytest.fixture(scope="module")
def parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(between_trials, "TRIALS", 40)
        patch.setattr(between_trials, "BATCHES", 4)
        yield between_trials.taken_apart({}), between_trials.taken_apart({between_trials.SPREAD: 0.0})


def test_the_parts_make_the_total_and_chance_is_what_the_multiplier_makes(parts):
    usual, calm = parts
    both = np.sqrt(usual.total**2 - usual.chance**2)
    assert np.all(both >= usual.designs - 1e-12) or np.all(usual.populations == 0)
    assert np.all(calm.chance == 0)
    assert np.allclose(calm.total, both)
    assert 0.03 < usual.chance.mean() < usual.total.mean()


def test_a_trial_counts_by_its_share_of_all_patients():
    share = between_trials._shares()
    assert share.sum() == pytest.approx(1)
    waits = [versus == between_trials.WAITLIST for _, _, versus, _ in between_trials.POOLED].index(True)
    assert share[waits] == pytest.approx(24 / rows("calibration")["TAU001"].n)


def test_the_line_names_every_part_beside_what_was_published(parts):
    said = between_trials.line(between_trials.table(parts[0]))
    assert "TAU001: 0.346" in said
    for part in ("designs", "populations", "chance", "together"):
        assert f"{part} 0." in said


def test_comparator_arms_are_shown_before_and_after_in_published_errors():
    values = {one.key: np.full((2, 8), one.value) for one in KNOWN}
    drawn = {key: own + 1e-9 * np.arange(16).reshape(2, 8) for key, own in values.items()}
    found = comparators.table(table(KNOWN, drawn), KNOWN)
    assert set(found["arm"]) == set(comparators.ARMS.values())
    assert np.allclose(found["after"], 0, atol=1e-5)
    at_three_weeks = found.set_index("key").loc["TD091"]
    assert at_three_weeks["before"] == pytest.approx((-7.34 + 5.4) / 1.3776, abs=0.02)
    lines = comparators.lines(found)
    assert len([line for line in lines if "root mean square" in line]) == len(comparators.ARMS)
    assert max(map(len, lines)) <= 115
