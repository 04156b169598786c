"""Figures of published against simulated numbers: what is drawn is what the table says."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from alliance_sim.calibration.behaviours import Behaviours
from alliance_sim.calibration.evidence.targets import FITTED, PREDICTED, targets
from alliance_sim.calibration.prediction import table
from alliance_sim.figures import evidence, theme
from alliance_sim.figures.tornado import tornado

KNOWN = targets(FITTED) + targets(PREDICTED)


@pytest.fixture(scope="module")
def made():
    """Every target simulated as published, give or take; two of them far off."""
    rng = np.random.default_rng(1)
    values = {one.key: one.value * (1 + 0.1 * rng.standard_normal((4, 50))) for one in KNOWN}
    values["AP005"] = np.ones((4, 50))
    values["TD088"] = values["TD088"] + 40
    values["TD236"] = values["TD236"] - 40
    return table(KNOWN, values)


def test_a_forest_has_a_row_for_every_target_and_marks_what_is_missed(made):
    ax = evidence.forest(made, "all")
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert len(labels) == np.isfinite(made["lower"]).sum()
    means = [line for line in ax.lines if line.get_marker() in ("o", "D")]
    missed = [line for line in means if to_hex(line.get_color()) == evidence.OUTSIDE.lower()]
    assert len(means) == len(labels)
    assert len(missed) == (~made.loc[np.isfinite(made["lower"]), "within"]).sum() >= 2


def test_the_whole_forest_keeps_fitted_and_predicted_apart(made):
    figure = evidence.forest_figure(made)
    titles = [ax.get_title() for ax in figure.axes]
    assert [title.partition(":")[0] for title in titles] == ["Fitted", "Fitted", "Predicted, never fitted"]
    assert sum(len(ax.get_yticks()) for ax in figure.axes) == np.isfinite(made["lower"]).sum()


def test_a_course_shows_the_published_means_of_every_day_and_arm(made):
    ax = evidence.course(made, "comp001")
    shown = sorted(float(y) for container in ax.containers for y in np.ravel(container.lines[0].get_ydata()))
    rows = made[(made["study"] == "comp001") & (made["statistic"] == "mean") & made["of"].str.startswith("change.")]
    assert shown == pytest.approx(sorted(rows["published"]))
    assert len(shown) == 18
    assert len(evidence.courses_figure(made).axes) == 3


def test_behaviours_are_drawn_as_skill_delivered_and_perceived(made):
    names = Behaviours._fields
    reported = pd.DataFrame(
        [(f"{name}, {how}", 0.1 * place, 0.01) for name in names for place, how in enumerate(evidence.HOW, 1)],
        columns=["what", "estimate", "mcse"],
    )
    ax = evidence.behaviours(reported, made)
    means = [np.ravel(container.lines[0].get_xdata()) for container in ax.containers]
    assert [len(mean) for mean in means] == [5, 5, 5]
    assert [float(mean[0]) for mean in means] == pytest.approx([0.1, 0.2, 0.3])


def test_a_tornado_shows_the_longest_bar_on_top_from_the_base():
    effects = pd.DataFrame(
        {
            "key": ["parameters.bond.rate", "clinicians.loading"],
            "low": [0.1, 0.5],
            "high": [0.4, 1.0],
            "at_low": [-7.0, -5.5],
            "at_high": [-3.0, -4.5],
            "low_mcse": 0.01,
            "high_mcse": 0.01,
            "base": -5.0,
        }
    )
    ax = tornado(effects, "title", "points")
    assert ax.get_yticklabels()[0].get_text().startswith("bond.rate")
    widths = [bar.get_width() for bar in ax.patches[:4]]
    assert widths == pytest.approx([-2.0, 2.0, -0.5, 0.5])
    assert theme.figure_of(ax).get_size_inches()[0] > theme.COLUMN
