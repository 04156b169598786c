"""Units and ranges of the columns of results, as the worlds of a study have them."""

from collections.abc import Sequence
from typing import NamedTuple

from alliance_sim.model.instruments import Instrument
from alliance_sim.study.dictionary import GROUPS, Column
from alliance_sim.world.scenario import Scenario

ROLES = ("primary", "secondary")  # of a questionnaire in a protocol; others are named as they are


class Span(NamedTuple):
    """Unit of a column, and between which values it lies; None where there is no bound."""

    unit: str
    lowest: float | None
    highest: float | None


def span(column: Column, worlds: Sequence[Scenario]) -> Span:
    """Unit and range of a column over some worlds."""
    if not column.scale:
        return Span(column.unit, column.lowest, column.highest)
    scales = [_instrument(column.scale, world) for world in worlds]
    unit = f"{' or '.join(dict.fromkeys(scale.name for scale in scales))} points"
    if column.lowest is not None:
        return Span(unit, column.lowest, column.highest)
    lowest, highest = min(scale.lowest for scale in scales), max(scale.highest for scale in scales)
    if column.difference:
        widest = max(scale.highest - scale.lowest for scale in scales)
        lowest, highest = -widest, widest
    return Span(unit, float(lowest), float(highest))


def units(scenario: Scenario) -> dict[str, str]:
    """Unit of every column that has one; "1" where it is a share, a count or yes and no."""
    every = {name: column for groups in GROUPS.values() for columns, _ in groups for name, column in columns.items()}
    found = {name: span(column, [scenario]).unit for name, column in every.items()}
    return {name: unit for name, unit in found.items() if unit}


def _instrument(scale: str, world: Scenario) -> Instrument:
    if scale in ROLES:
        return world.instrument(getattr(world, scale))
    found: Instrument = getattr(world.parameters.instruments, scale)
    return found
