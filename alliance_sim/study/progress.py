"""How far a run is: trials done, rate and time left, on standard error or in a notebook."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

SECONDS_BETWEEN_LINES = 5.0  # where no bar can be drawn; longer in long runs:
LINES = 10  # the wait is this part of the time passed


class Signs:
    """A line on standard error now and then while something works, so that nobody thinks it hangs."""

    def __init__(self, line: Callable[[], str], shown: bool | None) -> None:
        """Begin when entered.

        Args:
            line: Says how far it is; no line where it is empty.
            shown: Whether to show anything.
        """
        self._line, self._shown, self._ended = line, bool(shown), threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> "Signs":
        if self._shown:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._shown:
            self._thread.join()

    def _show(self) -> None:
        wait, began = SECONDS_BETWEEN_LINES, time.monotonic()
        while not self._ended.wait(wait):
            line = self._line()
            if line:
                print(line, file=sys.stderr, flush=True)
            wait = max(SECONDS_BETWEEN_LINES, (time.monotonic() - began) / LINES)


class Progress:
    """A bar in a terminal or a notebook, else a line now and then."""

    def __init__(self, total: int, shown: bool | None, word: Callable[[], str] = str, unit: str = "trials") -> None:
        """Begin to count.

        Args:
            total: Trials to do, or other things.
            shown: Whether to show anything; None: only where a bar can be drawn.
            word: Says what is found so far, in a few words.
            unit: What is counted.
        """
        self._unit = unit
        self._total, self._done, self._word, self._said = total, 0, word, ""
        self._bar = _bar(total, unit) if shown is not False and (in_notebook() or sys.stderr.isatty()) else None
        self._signs = Signs(self._line, bool(shown) and self._bar is None)
        self._began = time.monotonic()

    def __enter__(self) -> "Progress":
        self._signs.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._signs.__exit__()
        if self._bar is not None:
            self._bar.close()

    def add(self, done: int) -> None:
        """Count what is done."""
        self._done += done
        self._said = self._word()
        if self._bar is not None:
            self._bar.set_postfix_str(self._said, refresh=False)
            self._bar.update(done)

    def _line(self) -> str:
        if self._done == self._total:
            return ""
        passed = time.monotonic() - self._began
        line = f"{self._done} of {self._total} {self._unit}, {passed:.0f} s so far"
        if self._done:
            rate = self._done / passed
            left = (self._total - self._done) / rate
            line = f"{self._done} of {self._total} {self._unit}, {rate:.0f} a second, {left:.0f} s left"
        return "; ".join(filter(None, [line, self._said]))


def in_notebook() -> bool:
    """True in a process that a notebook talks to."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def _bar(total: int, unit: str) -> Any:
    """A bar of tqdm: in a notebook a widget, where widgets are installed, else text."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that widgets are not installed
        from tqdm.auto import tqdm
    return tqdm(total=total, unit=f" {unit}", leave=False)
