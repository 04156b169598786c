"""A figure that draws a part of what a folder holds says which; one that draws everything says nothing."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

import alliance_sim
from alliance_sim.analysis import opened as reading, screening
from alliance_sim.cli.entry import main
from alliance_sim.compose.studies import composed
from alliance_sim.figures import blinding, contrasts, design, sensitivity, shown, theme, tornado
from alliance_sim.report.drawings import drawings
from alliance_sim.study.config import Study

REPLICATES, DRAWN = 5, 2
SMALL = ["patients.number=10", "clinicians.number=3", "figures=false"]
QUESTIONS = "ask=[distributions,heterogeneity,clinicians,behaviours,blinding]"
OF_ARMS = ["experiment=alliance", QUESTIONS, f"replicates={REPLICATES}"]
KEYS = ["clinicians.factor_shift", "parameters.bond.rate", "clinicians.empathy.mean"]
OF_POINTS = [
    "design=sobol", f"design.over=[{','.join(KEYS)}]", "design.points=4", "ask=[sobol]", "replicates=2",
]  # fmt: skip
ESTIMATES = {"contrasts", "quantiles", "dose_response", "behaviours_by_arm", "who_gains", "alliance_slopes"}
FIRST = f"the first {DRAWN} of {REPLICATES} replicates"
PART_OF_ARMS = {
    "bond": FIRST,
    "outcomes": FIRST,
    "outcomes_cumulative": FIRST,
    "alliance_outcome": f"the first of {REPLICATES} replicates",
    "clinicians_apart": f"the first of {REPLICATES} replicates",
    "individual_effects": f"{FIRST}, the first of 3 pairs of arms",
    "behaviours": "the base one of 3 arms",
    "interactions": "the base one of 3 arms",
}


def ran(words, folder):
    assert main(["run", *words, *SMALL, f"out={folder}"]) == 0
    return folder


@pytest.fixture(scope="module")
def of_arms(tmp_path_factory):
    return ran(OF_ARMS, tmp_path_factory.mktemp("arms") / "mine")


@pytest.fixture(scope="module")
def of_points(tmp_path_factory):
    return ran(OF_POINTS, tmp_path_factory.mktemp("points") / "mine")


@pytest.fixture(scope="module")
def of_a_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("file")
    paths = screening.trajectories(composed(SMALL, Study).base(), KEYS, 2, 1)
    paths.to_csv(folder / "paths.csv", index=False)
    words = ["design=file", f"design.file={folder / 'paths.csv'}", "ask=[morris]", "replicates=2"]
    return ran(words, folder / "mine")


@pytest.fixture
def few(monkeypatch):
    """Every limit lowered, so that small studies are beyond it."""
    visits = sum(len(arm.course()) * 10 for arm in composed([*OF_ARMS, *SMALL], Study).scenarios().values())
    monkeypatch.setattr(reading, "DRAWN_ROWS", DRAWN * visits)
    monkeypatch.setattr(blinding, "MOST", 2)
    monkeypatch.setattr(contrasts, "MOST", 2)
    monkeypatch.setattr(design, "MOST_KEYS", 2)
    monkeypatch.setattr(design, "MOST_ROWS", 2)
    monkeypatch.setattr(sensitivity, "MOST", 2)
    monkeypatch.setattr(tornado, "SHOWN", 1)
    monkeypatch.setattr(theme, "PALETTE", theme.PALETTE[:2])


def parts(folder):
    """What each figure of a folder says of the part it draws."""
    return {name: shown.said(one.draw()).removeprefix("drawn: ") for name, one in found(folder).items()}


def found(folder):
    return drawings(reading.opened(folder))


def test_within_all_limits_only_what_shows_one_of_several_says_so(of_arms):
    one = {name: text for name, text in PART_OF_ARMS.items() if FIRST not in text}
    one["individual_effects"] = "the first of 3 pairs of arms"
    assert {name: text for name, text in parts(of_arms).items() if text} == one


@pytest.mark.parametrize(
    "words",
    [
        ["ask=[behaviours]", "arms.mine={}", "base_arm=mine", "~arms.weak", "~arms.typical", "~arms.strong"],
        ["ask=[distributions,heterogeneity,clinicians]", "~arms.typical", "base_arm=weak"],
    ],
)
def test_a_figure_that_draws_everything_says_nothing(words, tmp_path):
    said = parts(ran(["experiment=alliance", *words, "replicates=1"], tmp_path / "mine"))
    assert {"bond", "outcomes", "outcomes_cumulative", "alliance_outcome"} <= said.keys()
    assert not any(said.values()), said


@pytest.mark.parametrize("fixture", ["of_points", "of_a_file"])
def test_few_keys_are_all_drawn_and_nothing_is_said(fixture, request):
    said = parts(request.getfixturevalue(fixture))
    assert "points" in said
    assert not any(said.values()), said


def test_every_figure_of_arms_beyond_a_limit_says_its_part(of_arms, few):
    said = parts(of_arms)
    for name in ("blinding", "contrasts"):
        assert said.pop(name) == "the first 2 of 3 pairs of arms"
    assert {name: text for name, text in said.items() if text} == PART_OF_ARMS
    assert {name for name, text in said.items() if not text} == ESTIMATES - {"contrasts"}


@pytest.mark.parametrize(
    ("fixture", "words"),
    [
        (
            "of_points",
            {"points": "strongest", "main_effects": "strongest", "sobol": "largest", "convergence": "largest"},
        ),
        ("of_a_file", {"points": "first", "morris": "largest"}),
    ],
)
def test_every_figure_of_points_beyond_a_limit_says_its_part(fixture, words, request, few):
    expected = {name: f"the {word} 2 of 3 keys" for name, word in words.items()}
    assert parts(request.getfixturevalue(fixture)) == expected


def test_a_tornado_says_how_many_bars_it_leaves_out(few):
    row = {"low": 0.1, "high": 0.4, "at_low": -7.0, "at_high": -3.0, "low_mcse": 0.01, "high_mcse": 0.01, "base": -5.0}
    effects = pd.DataFrame([{"key": f"parameters.bond.{name}", **row} for name in "abc"])
    assert shown.said(theme.figure_of(tornado.tornado(effects, "title", "points"))) == "drawn: the longest of 3 bars"
    assert not shown.said(theme.figure_of(tornado.tornado(effects[:1], "title", "points")))


def test_the_numbers_are_those_of_the_rows_drawn_and_held(of_arms, few):
    opened = reading.opened(of_arms)
    for kind, rows in zip(("patients", "sessions"), opened.drawn, strict=True):
        part = shown.replicates(opened, kind)
        assert part.drawn == rows["replicate"].nunique() == DRAWN
        assert part.there == opened.held.read(kind)["replicate"].nunique() == REPLICATES


def test_a_folder_that_holds_less_than_was_asked_for_counts_what_it_holds(tmp_path, few):
    folder = ran([*OF_ARMS, "ask=[]", "shard=1/2", "replicates=60"], tmp_path / "mine")
    held = reading.opened(folder).held.read("patients", labels=["typical"])["replicate"].nunique()
    assert held < 60
    assert parts(folder)["alliance_outcome"] == f"the first of {held} replicates"


def test_plot_page_and_results_say_the_same(of_arms, few, tmp_path, capsys):
    place = tmp_path / "bond.svg"
    assert main(["plot", str(of_arms), "figure=bond", f"out={place}"]) == 0
    assert f"; drawn: {FIRST}: {place}" in capsys.readouterr().out
    results = alliance_sim.load(of_arms)
    assert shown.said(results.plot("bond")) == f"drawn: {FIRST}"
    ax = Figure().subplots()
    assert results.plot("outcomes", ax) is ax
    assert shown.said(ax.figure) == f"drawn: {FIRST}"
    page = results.report(tmp_path / "page.html").read_text(encoding="utf-8")
    for name, text in PART_OF_ARMS.items():
        caption = f"{found(of_arms)[name].caption}; drawn: {text}"
        assert f'alt="{caption}"'.replace("'", "&#39;") in page
        assert f"<figcaption>{caption}. <code>figure={name}</code>".replace("'", "&#39;") in page


def test_the_line_lies_inside_the_figure_below_every_other_text(of_arms, of_points, of_a_file, few):
    for drawing in [one for folder in (of_arms, of_points, of_a_file) for one in found(folder).values()]:
        figure = drawing.draw()
        with theme.applied():
            figure.draw_without_rendering()
        texts = [text for ax in figure.axes for text in ax.texts]
        own = [text for text in texts if text.get_label() == shown.LABEL]
        for line in own:
            box = line.get_window_extent()
            assert -1 < box.x0 < box.x1 < figure.bbox.width + 1, drawing.caption
            assert box.y0 > -1, drawing.caption
            assert all(box.y1 <= text.get_window_extent().y0 for text in texts if text is not line), drawing.caption


def test_large_numbers_have_separators_and_one_has_none():
    assert str(shown.Part("first", 40, 4000, "replicates")) == "the first 40 of 4,000 replicates"
    assert str(shown.Part("first", 1, 4000, "replicates")) == "the first of 4,000 replicates"
    assert not str(shown.Part("first", 4000, 4000, "replicates"))
