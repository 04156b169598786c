"""The contrasts that a study is asked for: from its design and its trials to a table."""

import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import contrasts
from alliance_sim.analysis.contrasts import ARM
from alliance_sim.analysis.monte_carlo import Array, reported
from alliance_sim.analysis.running import IN_POINTS, NAMES, Label
from alliance_sim.analysis.summary import keys
from alliance_sim.errors import AnswerError
from alliance_sim.model.registry import plain
from alliance_sim.study.columns import Points
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind, at
from alliance_sim.study.spelling import spelled
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

if TYPE_CHECKING:
    from alliance_sim.analysis.opened import Opened

FEW_ARMS = 4  # missing arms that are named


class Laid(NamedTuple):
    """A design as contrasts read it: one row an arm or point, its keys, and which row is the base."""

    frame: pd.DataFrame
    keys: list[str]
    base: Array


def laid(study: Study, contrast: str) -> Laid:
    """The design of a study: of arms the keys that any of them sets, at their value in each arm.

    Raises:
        AnswerError: It is run over draws of the posterior.
    """
    if study.posterior.draws:
        raise AnswerError("contrast= needs one value of each parameter; leave out parameters=posterior.")
    if study.design.of_arms:
        return _of_arms(study, contrast)
    points = study.points()
    assert isinstance(points, Points)  # of a design of points
    frame = points.frame()
    first = np.zeros(len(frame), dtype=bool)
    if study.design.kind is Kind.one_at_a_time:
        first = frame["base"].to_numpy(dtype=bool)
    return Laid(frame, keys(frame), first)


def _of_arms(study: Study, contrast: str) -> Laid:
    base, set_by_any = study.base(), dict.fromkeys(key for values in study.arms.values() for key in values)
    rows = [{key: _cell(values.get(key, _own(base, key))) for key in set_by_any} for values in study.arms.values()]
    frame = pd.DataFrame(rows, columns=list(set_by_any))
    frame.insert(0, ARM, list(study.arms))
    own = [ARM, *set_by_any] if contrast == ARM else list(set_by_any)
    return Laid(frame, own, (frame[ARM] == study.base_arm).to_numpy())


def _own(base: Scenario, key: str) -> Any:
    """What a world has at a key; of a group of keys its name."""
    value = at(base, key)
    return getattr(value, "name", value) if key != "patients" else value.condition.value


def _cell(value: Any) -> Any:
    """A number as it is, anything else as text, as designs write it."""
    value = plain(value)
    if isinstance(value, list):
        value = [int(one) if isinstance(one, float) and one.is_integer() else one for one in value]  # as it is typed
    return json.dumps(value) if isinstance(value, list | dict) else value if value is not None else "null"


def planned(study: Study, contrast: str, by: Sequence[str]) -> list[contrasts.Contrast]:
    """The contrasts of a study's design.

    Raises:
        AnswerError: The design does not hold them.
    """
    design = laid(study, contrast)
    missing = _missing(study, design, contrast, by) if study.design.of_arms else ""
    try:
        found = contrasts.planned(design.frame, design.keys, contrast, by, design.base)
    except AnswerError as error:
        if not missing:
            raise
        raise AnswerError(f"{str(error).partition('; ')[0]}; {missing}.") from error
    if by and all(one.kind == contrasts.EFFECT for one in found):
        several = "arms" if study.design.of_arms else "points"
        raise AnswerError(
            f"contrast={contrast} by={', '.join(by)}: no {several} hold both at two levels each, so how one changes "
            f"the effect of the other cannot be seen; {missing or 'run design=grid over both'}."
        )
    return [one._replace(note="") for one in found] if contrast == ARM else found


def _missing(study: Study, design: Laid, contrast: str, by: Sequence[str]) -> str:
    """The arms that complete the levels of all these keys, ready to paste; empty where they are none or many."""
    crossed, arms = [contrast, *by], study.arms
    if contrast == ARM or not by or not set(crossed) <= set(design.frame) or len({*crossed}) < len(crossed):
        return ""
    frame = design.frame.set_index(ARM)
    there = set(frame[crossed].itertuples(index=False, name=None))
    others = frame[list(by)].drop_duplicates()
    made: dict[str, Any] = {}
    for one, level in frame[contrast].drop_duplicates().items():
        for two, place in zip(others.index, others.itertuples(index=False, name=None), strict=True):
            if (level, *place) in there:
                continue
            own = {key: value for key, value in arms[str(two)].items() if key != contrast}
            own |= {key: value for key, value in arms[str(one)].items() if key == contrast}
            name = f"{one}_{two}"
            made[name if name.isidentifier() and name not in arms else f"further_{len(made) + 1}"] = plain(own)
    if not 0 < len(made) < FEW_ARMS:
        return ""
    return f"add {shlex.join(f'arms.{name}={spelled(own)}' for name, own in made.items())}"


def effects(opened: "Opened", compared: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """Effects of keys, and how they differ by others.

    Args:
        opened: A study and its results.
        compared: The keys whose levels are compared; `arm` compares arms with the base arm.
        by: Keys at whose levels the effect is taken.

    Returns:
        The columns of `contrasts.estimated` and unit, shares in [0, 1]. Points of the primary scale are not compared
        across scales. Where the interval holds 0 the note says that noise alone can make the estimate.

    Raises:
        AnswerError: The design does not hold them.
        FolderError: A file of the folder is damaged.
    """
    wanted, labels = [one for key in compared for one in planned(opened.study, key, by)], opened.labels
    condition = np.array([opened.kinds[label].condition if label in opened.kinds else "" for label in labels])
    split: dict[int, list[Array]] = {}
    for place, one in enumerate(wanted):
        several = np.unique(condition[one.weights != 0])
        if len(several) > 1:
            split[place] = [np.where(condition == name, one.weights, 0.0) for name in several]
    weights = np.stack([*(one.weights for one in wanted), *(part for parts in split.values() for part in parts)])
    parts = (opened.held.labelled(part) for part in opened.held.parts("trials", NAMES))
    values = contrasts.worth(parts, labels, weights)
    further = iter(values[len(wanted) :])
    apart = {place: [next(further) for _ in parts] for place, parts in split.items()}
    found = contrasts.estimated(wanted, values[: len(wanted)], opened.found.each, apart)
    used = [[labels[place] for place in np.flatnonzero(one.weights)] for one in wanted]
    named = [_units(opened, own[0]) for own in used]
    found["unit"] = [named[place // len(NAMES)][measure] for place, measure in enumerate(found["measure"])]
    many = [len({opened.kinds[label].scale for label in own if label in opened.kinds}) > 1 for own in used]
    found = found[~(np.repeat(many, len(NAMES)) & found["measure"].isin(IN_POINTS))]
    held = reported(found, opened.study.replicates).dropna(subset=["estimate"]).reset_index(drop=True)
    noise = (held["mcse"] > 0) & (held["lower"] <= 0) & (held["upper"] >= 0)
    said = held["note"].where(~noise, held["note"].map(lambda note: "; ".join(filter(None, [contrasts.NOISE, note]))))
    return held.assign(note=said)


def _units(opened: "Opened", label: Label) -> dict[str, str]:
    """Units of an arm's or a point's measures."""
    if opened.study.design.of_arms:
        return units(opened.scenarios[str(label)])
    own = units(opened.base)
    if label in opened.scale_names:
        own |= dict.fromkeys(IN_POINTS, f"{opened.scale_names[label]} points")
    return own
