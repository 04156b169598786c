"""Which statistic of which simulated study does each published number stand for?

Every row of the calibration and validation tables is bound to an executable measure, or has a stated reason why it
is not counted. The studies named here are simulated by `alliance_sim.calibration.studies`.
"""

import functools
import math
from enum import Enum
from typing import NamedTuple

from alliance_sim.calibration.evidence.rows import SD, SD_OF_CHANGE, Row, rows

FITTED, PREDICTED = "fitted", "predicted"
TABLE_OF = {FITTED: "calibration", PREDICTED: "validation"}


class Scale(Enum):
    """On which scale a statistic is compared: one on which its sampling distribution is close to normal."""

    plain = "plain"
    log = "log"  # of standard deviations
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
    n: float = math.nan  # patients or sample that the paper had, where the row does not say; an assumption


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
DOSES = ("25", "10", "1")
CHANGES = {
    1: ("TD080", "TD082", "TD084"),
    7: ("TD085", "TD086", "TD087"),
    21: ("TD088", "TD089", "TD091"),
    42: ("TD094", "TD095", "TD096"),
    63: ("TD097", "TD098", "TD099"),
    84: ("TD100", "TD101", "TD102"),
}
RESPONSES = {1: ("TD103", "TD104", "TD105"), 21: ("TD109", "TD110", "TD111"), 84: ("TD118", "TD119", "TD120")}
MAPP = ("mdma", "none")
CAPS = {46: ("TM002", "TM004"), 74: ("TM005", "TM006"), 126: ("TM007", "TM008")}


def _each(
    study: str, arms: tuple[str, ...], keys: tuple[str, ...], how: str, of: str, who: str = "all"
) -> dict[str, Measure]:
    """One row an arm."""
    return {key: Measure(study, arm, how, (of,), who) for key, arm in zip(keys, arms, strict=True)}


def _psychotherapy(how: str, *of: str, n: float = math.nan) -> Measure:
    return Measure("psychotherapy", "usual", how, of, n=n)


COMP001 = {
    **_each("comp001", DOSES, ("TD079", "TD081", "TD083"), "mean", "baseline"),
    **{key: measure for day, keys in CHANGES.items() for key, measure in
       _each("comp001", DOSES, keys, "mean", f"change.{day}").items()},
    **{key: measure for day, keys in RESPONSES.items() for key, measure in
       _each("comp001", DOSES, keys, "share", f"response.{day}").items()},
    **_each("comp001", DOSES, ("TD130", "TD131", "TD132"), "share", "remission.21"),
    **_each("comp001", DOSES, ("TD265a", "TD265b", "TD265c"), "share", "dropout"),
    "AE001": Measure("comp001", "25", "correlation", ("ebi", "change.21")),
    "AE003": Measure("comp001", "25", "correlation", ("asc_boundlessness", "change.21")),
    # Anxiety as an adverse event, pooled over psilocybin trials: any psychological adverse event at 25 mg.
    "SA016": Measure("comp001", "25", "share", ("adverse",)),
    "TD277": Measure("carhart2016", "10", "mean", ("intensity",)),
    "TD278": Measure("carhart2016", "25", "mean", ("intensity",)),
}  # fmt: skip
MAPP1 = {
    **_each("mapp1", MAPP, ("TM001", "TM003"), "mean", "baseline"),
    **{key: measure for day, keys in CAPS.items() for key, measure in
       _each("mapp1", MAPP, keys, "mean", f"score.{day}", "stayed").items()},
    **_each("mapp1", MAPP, ("TM010", "TM011"), "share", "response.46", "stayed"),
    **_each("mapp1", MAPP, ("TM014", "TM015"), "share", "response.126", "stayed"),
    **_each("mapp1", MAPP, ("TM020", "TM021"), "share", "remission.126", "stayed"),
    **_each("mapp1", MAPP, ("TM053a", "TM053b"), "share", "dropout"),
}  # fmt: skip
PSYCHOTHERAPY = {
    # One rating, as most studies had: the correlations of the fourth and of the eighth session, averaged.
    "PT001": _psychotherapy("correlation_of_sessions", "wai", "gain"),
    "PT003": _psychotherapy("correlation", "repaired_share", "gain"),
    "PT007": _psychotherapy("felt_correlation", "felt_empathy", "gain"),
    "PT008": _psychotherapy("felt_correlation", "perceived_authenticity", "gain"),
    "PT010": _psychotherapy("felt_correlation", "perceived_empathy", "gain"),
    "PT011": _psychotherapy("felt_correlation", "perceived_boundaries", "gain"),
    "PT012": _psychotherapy("felt_correlation", "perceived_collaboration", "gain"),
    "PT024": _psychotherapy("agreement", "wai", "wai_clinician", n=3200),
    "PT027": _psychotherapy("correlation_of_sessions", "wai", "security"),
    "PT028": _psychotherapy("share", "dropout"),
    "PT029": _psychotherapy("stayed_against_left", "wai_early"),
    "PT033": _psychotherapy("clinician_share", "gain", n=10_000),
    "PT047": _psychotherapy("one_session", "wai", n=100),
    "PT049": _psychotherapy("rate", "rupture", n=3000),
}
BINDINGS: dict[str, Measure] = {
    **COMP001,
    **MAPP1,
    **PSYCHOTHERAPY,
    # ---------------------------------------------------------------------------------- validation: never fitted
    "TD006": Measure("psilodep2", "25", "mean", ("baseline",)),
    "TD007": Measure("psilodep2", "25", "mean", ("change.43",)),
    "TD031": Measure("psilodep2", "25", "share", ("response.43",)),
    "TD033": Measure("psilodep2", "25", "share", ("remission.43",)),
    "TD018": Measure("psilodep2", "25", "mean", ("secondary_baseline",)),
    "TD019": Measure("psilodep2", "25", "mean", ("secondary_change.43",)),
    "TD253": Measure("davis_all", "psilocybin", "mean", ("baseline",)),
    "TD059": Measure("davis2021", "psilocybin", "mean", ("baseline",)),
    "TD060": Measure("davis2021", "psilocybin", "mean", ("score.35",)),
    "TD063": Measure("davis2021", "psilocybin", "mean", ("score.56",)),
    "TD061": Measure("davis2021", "waitlist", "mean", ("baseline",)),
    "TD062": Measure("davis2021", "waitlist", "mean", ("score.35",)),
    "TD064": Measure("davis2021", "waitlist", "mean", ("score.56",)),
    "TD251": Measure("davis2021", "waitlist", "cohens_d", ("score.35",), versus="psilocybin"),
    "TD252": Measure("davis2021", "waitlist", "cohens_d", ("score.56",), versus="psilocybin"),
    "TD257": Measure("davis_all", "psilocybin", "share", ("response.32",)),
    "TD259": Measure("davis_all", "psilocybin", "share", ("remission.32",)),
    **_each("vonrotz2023", ("psilocybin", "placebo"), ("TD225", "TD227"), "mean", "baseline"),
    **_each("vonrotz2023", ("psilocybin", "placebo"), ("TD235", "TD236"), "mean", "score.14"),
    **_each("vonrotz2023", ("psilocybin", "placebo"), ("TD238", "TD239"), "share", "response.14"),
    **_each("vonrotz2023", ("psilocybin", "placebo"), ("TD240", "TD241"), "share", "remission.14"),
    # Levin 2024 reanalysed Davis 2021; the alliance before dosing is the last rating of preparation.
    "AP005": Measure("psilodep2", "25", "all_positive", ("wai_early", "star_p", "ebi", "meq30")),
    "AP010": Measure("davis_all", "psilocybin", "standardised_rise", ("wai_prepared", "wai_week_after")),
    "AP011": Measure("davis_all", "psilocybin", "correlation", ("wai_prepared", "score.56")),
    "AP014": Measure("davis_all", "psilocybin", "correlation", ("wai_prepared", "meq30")),
    "AP016": Measure("davis_all", "psilocybin", "correlation", ("meq30", "score.56")),
    "PT014": _psychotherapy("correlation", "expectancy", "gain"),
    # The real relationship has no instrument here; STAR-P at the end stands for it: an assumption.
    "PT009": _psychotherapy("correlation", "star_p", "gain"),
    "TP001": Measure("pooled", "psilocybin", "pooled_g", ("change",)),
}
NOT_COUNTED = {
    "SA025": "the paper's denominators were not re-checked, and severe events are not distinguished from others here",
    "TAU001": "fixes the spread of the drug's effect between trials; it is an input, not a target",
}
SCALES = {
    "mean": Scale.plain,
    "sd": Scale.log,
    "share": Scale.arcsine,
    "rate": Scale.arcsine,
    "correlation": Scale.fisher,
    "correlation_of_sessions": Scale.fisher,
    "felt_correlation": Scale.fisher,
    "agreement": Scale.fisher,
    "one_session": Scale.fisher,
    "clinician_share": Scale.root,
    "cohens_d": Scale.plain,
    "stayed_against_left": Scale.plain,
    "standardised_rise": Scale.plain,
    "pooled_g": Scale.plain,
    "all_positive": Scale.plain,
}
# What the papers do not print, on the scale of the row; each an assumption.
ASSUMED_ERROR = {
    "PT010": 0.026,  # sampling of 3,528 patients, and half the way between the paper's two estimates (g .28 and .36)
    "PT033": 0.017,  # spread of the three published subgroup means (.024, .05, .082) over √3
    "PT047": 0.04,
    "PT029": 0.11,  # of a d of .55 with 1,301 patients, a fifth of them dropped out, and 11 heterogeneous studies
}
MIXED = {Scale.fisher: MIX, Scale.plain: 2 * MIX, Scale.arcsine: MIX, Scale.root: 0.0}
JUDGED = {"PT049": Judged.range, "AP005": Judged.sign}


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


def _error(row: Row, scale: Scale, n: float) -> float:
    """Standard error on the scale of comparison: as published, else what n implies."""
    value = _value(row)
    assumed = ASSUMED_ERROR.get(row.id, row.error)
    if scale is Scale.fisher:
        by_n = 1 / math.sqrt(n - 3) if math.isfinite(n) else math.nan
        return assumed / (1 - value**2) if math.isfinite(assumed) else by_n
    if scale is Scale.arcsine:
        by_n = 1 / (2 * math.sqrt(n))
        return assumed / (2 * math.sqrt(value * (1 - value))) if math.isfinite(assumed) else by_n
    if scale is Scale.root:
        return assumed / (2 * math.sqrt(value))
    if row.statistic == "Cohen d" and not math.isfinite(assumed):  # of paired measurements
        return math.sqrt((1 + value**2 / 2) / n)
    return assumed


def _of_row(row: Row, measure: Measure, role: str) -> list[Target]:
    """The target of a row, and those of the standard deviations its note names."""
    n = row.n if math.isfinite(row.n) else measure.n
    scale = SCALES[measure.statistic]
    pooled = measure.study == "psychotherapy" or row.id == "SA016"
    judged = JUDGED.get(row.id, Judged.interval)
    if judged is Judged.range:
        error = (to_scale(row.upper, scale) - to_scale(row.lower, scale)) / 4
    elif judged is Judged.sign:
        error = math.nan
    else:
        error = _error(row, scale, n)
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
def targets(role: str) -> tuple[Target, ...]:
    """All counted targets of one role, in the order of the evidence tables.

    Args:
        role: `FITTED` or `PREDICTED`.
    """
    table = rows(TABLE_OF[role])
    return tuple(
        target for row in table.values() if row.id not in NOT_COUNTED for target in _of_row(row, BINDINGS[row.id], role)
    )
