"""Skill and outcome over a clinician's cases: counted by hand, flat where nobody learns, and drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from alliance_sim import questions
from alliance_sim.analysis.cases import by_case, cases
from alliance_sim.figures import cases as draw
from alliance_sim.model.behaviours import NAMES
from alliance_sim.study.config import Study
from tests.worlds import SEED, run, small, with_values

WORLD = small(patients__number=9)
LEARNING = {"clinicians.supervision.sessions": 1.0, "parameters.learning.supervision": 0.05}


def test_cases_are_counted_for_each_clinician_in_the_order_of_patients():
    lead = np.array([[0, 1], [1, 1], [0, 0], [0, 1]])
    assert cases(lead).tolist() == [[1, 1], [1, 2], [2, 1], [3, 3]]


def test_each_number_is_the_mean_of_the_patients_who_are_such_a_case():
    """Against the tables of the same worlds, patient by patient; in turn three clinicians have three cases each."""
    arm = with_values(WORLD, LEARNING)
    found = by_case(arm, 4, SEED).set_index(["measure", "case"])
    kept = run([arm], 4)
    sessions = pd.DataFrame(
        {
            "patient": np.repeat([event.patient for event in kept.session_events], 4),
            "replicate": np.tile(np.arange(4), len(kept.session_events)),
            "skill": kept.sessions["skill"][:, 0].ravel(),
        }
    )
    met = sessions.groupby(["patient", "replicate"])["skill"].mean().unstack()
    assert (found["patients"] == 3).all()
    for case in (1, 2, 3):
        own = slice(3 * (case - 1), 3 * case)
        assert found.loc[("skill", case), "estimate"] == pytest.approx(met.iloc[own].mean().mean())
        by_trial = kept.outcomes["change"][own, 0].mean(axis=0)
        assert found.loc[("change", case), "estimate"] == pytest.approx(by_trial.mean())
        assert found.loc[("change", case), "mcse"] == pytest.approx(by_trial.std(ddof=1) / 2)


def test_later_patients_meet_more_skill_where_clinicians_learn_and_the_same_where_they_do_not():
    skill = {name: by_case(arm, 6, SEED) for name, arm in (("still", WORLD), ("taught", with_values(WORLD, LEARNING)))}
    still, taught = (frame[frame["measure"] == "skill"]["estimate"].to_numpy() for frame in skill.values())
    assert np.ptp(still) < 0.01  # only through who has left
    assert (np.diff(taught) > 0.02).all()


def test_skills_at_the_top_stay_there():
    best = {f"clinicians.{name}.{part}": value for name in NAMES for part, value in (("mean", 1.0), ("spread", 0.0))}
    found = by_case(with_values(WORLD, LEARNING | best), 2, SEED)
    assert np.allclose(found[found["measure"] == "skill"]["estimate"], 1.0, atol=1e-12)


def test_the_question_and_its_figure():
    study = Study(arms={"still": {}, "taught": LEARNING}, base_arm="still", replicates=4, seed=SEED, ask=["cases"])
    assert questions.question("cases").lacks(study) == ""
    found = pd.concat(
        [by_case(with_values(WORLD, values), 4, SEED).assign(arm=arm) for arm, values in study.arms.items()]
    )
    figure = draw.cases_figure(found, WORLD, ["still", "taught"])
    assert isinstance(figure, Figure)
    labels = [ax.get_ylabel() for ax in figure.axes]
    assert labels == ["Skill met (0-1)", "Alliance at the end\n(WAI-SR points)", "MADRS change\n(points)"]
    assert all(len(ax.containers) == 2 for ax in figure.axes)
    grouped = Study(arms={"all": {}}, base_arm="all", ask=["cases"])
    grouped.protocol.preparation.group = 6
    assert "patients who share no sessions" in questions.question("cases").lacks(grouped)
    none = Study(arms={"waits": {}}, base_arm="waits", ask=["cases"])
    none.protocol = small("waitlist").protocol
    assert "sessions with clinicians" in questions.question("cases").lacks(none)
