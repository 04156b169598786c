"""Which behaviour matters when: the arms behind each cell, cells that equal those of a study, and their heat maps."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import alliance_sim
from alliance_sim import questions
from alliance_sim.analysis.monte_carlo import FOUND, averaged
from alliance_sim.analysis.phases import AFTER, lengths, more, per_hour, phase_effects
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.figures import parts, phases as draw, shown, theme
from alliance_sim.model.behaviours import NAMES
from alliance_sim.study.config import Study
from tests.worlds import SEED, small, with_values

WORLD = small()
SPREAD = WORLD.clinicians.empathy.spread
PHASES = ["preparation", "dosing", "integration", AFTER]


@pytest.fixture(scope="module")
def effects():
    return phase_effects(WORLD, 6, SEED)


def study(arms, **values):
    made = Study(arms=arms, base_arm=next(iter(arms)), replicates=6, seed=SEED, engine="numpy", **values)
    made.patients.number, made.clinicians.number, made.executor.workers = 6, 3, 1
    return made


# ------------------------------------------------------------------------------------------------------------ arms


def test_an_arm_has_one_standard_deviation_more_of_one_behaviour_in_one_phase_and_is_otherwise_the_base():
    arms = more(WORLD)
    assert len(arms) == 1 + len(NAMES) * len(PHASES)
    assert arms["base"] == {}
    assert arms["empathy | dosing"] == {"clinicians.phases.dosing.empathy": SPREAD}
    assert arms[f"empathy | {AFTER}"] == {"clinicians.after_rupture.empathy": SPREAD}
    assert more(WORLD, 0.5)["empathy | dosing"] == {"clinicians.phases.dosing.empathy": 0.5 * SPREAD}


def test_what_a_world_asks_of_its_clinicians_already_is_added_to():
    asked = with_values(WORLD, {"clinicians.phases.dosing.empathy": 0.1, "clinicians.after_rupture.empathy": -0.2})
    arms = more(asked)
    assert arms["empathy | dosing"] == {"clinicians.phases.dosing.empathy": 0.1 + SPREAD}
    assert arms[f"empathy | {AFTER}"] == {"clinicians.after_rupture.empathy": -0.2 + SPREAD}


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        (WORLD, {"preparation": (3, 4.5), "dosing": (1, 7.0), "integration": (2, 2.0)}),
        (
            small("davis2021"),
            {"preparation": (4, 8.0), "dosing": (2, 14.0), "integration": (4, 4.0)},
        ),  # after each dose
        (small("psychotherapy"), {"therapy": (16, 16 * 0.833)}),
    ],
)
def test_phases_that_a_protocol_has_have_their_sessions_and_hours(world, expected):
    found = lengths(world)
    after = found.pop(AFTER)
    assert np.isnan(after).all()
    assert {phase: tuple(length) for phase, length in found.items()} == {
        phase: (sessions, pytest.approx(hours)) for phase, (sessions, hours) in expected.items()
    }


def test_a_phase_that_a_protocol_lacks_has_no_row():
    assert phase_effects(small("psychotherapy"), 2, SEED)["phase"].unique().tolist() == ["therapy", AFTER]
    one = small("psychotherapy", protocol__therapy__sessions=1)
    assert phase_effects(one, 2, SEED)["phase"].unique().tolist() == ["therapy"]  # nothing follows a rupture
    assert phase_effects(small("waitlist"), 2, SEED).empty


# ----------------------------------------------------------------------------------------------------------- cells


def test_cells_equal_a_study_whose_arms_hold_the_same_keys_to_the_bit():
    keys = {
        ("empathy", "preparation"): {"clinicians.phases.preparation.empathy": SPREAD},
        ("boundaries", "dosing"): {"clinicians.phases.dosing.boundaries": SPREAD},
        ("collaboration", "integration"): {"clinicians.phases.integration.collaboration": SPREAD},
        ("authenticity", AFTER): {"clinicians.after_rupture.authenticity": SPREAD},
    }
    asked = study({"usual": {}} | {" ".join(cell): values for cell, values in keys.items()})
    effects, results = phase_effects(asked.scenarios()["usual"], asked.replicates, SEED), alliance_sim.run(asked)
    contrasts = results.contrasts().set_index(["arm", "measure"])
    for cell in keys:
        own = effects[(effects["behaviour"] == cell[0]) & (effects["phase"] == cell[1])].set_index("measure")
        for measure in ("change", "wai_final", "adverse", "dropout", "ruptures"):
            trials = results.trials.pivot(index="replicate", columns="arm", values=measure).astype(float)
            expected = averaged((trials[" ".join(cell)] - trials["usual"]).to_numpy())
            assert own.loc[measure, FOUND].tolist() == list(map(float, expected)), (cell, measure)
            assert own.loc[measure, "estimate"] == pytest.approx(
                contrasts.loc[(" ".join(cell), measure), "estimate"], abs=1e-12
            )
        assert own.loc["wai_final", "estimate"] > 0


def test_more_after_ruptures_does_nothing_where_nobody_notices_one():
    found = phase_effects(with_values(WORLD, {"parameters.sensing.noticing": 0.0}), 6, SEED)
    own = found[found["phase"] == AFTER].dropna(subset=["estimate"])
    assert len(own) > 0
    assert (own["estimate"] == 0).all()
    other = found[(found["phase"] == "dosing") & (found["measure"] == "wai_final")]
    assert (other["estimate"] > 0).all()


def test_an_effect_for_each_hour_is_the_effect_divided_by_the_hours_of_its_phase(effects):
    own = effects[effects["measure"] == "change"].set_index(["behaviour", "phase"])
    hourly = per_hour(effects)
    hourly = hourly[hourly["measure"] == "change"].set_index(["behaviour", "phase"])
    assert AFTER not in hourly.index.get_level_values("phase")
    assert hourly.loc[("empathy", "dosing"), "estimate"] == own.loc[("empathy", "dosing"), "estimate"] / 7
    assert hourly.loc[("empathy", "dosing"), "mcse"] == own.loc[("empathy", "dosing"), "mcse"] / 7
    assert (hourly["unit"] == "MADRS points an hour").all()


# --------------------------------------------------------------------------------------------------------- refusals


def test_clinicians_that_are_alike_are_refused():
    with pytest.raises(AnswerError, match=r"clinicians\.empathy\.spread=0 leaves no standard deviation to add"):
        more(with_values(WORLD, {"clinicians.empathy.spread": 0.0}))
    arms = {"usual": {}, "alike": {"clinicians.empathy.spread": 0.0}}
    with pytest.raises(ScenarioError, match=r"ask names phases: clinicians\.empathy\.spread=0"):
        questions.check(study(arms, ask=["phases"]))


def test_arms_without_sessions_and_shifts_beyond_the_scale_are_refused():
    with pytest.raises(ScenarioError, match="choose a protocol that has some"):
        questions.check(study({"waits": {}}, protocol="waitlist", ask=["phases"]))
    with pytest.raises(ScenarioError, match="outside"):
        more(WORLD, 9.0)


# ---------------------------------------------------------------------------------------------------------- figures


def cells(rows):
    """Effects of two behaviours in two phases, from estimate and error."""
    names = [(name, phase) for name in ("empathy", "boundaries") for phase in ("dosing", AFTER)]
    own = [
        (*name, value, error, value - 2 * error, value + 2 * error)
        for name, (value, error) in zip(names, rows, strict=True)
    ]
    frame = pd.DataFrame(own, columns=["behaviour", "phase", *FOUND])
    return frame.assign(sessions=[1.0, np.nan] * 2, hours=[7.0, np.nan] * 2, unit="points")


@pytest.mark.parametrize("measure", draw.BETTER)
def test_a_heat_map_draws_into_the_given_axes(effects, measure):
    ax = Figure().subplots()
    assert draw.effects_by_phase(effects, WORLD, measure, ax=ax) is ax
    assert ax.get_title()
    assert [label.get_text().split("\n")[0] for label in ax.get_xticklabels()] == [*PHASES[:3], "after a"]
    assert [label.get_text() for label in ax.get_yticklabels()] == [name.replace("_", " ") for name in NAMES]
    ax.figure.canvas.draw()


@pytest.mark.parametrize(("measure", "sign"), [("change", -1), ("wai_final", 1), ("adverse", -1), ("dropout", -1)])
def test_better_for_patients_is_blue_and_what_may_be_nothing_is_white(measure, sign):
    frame = cells([(-0.4, 0.01), (0.2, 0.01), (0.1, 0.3), (-0.3, np.nan)]).assign(measure=measure)
    ax = draw.effects_by_phase(frame, WORLD, measure)
    (mesh,) = ax.collections
    assert mesh.get_array().ravel().tolist() == [sign * -0.4, sign * 0.2, 0.0, 0.0]
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-0.4, 0.4)
    colours = draw.COLOURS([0.0, 1.0])
    assert colours[0][2] < colours[0][0]  # worse: little blue
    assert colours[1][2] > colours[1][0]


def test_numbers_whose_interval_holds_0_or_is_not_known_are_grey():
    frame = cells([(-0.4, 0.01), (0.2, 0.01), (0.1, 0.3), (-0.3, np.nan)]).assign(measure="change")
    texts = draw.effects_by_phase(frame, WORLD).texts[:8]
    grey = [text.get_text() for text in texts if text.get_color() == theme.GREY]
    assert grey == ["0.10", "± 0.30", f"{parts.MINUS}0.30", "± ?"]
    assert [text.get_text() for text in texts][:4] == [f"{parts.MINUS}0.40", "± 0.01", "0.20", "± 0.01"]


def test_a_figure_has_a_panel_a_measure_and_arm_and_one_colour_means_the_same_in_all(effects):
    frames = [effects.assign(arm="weak"), effects.assign(arm="strong", estimate=2 * effects["estimate"])]
    both = pd.concat(frames, ignore_index=True)
    alone, all_arms = draw.phases_figure(both, WORLD, ["weak"]), draw.phases_figure(both, WORLD)
    meshes = [[ax.collections[0] for ax in figure.axes if ax.collections] for figure in (alone, all_arms)]
    assert list(map(len, meshes)) == [4, 8]
    assert [mesh.norm.vmax for mesh in meshes[0]] == [mesh.norm.vmax for mesh in meshes[1][4:]]
    for figure in (alone, all_arms):
        figure.draw_without_rendering()
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert -0.01 <= box.x0 < box.x1 <= width + 0.01
        assert -0.01 <= box.y0 < box.y1 <= height + 0.01


def test_a_study_is_answered_arm_by_arm_and_draws_the_base_arm_and_the_others():
    arms = {"drug": {}, "no_drug": {"protocol.drug": "none"}, "talk": {"patients.condition": "ptsd"}}
    results = alliance_sim.run(study(arms, ask=["phases"]))
    found = results.answer("phases")["phases"]
    assert found.columns[:4].tolist() == ["arm", "behaviour", "phase", "measure"]
    assert {*FOUND, "unit", "sessions", "hours"} <= set(found.columns)
    assert set(found["arm"]) == set(arms)
    drawn = questions.figures(results._opened)
    assert set(drawn) == {"phases", "phases_other_arms"}
    assert shown.said(drawn["phases"].draw()) == "drawn: the base one of 3 arms"
    assert shown.said(drawn["phases_other_arms"].draw()) == "drawn: the other comparable of 3 arms"
