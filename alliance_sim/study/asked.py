"""What can be asked of the rows of a results folder: what is not there is refused, with what is nearest to it."""

from collections.abc import Iterable, Sequence
from typing import Any

from alliance_sim.errors import AnswerError
from alliance_sim.model.registry import nearest
from alliance_sim.study.designs import Label
from alliance_sim.study.reading import Stored
from alliance_sim.study.tables import COLUMNS, KINDS

KEYS = ("arm", "point", "id", "replicate")  # columns that say which trial a row is of


def kind(held: Stored, name: Any) -> str:
    """A kind of rows that the folder holds.

    Raises:
        AnswerError: There is no such kind, or the study did not keep it.
    """
    if name not in KINDS:
        raise AnswerError(f"there is no table {_shown(name)}; {_near(str(name), KINDS)}")
    if not any(name in batch.files for batch in held.batches):
        kept = held.manifest["config"].get("keep")
        raise AnswerError(f"the study has no {name}, as it was run with keep={kept}; run it with keep={name}.")
    return str(name)


def columns(held: Stored, of: str, names: Any) -> list[str] | None:
    """Columns of a kind of rows, beside those that say which trial a row is of; None stands for all.

    Raises:
        AnswerError: A column is not there.
    """
    if names is None:
        return None
    wanted, known = _listed("columns", names), held.columns(of)
    for name in wanted:
        if name in known or name in KEYS:
            continue
        elsewhere = [other for other in KINDS if name in COLUMNS[other]]
        if elsewhere:
            raise AnswerError(f"{of} have no column {_shown(name)}; read it from {' or '.join(elsewhere)}.")
        raise AnswerError(f"{of} have no column {_shown(name)}; {_near(str(name), known)}")
    return [name for name in dict.fromkeys(wanted) if name not in KEYS]


def labels(held: Stored, names: Any) -> list[Label] | None:
    """Arms or points that are there; None stands for all.

    Raises:
        AnswerError: One is not there, or none is named.
    """
    if names is None:
        return None
    wanted, known = _listed("labels", names), held.labels
    for name in wanted:
        if isinstance(name, bool) or name not in known:
            one = "arm" if isinstance(known[0], str) else "point"
            raise AnswerError(f"there is no {one} {_shown(name)}; {_near(str(name), list(map(str, known)))}")
    if not wanted:
        raise AnswerError("labels=[] names nothing to read; leave labels out to read all.")
    return wanted


def replicates(count: Any) -> int | None:
    """How many replicates to read; None stands for all.

    Raises:
        AnswerError: It is no positive whole number.
    """
    if count is None:
        return None
    if isinstance(count, bool) or not hasattr(count, "__index__") or int(count) < 1:
        raise AnswerError(f"replicates={_shown(count)} is no whole number above 0; leave replicates out to read all.")
    return int(count)


def _listed(argument: str, names: Any) -> list[Any]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise AnswerError(f"{argument}={_shown(names)} is no list; pass one, such as {argument}=[{_shown(names)}].")
    return list(names)


def _shown(given: Any) -> str:
    """What was given, short and on one line."""
    return " ".join(repr(given).split())[:60]


def _near(name: str, known: Sequence[str]) -> str:
    """What to choose instead."""
    near = nearest(name, list(known))
    return f"did you mean {' or '.join(near)}?" if near else f"choose one of: {', '.join(known)}."
