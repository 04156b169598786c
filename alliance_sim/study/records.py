"""The small files of a results folder: what each must say, and whether it still says what was written.

A file that says something else than it did, or nothing that can be read, is damaged. What a later version adds is left
alone.
"""

import hashlib
import json
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from alliance_sim.errors import FolderError
from alliance_sim.study.points_table import MOST_POINTS, reason
from alliance_sim.world import seeds

MOST_BYTES = 300_000_000  # of a file that is read whole
MOST_REPLICATES = seeds.MOST_TRIALS
MOST_TRIALS = MOST_ROWS = 20_000_000  # of a batch
SEAL = "checksum"
DIFFERS = "differs from what was written (checksum)"

Address = Annotated[str, Field(pattern=r"\A[0-9a-f]{16}\Z")]
Checksum = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\Z")]
Count = Annotated[int, Field(ge=0, le=2**63)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class DamagedError(FolderError):
    """A file of a results folder that is not what was written."""

    def __init__(self, file: str, why: str, folder: Path | None = None, advice: str = "") -> None:
        """Say which file.

        Args:
            file: Its path in the folder.
            why: What it does or is, such as `is missing`.
            folder: The folder, for those who read it.
            advice: What to do, likewise, as the end of a sentence.
        """
        self.file, self.why, self.advice = file, why, advice
        said = why if why.startswith("cannot") else f"cannot be read: it {why}"
        super().__init__(f"{folder / file} {said}; {advice}." if folder else f"{file} {why}")

    def at(self, folder: Path, advice: str) -> "DamagedError":
        """The same as one sentence for those who read a folder."""
        return DamagedError(self.file, self.why, folder, advice)


class Record(BaseModel):
    """What a small file must say; more is left alone."""

    model_config = ConfigDict(strict=True, extra="ignore", regex_engine="python-re")


class _Config(Record):
    replicates: int = Field(ge=1, le=MOST_REPLICATES)


class Manifest(Record):
    """What a folder says of itself."""

    laws: Address
    seed: int = Field(ge=0, lt=2**64)
    base: dict[str, Any]
    units: dict[str, str]
    config: _Config
    package: str = "unknown"
    commit: str | None = None
    design: list[Checksum] = []  # of its file, of two while one takes the other's place; older folders say none


class BatchFile(Record):
    """One file of a batch."""

    bytes: Count
    sha256: Checksum
    rows: int | None = Field(default=None, ge=0, le=MOST_ROWS)


class BatchRecord(Record):
    """Which trials a batch holds, its files, and when it was written; older folders do not say this."""

    points: list[Address] = Field(min_length=1, max_length=MOST_POINTS)
    replicates: list[Annotated[int, Field(ge=0, le=MOST_REPLICATES)]] = Field(min_length=2, max_length=2)
    files: dict[str, BatchFile]
    written: Seconds | None = None  # since 1970


class AnswerRecord(Record):
    """What an answer rests on, how long it took, and the checksums of its tables; older folders do not say these."""

    replicates: int = Field(ge=1, le=MOST_REPLICATES)
    seconds: Seconds
    tables: dict[str, Checksum] | None = None


class _Machine(Record):
    system: str
    processor: str
    python: str
    numpy: str


class RunRecord(Record):
    """When and where a run was."""

    began: str
    trials: Count
    seconds: Seconds
    machine: _Machine


def opened_file(path: Path, most: int = MOST_BYTES) -> BinaryIO:
    """Open a regular file; nothing else of that name is waited for.

    Raises:
        OSError: There is none, or it is larger than it may be.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise OSError("no regular file")
    if about.st_size > most:
        raise OSError(f"more than {most:,} bytes")
    return path.open("rb")


def content(path: Path, file: str, checksums: Collection[str] = ()) -> bytes:
    """The bytes of a file that is small enough to be read whole.

    Args:
        path: Where it lies.
        file: Its path in the folder.
        checksums: Of what was written, where that is known.

    Raises:
        DamagedError: It cannot be read, or is not what was written.
    """
    try:
        with opened_file(path) as held:
            found = held.read(MOST_BYTES)
    except FileNotFoundError as error:
        raise DamagedError(file, "is missing") from error
    except OSError as error:
        raise DamagedError(file, f"cannot be read ({reason(error)})") from error
    if checksums and checksum(found) not in checksums:
        raise DamagedError(file, DIFFERS)
    return found


def checksum(held: bytes) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(held).hexdigest()


def read(path: Path, file: str) -> dict[str, Any]:
    """What a JSON file says.

    Raises:
        DamagedError: It cannot be read, or is no mapping.
    """
    try:
        held = json.loads(content(path, file).decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, DamagedError):
            raise
        raise DamagedError(file, "holds no JSON") from error
    if not isinstance(held, dict):
        raise DamagedError(file, "holds something else than what was written")
    return held


def check[T: Record](kind: type[T], held: Any, file: str) -> T:
    """What a mapping says, as its kind of record.

    Raises:
        DamagedError: It does not say what it must.
    """
    try:
        return TypeAdapter(kind).validate_python(held)
    except ValidationError as error:
        key = ".".join(str(word)[:40] for word in error.errors()[0]["loc"])
        raise DamagedError(file, f"does not say what it should of {key!r}") from error


def sealed(name: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with its checksum, under a name that no other mapping has."""
    return {**held, SEAL: _seal(name, held)}


def check_seal(name: str, held: Mapping[str, Any], file: str) -> dict[str, Any]:
    """A mapping without its checksum; those of older folders have none.

    Raises:
        DamagedError: It is not the mapping that was sealed.
    """
    bare = {key: value for key, value in held.items() if key != SEAL}
    if SEAL in held and held[SEAL] != _seal(name, bare):
        raise DamagedError(file, DIFFERS)
    return bare


def _seal(name: str, held: Mapping[str, Any]) -> str:
    plain = json.loads(json.dumps(held))
    return checksum(json.dumps([name, plain], sort_keys=True).encode())


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
