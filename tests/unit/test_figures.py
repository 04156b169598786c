"""Figures draw what they are given, into the axes they are given, and leave everything else alone."""

from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import alliance_sim
from alliance_sim import figures
from alliance_sim.analysis.opened import opened
from alliance_sim.analysis.worlds import worlds
from alliance_sim.engine.arrays import simulate
from alliance_sim.figures import theme
from alliance_sim.figures.course import summary
from alliance_sim.figures.outcomes import bin_edges
from alliance_sim.figures.story import COLOURS, save
from alliance_sim.report.drawings import drawings, write
from alliance_sim.study import tables
from alliance_sim.study.config import Study
from alliance_sim.world.scenario import Patients, load_protocol

REPLICATES = [0, 1, 2]
ARMS = {"weak": {"clinicians.factor_shift": -1.28}, "strong": {"clinicians.factor_shift": 1.28}}


def ran(protocol):
    study = Study(protocol=load_protocol(protocol), patients=Patients(number=8), arms=ARMS, base_arm="weak")
    scenarios = study.scenarios()
    recorded = simulate(list(scenarios.values()), REPLICATES, study.seed)
    people = tables.patients(recorded, list(scenarios.values()), list(scenarios), REPLICATES)
    return study, scenarios, people, tables.visits(recorded, list(scenarios), REPLICATES)


@pytest.fixture(scope="module")
def run():
    return ran("comp001")


def one_patient(visits, arm="weak"):
    own = visits[(visits["replicate"] == 0) & (visits["patient"] == 3)]
    return own if arm is None else own[own["arm"] == arm]


DRAWN = {
    "bond_course": lambda run, ax: figures.bond_course(run[3], run[0].base().course(), ax, state="rapport"),
    "outcome_distribution": lambda run, ax: figures.outcome_distribution(run[2], run[0].base(), ax),
    "outcome_ecdf": lambda run, ax: figures.outcome_ecdf(run[2], run[0].base(), ax),
    "alliance_against_change": lambda run, ax: figures.alliance_against_change(run[2], run[0].base(), "weak", ax),
    "patient_story": lambda run, ax: figures.patient_story(one_patient(run[3], None), run[0].base(), ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_draws_into_the_given_axes(run, name):
    ax = Figure().subplots()
    assert DRAWN[name](run, ax) is ax
    assert ax.has_data()
    assert ax.get_title()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_makes_its_own_axes_one_column_wide_and_touches_no_global_state(run, name):
    before, open_figures = dict(mpl.rcParams), plt.get_fignums()
    ax = DRAWN[name](run, None)
    assert ax.figure.get_size_inches()[0] == theme.COLUMN
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == open_figures


@pytest.mark.parametrize("name", DRAWN)
def test_no_letter_is_smaller_than_seven_points(run, name):
    ax = DRAWN[name](run, None)
    ax.figure.canvas.draw()
    texts = [text for text in ax.figure.findobj(mpl.text.Text) if text.get_text()]
    assert min(text.get_fontsize() for text in texts) >= 7


def test_a_story_draws_into_axes_that_stand_in_no_grid(run):
    ax = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
    figures.patient_story(one_patient(run[3]), run[0].base(), ax)
    upper, lower = (one.get_position() for one in ax.figure.axes)
    assert upper.y0 > lower.y1


def test_a_counterfactual_is_dashed_and_the_patient_is_not(run):
    ax = figures.patient_story(one_patient(run[3], None), run[0].base())
    score = ax.figure.axes[-1].get_lines()
    assert [line.is_dashed() for line in score] == [False, True]


def test_a_patient_who_left_is_shown_beside_all_planned_sessions(run):
    rows = one_patient(run[3]).copy()
    planned = rows.loc[rows["phase"] != "assessment", "patient_day"].max()
    later = (rows["phase"] != "assessment") & (rows["patient_day"] > 7)
    rows.loc[later, ["attended", "rupture"]] = 0.0
    ax = figures.patient_story(rows, run[0].base())
    assert ax.get_xlim()[1] >= planned


def test_the_band_is_the_tenth_to_the_ninetieth_percent_of_those_attending(run):
    visits = run[3]
    table = summary(visits, "trust").set_index(["arm", "patient_day"])
    own = visits[(visits["arm"] == "weak") & (visits["patient_day"] == 7)]
    own = own[own["attended"] > 0.5]
    row = table.loc[("weak", 7)]
    assert row["mean"] == pytest.approx(own["trust"].mean())
    assert [row["low"], row["high"]] == pytest.approx(np.quantile(own["trust"], [0.1, 0.9]), rel=1e-5)
    means = own.groupby("replicate")["trust"].mean()
    assert row["mcse"] == pytest.approx(means.std() / np.sqrt(len(REPLICATES)), rel=1e-5)


@pytest.mark.parametrize("values", [[-3, 4], [0, 0], [-49, 27], [-1, 200]])
def test_every_bin_holds_the_same_number_of_possible_scores(values):
    edges = np.array(bin_edges(pd.Series(values, dtype=float), 1.0))
    scores = np.arange(edges[0] + 0.5, edges[-1])
    held, _ = np.histogram(scores, edges)
    assert len(set(held)) == 1
    assert edges[0] < min(values)
    assert edges[-1] > max(values)
    assert not np.isin(edges, scores).any()


def test_distributions_add_up_to_all_patients(run):
    ax = figures.outcome_distribution(run[2], run[0].base())
    for steps in (patch for patch in ax.patches if isinstance(patch, mpl.patches.StepPatch)):
        assert steps.get_data().values.sum() == pytest.approx(100)


def test_arm_colours_follow_the_order_and_not_what_is_shown(run):
    alone = run[2][run[2]["arm"] == "strong"]
    ax = figures.outcome_distribution(alone, run[0].base())
    (steps,) = (patch for patch in ax.patches if isinstance(patch, mpl.patches.StepPatch))
    assert mpl.colors.same_color(steps.get_edgecolor(), theme.look(1).colour)


def test_many_clinicians_all_look_different():
    looks = {(theme.look(place).colour, theme.look(place).marker) for place in range(49)}
    assert len(looks) == 49


def test_the_alliance_figure_shows_one_trial_and_its_correlation(run):
    own = run[2][(run[2]["arm"] == "weak") & (run[2]["replicate"] == 1)].dropna(subset="wai_early")
    r = np.corrcoef(own["wai_early"], own["change"])[0, 1]
    ax = figures.alliance_against_change(run[2], run[0].base(), "weak", replicate=1)
    assert "One simulated trial" in ax.get_title()
    assert f"{r:.2f}".replace("-", "\N{MINUS SIGN}") in ax.get_title()
    assert f"n = {len(own)}" in ax.get_title()


def held(study, folder):
    """A study's results in a folder."""
    return opened(alliance_sim.run(replace(study, replicates=len(REPLICATES)), out=folder).folder)


def test_every_figure_of_arms_is_written_as_png_and_svg(run, tmp_path):
    paths = write(held(run[0], tmp_path / "out"), tmp_path / "figures")
    names = ("bond", "contrasts", "outcomes", "outcomes_cumulative", "alliance_outcome")
    assert [path.name for path in paths] == [f"{name}.{end}" for name in names for end in ("png", "svg")]
    assert all(path.stat().st_size > 0 for path in paths)


def test_the_same_frames_give_the_same_bytes(run, tmp_path):
    _, _, people, _ = run
    for folder in ("one", "two"):
        theme.write(figures.outcome_ecdf(people, run[0].base()).figure, tmp_path / folder, "figure")
    for end in ("png", "svg"):
        assert (tmp_path / f"one/figure.{end}").read_bytes() == (tmp_path / f"two/figure.{end}").read_bytes()


def test_a_waitlist_has_outcomes_and_no_alliance(tmp_path):
    study, *_ = ran("waitlist")
    assert set(drawings(held(study, tmp_path))) == {"contrasts", "outcomes", "outcomes_cumulative"}


def test_psychotherapy_has_an_alliance_by_session_and_no_dosing():
    study, _, people, visits = ran("psychotherapy")
    ax = figures.alliance_against_change(people, study.base(), "weak")
    assert "dosing" not in ax.get_xlabel()
    course = figures.bond_course(visits, study.base().course())
    assert "dosing" not in [text.get_text() for text in course.get_legend().get_texts()]


def test_arms_on_different_scales_go_into_different_figures(run, tmp_path):
    arms = {"weak": {}, "strong": {"patients.condition": "ptsd"}}
    mixed = Study(patients=run[0].patients, arms=arms, base_arm="weak")
    drawn = set(drawings(held(mixed, tmp_path)))
    assert {"outcomes", "outcomes_caps_5"} <= drawn
    assert "contrasts" not in drawn  # points of one scale are not compared with points of another


def test_a_story_is_saved_with_its_counterfactual(run, tmp_path):
    paths = save(run[0], 3, 0, "", "strong", tmp_path)
    assert [path.name for path in paths] == ["story_3.png", "story_3.svg"]
    assert all(path.is_file() for path in paths)


def test_the_states_of_a_story_begin_on_arrival(run, monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(theme, "write", lambda figure, *place: drawn.append(figure) or [])
    save(run[0], 3, 0, "", "", tmp_path)
    upper, lower = drawn[0].axes
    (world,) = worlds(run[0], 3)
    lines = upper.get_lines()
    for state, colour in COLOURS.items():
        line = next(line for line in lines if line.get_color() == colour and len(line.get_xdata()) > 1)
        first = world.rows[world.rows["phase"] != "assessment"].iloc[0]
        assert list(line.get_ydata()[:2]) == [world.start[state], first[state]]
        assert line.get_xdata()[0] < 0
        assert line.get_xdata()[0] > upper.get_xlim()[0]
    assert lower.get_lines()[0].get_ydata()[0] == world.person["baseline"]
