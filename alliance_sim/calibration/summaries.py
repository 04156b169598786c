"""From numbers of the model to the statistics that papers published: many points at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from alliance_sim.calibration import statistics
from alliance_sim.calibration.columns import EARLY_AND_MIDDLE, STEADY, Columns, kept
from alliance_sim.calibration.evidence.rows import rows
from alliance_sim.calibration.evidence.targets import Measure, Scale, Target
from alliance_sim.calibration.studies import POOLED, STUDIES, scenario, with_numbers
from alliance_sim.engine import worlds
from alliance_sim.engine.recording import Keep
from alliance_sim.study.posterior import of_condition
from alliance_sim.world import seeds
from alliance_sim.world.scenario import DEFAULT_SEED

Array = np.ndarray[Any, np.dtype[Any]]
Point = Mapping[str, float]  # dotted keys of numbers; the rest stays at its default
POOLED_STUDY = "psychotherapy"  # whose rows are meta-analyses: all trials of a point are one sample


def simulated(
    study: str,
    points: Sequence[Point],
    first: int,
    count: int,
    whole: bool = False,
    further: tuple[str, ...] = (),
    seed: int = DEFAULT_SEED,
) -> dict[str, Columns]:
    """Simulate every arm of a study at many points; all points meet the same trials (common random numbers).

    Args:
        study: One of `STUDIES`.
        points: Numbers that differ from the defaults.
        first: Number of the first of `count` trials.
        count: How many trials.
        whole: Keep all patients of a trial in each arm: steadier means, but arms then share patients.
        further: More columns than the statistics need.
        seed: Seed of every draw.

    Raises:
        ScenarioError: The seed is no whole number in its range.
    """
    seed = seeds.seed(seed)
    about = STUDIES[study]
    made = {}
    for arm in about.arms:
        base = scenario(study, arm.name)
        own = [with_numbers(base, of_condition(point, about.condition)) for point in points]
        recorded = worlds.simulate(
            own,
            about.replicates(first, count),
            seed,
            Keep.sessions,
            columns=kept(arm.protocol, further),
        )
        part = slice(0, about.number) if whole else about.part(arm.name)
        made[arm.name] = Columns(base, recorded, part, own)
    return made


Arms = Mapping[str, Columns]


def pool(values: Array, samples: int) -> Array:
    """Patients of several trials as one sample: (patients × trials a sample, points, samples)."""
    patients, points, trials = values.shape
    parts = values.reshape(patients, points, samples, trials // samples)
    return np.moveaxis(parts, 3, 1).reshape(-1, points, samples)


def evaluate(measure: Measure, arms: Arms, samples: int = 0) -> Array:
    """A measure in every world: shape (points, trials), or (points, samples) where trials are pooled into samples."""
    own = arms[measure.arm]

    def column(name: str) -> Array:
        return pool(own[name], samples) if samples else own[name]

    one = measure.of[0]
    if measure.statistic in ("mean", "share", "sd"):
        here = column(f"stayed.{one.partition('.')[2]}") > 0.5 if measure.who == "stayed" else None
        how = statistics.sd if measure.statistic == "sd" else statistics.mean
        return how(column(one), here)
    if measure.statistic == "cohens_d":
        return statistics.cohens_d(own[one], arms[measure.versus][one])
    if measure.statistic in OF_COLUMNS:
        return OF_COLUMNS[measure.statistic](*map(column, measure.of))
    return SPECIAL[measure.statistic](measure, own, column)


TAU = rows("calibration")["TAU001"].value  # published spread of g between trials, in the weights of a pooled g
Column = Callable[[str], Array]


def _felt_correlation(measure: Measure, own: Columns, column: Column) -> Array:
    """With a behaviour as patients report it once: the correlation shrinks by the error of one rating."""
    felt = column(measure.of[0])
    spread = statistics.variance(felt)
    shrunk: Array = np.sqrt(spread / (spread + own.noise_of_rating**2))
    return statistics.correlation(felt, column(measure.of[1])) * shrunk


def _of_sessions(measure: Measure, own: Columns, column: Column) -> Array:
    """Mean of the correlations of an early and a middle session's rating."""
    other = column(measure.of[1])
    rated = [column(f"{measure.of[0]}@{session}") for session in EARLY_AND_MIDDLE]
    made: Array = np.mean([statistics.correlation(ratings, other) for ratings in rated], axis=0)
    return made


def _agreement(measure: Measure, own: Columns, column: Column) -> Array:
    """Mean over the same sessions of the correlation of both views."""
    pairs = [[column(f"{view}@{session}") for view in measure.of] for session in EARLY_AND_MIDDLE]
    made: Array = np.mean([statistics.correlation(*pair) for pair in pairs], axis=0)
    return made


def _stayed_against_left(measure: Measure, own: Columns, column: Column) -> Array:
    return statistics.stayed_against_left(column(measure.of[0]), column("dropout"))


def _one_session(measure: Measure, own: Columns, column: Column) -> Array:
    return statistics.single_session(np.stack([column(f"{measure.of[0]}@{session}") for session in STEADY]))


def _clinician_share(measure: Measure, own: Columns, column: Column) -> Array:
    """All trials of a point, cut into as many samples as the other measures have."""
    values = own[measure.of[0]]
    samples = column(measure.of[0]).shape[2]
    parts = np.split(values, samples, axis=2)
    groups = scenario(measure.study, measure.arm).clinicians.number
    return np.stack([statistics.share_between(part, groups) for part in parts], axis=1)


def _rate(measure: Measure, own: Columns, column: Column) -> Array:
    """Share of all sessions attended, so that patients who stay longer count more."""
    made: Array = column("ruptures").sum(axis=0) / column("sessions").sum(axis=0)
    return made


OF_COLUMNS: dict[str, Callable[..., Array]] = {
    "correlation": statistics.correlation,
    "standardised_rise": statistics.standardised_rise,
    "all_positive": statistics.all_positive,
}
SPECIAL: dict[str, Callable[[Measure, Columns, Column], Array]] = {
    "felt_correlation": _felt_correlation,
    "correlation_of_sessions": _of_sessions,
    "agreement": _agreement,
    "stayed_against_left": _stayed_against_left,
    "one_session": _one_session,
    "clinician_share": _clinician_share,
    "rate": _rate,
}


def pooled_g(studies: Mapping[str, Arms]) -> Array:
    """Hedges g of the drug against its comparator, pooled over trials as the paper pooled: by random effects.

    Args:
        studies: Columns by study and arm, of the studies in `POOLED`.

    Returns:
        Shape (points, trials).
    """
    total, weights = np.zeros(()), np.zeros(())
    for study, arm, versus, day in POOLED:
        one, two = (studies[study][name][f"change.{day}"] for name in (arm, versus))
        patients = one.shape[0] + two.shape[0]
        small = 1 - 3 / (4 * (patients - 2) - 1)  # Hedges' correction
        g = small * statistics.cohens_d(one, two)
        weight = 1 / (1 / one.shape[0] + 1 / two.shape[0] + g**2 / (2 * patients) + TAU**2)
        total, weights = total + weight * g, weights + weight
    made: Array = total / weights
    return made


def control_change(studies: Mapping[str, Arms]) -> Array:
    """Fall of the primary score in the comparator arms of the pooled trials, in standard deviations of change.

    Args:
        studies: Columns by study and arm, of the studies in `POOLED`.

    Returns:
        Mean over arms by their number of patients, shape (points, trials).
    """
    total, patients = np.zeros(()), 0
    for study, _, versus, day in POOLED:
        own = studies[study][versus]
        change = own[f"change.{day}"]
        fall = -statistics.mean(change) / statistics.sd(change)
        count = change.shape[0]
        total, patients = total + count * fall, patients + count
    made: Array = total / patients
    return made


OF_POOLED: dict[str, Callable[[Mapping[str, Arms]], Array]] = {"pooled_g": pooled_g, "control_change": control_change}


def on_scale(values: Array, scale: Scale) -> Array:
    """Statistics on the scale on which they are compared; out of a scale's reach is taken to its end."""
    if scale is Scale.log:
        return np.log(values)
    if scale is Scale.arcsine:
        return np.arcsin(np.sqrt(values))
    if scale is Scale.fisher:
        return np.arctanh(np.clip(values, -0.999, 0.999))
    return np.sqrt(np.maximum(values, 0.0)) if scale is Scale.root else values


def off_scale(values: Array, scale: Scale) -> Array:
    """Undo `on_scale`."""
    if scale is Scale.log:
        return np.exp(values)
    if scale is Scale.arcsine:
        made: Array = np.sin(np.clip(values, 0.0, np.pi / 2)) ** 2
        return made
    if scale is Scale.fisher:
        return np.tanh(values)
    return values**2 if scale is Scale.root else values


def by_study(targets: Iterable[Target]) -> dict[str, list[Target]]:
    """Targets grouped by the study they are measured on."""
    groups: dict[str, list[Target]] = {}
    for target in targets:
        groups.setdefault(target.measure.study, []).append(target)
    return groups
