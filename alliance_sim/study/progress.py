"""How far a run is: trials done, rate and time left, on standard error."""

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 5.0  # where no bar can be drawn; longer in long runs:
LINES = 10  # the wait is this part of the time passed


class Progress:
    """A bar in a terminal, else a line now and then."""

    def __init__(self, total: int, shown: bool, word: Callable[[], str] = str) -> None:
        """Show nothing unless `shown`.

        Args:
            total: Trials to do.
            shown: Whether to show anything.
            word: Says what is found so far, in a few words.
        """
        self._total, self._done, self._shown, self._word = total, 0, shown, word
        self._bar = tqdm(total=total, unit=" trials", leave=False) if shown and sys.stderr.isatty() else None
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
        if self._shown and now - self._last_line >= wait and self._done < self._total:
            rate = self._done / (now - self._began)
            left = (self._total - self._done) / rate
            line = f"{self._done} of {self._total} trials, {rate:.0f} a second, {left:.0f} s left"
            print("; ".join(filter(None, [line, self._word()])), file=sys.stderr, flush=True)
            self._last_line = now
