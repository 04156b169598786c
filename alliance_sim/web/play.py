"""Play the clinician: what `play.yaml` says, checked, and ready for the page."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from alliance_sim.errors import ScenarioError
from alliance_sim.model.timetable import Kind
from alliance_sim.world import places
from alliance_sim.world.scenario import Scenario, load_patients, load_protocol

FILE = Path(__file__).with_suffix(".yaml")
LARGEST_SHIFT = 1.0  # of one behaviour
MINUTES = 5.0  # that a course may take
SECONDS = 15.0  # for one session


class Looks(BaseModel):
    """What a dosing day looks like from outside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calm: str
    moments: str
    hard: str
    difficult: str


class Game(BaseModel):
    """The game as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocols: list[str]
    points: int
    shift: float
    others: int
    first_other: int
    most: int
    aim: str
    rules: list[str]
    looks: Looks
    assumed: list[str]


def read(path: Path = FILE) -> Game:
    """The game from its file.

    Raises:
        ScenarioError: It does not fit the schema, or names what is not there.
    """
    try:
        made = Game.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise ScenarioError(f"{path.name}, {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    if unknown := {*made.protocols} - {*places.names("protocol")}:
        raise ScenarioError(f"{path.name}: there is no protocol {unknown.pop()}.")
    if made.points * made.shift > LARGEST_SHIFT:
        raise ScenarioError(f"{path.name}: all points on one behaviour are more than {LARGEST_SHIFT:g}.")
    if made.first_other < made.most:
        raise ScenarioError(f"{path.name}: the others begin among the patients who can be chosen.")
    return made


def sessions(protocol: str) -> int:
    """How many sessions a course has."""
    plan = load_protocol(protocol)
    steps = Scenario(plan, load_patients(plan.patients)).course()
    return sum(step.kind is not Kind.ASSESSMENT for step in steps)


def data() -> dict[str, Any]:
    """The game ready for JSON."""
    made = read()
    return {**made.model_dump(), "sessions": {name: sessions(name) for name in made.protocols}}
