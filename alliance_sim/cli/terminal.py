"""Where commands print: any terminal, pipe or file will do, whatever characters it can show."""

import codecs
import io
import os
import sys
import unicodedata
from typing import Any, TextIO

from alliance_sim.errors import OutputError

# For terminals that cannot show them.
PLAIN = {
    "\N{MINUS SIGN}": "-",
    "–": "-",
    "…": "...",
    "×": "x",
    "±": "+/-",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "·": "*",
    "√": "sqrt ",
    "∞": "inf",
    "“": '"',
    "”": '"',
    "’": "'",
}
SCHEME = "alliance_sim.plain"


class ReaderGone(BaseException):
    """Who reads what a command prints, such as `head`, has seen enough."""


class Checked(io.TextIOWrapper):
    """Standard output: its failure is told from that of a results folder."""

    def write(self, text: str) -> int:
        """Write, or raise what happened to this stream."""
        return int(self._tried(super().write, text))

    def flush(self) -> None:
        """Likewise."""
        self._tried(super().flush)

    def _tried(self, work: Any, *given: str) -> Any:
        try:
            return work(*given)
        except BrokenPipeError as error:
            raise ReaderGone from error
        except OSError as error:
            why = error.strerror or error
            raise OutputError(
                f"what is printed cannot be written ({why}); let it go to a terminal or a file."
            ) from error


class Quiet(Checked):
    """Standard error: where it fails, nobody is left to hear of it."""

    def _tried(self, work: Any, *given: str) -> Any:
        try:
            return work(*given)
        except OSError:
            return 0


def prepare() -> None:
    """Make standard output and error fit to print: there, and in characters that they can show."""
    while True:  # a closed one's number must not go to the next file that is opened
        handle = os.open(os.devnull, os.O_RDWR)
        if handle > 2:
            os.close(handle)
            break
    codecs.register_error(SCHEME, _plain)
    sys.stdout = _fit(sys.stdout, Checked)
    sys.stderr = _fit(sys.stderr, Quiet)


def _fit(stream: TextIO | None, kind: type[Checked]) -> Any:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding, buffered = stream.encoding, stream.line_buffering
    return kind(stream.detach(), encoding=encoding, errors=SCHEME, line_buffering=buffered)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Characters that a terminal cannot show, in those that it can."""
    assert isinstance(error, UnicodeEncodeError)
    strange = error.object[error.start : error.end]
    shown, raised = "", False
    for sign in strange:
        before, raised = raised, unicodedata.decomposition(sign).startswith("<super>")
        shown += "^" * (raised and not before) + _in_ascii(sign)
    return shown, error.end


def _in_ascii(sign: str) -> str:
    """A sign without its accents; a Greek letter by its name."""
    parts = "".join(PLAIN.get(part, part) for part in unicodedata.normalize("NFKD", sign))
    kept = parts.encode("ascii", "ignore").decode()
    name = unicodedata.name(sign, "").removesuffix(" SYMBOL").replace("LAMDA", "LAMBDA")
    return kept or (name.rpartition(" ")[2].lower() if name.startswith("GREEK ") else "?")


def finish() -> str:
    """Print what is left; returns why it cannot be, empty if it can."""
    try:
        sys.stdout.flush()
    except (OutputError, ReaderGone) as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python itself would try and complain
        return str(error)
    return ""
