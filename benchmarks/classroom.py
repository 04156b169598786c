"""A full classroom: `python -m benchmarks.classroom [SESSIONS [SECONDS]]`.

Opens the classroom as a teacher would, lets that many sessions (60) move one slider each a second for so many seconds
(60), and measures the time from the move to the new numbers. Every move is a new setting, so no answer comes from
memory. The last answers are compared with what the study layer computes. The last line is JSON.
"""

import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect

from alliance_sim.app.compare import compare
from alliance_sim.app.state import parse
from alliance_sim.model.behaviours import NAMES

ROOT = Path(__file__).resolve().parent.parent
SESSIONS, SECONDS = 60, 60
PATIENCE = 60.0  # seconds to wait for one answer
LARGEST = 2**20  # bytes of an answer


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server(NamedTuple):
    """A classroom that is open."""

    address: str
    process: int

    def memory(self, kind: str = "VmRSS") -> float:
        """Resident memory in MB now, or its peak (`VmHWM`); not a number where the system does not tell."""
        status = Path("/proc") / str(self.process) / "status"
        found = re.search(rf"{kind}:\s+(\d+) kB", status.read_text()) if status.is_file() else None
        return int(found[1]) / 1000 if found else float("nan")


@contextmanager
def opened(*words: str) -> Iterator[Server]:
    """Open the classroom in a process of its own on a free port, and close it as a teacher would."""
    command = [sys.executable, "-m", "alliance_sim", "app", "port=0", "open=false", *words]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        found = None
        while found is None and (line := process.stdout.readline()):
            found = re.search(r"http://\S+", line)
        if found is None:
            raise RuntimeError(f"the classroom did not open: exit code {process.wait()}.")
        try:
            yield Server(found[0], process.pid)
        finally:
            process.send_signal(signal.SIGINT)


class Student:
    """One session: speaks Shiny's protocol and keeps the times to new numbers, in milliseconds."""

    def __init__(self, number: int, seconds: float) -> None:
        """Sit down; moves are seeded by the student's number."""
        self._noise = random.Random(number)
        self._number, self._seconds = number, seconds
        self._levels = {f"{arm}.{name}": 0.5 for arm in "ab" for name in NAMES}
        self.times: list[float] = []
        self.errors: list[str] = []
        self.asked = ""
        self.last: dict[str, Any] = {}

    async def work(self, address: str) -> None:
        """Open the page, then move one slider a second."""
        host, port = address.removeprefix("http://").strip("/").split(":")
        async with connect(f"ws://{host}:{port}/websocket/", max_size=LARGEST) as page:
            await page.send(json.dumps({"method": "init", "data": {}}))
            path = await self._opened(page)
            listener = asyncio.create_task(self._listen(page))
            line = await asyncio.open_connection(host, int(port), limit=LARGEST)
            await self._answer(line, path, host)
            await asyncio.sleep(self._noise.random())  # students do not move in step
            end = time.monotonic() + self._seconds
            while time.monotonic() < end:
                began = time.perf_counter()
                self._levels[self._noise.choice(list(self._levels))] = round(self._noise.random(), 6)
                await self._answer(line, path, host)
                took = time.perf_counter() - began
                self.times.append(1000 * took)
                await asyncio.sleep(max(0.0, 1 - took))
            line[1].close()
            listener.cancel()

    async def _opened(self, page: ClientConnection) -> str:
        """Wait for the path on which this session asks."""
        while True:
            message = json.loads(await asyncio.wait_for(page.recv(), PATIENCE))
            if "address" in message.get("custom", {}):
                return str(message["custom"]["address"]["path"])

    async def _listen(self, page: ClientConnection) -> None:
        """Read what Shiny says beside, as a browser does."""
        async for message in page:
            if json.loads(message).get("errors"):
                self.errors.append(str(message))

    def _query(self) -> str:
        return "&".join([f"seed={self._number}", *(f"{key}={level}" for key, level in self._levels.items())])

    async def _answer(self, line: Line, path: str, host: str) -> None:
        """Ask for the present setting over a kept connection and read the answer."""
        self.asked = self._query()
        reader, writer = line
        writer.write(f"GET /{path}&{urlencode({'link': self.asked})} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()
        length = re.search(r"content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b"{}"
        self.last = json.loads(body)
        if self.last.get("kind") != "compare":
            self.errors.append(head + body.decode()[:200])


async def lesson(address: str, sessions: int, seconds: float) -> list[Student]:
    """Let so many students work at once."""
    students = [Student(number, seconds) for number in range(sessions)]
    await asyncio.gather(*(student.work(address) for student in students))
    return students


def main(sessions: int = SESSIONS, seconds: float = SECONDS) -> dict[str, Any]:
    """Measure, print a table and, last, one line of JSON."""
    with opened() as server:
        before = server.memory()
        students = asyncio.run(lesson(server.address, sessions, seconds))
        after, peak = server.memory(), server.memory("VmHWM")
    times = sorted(took for student in students for took in student.times)
    wrong = sum(json.loads(json.dumps(compare(parse(one.asked)))) != _numbers(one.last) for one in students)
    found = {
        "sessions": sessions,
        "moves": len(times),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1),
        "slowest_ms": round(times[-1], 1),
        "errors": sum(len(student.errors) for student in students),
        "wrong_answers": wrong,
        "memory_open_mb": round(before),
        "memory_after_mb": round(after),
        "memory_peak_mb": round(peak),
    }
    for name, value in found.items():
        print(f"{name:20}{value:>10}")
    print(json.dumps(found))
    return found


def _numbers(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "kind"}


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]))
