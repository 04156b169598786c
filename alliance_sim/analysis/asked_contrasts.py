"""The contrasts that a study is asked for: from its design and its trials to a table."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import contrasts
from alliance_sim.analysis.monte_carlo import Array, reported
from alliance_sim.analysis.running import IN_POINTS, NAMES, Label
from alliance_sim.analysis.summary import keys
from alliance_sim.errors import AnswerError
from alliance_sim.model.registry import plain
from alliance_sim.study.columns import Points
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind, at
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

if TYPE_CHECKING:
    from alliance_sim.analysis.opened import Opened

ARM = "arm"


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
    return json.dumps(value) if isinstance(value, list | dict) else value if value is not None else "null"


def planned(study: Study, contrast: str, by: Sequence[str]) -> list[contrasts.Contrast]:
    """The contrasts of a study's design.

    Raises:
        AnswerError: The design does not hold them.
    """
    design = laid(study, contrast)
    found = contrasts.planned(design.frame, design.keys, contrast, by, design.base)
    if by and all(one.kind == contrasts.EFFECT for one in found):
        raise AnswerError(
            f"contrast={contrast} by={', '.join(by)}: no points hold both at two levels each, so how one changes the "
            "effect of the other cannot be seen; run design=grid over both."
        )
    return [one._replace(note="") for one in found] if contrast == ARM else found


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
