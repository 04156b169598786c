"""Which statistic of which simulated study does each published number stand for?

Every row of the calibration and validation tables is bound to an executable measure in `bindings.csv`, or has a stated
reason why it is not counted. The studies named there are simulated by `alliance_sim.calibration.studies`. What trials
found in which clinicians did different things is measured on paired studies: `of_clinicians`. These rows are no part of
the posterior's likelihood; one that is fitted tells a number of a policy, of learning or of groups
(`alliance_sim.calibration.clinicians`).
"""

import csv
import functools
import math
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from alliance_sim.calibration.evidence.rows import SD, SD_OF_CHANGE, Row, number, rows
from alliance_sim.calibration.studies import STUDIES

FITTED, PREDICTED = "fitted", "predicted"
CONTEXT = "context"  # rows of the table of clinicians that are shown and not judged
FILE = Path(__file__).with_name("bindings.csv")
TABLE_OF = {FITTED: "calibration", PREDICTED: "validation"}
USE_OF = {FITTED: "fit", PREDICTED: "predict", CONTEXT: "context"}  # in the table of clinicians
APART = "CL"  # how the ids of that table begin: its rows are counted apart


class Scale(Enum):
    """On which scale a statistic is compared: one on which its sampling distribution is close to normal."""

    plain = "plain"
    log = "log"  # of standard deviations and odds ratios
    arcsine = "arcsine"  # of shares: asin √p
    fisher = "fisher"  # of correlations: atanh r
    root = "root"  # of a share of variance: √share


class Judged(Enum):
    """How a target is scored."""

    interval = "interval"  # the published value lies in the simulated 95 % prediction interval
    range = "range"  # the simulated value lies in the published range
    sign = "sign"  # the simulated signs are the published ones


class Measure(NamedTuple):
    """An executable statistic of one arm of one simulated study.

    `of` names columns of patients (`calibration.columns`): `change.21` is the change of the primary score 21 days
    after the study's anchor. `who` is `all` or `stayed` (in treatment at that assessment).
    """

    study: str
    arm: str
    statistic: str
    of: tuple[str, ...]
    who: str = "all"
    versus: str = ""


class Binding(NamedTuple):
    """What a row of the evidence is compared with, and what its paper does not print; NaN where it does."""

    measure: Measure
    n: float  # patients or sample that the paper had; an assumption
    error: float  # on the scale of the row; an assumption
    judged: Judged


class Target(NamedTuple):
    """One published number beside the measure that it is compared with."""

    key: str  # the row's id; `.sd` and `.change_sd` are standard deviations named in its note
    row: Row
    measure: Measure
    scale: Scale
    value: float
    error: float  # standard error of the value on its own scale, before any allowance
    n: float
    judged: Judged = Judged.interval
    mix: float = 0.0  # allowance on the transformed scale for what a meta-analysis mixes and one world does not
    role: str = FITTED


# Meta-analyses of ordinary psychotherapy average over treatments, raters and instruments; one simulated course stands
# for their mean. Studies differ by about .1 in r (from memory, medium confidence: I² of 70-80 % at n of about 100);
# the mean of the mix that our one course represents is taken to be known to within a third of that: an assumption.
MIX = 0.03
INPUT = "an input: the population of that trial is found from it"
NOT_COUNTED = {
    **dict.fromkeys(("TD006", "TD253", "TD059", "TD061", "TD225", "TD227"), INPUT),
    "SA025": "the paper's denominators were not re-checked, and severe events are not distinguished from others here",
    "TAU001": "fixes the spread of the drug's effect between trials; it is an input, not a target",
}
OF_SCALE = {
    Scale.plain: (
        "mean",
        "cohens_d",
        "d_not_on_track",
        "rise_with_practice",
        "relative_change",
        "stayed_against_left",
        "standardised_rise",
        "pooled_g",
        "control_change",
        "all_positive",
    ),
    Scale.log: ("sd", "odds_ratio"),
    Scale.arcsine: ("share", "rate"),
    Scale.fisher: (
        "correlation",
        "correlation_of_sessions",
        "felt_correlation",
        "point_biserial",
        "agreement",
        "one_session",
    ),
    Scale.root: ("clinician_share",),
}
SCALES = {statistic: scale for scale, own in OF_SCALE.items() for statistic in own}
MIXED = {Scale.fisher: MIX, Scale.plain: 2 * MIX, Scale.arcsine: MIX, Scale.root: 0.0}


@functools.cache
def bindings() -> dict[str, Binding]:
    """What each published number is compared with, by the id of its row; read from `bindings.csv`."""
    with FILE.open(encoding="utf-8") as lines:
        return {line["id"]: _binding(line) for line in csv.DictReader(lines)}


def _binding(line: dict[str, str]) -> Binding:
    of = tuple(line["of"].split())
    measure = Measure(line["study"], line["arm"], line["statistic"], of, line["who"], line["versus"])
    return Binding(measure, number(line["n"]), number(line["error"]), Judged(line["judged"]))


def to_scale(value: float, scale: Scale) -> float:
    """A value on the scale on which it is compared."""
    if scale is Scale.log:
        return math.log(value)
    if scale is Scale.arcsine:
        return math.asin(math.sqrt(value))
    if scale is Scale.fisher:
        return math.atanh(value)
    return math.sqrt(value) if scale is Scale.root else value


def _value(row: Row) -> float:
    """The published value; a g of a correlational study as the correlation it stands for."""
    return row.value / math.sqrt(row.value**2 + 4) if row.statistic == "g" else row.value


def _error(row: Row, scale: Scale, n: float, given: float) -> float:
    """Standard error on the scale of comparison: as given or published, else what n implies."""
    value = _value(row)
    assumed = given if math.isfinite(given) else row.error
    if not math.isfinite(assumed):
        by_n = {Scale.fisher: 1 / math.sqrt(n - 3), Scale.arcsine: 1 / (2 * math.sqrt(n))}
        of_pairs = math.sqrt((1 + value**2 / 2) / n) if row.statistic == "Cohen d" else math.nan
        return by_n.get(scale, of_pairs)
    if scale is Scale.log:
        return assumed / value
    if scale is Scale.fisher:
        return assumed / (1 - value**2)
    if scale is Scale.arcsine:
        return assumed / (2 * math.sqrt(value * (1 - value)))
    return assumed / (2 * math.sqrt(value)) if scale is Scale.root else assumed


def _of_row(row: Row, role: str) -> list[Target]:
    """The target of a row, and those of the standard deviations its note names."""
    measure, given_n, given_error, judged = bindings()[row.id]
    n = row.n if math.isfinite(row.n) else given_n
    scale = SCALES[measure.statistic]
    pooled = measure.study == "psychotherapy" or row.id == "SA016"
    if judged is Judged.range:
        error = (to_scale(row.upper, scale) - to_scale(row.lower, scale)) / 4
    else:
        error = math.nan if judged is Judged.sign else _error(row, scale, n, given_error)
    mix = MIXED[scale] if pooled else 0.0
    made = [Target(row.id, row, measure, scale, _value(row), error, n, judged, mix, role)]
    if measure.statistic == "mean":
        of = measure.of[0]
        named = ((".sd", SD, of), (".change_sd", SD_OF_CHANGE, of.replace("score", "change")))
        for ending, pattern, column in named:
            sd = row.published_sd(pattern)
            if math.isfinite(sd):
                own = measure._replace(statistic="sd", of=(column,))
                error = 1 / math.sqrt(2 * (n - 1))
                made.append(Target(row.id + ending, row, own, Scale.log, sd, error, n, role=role))
    return made


@functools.cache
def _counted(role: str) -> tuple[Target, ...]:
    """Every counted target of one role; of context only what is bound to a measure."""
    apart = [row for row in rows("clinicians").values() if row.use == USE_OF[role]]
    own = rows(TABLE_OF[role]).values() if role in TABLE_OF else ()
    counted = (row for row in (*own, *apart) if row.id not in NOT_COUNTED and (role != CONTEXT or row.id in bindings()))
    return tuple(target for row in counted for target in _of_row(row, role))


@functools.cache
def targets(role: str) -> tuple[Target, ...]:
    """All counted targets of one role but those of paired studies, in the order of the evidence tables.

    Args:
        role: `FITTED` (to which the posterior is fitted) or `PREDICTED`.
    """
    return tuple(target for target in _counted(role) if not _paired(target))


@functools.cache
def of_clinicians(role: str) -> tuple[Target, ...]:
    """The targets of one role that are measured on paired studies, in the same order.

    Args:
        role: `FITTED` (by a number outside the posterior), `PREDICTED` or `CONTEXT`.
    """
    return tuple(target for target in _counted(role) if _paired(target))


def _paired(target: Target) -> bool:
    study = STUDIES.get(target.measure.study)
    return study is not None and study.paired
