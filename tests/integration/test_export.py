"""What leaves for other programs is what the folder holds, to the last digit, whole or not at all."""

import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow
import pytest
from pyarrow import parquet

import alliance_sim
from alliance_sim.analysis import export as module
from alliance_sim.cli.entry import INTERRUPTED, main
from alliance_sim.study import sheets
from alliance_sim.study.tables import KINDS

SMALL = ["engine=numpy", "replicates=3", "patients.number=5", "clinicians.number=3", "figures=false"]
ARMS = ["a,b", 'say "hi"', "ä; b", "twin of a"]  # the first and the last have one world
ODD = {
    "whole": pd.array([1, None, -3], dtype="Int64"),
    "single": np.array([0.1, np.nan, np.inf], dtype=np.float32),
    "double": np.array([1 / 3, 1e-300, -np.inf]),
    "truth": [True, False, True],
    "words": ["=1+1", 'a "b", c\nd', None],
    "signs": ["#N/A", "+1", "@x"],
    "kinds": pd.Categorical(["-1", "-1", "=2"]),
    "empty": [None, None, None],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A study of arms whose names are odd, with a question answered."""
    place = tmp_path_factory.mktemp("exported") / "study"
    arms = {ARMS[0]: {}, ARMS[1]: {"clinicians.factor_shift": 1.0}, ARMS[2]: {"protocol.drug": "none"}, ARMS[3]: {}}
    study = alliance_sim.Study(experiment="odd", arms=arms, base_arm=ARMS[0], replicates=3, ask=["distributions"])
    study.patients.number, study.clinicians.number, study.figures = 5, 3, False
    alliance_sim.run(study, out=place)
    return place


@pytest.fixture
def study(written, tmp_path, monkeypatch) -> Path:
    """A copy of it, in the present folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(written, "study")
    return Path("study")


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in ("arm", "replicate", "patient", "day", "session") if name in frame]
    held = frame.assign(**{name: frame[name].astype(str) for name in ("arm", "phase", "session") if name in frame})
    return held.sort_values(keys, kind="stable", ignore_index=True)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def test_csv_gives_back_every_number_and_word(study):
    assert main(["export", "study", "to=csv"]) == 0
    results = alliance_sim.load(study)
    for kind in KINDS:
        found, held = ordered(read(study / "csv" / f"{kind}.csv")), ordered(results.read(kind))
        assert list(found) == list(held)
        for name in held:
            values = held[name]
            if values.dtype == np.float32:
                assert np.array_equal(found[name].to_numpy(np.float32), values.to_numpy(), equal_nan=True), name
            elif name != "error":
                assert found[name].tolist() == values.tolist(), name
    assert (study / "csv" / "trials.csv").read_bytes().startswith(b'"arm","replicate",')
    assert set(read(study / "csv" / "patients.csv")["arm"]) == set(ARMS)
    design = read(study / "csv" / "design.csv")
    assert design["base"].tolist() == [1, 0, 0, 0]
    summary = read(study / "csv" / "summary.csv")
    ours = results.contrasts()
    assert np.allclose(summary.loc[summary["table"] == "contrast", "estimate"], ours["estimate"], rtol=1e-15)
    assert (study / "csv" / "answers" / "distributions.csv").is_file()


def test_parquet_names_arms_and_says_units_by_itself(study):
    assert main(["export", "study", "to=parquet"]) == 0
    results = alliance_sim.load(study)
    for kind in KINDS:
        path = study / "parquet" / f"{kind}.parquet"
        pd.testing.assert_frame_equal(
            ordered(pd.read_parquet(path)), ordered(results.read(kind)), check_dtype=False, check_categorical=False
        )
    schema = parquet.read_schema(study / "parquet" / "patients.parquet")
    assert schema.field("change").metadata[b"unit"] == b"MADRS points"
    assert schema.field("change").type == pyarrow.float32()
    assert json.loads(schema.metadata[b"units"])["weight"] == "kg"
    assert "id" not in schema.names


def test_a_workbook_has_a_sheet_each_table_and_no_formula(study):
    assert main(["export", "study", "to=xlsx"]) == 0
    book = openpyxl.load_workbook(study / "results.xlsx")
    assert book.sheetnames[:6] == ["columns", "design", "trials", "patients", "sessions", "summary"]
    assert "distributions_quantiles" in book.sheetnames
    rows = list(book["patients"].values)
    held = alliance_sim.load(study).read("patients")
    found = pd.DataFrame(rows[1:], columns=rows[0])
    assert sorted(found["arm"].unique()) == sorted(ARMS)
    assert np.array_equal(ordered(found)["weight"].to_numpy(np.float32), ordered(held)["weight"].to_numpy())
    assert {cell.data_type for row in book["columns"].iter_rows() for cell in row} <= {"s", "n"}


def test_every_kind_of_value_comes_through(tmp_path):
    frame, about = pd.DataFrame(ODD), pd.DataFrame(columns=["column", "unit", "meaning"])
    parts = [frame, frame.iloc[:0], frame]
    for kind in ("csv", "parquet"):
        assert sheets.WRITERS[kind](tmp_path, {}).table("odd", parts, about) == 6
    found = pd.read_csv(tmp_path / "odd.csv", keep_default_na=False, na_values=[""], dtype={"signs": str, "kinds": str})
    packed = pd.read_parquet(tmp_path / "odd.parquet")
    book = sheets.Workbook(tmp_path / "odd.xlsx", {})
    assert book.table("odd", parts, about) == 6
    book.close()
    sheet = openpyxl.load_workbook(tmp_path / "odd.xlsx")["odd"]
    cells = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.columns}
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    for held in (found, packed):
        assert held["single"].to_numpy(np.float32)[0] == np.float32(0.1)
        assert np.isnan(held["single"][1])
        assert held["single"][2] == np.inf
        assert held["double"].tolist() == [1 / 3, 1e-300, -np.inf] * 2
        assert held["words"].tolist()[:2] == ["=1+1", 'a "b", c\nd']
        assert held["signs"].tolist() == ["#N/A", "+1", "@x"] * 2
        assert held["whole"].isna().tolist() == [False, True, False] * 2
    assert found["truth"].tolist() == [1, 0, 1] * 2
    assert packed["truth"].tolist() == [True, False, True] * 2
    assert cells["words"][:3] == ["=1+1", 'a "b", c\nd', None]
    assert cells["single"][:3] == [0.1, None, "inf"]
    assert cells["truth"][:3] == [True, False, True]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["to=excel"], "to=excel is no kind of file that is exported; choose one of: csv, xlsx, parquet."),
        ([], "export needs to=, one of: csv, xlsx, parquet."),
        (["to=csv", "tables=[trails]"], "there is no table 'trails'; did you mean trials?"),
        (["to=csv", "tables=[]"], "tables names nothing"),
        (["to=csv", "out="], "out is empty"),
        (["to=csv", "out=study/trials"], "out=study/trials is a part of the results; type out=study/csv-2."),
        (["to=csv", "out=study/../study/new/../answers"], "is a part of the results"),
        (["to=csv", "out=study"], "out=study holds something else than an export"),
        (["to=csv", "out=mine"], "out=mine holds something else than an export"),
        (["to=csv", "out=a_file"], "out=a_file cannot be a folder"),
        (["to=csv", "out=link"], "out=link holds something else than an export"),
        (["to=xlsx", "out=book"], "out=book is no workbook; end it with .xlsx, such as out=book.xlsx."),
        (["to=xlsx", "out=theirs.xlsx"], "out=theirs.xlsx holds something else than an export"),
        (["to=xlsx", "out=a_file/x.xlsx"], "cannot be a folder"),
        (["to=csv", "from=here"], "export takes one folder"),
    ],
)
def test_what_cannot_be_exported_so_is_refused_in_one_sentence(study, words, said, capsys):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine", encoding="utf-8")
    Path("a_file").write_text("mine", encoding="utf-8")
    Path("link").symlink_to("mine")
    openpyxl.Workbook().save("theirs.xlsx")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert main(["export", "study", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_rows_that_were_not_kept_are_refused_with_what_keeps_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", *SMALL, "keep=trials", "out=study"]) == 0
    assert main(["export", "study", "to=csv", "tables=patients"]) == 2
    assert "run it with keep=patients" in capsys.readouterr().err
    assert main(["export", "study", "to=csv"]) == 0
    assert sorted(path.name for path in Path("study/csv").iterdir()) == [
        "columns.csv", "design.csv", "export.json", "summary.csv", "trials.csv",
    ]  # fmt: skip


def test_an_earlier_export_is_replaced_unless_somebody_changed_it(study, capsys):
    assert main(["export", "study", "to=csv", "out=mine"]) == 0
    assert main(["export", "study", "to=csv", "out=mine", "tables=[trials, distributions]"]) == 0
    names = [path.relative_to("mine").as_posix() for path in sorted(Path("mine").rglob("*.csv"))]
    assert names == ["answers/distributions.csv", "columns.csv", "trials.csv"]
    with Path("mine/trials.csv").open("a", encoding="utf-8") as file:
        file.write("mine\n")
    assert main(["export", "study", "to=csv", "out=mine"]) == 2
    assert "changed since; type out=mine-2." in capsys.readouterr().err
    for _ in range(2):
        assert main(["export", "study", "to=xlsx", "out=mine.xlsx", "tables=trials"]) == 0
    book = openpyxl.load_workbook("mine.xlsx")
    book.properties.lastModifiedBy = "somebody"
    book.save("mine.xlsx")
    assert main(["export", "study", "to=xlsx", "out=mine.xlsx"]) == 2


def test_a_damaged_folder_is_not_exported_and_the_earlier_export_stays(study, capsys):
    assert main(["export", "study", "to=csv"]) == 0
    before = {path: path.read_bytes() for path in (study / "csv").rglob("*") if path.is_file()}
    files = [next((study / kind).iterdir()) for kind in (*KINDS, "batches")]
    for path in (*files, *(study / "answers").iterdir(), study / "design.parquet", study / "manifest.json"):
        content = path.read_bytes()
        path.write_bytes(content[:-2] + b"xx")
        capsys.readouterr()
        assert main(["export", "study", "to=csv"]) == 2, path
        assert path.name in capsys.readouterr().err
        path.write_bytes(content)
        assert {path: path.read_bytes() for path in (study / "csv").rglob("*") if path.is_file()} == before
        assert not list(study.glob("*.tmp"))


def test_a_folder_from_elsewhere_names_no_file_outside_of_the_export(study, capsys):
    path = study / "answers" / "about.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    held = {name: value for name, value in about["distributions"].items() if name != "checksum"}
    held["tables"] = {"../../mine": held["tables"]["distributions"]}
    path.write_text(json.dumps({"distributions": held}), encoding="utf-8")
    shutil.copy(study / "answers" / "distributions.csv", "mine.csv")
    assert main(["export", "study", "to=csv"]) == 2
    assert "answers/about.json" in capsys.readouterr().err
    assert sorted(path.name for path in Path().iterdir()) == ["mine.csv", "study"]


@pytest.mark.parametrize(
    ("kind", "fault"),
    [("csv", KeyboardInterrupt), ("xlsx", KeyboardInterrupt), ("parquet", OSError(28, "No space left on device"))],
)
def test_what_is_interrupted_leaves_nothing_half_written(study, kind, fault, monkeypatch, capsys):
    def broken(*_):
        raise fault

    monkeypatch.setattr(module, "_shown", broken)
    assert main(["export", "study", f"to={kind}"]) == (INTERRUPTED if fault is KeyboardInterrupt else 2)
    assert {path.name for path in study.iterdir()} & {"csv", "parquet", "results.xlsx"} == set()
    assert not list(study.glob("*.tmp"))
    if fault is not KeyboardInterrupt:
        assert "cannot be written (No space left on device); make room" in capsys.readouterr().err


def test_a_workbook_refuses_what_excel_would_cut_off(study, monkeypatch, capsys):
    monkeypatch.setattr(module, "MOST_ROWS", 59)
    assert main(["export", "study", "to=xlsx"]) == 2
    assert "has 60 rows, and Excel takes 59; type to=csv" in capsys.readouterr().err.replace("patients ", "")
    about = pd.DataFrame(columns=["column", "unit", "meaning"])
    for text in ("x" * 32_768, "a\x01b"):
        book = sheets.Workbook(Path("odd.xlsx"), {})
        with pytest.raises(alliance_sim.AllianceError, match="type to=csv"):
            book.table("odd", [pd.DataFrame({"a": [text]})], about)
        book.discard()
    book = sheets.Workbook(Path("odd.xlsx"), {})
    for name in ("answers/" + "n" * 40, "answers/" + "n" * 41):
        book.table(name, [pd.DataFrame({"a": [1]})], about)
    book.close()
    assert openpyxl.load_workbook("odd.xlsx").sheetnames == ["n" * 31, "n" * 28 + "_2"]


def test_points_and_an_older_folder_are_exported_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    levels = "design.levels={protocol.doses: [[25.0], [10.0]], clinicians.number: [2, 3]}"
    assert main(["run", *SMALL, "design=grid", levels, "keep=patients", "out=grid"]) == 0
    assert main(["export", "grid", "to=csv"]) == 0
    rows, design = read(Path("grid/csv/patients.csv")), read(Path("grid/csv/design.csv"))
    assert rows["point"].unique().tolist() == design["point"].tolist()
    assert design["protocol.doses"].map(json.loads).tolist()[0] == [25.0]
    with tarfile.open(Path(__file__).parents[1] / "data" / "results_format_2.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    assert main(["export", "older", "to=parquet"]) == 0
    older = alliance_sim.load("older").read("patients")
    found = pd.read_parquet("older/parquet/patients.parquet")
    assert sorted(found["arm"].unique()) == sorted(older["arm"].unique())
    assert "log_response_propensity" in found


def test_trials_that_all_failed_leave_empty_tables(study, monkeypatch):
    results = alliance_sim.load(study)
    monkeypatch.setattr(results._opened.held, "parts", lambda *_, **__: iter(()))
    (part,) = module._rows(results._opened.held, "patients")
    assert part.empty
    assert list(part)[:3] == ["arm", "replicate", "patient"]


def test_results_in_memory_are_exported_into_the_present_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = alliance_sim.run("alliance", [*SMALL[:-1], "keep=trials"])
    assert results.export("csv", tables=["trials"]) == Path("csv")
    assert len(read(Path("csv/trials.csv"))) == len(results.trials)
