"""A sweep of 2,000 points that is killed, cut short or spread over processes ends as an undisturbed one."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import alliance_sim
from alliance_sim.cli.entry import main
from alliance_sim.study.verify import verify

OVER = "design.over=[clinicians.empathy.mean,parameters.bond.rate]"
SWEEP = ["run", "design=latin_hypercube", "design.points=2000", OVER, "replicates=20", "keep=patients"]
KILLS = 10


def started(out: Path, *words: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(Path(alliance_sim.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "alliance_sim", *SWEEP, *words, f"out={out}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )


def written(out: Path) -> dict[str, float]:
    """When each batch that is there was written."""
    return {path.stem: json.loads(path.read_text())["written"] for path in (out / "batches").glob("*.json")}


@pytest.mark.full
def test_ten_kills_at_random_moments_lose_and_repeat_nothing(tmp_path: Path) -> None:
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    began = time.monotonic()
    assert started(undisturbed).wait() == 0
    whole, moments, kills, there = time.monotonic() - began, random.Random(20261122), [], dict[str, float]()
    while len(kills) < KILLS:
        process = started(out)
        time.sleep(moments.uniform(0.1, 1.0) * whole)
        process.send_signal(signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:  # it had ended before: begin again
            shutil.rmtree(out)
            there.clear()
            continue
        now = written(out) if out.is_dir() else {}
        assert there.items() <= now.items()  # no finished batch was lost or computed again
        there = now
        kills.append(len(there))
    assert started(out).wait() == 0
    assert there.items() <= written(out).items()
    print(f"batches after each kill: {kills}, of {len(written(out))}")
    assert verify(out).digest == verify(undisturbed).digest


@pytest.mark.full
def test_shards_threads_and_batch_sizes_of_a_large_sweep_have_one_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alliance_sim.study import runner

    assert main([*SWEEP, "executor.workers=1", f"out={tmp_path / 'one'}"]) == 0
    digest = verify(tmp_path / "one").digest
    shards = [started(tmp_path / "shards", f"shard={number}/3") for number in (1, 2, 3)]
    assert [process.wait() for process in shards] == [0, 0, 0]
    monkeypatch.setattr(runner, "ROWS", 20_000)
    assert main([*SWEEP, "executor.workers=2", f"out={tmp_path / 'small'}"]) == 0
    assert len(written(tmp_path / "small")) > 2 * len(written(tmp_path / "one"))
    assert {verify(tmp_path / name).digest for name in ("shards", "small")} == {digest}
