"""Figures of many arms, or of arms with long names, keep every text inside and clear of data and of one another."""

from itertools import pairwise

import pytest
from matplotlib.axes import Axes

import alliance_sim
from alliance_sim.figures import theme
from alliance_sim.report.drawings import drawings
from alliance_sim.study.config import Study

LONG = "a rather long name that somebody gave to an arm of a study with very many of them, which is number "
UNBROKEN = "W" * 90
ALL = {  # figures by the question they answer
    "distributions": ["quantiles"],
    "blinding": ["blinding"],
    "phases": ["phases", "phases_other_arms"],
}
OTHERS = {"bond", "contrasts", "outcomes", "outcomes_cumulative", "alliance_outcome"}
# The questions that take long are asked of the longest names.
CASES = {"20": (20, "arm ", ["distributions"]), "2 long": (2, LONG, [*ALL]), "20 long": (20, UNBROKEN, [*ALL])}
ALLOWED = 2.0  # pixels: the box of a letter is a little larger than its ink


@pytest.fixture(scope="module", params=CASES)
def drawn(request):
    count, name, asked = CASES[request.param]
    names = [f"{name}{place}"[-100:] for place in range(count)]
    arms = {one: {"clinicians.factor_shift": place / count} for place, one in enumerate(names)}
    study = Study(arms=arms, base_arm=names[0], replicates=1, engine="numpy", ask=asked)
    study.patients.number, study.clinicians.number, study.executor.workers = 3, 2, 1
    results = alliance_sim.run(study)
    figures = {name: drawing.draw() for name, drawing in drawings(results._opened).items()}
    for figure in figures.values():
        with theme.applied():
            figure.draw_without_rendering()
    assert OTHERS | {figure for question in asked for figure in ALL[question]} <= figures.keys()
    return figures


def test_every_text_lies_inside_the_figure(drawn):
    for name, figure in drawn.items():
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        spare = ALLOWED / figure.dpi
        assert -spare <= box.x0 < box.x1 <= width + spare, (name, box)
        assert -spare <= box.y0 < box.y1 <= height + spare, (name, box)


def test_labels_of_rows_do_not_overlap(drawn):
    for name, figure in drawn.items():
        for ax in figure.axes:
            boxes = [label.get_window_extent() for label in ax.get_yticklabels() if label.get_text()]
            for one, two in pairwise(sorted(boxes, key=lambda box: box.y0)):
                assert one.y1 <= two.y0 + ALLOWED, name


def test_the_legend_covers_neither_data_nor_title(drawn):
    for name, figure in drawn.items():
        for ax in figure.axes:
            legend = ax.get_legend()
            if legend is not None:
                box = legend.get_window_extent()
                assert box.y0 >= ax.get_window_extent().y1 - ALLOWED, name
                assert box.y1 <= ax.title.get_window_extent().y0 + ALLOWED, name


def test_data_keep_their_room(drawn):
    for name, figure in drawn.items():
        for ax in filter(Axes.has_data, figure.axes):  # others hold texts alone
            box = ax.get_window_extent()
            assert box.width / figure.dpi > 0.7, name
            assert box.height / figure.dpi > 0.2, name
