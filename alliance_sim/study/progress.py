"""How far a run is: trials done, rate and time left, on standard error or in a notebook."""

import sys
import time
from collections.abc import Callable
from typing import Any

SECONDS_BETWEEN_LINES = 5.0  # where no bar can be drawn; longer in long runs:
LINES = 10  # the wait is this part of the time passed


class Progress:
    """A bar in a terminal or a notebook, else a line now and then."""

    def __init__(self, total: int, shown: bool | None, word: Callable[[], str] = str) -> None:
        """Begin to count.

        Args:
            total: Trials to do.
            shown: Whether to show anything; None: only where a bar can be drawn.
            word: Says what is found so far, in a few words.
        """
        self._total, self._done, self._lines, self._word = total, 0, bool(shown), word
        self._bar = _bar(total) if shown is not False and (in_notebook() or sys.stderr.isatty()) else None
        self._began = self._last_line = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def add(self, trials: int) -> None:
        """Count trials that are done."""
        self._done += trials
        if self._bar is not None:
            self._bar.set_postfix_str(self._word(), refresh=False)
            self._bar.update(trials)
            return
        now = time.monotonic()
        wait = max(SECONDS_BETWEEN_LINES, (now - self._began) / LINES)
        if self._lines and now - self._last_line >= wait and self._done < self._total:
            rate = self._done / (now - self._began)
            left = (self._total - self._done) / rate
            line = f"{self._done} of {self._total} trials, {rate:.0f} a second, {left:.0f} s left"
            print("; ".join(filter(None, [line, self._word()])), file=sys.stderr, flush=True)
            self._last_line = now


def in_notebook() -> bool:
    """True in a process that a notebook talks to."""
    return "ipykernel" in sys.modules


def _bar(total: int) -> Any:
    """A bar of tqdm: in a notebook a widget, where widgets are installed, else text."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that widgets are not installed
        from tqdm.auto import tqdm
    return tqdm(total=total, unit=" trials", leave=False)
