"""Clinicians' share and alliance slopes against populations whose numbers are known."""

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis.clinicians import alliance_slopes, clinician_variance
from alliance_sim.errors import AnswerError
from alliance_sim.world.scenario import Scenario

TRIALS, CLINICIANS, CASELOAD = 400, 8, 5


def population(seed, share, within=-2.0, between=-6.0):
    """Trials in which clinicians hold a share of the outcome's variance; slopes on alliance are given."""
    rng = np.random.default_rng(seed)
    n = CLINICIANS * CASELOAD
    lead = np.tile(np.arange(n) % CLINICIANS, (TRIALS, 1))
    warm = rng.normal(0, 0.5, (TRIALS, CLINICIANS))
    fit = rng.normal(0, 0.8, (TRIALS, n))
    own = between * warm
    noise = np.sqrt((between * 0.5) ** 2 * (1 - share) / share - (within * 0.8) ** 2) if share else 8.0
    baseline = rng.normal(30, 4, (TRIALS, n))
    change = (
        (np.take_along_axis(own, lead, 1) if share else 0.0)
        + within * fit
        + rng.normal(0, noise, (TRIALS, n))
        - 0.4 * (baseline - 30)
        + rng.normal(0, 3, (TRIALS, 1))  # a trial's noise must not count as anybody's
    )
    return pd.DataFrame(
        {
            "arm": "base",
            "replicate": np.repeat(np.arange(TRIALS), n),
            "patient": np.tile(np.arange(n), TRIALS),
            "lead": lead.ravel(),
            "baseline": baseline.ravel(),
            "wai_early": (3.5 + np.take_along_axis(warm, lead, 1) + fit).ravel(),
            "change": change.ravel(),
        }
    )


def test_the_clinicians_share_is_the_populations():
    found = clinician_variance(population(21, 0.2), "base").set_index("quantity")
    own = found.loc["clinicians' share"]
    assert abs(own["estimate"] - 0.2) < 3.5 * own["mcse"]
    assert own["mcse"] < 0.01


def test_equal_clinicians_share_nothing_though_one_trial_would_often_report_something():
    found = clinician_variance(population(22, 0.0), "base").set_index("quantity")
    own = found.loc["clinicians' share"]
    assert abs(own["estimate"]) < 3.5 * own["mcse"]
    assert found.loc["share in one trial", "estimate"] > 0.02  # cut at zero: too high on average
    assert 0.4 < found.loc["trials that find none", "estimate"] < 0.75


def test_slopes_within_and_between_clinicians_are_the_populations_and_one_trial_mixes_them():
    found = alliance_slopes(population(23, 0.2), "base", Scenario()).set_index(["view", "slope"])
    for slope, truth in (("within", -2.0), ("between", -6.0), ("between - within", -4.0)):
        own = found.loc["model", slope]
        assert abs(own["estimate"] - truth) < 3.5 * own["mcse"], slope
    trial = found.loc["one trial"]
    assert abs(trial.loc["within", "estimate"] + 2.0) < 3.5 * trial.loc["within", "mcse"]
    # A clinician's mean of five patients holds 0.25 of the clinician and 0.64 / 5 of the patients' own.
    mixed = -2.0 + -4.0 * 0.25 / (0.25 + 0.64 / 5)
    assert abs(trial.loc["between", "estimate"] - mixed) < 3.5 * trial.loc["between", "mcse"]
    assert found["unit"].iloc[0] == "MADRS points per WAI-SR point"


def test_what_has_no_clinicians_to_compare_is_refused():
    people = population(24, 0.2)
    with pytest.raises(AnswerError, match="the arms are: base"):
        clinician_variance(people, "strong")
    with pytest.raises(AnswerError, match="clinicians cannot be distinguished from patients"):
        clinician_variance(people.assign(lead=0), "base")
