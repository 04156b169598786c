"""Results of the format before this one: read, reported, drawn and verified under present names, never added to.

The folder was written by the version before it: two arms of MAPP1's patients, two trials an arm, one answered question.
"""

import tarfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import alliance_sim
from alliance_sim.aliases import COLUMNS, KEYS, present, renamed
from alliance_sim.cli.entry import main
from alliance_sim.study.reading import Stored, load
from alliance_sim.study.verify import verify

PACKED = Path(__file__).parents[1] / "data" / "results_format_2.tar.xz"
DIGEST = "89366a0cce9b231c88509025078091a11e8f1aabcb95149f979b2281e2d60945"  # as the version that wrote it printed
FRAMES = ("trials", "patients", "sessions")
(OLD, NEW), (OLD_NESTED, NEW_NESTED) = list(KEYS.items())[:2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with tarfile.open(PACKED) as packed:
        packed.extractall(tmp_path, filter="data")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "older"


@pytest.fixture
def older(folder: Path) -> Stored:
    return load(folder)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_columns_come_out_under_present_names_with_the_values_that_lie_in_the_file(older: Stored) -> None:
    (path,) = (older.folder / "patients").iterdir()
    stored = pd.read_parquet(path)
    assert COLUMNS.keys() <= set(stored.columns)
    for old, new in COLUMNS.items():
        assert older.patients[new].tolist() == stored[old].tolist()
        assert old not in older.patients
        assert new in older.patients.attrs["units"]


def test_one_column_can_be_asked_for_by_its_present_name(older: Stored) -> None:
    found = older.read("patients", ["symptom_volatility"])
    assert found.columns.tolist() == ["arm", "replicate", "symptom_volatility"]
    assert len(found) == len(older.patients) == 2 * 2 * 4


def test_in_python_it_is_loaded_with_its_study_and_its_answers(folder: Path) -> None:
    found = alliance_sim.load(folder)
    assert found.study.arms["steady"] == {NEW: 0.5}
    assert found.verify() == DIGEST
    assert len(found.answer("distributions")["distributions_quantiles"]) > 0
    assert {"outcomes", "bond"} <= set(found.figures)


def test_keys_come_out_under_present_names(older: Stored) -> None:
    assert older.design.set_index("arm")[NEW].to_dict() == {"typical": 0.366, "steady": 0.5}
    assert older.design["changes"].tolist() == ['{"clinicians.factor_shift": 0.0}', f'{{"{NEW}": 0.5}}']
    assert older.manifest["config"]["arms"]["steady"] == {NEW: 0.5}
    assert older.manifest["config"]["patients"][NEW.rpartition(".")[2]] == older.manifest["base"][NEW] == 0.366
    assert not KEYS.keys() & older.manifest["base"].keys()


def test_its_columns_are_columns_of_what_a_study_gives_today(older: Stored) -> None:
    from alliance_sim.analysis.opened import opened

    today = alliance_sim.run(replace(opened(older.folder).study, out=""))
    for name in FRAMES:
        assert set(getattr(older, name).columns) <= set(getattr(today, name).columns)


def test_verify_prints_the_digest_that_it_had(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(folder).digest == DIGEST
    assert main(["verify", str(folder)]) == 0
    assert DIGEST in capsys.readouterr().out


def test_it_is_reported_and_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder)]) == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert NEW in page
    assert OLD not in page
    assert "Quantiles of change" in page
    for figure in ("outcomes", "bond"):
        assert main(["plot", str(folder), f"figure={figure}"]) == 0, capsys.readouterr().err
        assert (folder / "figures" / f"{figure}.png").stat().st_size > 0


def test_running_into_it_is_refused_in_one_sentence_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(folder)
    words = ["patients=ptsd", "protocol=mapp", "patients.number=4", "clinicians.number=2", "replicates=3"]
    assert main(["run", *words, f"out={folder}"]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "was written by an earlier version of alliance-sim" in sentence
    assert f"type out={folder}-2." in sentence
    assert contents(folder) == before


def test_answers_name_keys_by_their_present_names(older: Stored) -> None:
    answers = f"key,index,estimate\n{OLD},first,0.5\nclinicians.empathy.mean,none,0.1\n"
    (older.folder / "answers" / "sobol.csv").write_text(answers)
    found = older.table("sobol")
    assert found is not None
    assert found["key"].tolist() == [NEW, "clinicians.empathy.mean"]
    assert found["index"].tolist() == ["first", "none"]
    assert older.table("morris") is None


def test_a_key_of_one_condition_is_renamed_too() -> None:
    assert present(f"ptsd:{OLD}") == f"ptsd:{NEW}"
    assert present(NEW) == NEW


def test_a_configuration_is_renamed_where_keys_are_nested_dotted_or_words() -> None:
    *path, last = OLD_NESTED.split(".")
    nested = {path[0]: {path[1]: {last: 1}}}
    held = {**nested, "design": {"over": [OLD_NESTED], "ranges": {OLD_NESTED: [0, 1]}}}
    assert renamed(held) == {
        path[0]: {path[1]: {NEW_NESTED.rpartition(".")[2]: 1}},
        "design": {"over": [NEW_NESTED], "ranges": {NEW_NESTED: [0, 1]}},
    }


@pytest.mark.parametrize(("old", "new"), KEYS.items())
def test_every_renamed_key_is_a_key_of_today_in_the_same_group(old: str, new: str) -> None:
    from alliance_sim.model.registry import known_keys

    known = known_keys(alliance_sim.Study())
    assert new in known
    assert old not in known
    assert old.rpartition(".")[0] == new.rpartition(".")[0]
