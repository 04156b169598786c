"""What a further response costs in clinician hours: on numbers made by hand, and on a small study."""

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim.analysis import cost
from alliance_sim.analysis.estimates import contrasts, effect_sizes
from alliance_sim.analysis.running import MEASURES
from alliance_sim.report import console, tables

PAIR = [("new", "usual")]
USUAL = np.array([10.0, 12.0, 11.0, 13.0, 10.0, 12.0])


def study(hours: object, response: object) -> pd.DataFrame:
    """Six trials an arm, the second of which has these differences in hours and in response from the first."""
    more = {"usual": (0.0, 0.0), "new": (np.asarray(hours), np.asarray(response))}
    frames = [
        pd.DataFrame({"arm": arm, "replicate": range(6), **dict.fromkeys(MEASURES, 1.0)}).assign(
            clinician_hours=USUAL + added, response=0.3 + gained
        )
        for arm, (added, gained) in more.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_two_hours_more_for_a_tenth_more_responses_cost_twenty_hours_each():
    gained = np.array([0.08, 0.12, 0.10, 0.10, 0.09, 0.11])
    row = effect_sizes(study(np.full(6, 2.0), gained), PAIR).loc[0]
    assert row["hours"] == pytest.approx(20.0)
    # Only the response varies: the delta method gives the ratio times its relative error.
    assert row["hours_mcse"] == pytest.approx(20.0 * gained.std(ddof=1) / np.sqrt(6) / 0.10)


def test_hours_and_responses_that_vary_together_are_known_better_than_either():
    gained = np.array([0.08, 0.12, 0.10, 0.10, 0.09, 0.11])
    hours = 20.0 * gained + 0.001 * np.array([1, -1, 1, -1, 1, -1])
    row = effect_sizes(study(hours, gained), PAIR).loc[0]
    exact = hours - row["hours"] * gained  # what the delta method linearises to
    assert row["hours"] == pytest.approx(20.0)
    assert row["hours_mcse"] == pytest.approx(exact.std(ddof=1) / np.sqrt(6) / 0.10, rel=1e-4)
    assert row["hours_mcse"] < 0.02


@pytest.mark.parametrize(
    "gained",
    [
        np.array([0.3, -0.2, 0.1, -0.1, 0.2, 0.0]),  # the interval holds 0
        np.zeros(6),  # no difference at all
        np.full(6, 0.1),  # trials that all agree: the error of the difference is not known
        np.full(6, np.nan),
    ],
)
def test_they_are_unknown_where_the_responses_may_not_differ(gained):
    row = effect_sizes(study(np.full(6, 2.0), gained), PAIR).loc[0]
    assert np.isnan(row["hours"])
    assert np.isnan(row["hours_mcse"])


def test_one_trial_tells_nothing():
    whole = study(np.full(6, 2.0), np.full(6, 0.1))
    assert effect_sizes(whole[whole["replicate"] == 0], PAIR)["hours"].isna().all()


@pytest.mark.parametrize(
    ("hours", "response", "meant"),
    [
        (-2.0, 0.1, "saves hours: more responses with fewer clinician hours"),
        (2.0, -0.1, "loses both: fewer responses with more clinician hours"),
        (-2.0, -0.1, "hours saved for each response lost"),
        (2.0, 0.1, ""),
        (0.0, 0.1, ""),
    ],
)
def test_what_is_no_price_is_said_in_words(hours, response, meant):
    assert cost.meaning(hours, response) == meant


@pytest.fixture(scope="module")
def results() -> alliance_sim.Results:
    words = ["replicates=12", "keep=trials", "patients.number=20", "clinicians.number=4", "~arms.weak"]
    # Alone instead of in pairs on the dosing day, with stronger clinicians: more responses with fewer hours.
    alone = "arms.strong={clinicians.factor_shift: 3.0, protocol.dosing.clinicians: 1}"
    idle = "arms.unchanged={patients.number: 20}"
    return alliance_sim.run("alliance", [*words, alone, idle])


def test_a_study_gives_them_from_its_own_trials(results):
    found = results.contrasts().set_index(["arm", "measure"])
    row = found.loc["strong", "hours_per_further_response"]
    trials = results.trials.set_index(["arm", "replicate"])[["clinician_hours", "response"]].astype(float)
    more = trials.loc["strong"] - trials.loc["typical"]
    assert row["estimate"] == pytest.approx(more["clinician_hours"].mean() / more["response"].mean())
    assert row["estimate"] < 0
    spread = more["clinician_hours"] - row["estimate"] * more["response"]
    assert row["mcse"] == pytest.approx(spread.std() / np.sqrt(len(more)) / more["response"].mean(), rel=1e-4)
    assert row["unit"] == found.loc["strong", "clinician_hours"]["unit"] == "h"
    assert np.isnan(row["lower"])
    assert ("unchanged", "hours_per_further_response") not in found.index


def test_the_console_says_what_saves_hours_and_what_is_not_known(results):
    text = "\n".join(map(console.text, tables.outcomes(results._opened, brief=True)))
    (line,) = [line for line in text.splitlines() if line.startswith("hours for a further")]
    assert line.count("not known") == 1
    assert "−" in line
    assert "strong − typical: saves hours: more responses with fewer clinician hours." in text


def test_hours_stand_with_their_error_beside_every_outcome(results):
    summary = results.summary().set_index(["arm", "measure"])
    row = summary.loc["typical", "clinician_hours"]
    assert 0 < row["estimate"] <= 20.5
    assert row["mcse"] > 0
    assert row["unit"] == "h"
    whole = contrasts(results._opened.found).set_index(["arm", "measure"])
    assert whole.loc["strong", "clinician_hours"]["difference"] < -5
    assert whole.loc["unchanged", "clinician_hours"]["mcse"] == 0
