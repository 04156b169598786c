"""The frozen yardstick: the same rows scored the same way, whatever is fitted."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alliance_sim.calibration import yardstick
from alliance_sim.calibration.evidence.targets import FITTED, PREDICTED, Scale, targets


@pytest.fixture
def rows(monkeypatch):
    """Three frozen rows: one inside, one outside, one judged by sign; and a row that is not frozen."""
    table = pd.DataFrame(
        {
            "key": ["A", "B", "C", "D"],
            "lower": [1.0, 1.0, np.nan, 0.0],
            "upper": [3.0, 3.0, np.nan, 1.0],
            "within": [True, False, True, True],
        }
    )
    monkeypatch.setattr(yardstick, "frozen", lambda: table[table["key"] != "D"])
    known = [
        SimpleNamespace(key=key, value=value, error=error, scale=Scale.plain, role=PREDICTED)
        for key, value, error in (("A", 2.0, 0.5), ("B", 3.5, 0.5), ("C", 1.0, np.nan), ("D", 0.5, 1.0))
    ]
    return table, known


def test_the_interval_score_is_the_width_and_forty_times_what_lies_outside():
    """Gneiting & Raftery 2007, equation 43, at alpha .05."""
    assert yardstick.interval_score(2.0, 1.0, 3.0) == 2.0
    assert yardstick.interval_score(3.5, 1.0, 3.0) == pytest.approx(2.0 + 40 * 0.5)
    assert yardstick.interval_score(0.9, 1.0, 3.0) == pytest.approx(2.0 + 40 * 0.1)


def test_rows_are_counted_and_scored_in_published_errors(rows):
    """By hand: A scores 2 / .5 = 4, B (2 + 40 × .5) / .5 = 44; C has no error."""
    found = yardstick.measured(*rows)
    assert found == (3, 2, pytest.approx(24.0), 2, pytest.approx(4.0))


def test_a_row_that_is_fitted_by_now_counts_no_more(rows):
    table, known = rows
    known[1].role = FITTED
    assert yardstick.measured(table, known) == (2, 2, pytest.approx(4.0), 1, pytest.approx(4.0))


def test_the_frozen_rows_are_predicted_and_no_baselines():
    known = {target.key: target for target in targets(PREDICTED)}
    own = [known[key] for key in yardstick.frozen()["key"] if key in known]
    assert own
    assert not any("baseline" in name for target in own for name in target.measure.of)


def test_both_versions_are_scored_on_the_same_rows():
    said = " ".join(line.strip() for line in yardstick.lines(yardstick.frozen(), targets(PREDICTED)))
    first, second, _ = said.split(". ", 2)
    assert first.startswith("Frozen yardstick, ")
    assert second.split(": ")[1] == first.split(": ")[1]
