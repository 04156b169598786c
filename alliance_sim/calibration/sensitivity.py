"""Which assumption moves the headline most: what strong- instead of weak-bond clinicians are worth?

One number at a time: calibrated ones to the ends of their posterior's 90 % interval, assumptions to a third less and a
third more. All worlds share every draw.
"""

import math

import numpy as np
import pandas as pd

from alliance_sim.calibration.results import Posterior
from alliance_sim.calibration.studies import with_numbers
from alliance_sim.engine import worlds
from alliance_sim.engine.recording import Keep
from alliance_sim.model.registry import ASSUMPTION, Parameter, parameters
from alliance_sim.study.posterior import SPREAD, dotted, of_condition
from alliance_sim.world.scenario import DEFAULT_SEED, Scenario

FACTOR = "clinicians.factor_shift"
WEAK, STRONG = -1.28, 1.28  # lower and upper tenth of clinicians
REPLICATES = 160
DRAWS, OF_A_DRAW = 200, 40  # draws of the posterior, and trials that each meets
THIRD = 1 / 3
ENDS = (0.05, 0.95)
GROUPS = ("parameters.", "clinicians.", "patients.", "protocol.co_share")
# What plays no part in this protocol, and what defines a scale rather than assumes something.
LEFT_OUT = ("parameters.mdma", "parameters.instruments", "patients.weight")
KEPT = ("parameters.instruments.madrs.noise", "parameters.instruments.wai_sr.noise")


def effects(posterior: Posterior, replicates: int = REPLICATES, seed: int = DEFAULT_SEED) -> pd.DataFrame:
    """How far the strong − weak difference in MADRS change moves with each number.

    Returns:
        Columns key, source, low, high, at_low, at_high, low_mcse, high_mcse (of the difference from the base, paired
        by replicate), base, base_mcse; the largest mover first.
    """
    base = Scenario()
    ranges = _ranges(base, posterior)
    asked = [{}, *({key: value} for key, _, low, high in ranges for value in (low, high))]
    arms = [with_numbers(base, {**dotted(point), FACTOR: shift}) for point in asked for shift in (WEAK, STRONG)]
    change = worlds.simulate(arms, range(replicates), seed, Keep.trials).trials["change"]
    headline = change[1::2] - change[0::2]
    middle = headline.mean(axis=1)
    error = (headline - headline[0]).std(axis=1, ddof=1) / math.sqrt(replicates)
    made = pd.DataFrame(ranges, columns=["key", "source", "low", "high"]).assign(
        at_low=middle[1::2], at_high=middle[2::2], low_mcse=error[1::2], high_mcse=error[2::2], base=middle[0],
        base_mcse=headline[0].std(ddof=1) / math.sqrt(replicates),
    )  # fmt: skip
    reach = (made[["at_low", "at_high"]] - middle[0]).abs().max(axis=1)
    return pd.DataFrame(made.loc[reach.sort_values(ascending=False).index]).reset_index(drop=True)


def over_posterior(posterior: Posterior, draws: int = DRAWS, seed: int = DEFAULT_SEED) -> tuple[float, float, float]:
    """Median and 90 % interval of the strong − weak difference over the posterior: what the evidence leaves open of it.

    Each draw meets the same `OF_A_DRAW` trials.
    """
    base = Scenario()
    points = [of_condition(point, base.patients.condition.value) for point in posterior.draws(draws, seed)]
    arms = [with_numbers(base, {**point, FACTOR: shift}) for point in points for shift in (WEAK, STRONG)]
    change = worlds.simulate(arms, range(OF_A_DRAW), seed, Keep.trials).trials["change"]
    low, middle, high = np.quantile((change[1::2] - change[0::2]).mean(axis=1), (ENDS[0], 0.5, ENDS[1]))
    return float(middle), float(low), float(high)


def _ranges(base: Scenario, posterior: Posterior) -> list[tuple[str, str, float, float]]:
    """Key, kind, low and high value of every number that is calibrated or assumed and plays a part here."""
    known = {key.removeprefix("depression:"): place for place, key in enumerate(posterior.keys)}
    made = []
    for row in parameters(base):
        outside = not row.key.startswith(GROUPS) or isinstance(row.default, int)
        if outside or (row.key.startswith(LEFT_OUT) and row.key not in KEPT):
            continue
        if row.key in known:
            low, high = np.quantile(posterior.values[:, known[row.key]], ENDS)
            made.append((row.key, "calibrated", float(low), float(high)))
        elif ASSUMPTION in row.source and row.key not in SPREAD and row.key != FACTOR:
            made.append((row.key, "assumption", *_third(row)))
    return [one for one in made if one[2] < one[3]]


def _third(row: Parameter) -> tuple[float, float]:
    """A third less and a third more, inside the range; of a standard score at zero, a third of an SD either way."""
    away = THIRD * (abs(row.default) or (1.0 if row.unit == "SD" else 0.0))
    return max(row.default - away, row.lower), min(row.default + away, row.upper)
