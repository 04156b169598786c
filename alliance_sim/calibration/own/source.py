"""What is said of one's own data on the command line: the file, what its columns mean, which arm is which."""

import re
from collections.abc import Sequence
from dataclasses import field, fields
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable, unknown
from alliance_sim.model.registry import parameter
from alliance_sim.study.designs import CHOICE
from alliance_sim.world.configuration import from_words
from alliance_sim.world.protocol import Anchor

KEY = "data"
EXAMPLE = "data=trial.csv"
ONE_ARM = ("arms={base: {}}", "base_arm=base")  # of the study, where no experiment is named
BEFORE = ("out=outputs/compare", "replicates=400")
SIZE = "patients.number"  # which the data say
OF_RUN = ("ask", "power", "shard", "precision", "keep", "executor", "design", "dry_run")  # keys that nobody reads here
FOLDERS = ("--config-dir", "-cd")  # options that a folder follows
LONGEST = 20_000  # characters of a mapping


def _mapping(value: Any) -> Any:
    """A mapping as it is typed, `{patient: ID}`: words alone, whatever they look like."""
    if not isinstance(value, str):
        return value
    try:
        held = yaml.load(value, yaml.BaseLoader) if len(value) <= LONGEST else None
    except (yaml.YAMLError, RecursionError):
        held = None
    if not isinstance(held, dict) or not all(isinstance(one, str) and one for pair in held.items() for one in pair):
        raise ValueError("this is no mapping; write it as {name: name}")
    return held


Mapping = Annotated[dict[str, str], BeforeValidator(_mapping)]


@configurable
class Source:
    """One's own data: `data=FILE`, and what is to be known of it.

    Attributes:
        file: Table that ends in .csv, .parquet or .xlsx.
        columns: Name of a column by what it holds: patient, day, session, date, arm, clinician, dropout, an instrument.
        arms: Name of the study's arm by the name that the data have for it.
        sheet: Of a spreadsheet.
        anchor: What its days are counted from.
        entry: Simulated patients get mean and SD of its scores at baseline; else the study's population is left.
    """

    file: str = ""
    columns: Mapping = field(default_factory=dict)
    arms: Mapping = field(default_factory=dict)
    sheet: str = ""
    anchor: Anchor = Anchor.enrolment
    entry: bool = False
    window: int = parameter(3, "w", "days", 0, 60, CHOICE, "Days by which a row may miss the day that it counts for.")


def split(words: Sequence[str], command: str) -> tuple[Source, list[str]]:
    """Tell what is said of the data from the words of a study.

    Args:
        words: What was typed.
        command: Name of the command.

    Returns:
        The data's source, and all other words.

    Raises:
        ScenarioError: No file is named, or a word cannot be understood.
    """
    own, others = [], []
    for word in words:
        key = word.partition("=")[0]
        if key == KEY:
            own.append(f"file={word.partition('=')[2]}")
        elif key.startswith(f"{KEY}."):
            own.append(word.removeprefix(f"{KEY}.") if "=" in word else word)
        else:
            others.append(word)
    try:
        found = from_words(Source, own, EXAMPLE)
    except ScenarioError as error:
        raise ScenarioError(_with_key(str(error))) from error
    if not found.file:
        raise ScenarioError(f"{command} needs your data; type alliance-sim {command} {EXAMPLE}.")
    return found, others


def of_study(words: Sequence[str], before: Sequence[str] = BEFORE, command: str = "compare") -> list[str]:
    """The words of a study after what stands where they say nothing else.

    Raises:
        ScenarioError: A key means nothing to the command.
    """
    for word in words:
        key = word.partition("=")[0]
        if "=" in word and key.partition(".")[0] in OF_RUN:
            raise ScenarioError(f"{key} means nothing to {command}; leave it out.")
        if key == SIZE:
            raise ScenarioError(
                f"{word} is not read: simulated trials have as many patients as your data; leave it out."
            )
    named = any(word.startswith("experiment=") for word in words)
    return [*(() if named else ONE_ARM), *before, *words]


def without_folders(words: Sequence[str]) -> list[str]:
    """Words as a page that is passed on may hold them: files and folders of one's own machine by their names alone."""
    made = []
    for before, word in zip(["", *words], words, strict=False):
        key, equals, value = word.partition("=")
        own = key in (KEY, "out", "design.file", *FOLDERS) if equals else before in FOLDERS
        place = Path(value if equals else word).name
        made.append(f"{key}{equals}{place}" if own and equals else place if own else word)
    return made


def _with_key(said: str) -> str:
    """A sentence about a key of `Source` with the key as it was typed."""
    known = [one.name for one in fields(Source)]
    said = said.replace("value error, ", "")
    if any(said.startswith(f"{name}=") for name in known):
        return f"{KEY}.{said}"
    strange = re.match(r"there is no key '(\w+)'", said)
    return unknown(f"{KEY}.{strange[1]}", [f"{KEY}.{name}" for name in known]) if strange else said
