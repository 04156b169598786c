"""Run a peer's `world(patients, seed)` for each seed on standard input; print seconds and summaries as JSON lines."""

import json
import sys
import time
from collections.abc import Callable

PATIENTS, SESSIONS = 1000, 20


def serve(world: Callable[[int, int], dict[str, float]]) -> None:
    """Answer until standard input ends."""
    for line in sys.stdin:
        began = time.perf_counter()
        summary = world(PATIENTS, int(line))
        print(json.dumps({"seconds": time.perf_counter() - began, **summary}), flush=True)
