"""How wide a terminal is, and text folded to fit into it."""

import shutil
import sys
import textwrap

WIDEST, USUAL, NARROWEST = 100, 80, 20
COMMAND = "alliance-sim "


def columns() -> int:
    """Characters that a line may have, at most 100: those of the terminal.

    Where there is none, a `COLUMNS` below 80 is meant: 80 and more is what programs set that run others.
    """
    wide = shutil.get_terminal_size((WIDEST, 24)).columns
    if wide >= USUAL and not (sys.stdout is not None and sys.stdout.isatty()):
        return WIDEST
    return max(NARROWEST, min(WIDEST, wide))


def fitted(text: str) -> str:
    """A text whose lines fit into a narrow terminal; a command keeps a line of its own, so that it can be copied."""
    wide = columns()
    return text if wide == WIDEST else "\n".join(part for line in text.split("\n") for part in _folded(line, wide))


def _folded(line: str, wide: int) -> list[str]:
    if len(line) <= wide:
        return [line]
    prose, command, words = line.partition(COMMAND)
    indent = " " * (len(line) - len(line.lstrip()))
    if command and prose.strip():
        return [*_folded(prose.rstrip(), wide), indent + command + words]
    if command:
        return [line]
    more = indent + "  " if len(indent) < wide // 2 else "  "
    wrapper = textwrap.TextWrapper(wide, subsequent_indent=more, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(line) or [""]
