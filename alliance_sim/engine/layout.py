"""How named tuples lie in flat rows: compiled readers and writers, generated from field names.

A row serves one float a place (the agents' kernels) or `WIDTH` neighbours a place (the lanes).
"""

import itertools
import linecache
from typing import Any

from alliance_sim.engine.compile import inline
from alliance_sim.model.records import paths

ONE_READ, ONE_WRITE = "row[{place}]", "row[{place}] = {value}"
_written = itertools.count(1)


def reader(pattern: Any, head: str = "row", read: str = ONE_READ, known: dict[str, Any] | None = None) -> Any:
    """Make the compiled function that reads a flat row into a named tuple like `pattern`.

    Args:
        pattern: A (nested) named tuple of the wanted shape.
        head: The function's arguments.
        read: Expression that reads `{place}`.
        known: Further names the expression uses.
    """
    scope = dict(known or {})
    text, _ = _expression(pattern, 0, read, scope)
    return _compiled(f"def read({head}):\n    return {text}\n", "read", scope)


def _expression(pattern: Any, start: int, read: str, scope: dict[str, Any]) -> tuple[str, int]:
    label = f"{type(pattern).__name__}_{start}"
    scope[label] = type(pattern)
    parts = []
    for value in pattern:
        if isinstance(value, tuple):
            text, start = _expression(value, start, read, scope)
        else:
            text, start = read.format(place=start), start + 1
        parts.append(text)
    return f"{label}({', '.join(parts)})", start


def writer(
    kind: Any,
    head: str = "row",
    write: str = ONE_WRITE,
    known: dict[str, Any] | None = None,
    fields: list[str] | None = None,
) -> Any:
    """Make the compiled function that writes a named tuple into a flat row.

    Args:
        kind: The named tuple's type.
        head: The function's first arguments; the record comes last.
        write: Statement that writes `{value}` to `{place}`.
        known: Further names the statement uses.
        fields: Dotted fields to write, all unless given.
    """
    lines = [
        "    " + write.format(place=place, value=f"record.{name}") for place, name in enumerate(fields or paths(kind))
    ]
    return _compiled(f"def write({head}, record):\n" + "\n".join(lines) + "\n", "write", dict(known or {}))


def _compiled(source: str, name: str, scope: dict[str, Any]) -> Any:
    file = f"<{__name__}.{name}.{next(_written)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # so that it can be read
    exec(compile(source, file, "exec"), scope)  # written from field names, never from input
    return inline(scope[name])
