"""Figures of analyses draw what they are given, into the axes they are given, and mark what matters to a patient."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from alliance_sim.analysis import (
    behaviours,
    blinding,
    clinicians,
    distributions,
    heterogeneity,
    mediation,
    paired,
    power,
    screening,
    sensitivity,
)
from alliance_sim.figures import (
    behaviours as draw_behaviours,
    blinding as draw_blinding,
    clinicians as draw_clinicians,
    distributions as draw_distributions,
    heterogeneity as draw_heterogeneity,
    mediation as draw_mediation,
    parts,
    power as draw_power,
    sensitivity as draw_sensitivity,
    theme,
)
from alliance_sim.study.designs import Design, Kind
from tests.worlds import SEED, small, with_values

WORLD = small()
STRONG = with_values(WORLD, {"clinicians.factor_shift": 1.28})
KEYS = ["clinicians.empathy.mean", "parameters.bond.rate"]
PLAN = power.Power(sizes=[6, 12], clinicians=[3], training=2.0)


def trials_of(design):
    """Trials of every point of a design, keyed by point."""
    worlds = {
        str(row["point"]): with_values(WORLD, {key: row[key] for key in KEYS}) for row in design.to_dict("records")
    }
    trials = paired.trials(worlds, 3, SEED)
    return trials.assign(point=trials["arm"].astype(str).astype(int)).drop(columns="arm")


@pytest.fixture(scope="module")
def frames():
    """Every answer of small worlds."""
    people = paired.patients({"base": WORLD, "strong": STRONG}, 6, SEED)
    curve, places = behaviours.dose_response(WORLD, "empathy", 4, SEED, steps=4)
    mediators = {"trust": ("trust",), "fear": ("fear",)}
    worlds = mediation.mediation_worlds(WORLD, STRONG, 4, SEED, mediators)
    own = heterogeneity.individual_effects(people, "strong", "base")
    points = Design(kind=Kind.sobol, over=KEYS, points=8).expand(WORLD, 1)
    sobol = pd.DataFrame([{"point": point.number, **point.roles, **point.values} for point in points])
    rows, paths = trials_of(sobol), screening.trajectories(WORLD, KEYS, 4, 1)
    arms = {"base": WORLD, "strong": STRONG, "no drug": with_values(WORLD, {"protocol.drug": "none"})}
    compared = blinding.compared(arms, "base")
    blinded = blinding.blinding_worlds(arms, 4, SEED)
    power_of, least = power.power_curve(PLAN, WORLD, 8, SEED)
    return {
        "people": people,
        "own": own,
        "by blinding": blinding.effects(blinded, compared, WORLD),
        "belief": blinding.shares(blinded, compared),
        "guesses": blinding.guesses(blinded, arms),
        "james": blinding.james_indices(blinded, compared),
        "effects": behaviours.behaviour_effects(WORLD, 4, SEED, ["empathy", "boundaries", "authenticity"]),
        "curve": curve,
        "saturation": places,
        "shapley": mediation.shapley(worlds, WORLD),
        "natural": mediation.natural_effects(worlds, WORLD),
        "spread": heterogeneity.spread_of_effects(own, WORLD),
        "moderation": heterogeneity.moderation(own, WORLD),
        "sobol": sensitivity.sobol(rows, sobol, resamples=20),
        "convergence": sensitivity.convergence(rows, sobol, resamples=20),
        "parts": sensitivity.variance_parts(rows, sobol, WORLD, resamples=20),
        "morris": screening.morris(trials_of(paths), paths, WORLD, resamples=20),
        "power": power_of,
        "smallest": least,
        "share": clinicians.clinician_variance(people, "base"),
        "slopes": clinicians.alliance_slopes(people, "base", WORLD),
        "cumulative": distributions.cumulative(people, WORLD),
        "quantiles": distributions.quantiles(people, WORLD, [("strong", "base")]),
        "comparisons": distributions.comparisons(people, [("strong", "base")], WORLD),
    }


ANSWERS = (
    *("effects", "curve", "saturation", "shapley", "natural", "spread", "moderation", "sobol", "convergence", "parts"),
    *("morris", "power", "smallest", "share", "slopes", "cumulative", "quantiles", "comparisons"),
    *("by blinding", "belief", "guesses", "james"),
)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_has_its_error_its_interval_and_its_unit(frames, name):
    frame = frames[name]
    assert {"estimate", "mcse", "lower", "upper", "unit"} <= set(frame.columns)
    assert frame["unit"].str.len().gt(0).all()
    known = frame[frame["lower"].notna() & frame["estimate"].notna()]
    assert (known["mcse"] >= 0).all()
    if name not in ("sobol", "convergence", "parts", "morris"):  # percentile intervals need not hold the estimate
        assert (known["lower"] <= known["estimate"] + 1e-12).all()
        assert (known["estimate"] <= known["upper"] + 1e-12).all()


@pytest.fixture(scope="module")
def drawn(frames):
    """Every figure as a function of its axes."""
    f = frames
    return {
        "behaviour_effects": lambda ax: draw_behaviours.behaviour_effects(f["effects"], WORLD, ax=ax),
        "behaviour_interactions": lambda ax: draw_behaviours.behaviour_interactions(f["effects"], WORLD, ax=ax),
        "dose_response": lambda ax: draw_behaviours.dose_response(f["curve"], f["saturation"], WORLD, "empathy", ax=ax),
        "blinding": lambda ax: draw_blinding.effects_by_blinding(f["by blinding"], WORLD, ax=ax),
        "mediation": lambda ax: draw_mediation.effect_parts(f["shapley"], WORLD, ax=ax),
        "individual_effects": lambda ax: draw_heterogeneity.individual_effects(f["own"], WORLD, ax=ax),
        "who_gains": lambda ax: draw_heterogeneity.who_gains(f["moderation"], WORLD, ax=ax),
        "alliance_slopes": lambda ax: draw_clinicians.alliance_slopes(f["slopes"], WORLD, ax=ax),
        "clinicians_apart": lambda ax: draw_clinicians.clinicians_apart(f["people"], WORLD, "base", ax=ax),
        "sobol_indices": lambda ax: draw_sensitivity.sobol_indices(f["sobol"], "MADRS change", ax=ax),
        "sobol_convergence": lambda ax: draw_sensitivity.sobol_convergence(f["convergence"], "MADRS change", ax=ax),
        "elementary_effects": lambda ax: draw_sensitivity.elementary_effects(f["morris"], WORLD, ax=ax),
        "power_curve": lambda ax: draw_power.power_curve(f["power"], f["smallest"], PLAN, ax=ax),
        "quantile_differences": lambda ax: draw_distributions.quantile_differences(
            f["quantiles"], WORLD, "strong", "base", ax=ax
        ),
        "effects on response": lambda ax: draw_behaviours.behaviour_effects(f["effects"], WORLD, "response", ax=ax),
    }


NAMES = (
    "behaviour_effects",
    "behaviour_interactions",
    "dose_response",
    "blinding",
    "mediation",
    "individual_effects",
    "who_gains",
    "alliance_slopes",
    "clinicians_apart",
    "sobol_indices",
    "sobol_convergence",
    "elementary_effects",
    "power_curve",
    "quantile_differences",
    "effects on response",
)


def zones(ax):
    """Patches that shade what is too small to matter."""
    return [patch for patch in ax.patches if mpl.colors.same_color(patch.get_facecolor(), parts.ZONE)]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_draws_into_the_given_axes(drawn, name):
    ax = Figure().subplots()
    assert drawn[name](ax) is ax
    assert ax.has_data()
    assert ax.get_title()
    assert ax.get_xlabel()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_alone_is_one_column_wide_readable_and_whole(drawn, name):
    before, open_figures = dict(mpl.rcParams), plt.get_fignums()
    ax = drawn[name](None)
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == open_figures
    figure = ax.figure
    assert figure.get_size_inches()[0] == theme.COLUMN
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [text for text in figure.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 7
    low, high = ax.get_xlim()
    ticks = [text for text in ax.get_xticklabels() if not low <= text.get_position()[0] <= high]  # not drawn
    for text in texts:
        box = text.get_window_extent(canvas.get_renderer())
        assert text in ticks or (box.x0 > -1 and box.x1 < figure.bbox.width + 1), text.get_text()
    if ax.get_legend() is not None:
        box = ax.get_legend().get_window_extent(canvas.get_renderer())
        assert box.x0 > -1
        assert box.x1 < figure.bbox.width + 1


@pytest.mark.parametrize(
    "name", ["behaviour_effects", "blinding", "dose_response", "mediation", "quantile_differences"]
)
def test_the_difference_that_matters_is_marked_where_points_are_shown(drawn, name):
    assert len(zones(drawn[name](None))) == 1


def test_it_is_not_marked_on_other_measures(drawn):
    assert not zones(drawn["effects on response"](None))


def test_numbers_have_as_many_digits_as_their_errors_are_worth():
    assert parts.numbers([-1.9333, -0.2], [0.031, 0.034]) == ["\N{MINUS SIGN}1.93 (0.03)", "\N{MINUS SIGN}0.20 (0.03)"]
    assert parts.number(315.2, 17.3) == "315 (17)"
    assert parts.number(-0.00001, 0.01) == "0.00 (0.01)"
    assert parts.number(2.5, float("nan")) == "2.50 (?)"


def test_the_same_frames_give_the_same_bytes(drawn, tmp_path):
    for folder in ("one", "two"):
        theme.write(drawn["mediation"](None).figure, tmp_path / folder, "figure")
    for end in ("png", "svg"):
        assert (tmp_path / f"one/figure.{end}").read_bytes() == (tmp_path / f"two/figure.{end}").read_bytes()
