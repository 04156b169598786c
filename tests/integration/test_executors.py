"""Threads, Dask and shards: the same content whoever computes it, and nothing lost when a worker is."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import pytest

import alliance_sim
from alliance_sim.cli.entry import main
from alliance_sim.errors import ScenarioError
from alliance_sim.study import executors, runner, work
from alliance_sim.study.executors import Executor, ExecutorKind, opened
from alliance_sim.study.identity import laws_key
from alliance_sim.study.locks import finishing
from alliance_sim.study.shards import Shard, shard
from alliance_sim.study.store import Store
from alliance_sim.study.verify import verify
from tests.integration.test_store import study, trials

COMMAND = [sys.executable, "-m", "alliance_sim"]
OVER = "design.over=[clinicians.empathy.mean,parameters.bond.rate]"
SWEEP = ["run", "design=latin_hypercube", "design.points=64", OVER, "patients.number=5", "clinicians.number=3"]
SWEEP += ["replicates=6", "keep=patients", "engine=numpy"]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Content of the sweep, computed by one thread."""
    out = tmp_path_factory.mktemp("executors") / "one"
    assert main([*SWEEP, "executor.workers=1", f"out={out}"]) == 0
    return verify(out).digest


# ---------------------------------------------------------------------------------------------------- threads


@pytest.mark.parametrize("workers", [2, 5])
def test_the_digest_does_not_depend_on_threads(workers: int, digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "ROWS", 2000)
    assert main([*SWEEP, f"executor.workers={workers}", "out=threads"]) == 0
    assert len(list(Path("threads/batches").iterdir())) > workers
    assert verify("threads").digest == digest


def test_only_so_many_batches_are_under_way_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = study(Path("out"), replicates=20, **{"patients.number": 2, "clinicians.number": 2})
    store = Store(made)
    cut = runner.batches(made, made.worlds(), made.engine, rows=30, missing=store.begin())
    assert len(cut) > 10
    begun, most = 0, 0

    def inputs() -> Iterator[work.BatchInput]:
        nonlocal begun
        for one in store.inputs(cut, made.engine):
            begun += 1
            yield one

    with opened(Executor(workers=2)) as by:
        for taken, encoded in enumerate(work.computed(inputs(), by)):
            most = max(most, begun - taken)
            store.put(encoded)
    store.commit()
    assert most <= work.IN_FLIGHT * 2 + 1
    assert verify("out").trials == trials(cut)


def test_a_worker_with_other_laws_is_refused() -> None:
    made = study(Path("out"))
    store = Store(made)
    cut = runner.batches(made, made.worlds(), made.engine, missing=store.begin())
    (one, *_) = store.inputs(cut, made.engine)
    import dataclasses

    with pytest.raises(RuntimeError, match="install the same alliance-sim everywhere"):
        work.compute(dataclasses.replace(one, laws="0" * len(laws_key())))
    store.discard()


# ------------------------------------------------------------------------------------------------------- Dask


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def batches_of(out: Path) -> int:
    return len(list((out / "batches").glob("*.json"))) if (out / "batches").is_dir() else 0


def started(words: list[str]) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(Path(alliance_sim.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said


@pytest.mark.slow
def test_dask_gives_the_same_content(digest: str, empty_folder: Path) -> None:
    ended(started([*COMMAND, *SWEEP, "executor=dask", "executor.workers=2", "out=dask"]))
    assert verify("dask").digest == digest
    assert alliance_sim.load("dask").runs[0]["workers"] == 2


@pytest.mark.slow
def test_a_lost_machine_of_a_cluster_loses_nothing(digest: str, empty_folder: Path) -> None:
    """A scheduler and two workers over TCP; one worker is killed once the first batch is there."""
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = started([sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", address.rsplit(":", 1)[1]])
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1"]
    workers = [started(worker), started(worker)]
    slow = "import sys; from alliance_sim.study import runner; runner.ROWS = 1000; "
    slow += "from alliance_sim.cli.entry import main; sys.exit(main(sys.argv[1:]))"
    try:
        words = [*SWEEP, "executor=dask", f"executor.address={address}", "out=cluster"]
        driver = started([sys.executable, "-c", slow, *words])
        end = time.monotonic() + 60
        while batches_of(empty_folder / "cluster") < 1 and driver.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        workers[0].send_signal(signal.SIGKILL)
        there = batches_of(empty_folder / "cluster")
        ended(driver)
        assert there < batches_of(empty_folder / "cluster")  # it was killed in the midst of it
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.communicate()
    assert verify("cluster").digest == digest


def test_a_scheduler_that_does_not_answer_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 1)
    assert main([*SWEEP, "executor=dask", f"executor.address=tcp://127.0.0.1:{free_port()}", "out=out"]) == 2
    assert "does not answer as a Dask scheduler" in capsys.readouterr().err
    assert not list(empty_folder.iterdir())


def test_dask_that_is_not_installed_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main([*SWEEP, "executor=dask", "out=out"]) == 2
    assert 'pip install "alliance-sim[dask]"' in capsys.readouterr().err
    assert not list(empty_folder.iterdir())


# ----------------------------------------------------------------------------------------------------- shards


@pytest.mark.parametrize("count", [2, 3, 10])
def test_shards_together_are_the_whole(count: int, digest: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Dealt out by points, by replicates, and where there are more shards than either can fill."""
    for number in range(1, count + 1):
        assert main([*SWEEP, f"shard={number}/{count}", "out=shards"]) == 0
    said = capsys.readouterr().out
    assert said.count("Results lie in shards.") == 1  # the last one answers
    assert said.count("is finished;") == count - 1
    assert verify("shards").digest == digest
    assert sum(run["trials"] for run in alliance_sim.load("shards").runs) == 64 * 6


@pytest.mark.parametrize(
    ("points", "replicates", "parts"), [(100, 3, 3), (3, 200, 7), (5, 2, 4), (64, 1, 4), (1, 1, 3)]
)
def test_every_trial_is_in_one_shard(points: int, replicates: int, parts: int) -> None:
    labels = list(range(points))
    cells = []
    for number in range(1, parts + 1):
        own, span = Shard(number, parts).of(labels, replicates)
        cells += [(label, replicate) for label in own for replicate in span]
    assert sorted(cells) == [(label, replicate) for label in labels for replicate in range(replicates)]


@pytest.mark.slow
def test_shards_that_run_at_once_share_a_folder(digest: str) -> None:
    together = [started([*COMMAND, *SWEEP, f"shard={number}/3", "out=shards"]) for number in (1, 2, 3)]
    said = [ended(process) for process in together]
    assert any("Results lie in shards." in text for text in said)
    assert verify("shards").digest == digest


def test_a_shard_waits_while_another_sets_the_folder_up() -> None:
    first = Store(study(Path("shards"), shard="1/2"))
    with futures.ThreadPoolExecutor(1) as beside:
        with first._claim.setting_up():
            half = Path("shards/manifest.json.0.tmp")
            half.write_text("")
            second = beside.submit(Store, study(Path("shards"), shard="2/2"))
            time.sleep(0.2)
            assert not second.done()
            half.unlink()
        second.result().close()
    first.discard()


def test_of_shards_that_end_at_once_one_answers_and_draws_after_the_other() -> None:
    Path("shards").mkdir()
    inside: list[int] = []

    def end(number: int) -> None:
        with finishing(Path("shards")):
            inside.append(number)
            time.sleep(0.1)
            assert inside == [number]
            inside.remove(number)

    with futures.ThreadPoolExecutor(3) as beside:
        list(beside.map(end, range(3)))


def test_a_shard_that_is_under_way_is_refused_a_second_time(capsys: pytest.CaptureFixture[str]) -> None:
    held = Store(study(Path("shards"), **{"shard": "1/3"}))
    other = ["run", "out=shards", "patients.number=5", "clinicians.number=3", "design=grid"]
    other += ["design.levels={clinicians.empathy.mean: [0.4]}", "replicates=2"]
    for words, why in (("shard=1/3", "another run of shard=1/3"), ("shard=1/4", "shards of another count, 3")):
        assert main([*other, words]) == 2
        assert why in capsys.readouterr().err
    assert main(other) == 2
    assert "is being written by another run" in capsys.readouterr().err
    assert main([*other, "shard=2/3"]) == 0
    held.close()


def test_a_shard_of_another_study_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SWEEP, "shard=1/3", "out=shards"]) == 0
    assert main([*SWEEP, "shard=2/3", "out=shards", "seed=1"]) == 2
    assert re.search(r"seed=20261122 there, 1 here.*out=shards-2", capsys.readouterr().err)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
def test_what_is_no_part_of_a_whole_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match="such as shard=1/3"):
        shard(text)


# ---------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["executor.address=tcp://127.0.0.1:1"], "type executor=dask"),
        (["executor=dask", "executor.address=tcp://127.0.0.1:1", "executor.workers=2"], "leave one of them out"),
        (["executor=slurm"], "there is no executor 'slurm'; choose one of: dask, threads"),
        (["shard=1/3", "precision.target=0.1"], "needs the whole study"),
        (["executor.workers=-1"], "outside [0, 4096] workers"),
    ],
)
def test_what_contradicts_itself_is_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    assert main([*SWEEP, "out=out", *words]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert said in sentence
    assert not list(empty_folder.iterdir())


def test_what_a_run_did_is_written_down() -> None:
    assert main([*SWEEP, "executor.workers=2", "out=out"]) == 0
    assert main([*SWEEP, "executor.workers=1", "replicates=8", "out=out"]) == 0
    runs = alliance_sim.load("out").runs
    assert [run["trials"] for run in runs] == [64 * 6, 64 * 2]
    assert [run["workers"] for run in runs] == [2, 1]
    assert all(run["seconds_of_work"] > 0 for run in runs)
    assert json.loads(Path("out/manifest.json").read_text())["config"]["replicates"] == 8


def test_the_kinds_of_executor_are_the_files_of_its_group() -> None:
    from alliance_sim.world.places import names

    assert names("executor") == sorted(kind.value for kind in ExecutorKind)
