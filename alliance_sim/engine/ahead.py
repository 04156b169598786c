"""Machine code made ahead, in a process of its own, so that a study need not wait for it."""

import subprocess
import sys
import time
from types import TracebackType

from alliance_sim.engine.compile import cache_folder, is_compiled
from alliance_sim.errors import AllianceError

# The child finds modules where this process does, and nowhere else.
START = (
    "import sys; sys.path[:] = {path!r}; from alliance_sim.engine import ahead; ahead.compile_lanes(fixed={fixed!r})"
)


class Ahead:
    """Compiles the lanes in the background; what is not finished when it is left is given up."""

    def __init__(self, fixed: bool = False) -> None:
        """Begin, unless the machine code is there already or cannot be kept for this process.

        Args:
            fixed: Also compile what mediation needs.
        """
        self._began, self._process = time.monotonic(), None
        wanted = ("run", "run_fixed") if fixed else ("run",)
        if sys.executable and cache_folder() is not None and not all(map(is_compiled, wanted)):
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", START.format(path=sys.path, fixed=fixed)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for this process, which ends the other
            )

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def ready(self) -> bool:
        """True once nothing is left to compile."""
        return self._process is None or self._process.poll() == 0

    @property
    def failed(self) -> bool:
        """True if it came to another end."""
        return self._process is not None and self._process.poll() not in (None, 0)

    def wait(self) -> None:
        """Wait until it has ended.

        Raises:
            AllianceError: It failed.
        """
        if self._process is not None:
            self._process.wait()
        if self.failed:
            raise AllianceError("the lanes could not be compiled on this machine; type engine=numpy.")

    def said(self) -> str:
        """How far it is; empty once it has ended."""
        if self.ready or self.failed:
            return ""
        return f"compiling the fast engine, {time.monotonic() - self._began:.0f} s so far"


def compile_lanes(fixed: bool) -> None:
    """Compile the kernels of the lanes by running two patients through them.

    Args:
        fixed: Also the kernel that fixes states.
    """
    from alliance_sim.engine import worlds
    from alliance_sim.engine.intervention import Fixed
    from alliance_sim.world.configuration import changed
    from alliance_sim.world.scenario import Scenario

    arm = changed(Scenario(), {"patients.number": 2, "clinicians.number": 2})
    recorded = worlds.simulate([arm], [0], 0)
    if fixed:
        worlds.simulate([arm], [0], 0, fixed=Fixed(("trust",), recorded))
