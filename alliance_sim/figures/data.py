"""The numbers behind figures of many patients, summed up: bins, fifths and means, never a row of one patient."""

import numpy as np
import pandas as pd

from alliance_sim.figures import course, outcomes
from alliance_sim.world.scenario import Scenario

FIFTHS = 5
PERCENT = 100.0


def bond(sessions: pd.DataFrame) -> pd.DataFrame:
    """What `bond_figure` draws: columns state, arm, patient_day, mean, low, high (10 and 90 % of patients), mcse."""
    frames = [course.summary(sessions, state).assign(state=state) for state in course.BONDS]
    whole = pd.concat(frames, ignore_index=True)
    return whole[["state", *whole.columns.drop("state")]]


def distribution(patients: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """What `outcome_distribution` draws: columns arm, from, to (points of change), percent (of the arm's patients)."""
    known = patients.dropna(subset=["change"])
    edges = outcomes.bin_edges(known["change"], scenario.instrument(scenario.primary).step)
    frames = [
        _histogram(own["change"], edges).assign(arm=str(arm))
        for arm, own in known.groupby("arm", observed=True, sort=False)
    ]
    return pd.concat(frames, ignore_index=True)[["arm", "from", "to", "percent"]]


def cumulative(patients: pd.DataFrame) -> pd.DataFrame:
    """What `outcome_ecdf` draws: columns arm, at_most (points of change), percent (of the arm's patients)."""
    shares = patients.dropna(subset=["change"]).groupby("arm", observed=True)["change"].value_counts(normalize=True)
    counted = shares.sort_index().rename("share").reset_index().rename(columns={"change": "at_most"})
    percent = PERCENT * counted.groupby("arm", observed=True)["share"].cumsum()
    return counted.assign(percent=percent).drop(columns="share")


def alliance(patients: pd.DataFrame, arm: str) -> pd.DataFrame:
    """What `alliance_against_change` draws, in fifths of the alliance.

    Returns:
        Columns fifth, patients, wai_early and change (means), change_sd (NaN of one patient).
    """
    own = patients[patients["arm"].astype(str) == arm].dropna(subset=["wai_early", "change"])
    own = own[own["replicate"] == own["replicate"].min()]
    place = own["wai_early"].rank(method="first", pct=True)
    fifth = np.ceil(place * FIFTHS).astype(int).rename("fifth")
    named = {"patients": ("change", "size"), "wai_early": ("wai_early", "mean"), "change": ("change", "mean")}
    made: pd.DataFrame = own.groupby(fifth).agg(**named, change_sd=("change", "std")).reset_index()
    return made


def clinicians(patients: pd.DataFrame, arm: str) -> pd.DataFrame:
    """What `clinicians_apart` draws: columns lead, patients, change (mean), change_sd (NaN of one patient)."""
    own = patients[(patients["arm"].astype(str) == arm) & patients["change"].notna()]
    own = own[own["replicate"] == own["replicate"].min()]
    named = {"patients": ("change", "size"), "change": ("change", "mean"), "change_sd": ("change", "std")}
    made: pd.DataFrame = own.groupby("lead").agg(**named).sort_values("change").reset_index()
    return made


def effects(individual: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """What `individual_effects` draws: columns from, to (points of effect), percent (of the patients)."""
    own = individual["effect"].dropna()
    return _histogram(own, outcomes.bin_edges(own, scenario.instrument(scenario.primary).step))


def _histogram(values: pd.Series, edges: list[float]) -> pd.DataFrame:
    """Share of values in each bin, in percent."""
    counts, _ = np.histogram(values, bins=edges)
    return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "percent": PERCENT * counts / len(values)})
