"""The store: nothing computed twice, nothing lost, nothing mixed up, and one digest of the content."""

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import alliance_sim
from alliance_sim.cli.entry import main
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import AnswerError, FolderError
from alliance_sim.study import identity, runner, store as storing
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Design, Kind
from alliance_sim.study.engines import EngineName
from alliance_sim.study.store import Store
from alliance_sim.study.verify import verify
from alliance_sim.world.configuration import changed
from tests.integration.test_runner import done, failing

EMPATHY = "clinicians.empathy.mean"
SMALL = {"patients.number": 5, "clinicians.number": 3, "keep": "patients", "engine": "numpy"}
GRID = Design(Kind.grid, levels={EMPATHY: [0.4, 0.6, 0.8], "protocol.preparation.sessions": [2, 3]})


def study(out: Path, replicates: int = 4, design: Design = GRID, **values: Any) -> Study:
    whole = Study(replicates=replicates, design=design, out=str(out))
    return changed(whole, {**SMALL, **values})


def trials(batches: list[runner.Batch]) -> int:
    return sum(batch.trials for batch in batches)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("store") / "whole"
    done(study(out))
    return out


# ----------------------------------------------------------------------------------------------------- digest


@pytest.mark.parametrize("rows", [1, 400, 10**6])
def test_the_digest_does_not_depend_on_how_the_work_is_cut(rows: int, whole: Path, tmp_path: Path) -> None:
    done(study(tmp_path / "out"), rows=rows)
    assert verify(tmp_path / "out").digest == verify(whole).digest


@pytest.mark.parametrize("engine", ["mesa", "lanes"])
def test_the_digest_does_not_depend_on_the_engine(engine: str, whole: Path, tmp_path: Path) -> None:
    done(study(tmp_path / "out", engine=engine))
    assert verify(tmp_path / "out").digest == verify(whole).digest


def test_the_digest_does_not_depend_on_the_order_of_points(whole: Path, tmp_path: Path) -> None:
    other = Design(Kind.grid, levels={"protocol.preparation.sessions": [3, 2], EMPATHY: [0.8, 0.4, 0.6]})
    done(study(tmp_path / "out", design=other))
    assert verify(tmp_path / "out").digest == verify(whole).digest


@pytest.mark.parametrize("values", [{"replicates": 3}, {"seed": 1}, {EMPATHY: 0.7, "design": Design()}])
def test_other_content_has_another_digest(values: dict[str, Any], whole: Path, tmp_path: Path) -> None:
    done(study(tmp_path / "out", **values))
    assert verify(tmp_path / "out").digest != verify(whole).digest


# ------------------------------------------------------------------------------------------- nothing done twice


def test_a_run_goes_on_where_another_ended_and_computes_nothing_twice(whole: Path, tmp_path: Path) -> None:
    made = study(tmp_path / "out")
    ran = [done(made, most=3), done(made, rows=20, most=4), done(made)]
    assert all(ran)
    assert sum(map(trials, ran)) == 6 * 4
    assert done(made) == []
    assert verify(tmp_path / "out").digest == verify(whole).digest


def test_more_replicates_and_more_points_reuse_what_is_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    wider = Design(Kind.grid, levels={EMPATHY: [0.4, 0.5, 0.6, 0.8], "protocol.preparation.sessions": [2, 3]})
    assert trials(done(study(out))) == 6 * 4
    assert trials(done(study(out, replicates=6))) == 6 * 2
    assert trials(done(study(out, replicates=6, design=wider))) == 2 * 6
    assert len(alliance_sim.load(out).trials) == 8 * 6


def test_fewer_replicates_or_points_compute_nothing_and_lose_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done(study(out))
    assert done(study(out, replicates=2, design=Design(Kind.grid, levels={EMPATHY: [0.6]}))) == []
    assert len(alliance_sim.load(out).trials) == 2
    assert done(study(out)) == []
    assert len(alliance_sim.load(out).trials) == 6 * 4


def test_points_with_the_same_world_are_run_once_and_all_get_their_rows(tmp_path: Path) -> None:
    twice = Design(Kind.grid, levels={EMPATHY: [0.4, 0.6, 0.4]})
    assert trials(done(study(tmp_path / "out", design=twice))) == 2 * 4
    found = alliance_sim.load(tmp_path / "out")
    assert found.trials["point"].value_counts().to_dict() == {0: 4, 1: 4, 2: 4}
    one, other = (found.patients.query(f"point == {point}")["change"].tolist() for point in (0, 2))
    assert one == other


def test_an_arm_in_words_is_the_point_in_numbers(tmp_path: Path) -> None:
    made = study(tmp_path / "out", design=Design(Kind.grid, levels={EMPATHY: [0.4]}))
    done(made)
    assert done(replace(made, design=Design(), arms={"cold": {EMPATHY: 0.4}}, base_arm="cold")) == []


def test_keeping_more_computes_again_and_counts_every_trial_once(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert trials(done(study(out, keep="trials"))) == 24
    assert trials(done(study(out, replicates=2))) == 12
    assert done(study(out, keep="trials")) == []
    found = alliance_sim.load(out)
    assert len(found.trials) == len(found.trials.drop_duplicates(["point", "replicate"])) == 24


# ------------------------------------------------------------------------------------------------ nothing lost


def spoiled(out: Path, kind: str, spoil: Callable[[bytes], bytes]) -> Path:
    path = sorted((out / kind).iterdir())[0]
    path.write_bytes(spoil(path.read_bytes()))
    return path


SPOIL: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[:100],
    "one byte flipped": lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("kind", ["trials", "patients"])
@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL.keys())
def test_a_damaged_batch_is_reported_and_computed_again(
    kind: str, spoil: Callable[[bytes], bytes], whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = study(tmp_path / "out")
    shutil.copytree(whole, tmp_path / "out")
    path = spoiled(tmp_path / "out", kind, spoil)
    assert main(["verify", made.out]) == 1
    assert path.name in capsys.readouterr().err
    again = done(made)
    assert 0 < trials(again) < 6 * 4
    assert verify(tmp_path / "out").digest == verify(whole).digest


def test_reading_a_damaged_batch_is_one_sentence(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "out")
    spoiled(tmp_path / "out", "trials", SPOIL["truncated"])
    with pytest.raises(FolderError, match="run the study's command again"):
        alliance_sim.load(tmp_path / "out").trials  # noqa: B018


def test_a_missing_file_and_what_a_kill_left_are_no_results(whole: Path, tmp_path: Path) -> None:
    made = study(tmp_path / "out")
    done(made, most=3)
    (tmp_path / "out" / "trials" / "0123456789abcdef.parquet").write_text("half")
    (tmp_path / "out" / "batches" / "0123456789abcdef.json.tmp").write_text("{")
    (tmp_path / "out" / "batches" / "fedcba9876543210.json").write_text("{")
    done(made)
    assert verify(tmp_path / "out").digest == verify(whole).digest
    assert not list((tmp_path / "out").rglob("*0123456789abcdef*"))


WORDS = ["run", "patients.number=5", "clinicians.number=3", "replicates=3", "figures=false", "engine=numpy"]


def test_a_full_disk_is_one_sentence_and_what_is_finished_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*WORDS, f"out={tmp_path / 'out'}"]
    with monkeypatch.context() as full:
        full.setattr(runner, "ROWS", 1)
        fill, written = storing._fill, []

        def filled(path: Path, content: bytes) -> None:
            written.append(path)
            if len(written) > 13:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fill(path, content)

        full.setattr(storing, "_fill", filled)
        assert main(words) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "No space left on device" in said
    assert "4 finished trials stay there" in said
    assert main(words) == 0
    assert main([*WORDS, f"out={tmp_path / 'other'}"]) == 0
    assert verify(tmp_path / "out").digest == verify(tmp_path / "other").digest


@pytest.mark.slow
def test_a_run_killed_again_and_again_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    """Seeded moments; each process is really killed, and the next takes over its folder."""
    code = (
        "import sys; from alliance_sim.study import runner; runner.ROWS = 60; "
        "from alliance_sim.cli.entry import main; sys.exit(main(sys.argv[1:]))"
    )
    words = [*WORDS, "replicates=60", "keep=trials"]
    moments, killed = random.Random(5), 0
    for _ in range(40):
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words, f"out={tmp_path / 'out'}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(0.5, 3.0) if killed < 6 else 0)
        if killed < 6:
            process.send_signal(signal.SIGKILL)
        code_of_end = process.wait()
        killed += code_of_end == -signal.SIGKILL
        if code_of_end == 0:
            break
    assert killed
    assert main([*words, f"out={tmp_path / 'undisturbed'}"]) == 0
    assert verify(tmp_path / "out").digest == verify(tmp_path / "undisturbed").digest


def test_a_batch_whose_trials_all_failed_is_kept_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*WORDS, f"out={tmp_path / 'out'}"]
    with monkeypatch.context() as broken:
        broken.setattr(runner, "ROWS", 1)
        failing(broken, RuntimeError, replicate=1)
        assert main(words) == 1
    assert main(words) == 1  # nothing is left to run, and the failure is still reported
    assert capsys.readouterr().err.count("strong, replicate 1: RuntimeError: the bond broke") == 2
    assert len(alliance_sim.load(tmp_path / "out").patients) == 8 * 5


# --------------------------------------------------------------------------------------------- nothing mixed up


def test_another_base_world_seed_or_laws_are_refused_with_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    done(study(out))
    with pytest.raises(FolderError, match=r"seed=20261122 there, 1 here.*out-2"):
        Store(study(out, seed=1))
    with pytest.raises(FolderError, match=r"patients.number=5 there, 6 here"):
        Store(study(out, **{"patients.number": 6}))
    monkeypatch.setattr(storing, "laws_key", lambda: "0" * 16)
    with pytest.raises(FolderError, match=r"the model's sources changed since"):
        Store(study(out))


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done(study(out))
    (out / "manifest.json").write_text(json.dumps({**json.loads((out / "manifest.json").read_text()), "format": 99}))
    with pytest.raises(FolderError, match="another version"):
        Store(study(out))
    (out / "manifest.json").write_text("{")
    with pytest.raises(FolderError, match="cannot be read"):
        Store(study(out))


def test_a_dead_process_holds_no_folder(tmp_path: Path) -> None:
    code = (
        "import os, sys; from alliance_sim.study.config import Study; from alliance_sim.study.store import Store; "
        "held = Store(Study(out=sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False)
    assert (tmp_path / "out" / ".lock").exists()
    Store(study(tmp_path / "out")).close()


def test_a_point_is_known_by_its_world_seed_and_laws_alone(tmp_path: Path) -> None:
    made = study(tmp_path / "out")
    worlds = made.worlds()
    ids = identity.point_ids(worlds, 1)
    assert len(set(ids.values())) == len(worlds)
    assert not set(identity.point_ids(worlds, 2).values()) & set(ids.values())
    sourced = {label: changed(world, {"patients.source": "elsewhere"}) for label, world in worlds.items()}
    assert identity.point_ids(sourced, 1) == ids


@pytest.mark.parametrize("missing", identity.SOURCES)
def test_a_copy_of_the_package_without_a_listed_source_is_an_error(missing: str, tmp_path: Path) -> None:
    copy = tmp_path / "alliance_sim"
    shutil.copytree(identity.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.parquet"))
    assert identity.laws_key(copy) == identity.laws_key()
    place = copy / missing
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    identity.laws_key.cache_clear()
    with pytest.raises(FolderError, match=rf"{missing}, which decides results, is missing"):
        identity.laws_key(copy)


# ------------------------------------------------------------------------------------------------- what it says


def test_frames_carry_units_and_the_manifest_says_where_they_come_from(whole: Path) -> None:
    found = alliance_sim.load(whole)
    assert found.trials.attrs["units"]["change"] == "MADRS points"
    assert found.patients.attrs["units"]["weight"] == "kg"
    about = json.loads((whole / "manifest.json").read_text())
    assert about["package"] == alliance_sim.__version__
    assert about["laws"] == identity.laws_key()
    (run,) = found.runs
    assert {"system", "cores", "python"} <= run["machine"].keys()
    assert run["trials"] == 24


def test_only_asked_for_columns_replicates_and_points_are_read(whole: Path) -> None:
    found = alliance_sim.load(whole).read("patients", ["change"], replicates=2, labels=[1, 4])
    assert found.columns.tolist() == ["point", "replicate", "change"]
    assert found.groupby(["point", "replicate"]).size().to_dict() == dict.fromkeys([(1, 0), (1, 1), (4, 0), (4, 1)], 5)


def test_what_was_not_kept_is_refused_with_what_to_type(whole: Path) -> None:
    with pytest.raises(AnswerError, match="keep=patients; run it with keep=sessions"):
        alliance_sim.load(whole).sessions  # noqa: B018
    assert study(whole).keep is Keep.patients
    assert study(whole).engine is EngineName.numpy
