"""A process of its own: run the main job with clocks around its stages; seconds go to the last line of errors."""

import sys
import time
from collections.abc import Callable
from typing import Any

from alliance_sim.cli import entry as cli

spent = {"compile": 0.0, "simulation": 0.0, "writing": 0.0, "figures": 0.0}
_running: list[str] = []


def clock(owner: Any, name: str, stage: str) -> None:
    """Add the time of a function to a stage, without what runs in a stage inside it."""
    plain: Callable[..., Any] = getattr(owner, name)

    def timed(*arguments: Any, **keywords: Any) -> Any:
        began = time.perf_counter()
        before = sum(spent.values())
        try:
            return plain(*arguments, **keywords)
        finally:
            passed = time.perf_counter() - began
            spent[stage] += passed - (sum(spent.values()) - before)

    setattr(owner, name, timed)


def main(began: float) -> None:
    """Run `alliance-sim run`; `began` is when the parent started this process."""
    import numba.core.compiler

    from alliance_sim.cli import run as command
    from alliance_sim.report import drawings
    from alliance_sim.study import runner
    from alliance_sim.study.store import Store

    clock(numba.core.compiler, "compile_extra", "compile")
    clock(runner, "simulate", "simulation")
    for name in ("put", "summary", "commit"):
        clock(Store, name, "writing")
    clock(drawings, "write", "figures")
    started = [0.0]
    plain = command.run

    def run(*arguments: Any) -> int:
        started[0] = time.time()
        return plain(*arguments)

    command.run = run
    sys.argv = ["alliance-sim", "run"]
    try:
        code = cli.main()
    except SystemExit as end:
        code = end.code
    if code:
        sys.exit(code)
    start_up = started[0] - began
    rest = time.time() - began - start_up - sum(spent.values())
    print(start_up, *spent.values(), rest, file=sys.stderr)


if __name__ == "__main__":
    main(float(sys.argv[1]))
