"""Results folders from elsewhere: damaged in any way they give the right numbers or one sentence, never others."""

import errno
import hashlib
import io
import itertools
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import alliance_sim
from alliance_sim.aliases import ADDED
from alliance_sim.analysis.opened import opened
from alliance_sim.cli.entry import main
from alliance_sim.errors import AllianceError
from alliance_sim.report import tables
from alliance_sim.study import store as storing
from alliance_sim.study.reading import load
from alliance_sim.study.stored_batches import StoredBatch, batch_name
from alliance_sim.study.verify import verify

WORDS = ["run", "patients.number=4", "clinicians.number=2", "replicates=3", "engine=numpy", "figures=false"]
WORDS += ["ask=[distributions]"]
OLDER = Path(__file__).parents[1] / "data" / "results_format_2.tar.xz"
FEW = settings(
    derandomize=True, deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def summed(frame: pd.DataFrame) -> tuple[Any, ...]:
    return (*frame.columns, int(pd.util.hash_pandas_object(frame).sum()))


READERS: dict[str, Callable[[Path], Any]] = {
    "digest": lambda folder: verify(folder).digest,
    "design": lambda folder: summed(opened(folder).design),
    "trials": lambda folder: summed(load(folder).trials),
    "patients": lambda folder: summed(load(folder).patients),
    "sessions": lambda folder: summed(load(folder).sessions),
    "answers": lambda folder: summed(opened(folder).answers.by_arm),
    "question": lambda folder: [summed(table) for table in opened(folder).answered("distributions").values()],
    "about": lambda folder: opened(folder).about_answers.get("distributions", {"replicates": 3})["replicates"],
    "runs": lambda folder: load(folder).runs,
    "study": lambda folder: repr(opened(folder).study),
    "units": lambda folder: load(folder).manifest["units"],
}
COMMANDS = (["verify"], ["precision"], ["plot", "figure=bonds"], ["report"], ["records"])
KINDS = ("manifest.json", "design.parquet", "batches", "trials", "patients", "sessions", "runs", "answers/about.json")
KINDS += ("answers/distributions.csv",)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one batch, with answers."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    assert main([*WORDS, f"out={folder}"]) == 0
    return folder


@pytest.fixture(scope="module")
def right(whole: Path) -> dict[str, Any]:
    return {name: read(whole) for name, read in READERS.items()}


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "out")


def one(folder: Path, kind: str) -> Path:
    """A file of a kind."""
    place = folder / kind
    return sorted(place.iterdir())[0] if place.is_dir() else place


def said(folder: Path, right: dict[str, Any], *readers: str) -> dict[str, str]:
    """What each reader refuses to read, or some of them; all that it reads is right."""
    found = {}
    for name in readers or READERS:
        try:
            assert READERS[name](folder) in (right[name], "")  # no digest where a file is damaged
        except AllianceError as error:
            found[name] = str(error)
    assert all(sentence.isprintable() and sentence.endswith(".") for sentence in found.values())
    return found


def commands(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str]]:
    """How each command about a folder ends, and what it says."""
    capsys.readouterr()
    ends = []
    for command, *more in COMMANDS:
        code = main([command, str(folder), *more])
        ends.append((code, capsys.readouterr().err))
    return ends


def repaired(folder: Path, right: dict[str, Any]) -> None:
    """The study's command makes the folder what it was."""
    assert main([*WORDS, f"out={folder}"]) == 0
    assert verify(folder).damaged == []
    read = {name: READERS[name](folder) for name in ("digest", "trials", "sessions", "question", "design")}
    assert read == {name: right[name] for name in read}


def rewritten(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file, without the checksum that would tell."""
    held = json.loads(path.read_text())
    held.pop("checksum", None)
    path.write_text(json.dumps(change(held)))


# ----------------------------------------------------------------------------------------------------- any damage


DAMAGE: dict[str, Callable[[bytes, int, int], bytes]] = {
    "flip": lambda content, place, by: content[:place] + bytes([content[place] ^ by]) + content[place + 1 :],
    "truncate": lambda content, place, by: content[:place],
    "replace": lambda content, place, by: OTHER[by % len(OTHER)],
}
OTHER = (b"", b"{}", b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b"a,b\n1\n", b"PAR1")


@FEW
@given(
    kind=st.sampled_from(KINDS),
    way=st.sampled_from(sorted(DAMAGE)),
    share=st.floats(0, 1, exclude_max=True),
    by=st.integers(1, 255),
)
def test_damage_anywhere_gives_right_numbers_or_one_sentence(
    kind: str, way: str, share: float, by: int, whole: Path, right: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    path = one(folder, kind)
    content = path.read_bytes()
    path.write_bytes(DAMAGE[way](content, int(share * len(content)), by))
    if said(folder, right).keys() - {"digest"}:
        assert verdict(folder)  # it says which file


@pytest.mark.parametrize("other", ["manifest.json", "patients"])
@pytest.mark.parametrize("kind", ["batches", "trials", "runs", "answers/distributions.csv"])
def test_a_file_that_is_a_copy_of_another_gives_right_numbers_or_one_sentence(
    kind: str, other: str, folder: Path, right: dict[str, Any]
) -> None:
    shutil.copyfile(one(folder, other), one(folder, kind))
    assert said(folder, right)
    assert verdict(folder)


def verdict(folder: Path) -> list[str]:
    """What is damaged, or why that cannot be said."""
    try:
        return verify(folder).damaged
    except AllianceError as error:
        return [str(error)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_emptied_file_is_said_by_every_command_that_reads_it_and_mended_by_the_studys(
    kind: str, folder: Path, right: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    path = one(folder, kind)
    path.write_bytes(b"")
    name = path.relative_to(folder).as_posix()
    (code, verified), *others = commands(folder, capsys)
    assert code == 1
    assert f"damaged: {name} " in verified
    refused = [sentence for code, sentence in others if code]
    assert refused or kind in ("runs", "answers/about.json", "answers/distributions.csv", "sessions", "patients")
    for sentence in refused:
        assert f"{path} cannot be read" in sentence or "there is no figure 'bonds'" in sentence
        assert len(sentence.splitlines()) == 1
    if kind == "manifest.json":  # what says which study it is cannot be made from another
        assert main([*WORDS, f"out={folder}"]) == 2
        assert "restore it from a copy, or run the study into a new folder" in capsys.readouterr().err
        return
    assert "run the study's command again" in verified
    repaired(folder, right)


# ------------------------------------------------------------------------------------------------------- manifest

MANIFESTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda held: [held],
    "nothing": lambda held: None,
    "a word": lambda held: "manifest",
    "units a number": lambda held: {**held, "units": 3},
    "a unit a number": lambda held: {**held, "units": {"change": 3}},
    "config nothing": lambda held: {**held, "config": None},
    "config empty": lambda held: {**held, "config": {}},
    "config of replicates alone": lambda held: {**held, "config": {"replicates": 2}},
    "config with an unknown key": lambda held: {**held, "config": {**held["config"], "rooms": 3}},
    "arms nothing": lambda held: {**held, "config": {**held["config"], "arms": None}},
    "other arms": lambda held: {**held, "config": {**held["config"], "arms": {"mine": {}}, "base_arm": "mine"}},
    "a design of points": lambda held: {**held, "config": {**held["config"], "design": {"kind": "grid"}}},
    "draws": lambda held: {**held, "config": {**held["config"], "posterior": {"draws": 2}}},
    "too many replicates": lambda held: {**held, "config": {**held["config"], "replicates": 10**11}},
    "no replicates": lambda held: {**held, "config": {**held["config"], "replicates": 0}},
    "true replicates": lambda held: {**held, "config": {**held["config"], "replicates": True}},
    "base a word": lambda held: {**held, "base": "typical"},
    "a negative seed": lambda held: {**held, "seed": -1},
    "a seed in words": lambda held: {**held, "seed": "1"},
    "laws a number": lambda held: {**held, "laws": 5},
    "no laws": lambda held: {key: value for key, value in held.items() if key != "laws"},
    "a format in words": lambda held: {**held, "format": "3"},
    "a list of formats": lambda held: {**held, "format": [3]},
    "a later format": lambda held: {**held, "format": 99},
    "a package that is none": lambda held: {**held, "package": 3},
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_of_another_shape_is_one_sentence(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewritten(folder / "manifest.json", MANIFESTS[name])
    (code, sentence), *others = commands(folder, capsys)
    assert code in (0, 1, 2)
    assert sentence.splitlines()[:1] == [line for line in sentence.splitlines() if line.startswith(("dam", "alli"))]
    for code, sentence in others:
        assert code == 2
        assert len(sentence.splitlines()) == 1
        assert sentence.endswith(".\n")


def test_what_a_later_version_adds_is_left_alone(folder: Path, right: dict[str, Any]) -> None:
    rewritten(folder / "manifest.json", lambda held: {**held, "colour": "red"})
    rewritten(one(folder, "batches"), lambda held: {**held, "colour": "red"})
    assert said(folder, right) == {}


# -------------------------------------------------------------------------------------------------------- records

RECORDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "empty": lambda held: {},
    "a list": lambda held: [held],
    "nothing": lambda held: None,
    "too many replicates": lambda held: {**held, "replicates": [0, 10**11]},
    "replicates backwards": lambda held: {**held, "replicates": held["replicates"][::-1]},
    "one end of replicates": lambda held: {**held, "replicates": [0]},
    "replicates in words": lambda held: {**held, "replicates": ["0", "1"]},
    "other replicates": lambda held: {**held, "replicates": [5, 6]},
    "no points": lambda held: {**held, "points": []},
    "points that are numbers": lambda held: {**held, "points": [1, 2, 3]},
    "points that are no addresses": lambda held: {**held, "points": ["../../etc"]},
    "points twice": lambda held: {**held, "points": held["points"][:1] * 3},
    "points turned round": lambda held: {**held, "points": held["points"][::-1]},
    "no files": lambda held: {**held, "files": {}},
    "files elsewhere": lambda held: {**held, "files": {"../trials": held["files"]["trials"]}},
    "more files elsewhere": lambda held: {**held, "files": {**held["files"], "../x": held["files"]["trials"]}},
    "a file that is nothing": lambda held: {**held, "files": {**held["files"], "trials": None}},
    "fewer files": lambda held: {**held, "files": {"trials": held["files"]["trials"]}},
    **{
        f"{key} {value!r}": lambda held, key=key, value=value: {
            **held,
            "files": {**held["files"], "trials": {**held["files"]["trials"], key: value}},
        }
        for key, values in {
            "bytes": [-1, 10**30, 1],
            "sha256": ["ab", "0" * 64],
            "rows": [-1, 10**12, 2, "3"],
        }.items()
        for value in values
    },
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_another_shape_is_damage(name: str, folder: Path, right: dict[str, Any]) -> None:
    path = one(folder, "batches")
    rewritten(path, RECORDS[name])
    assert any(path.stem in damage for damage in verify(folder).damaged)
    refused = said(folder, right, "trials", "answers")
    assert len(refused) == 2
    assert path.stem in refused["trials"]
    assert "run the study's command again" in refused["trials"]


def test_a_record_under_another_name_is_damage_and_is_mended(folder: Path, right: dict[str, Any]) -> None:
    one(folder, "batches").rename(folder / "batches" / "0123456789abcdef.json")
    assert verify(folder).damaged == ["batches/0123456789abcdef.json describes another batch than its own"]
    repaired(folder, right)


# ----------------------------------------------------------------------------------------------------------- rows


def held(path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        return pd.read_parquet(file)


def with_rows(folder: Path, kind: str, frame: pd.DataFrame) -> None:
    """Put rows into a folder whose checksums say that they belong there."""
    path = one(folder, kind)
    room = io.BytesIO()
    frame.to_parquet(room)
    path.write_bytes(room.getvalue())
    about = {"bytes": len(room.getvalue()), "sha256": hashlib.sha256(room.getvalue()).hexdigest(), "rows": len(frame)}
    rewritten(folder / "batches" / f"{path.stem}.json", lambda held: {**held, "files": {**held["files"], kind: about}})


ROWS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "of other points": lambda rows: rows.assign(id="0123456789abcdef"),
    "of no points": lambda rows: rows.assign(id=None),
    "of numbered points": lambda rows: rows.assign(id=range(len(rows))),
    "without points": lambda rows: rows.drop(columns="id"),
    "of other replicates": lambda rows: rows.assign(replicate=np.int32(7)),
    "of negative replicates": lambda rows: rows.assign(replicate=np.int32(-1)),
    "of broken replicates": lambda rows: rows.assign(replicate=0.5),
    "fewer": lambda rows: rows.head(1),
    "twice": lambda rows: pd.concat([rows.head(1)] * len(rows)),
    "without a measure": lambda rows: rows.drop(columns="change"),
    "without half of what a version added": lambda rows: rows.drop(columns="guess"),
    "with a measure in words": lambda rows: rows.assign(change="much"),
    "with lists": lambda rows: rows.assign(change=[[1.0]] * len(rows)),
    "with moments": lambda rows: rows.assign(change=pd.Timestamp(0)),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_are_not_of_the_batch_are_damage(name: str, folder: Path, right: dict[str, Any]) -> None:
    with_rows(folder, "trials", ROWS[name](held(one(folder, "trials"))))
    assert verify(folder).damaged
    assert len(said(folder, right, "trials", "answers")) == 2


@pytest.mark.parametrize("versions", [1, len(ADDED)])
def test_rows_of_an_earlier_version_lack_what_was_added_since(versions: int, folder: Path) -> None:
    since = [*itertools.chain(*ADDED[-versions:])]
    with_rows(folder, "trials", held(one(folder, "trials")).drop(columns=since))
    assert verify(folder).damaged == []
    results = alliance_sim.load(folder)
    assert not set(since) & {*results.trials.columns, *results.summary()["measure"]}
    assert "hours_per_further_response" not in set(results.contrasts()["measure"])
    labels = {row[0] for table in tables.outcomes(results._opened) for row in table.rows}
    assert not labels & {"clinician hours a patient", "hours for a further response"}
    assert main(["report", str(folder)]) == 0


DESIGNS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "without addresses": lambda design: design.drop(columns="id"),
    "with numbered addresses": lambda design: design.assign(id=range(len(design))),
    "with addresses that are none": lambda design: design.assign(id="../x"),
    "with empty addresses": lambda design: design.assign(id=None).astype({"id": "str"}),
    "with an arm twice": lambda design: design.assign(arm="weak"),
    "with numbered arms": lambda design: design.assign(arm=range(len(design))),
    "with other arms": lambda design: design.assign(arm=["a", "b", "c"]),
    "without arms": lambda design: design.drop(columns="arm"),
    "without points": lambda design: design.drop(columns=["arm", "point"]),
    "with lists": lambda design: design.assign(base=[[True]] * len(design)),
    "empty": lambda design: design.head(0),
    "with too few arms": lambda design: design.head(1),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_a_design_of_another_shape_is_one_sentence(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    DESIGNS[name](held(folder / "design.parquet")).to_parquet(folder / "design.parquet")
    assert "design.parquet differs" in verify(folder).damaged[0]
    rewritten(folder / "manifest.json", lambda held: {key: held[key] for key in held if key != "design"})
    for code, sentence in commands(folder, capsys)[1:]:
        assert code == 2
        assert len(sentence.splitlines()) == 1


# -------------------------------------------------------------------------------------------------------- answers

TABLES = {"nothing": b"", "one word": b"word", "no estimates": b"measure,mcse\nchange,1\n", "letters": b"\xff\xfe\x00"}
TABLES |= {"words as estimates": b"estimate\nmuch\n", "rows of two lengths": b"estimate\n1\n1,2,3,4\n"}


@pytest.mark.parametrize("name", TABLES)
def test_an_odd_table_of_answers_is_one_sentence(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also in a folder that does not say how its tables were."""
    rewritten(
        folder / "answers/about.json", lambda held: {"distributions": {"replicates": 2, "seconds": 0.1}} if held else {}
    )
    (folder / "answers" / "distributions.csv").write_bytes(TABLES[name])
    with pytest.raises(AllianceError, match=r"distributions\.csv cannot be read: it .*; run the study's command again"):
        opened(folder).answered("distributions")
    assert main(["report", str(folder)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("listed", [True, False])
def test_an_answer_without_one_of_its_tables_is_one_sentence(
    listed: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "answers" / "distributions_quantiles.csv"
    path.unlink()
    if not listed:
        about = {"replicates": 3, "seconds": 0.1}
        (folder / "answers" / "about.json").write_text(json.dumps({"distributions": about}))
    assert main(["report", str(folder)]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert f"{path} cannot be read: it is missing; run the study's command again" in sentence


@pytest.mark.parametrize("about", [[], None, {"distributions": 3}, {"distributions": {"replicates": "2"}}])
def test_an_odd_note_about_answers_or_runs_is_one_sentence(about: Any, folder: Path) -> None:
    (folder / "answers" / "about.json").write_text(json.dumps(about))
    one(folder, "runs").write_text(json.dumps(about))
    assert len(verify(folder).damaged) == 2
    with pytest.raises(AllianceError, match=r"about\.json cannot be read"):
        opened(folder).about_answers  # noqa: B018
    with pytest.raises(AllianceError, match=r"runs.* cannot be read"):
        load(folder).runs  # noqa: B018


# ------------------------------------------------------------------------------------- what is not there or a file


@pytest.mark.parametrize("kind", KINDS)
def test_pipes_and_folders_in_place_of_files_are_one_sentence(kind: str, folder: Path, right: dict[str, Any]) -> None:
    path = one(folder, kind)
    path.unlink()
    os.mkfifo(path)
    refused = said(folder, right)
    assert refused
    path.unlink()
    path.mkdir()
    assert said(folder, right).keys() == refused.keys()
    if kind == "trials":
        repaired(folder, right)


@pytest.mark.parametrize("kind", ["batches", "trials", "runs", "answers", "figures"])
def test_a_link_that_leads_out_of_the_folder_is_not_written_through(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = folder.with_name("elsewhere")
    (folder / kind).rename(elsewhere) if (folder / kind).exists() else elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    (folder / kind).symlink_to(elsewhere)
    assert main([*WORDS, "replicates=4", f"out={folder}"]) == 2
    assert f"{kind} in it is a link to elsewhere" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before


def test_a_file_that_is_a_link_is_replaced_and_what_it_leads_to_stays(folder: Path, right: dict[str, Any]) -> None:
    links = [one(folder, kind) for kind in ("trials", "batches", "runs", "design.parquet")]
    for number, path in enumerate(links):
        elsewhere = folder.with_name(f"elsewhere{number}")
        elsewhere.write_text("mine")
        path.unlink()
        path.symlink_to(elsewhere)
    assert len(verify(folder).damaged) == len(links) - 1  # what the record does not say is not looked for
    repaired(folder, right)
    assert all(folder.with_name(f"elsewhere{number}").read_text() == "mine" for number in range(len(links)))


def test_a_page_that_is_a_link_is_replaced(folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere")
    elsewhere.write_text("mine")
    (folder / "report.html").symlink_to(elsewhere)
    assert alliance_sim.load(folder).report() == folder / "report.html"
    assert elsewhere.read_text() == "mine"


# --------------------------------------------------------------------------------------------------- no damage


def test_an_interrupted_run_and_one_shard_are_no_damage(
    folder: Path, right: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set((folder / "batches").iterdir())
    assert main([*WORDS, "replicates=4", f"out={folder}"]) == 0
    (added,) = set((folder / "batches").iterdir()) - before
    added.unlink()  # killed between rows and record
    (folder / "batches" / "0123456789abcdef.json.tmp").write_text("{")
    assert main(["verify", str(folder)]) == 0
    assert main(["precision", str(folder)]) == 0
    repaired(folder, right)
    assert main([*WORDS, "shard=1/2", f"out={tmp_path / 'shard'}"]) == 0
    assert main(["verify", str(tmp_path / "shard")]) == 0
    assert "3 of 9 trials" in capsys.readouterr().out


def test_a_run_that_cannot_write_a_wider_design_leaves_the_folder_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*WORDS[:-1], "design=grid", "design.levels={clinicians.empathy.mean: [0.4]}", f"out={tmp_path / 'out'}"]
    assert main(words) == 0
    digest, written = verify(tmp_path / "out").digest, storing.whole
    words[-2] = "design.levels={clinicians.empathy.mean: [0.4, 0.8]}"

    def full(path: Path, write: Callable[[Path], Any]) -> None:
        if path.name == "design.parquet":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(path, write)

    with monkeypatch.context() as broken:
        broken.setattr(storing, "whole", full)
        assert main(words) == 2
    assert verify(tmp_path / "out").digest == digest
    assert len(opened(tmp_path / "out").design) == 1
    assert main(words) == 0
    assert len(opened(tmp_path / "out").design) == 2
    assert len(load(tmp_path / "out").manifest["design"]) == 1


def test_a_folder_without_checksums_of_small_files_is_read(folder: Path, right: dict[str, Any]) -> None:
    """As versions before wrote them."""
    rewritten(folder / "manifest.json", lambda held: {key: held[key] for key in held if key != "design"})
    for path in (folder / "runs").iterdir():
        rewritten(path, lambda held: held)
    bare = ("replicates", "seconds")
    rewritten(
        folder / "answers/about.json", lambda held: {name: {key: of[key] for key in bare} for name, of in held.items()}
    )
    assert {name for name in READERS if READERS[name](folder) != right[name]} == set()


def test_each_file_is_compared_once_and_again_when_it_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr(StoredBatch, "_check_rows", lambda batch, kind, *_: compared.append((batch.name, kind)))
    for _ in range(3):
        load(folder).read("trials", ["change"])
    assert len(compared) == 1
    path = one(folder, "trials")
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(AllianceError, match="differs from what was written"):
        load(folder).read("trials", ["change"])


def test_damage_that_no_command_mends_is_not_said_to_be_mended(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tarfile.open(OLDER) as packed:
        packed.extractall(tmp_path, filter="data")
    rewritten(folder / "manifest.json", lambda held: {**held, "laws": "0" * 16})
    for place in (tmp_path / "older", folder):
        one(place, "trials").write_bytes(b"")
        for code, sentence in commands(place, capsys):
            assert code in (1, 2)
            assert "restore it from a copy" in sentence
            assert "study's command" not in sentence


def test_an_older_design_whose_changes_are_no_json_is_one_sentence(tmp_path: Path) -> None:
    with tarfile.open(OLDER) as packed:
        packed.extractall(tmp_path, filter="data")
    path = tmp_path / "older" / "design.parquet"
    held(path).assign(changes="{").to_parquet(path)
    with pytest.raises(AllianceError, match="holds no JSON in its column changes; restore it from a copy"):
        opened(tmp_path / "older")


def test_a_batch_is_named_by_what_it_holds(folder: Path) -> None:
    for path in (folder / "batches").iterdir():
        about = json.loads(path.read_text())
        assert path.stem == batch_name(about["points"], range(*about["replicates"]), "sessions")


@pytest.mark.parametrize("name", ["manifest.json", "design.parquet", "summary.csv", "config.yaml"])
def test_a_page_is_not_written_over_results(name: str, folder: Path, right: dict[str, Any]) -> None:
    before = (folder / name).read_bytes()
    assert main(["report", str(folder), f"out={folder / name}"]) == 2
    assert main(["plot", str(folder), "figure=contrasts", f"out={folder / name}"]) == 2
    assert (folder / name).read_bytes() == before


def test_a_pipe_where_a_page_is_to_be_written_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "report.html")
    assert main(["report", str(folder)]) == 2
