"""Tables of points from users: every cell is read as what it says, or one sentence names the cell that is not."""

import dataclasses
import http.server
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from pyarrow import parquet

from alliance_sim.cli.entry import main
from alliance_sim.errors import AllianceError, ScenarioError
from alliance_sim.model.registry import plain
from alliance_sim.study import posterior
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Design, Kind, Point
from alliance_sim.study.posterior import Posterior
from alliance_sim.study.runner import design
from alliance_sim.world.scenario import Scenario

EMPATHY, STAFF, DOSES, DAYS = "clinicians.empathy.mean", "clinicians.number", "protocol.doses", "protocol.therapy.days"
RULE, SOURCE, PER_KG = "assignment.rule", "patients.source", "protocol.dose_per_kg"
BOTH = f"{EMPATHY},{STAFF}"
FEW = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(content: str | bytes | pd.DataFrame | pyarrow.Table, folder: Path, ending: str = "csv") -> list[Point]:
    path = folder / f"points.{ending}"
    if isinstance(content, pyarrow.Table):
        parquet.write_table(content, path)
    elif isinstance(content, pd.DataFrame):
        content.to_parquet(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Design(Kind.file, file=str(path)).expand(Scenario(), 1)


def values(points: list[Point]) -> list[tuple[Any, ...]]:
    return [tuple(point.values.values()) for point in points]


def one_sentence(error: AllianceError) -> None:
    assert str(error).isprintable()


def refused(content: Any, folder: Path, ending: str = "csv") -> str:
    with pytest.raises(ScenarioError) as error:
        read(content, folder, ending)
    sentence = str(error.value)
    assert sentence.startswith("design.file=")
    assert sentence.isprintable()
    assert sentence.endswith((".", "?"))
    assert len(sentence) < 500
    assert "; " in sentence  # what to type instead
    return sentence


# ------------------------------------------------------------------------------------------------- read rightly

TWO = [(0.4, 6), (0.5, 12)]
RIGHT: dict[str, tuple[str | bytes, list[tuple[Any, ...]]]] = {
    "plain": (f"{BOTH}\n0.4,6\n0.5,12\n", TWO),
    "without a last line end": (f"{BOTH}\n0.4,6\n0.5,12", TWO),
    "CRLF": (f"{BOTH}\r\n0.4,6\r\n0.5,12\r\n", TWO),
    "CR": (f"{BOTH}\r0.4,6\r0.5,12\r", TWO),
    "semicolons": (f"{EMPATHY};{STAFF}\n0.4;6\n0.5;12\n", TWO),
    "semicolons and decimal commas": (f"{EMPATHY};{STAFF}\n0,4;6\n,5;12\n", TWO),
    "tabs": (f"{EMPATHY}\t{STAFF}\n0.4\t6\n0.5\t12\n", TWO),
    "tabs and decimal commas": (f"{EMPATHY}\t{STAFF}\n0,4\t6\n0,5\t12\n", TWO),
    "a byte order mark": (f"\ufeff{BOTH}\n0.4,6\n0.5,12\n", TWO),
    "UTF-16": (f"{BOTH}\n0.4,6\n0.5,12\n".encode("utf-16"), TWO),
    "UTF-16, big end first": ("\ufeff".encode("utf-16-be") + f"{BOTH}\n0.4,6\n0.5,12\n".encode("utf-16-be"), TWO),
    "UTF-32": (f"{BOTH}\n0.4,6\n0.5,12\n".encode("utf-32"), TWO),
    "quoted numbers": (f'"{EMPATHY}","{STAFF}"\n"0.4","6"\n"0.5","12"\n', TWO),
    "spaces around": (f"  {EMPATHY} , {STAFF}\t\n 0.4 ,  6\n0.5, \u00a012\n", TWO),
    "spaces before quotes": (f'{EMPATHY}, "{STAFF}"\n0.4, "6"\n0.5, "12"\n', TWO),
    "blank lines": (f"\n\n{BOTH}\n\n0.4,6\n,\n  \n0.5,12\n,\n\n", TWO),
    "trailing commas": (f"{BOTH},,\n0.4,6,,\n0.5,12,,\n", TWO),
    "trailing commas in rows alone": (f"{BOTH}\n0.4,6,\n0.5,12,,\n", TWO),
    "exponents and signs": (f"{BOTH}\n4e-1,+6\n.5,12\n", TWO),
    "every digit": (
        f"{EMPATHY}\n0.1234567890123456789\n0.30000000000000004\n",
        [(0.1234567890123456789,), (0.1 + 0.2,)],
    ),
    "lists": (f'{DOSES},{STAFF}\n"[10, 25]",6\n"[10.5,25]",6\n', [([10, 25], 6), ([10.5, 25], 6)]),
    "lists between semicolons": (f"{DOSES};{EMPATHY}\n[10, 25];0,4\n", [([10, 25], 0.4)]),
    "no value": (f'{DAYS},{STAFF}\nnull,6\n"[1, 8]",6\n', [(None, 6), ([1, 8], 6)]),
    "yes and no": (f"{PER_KG},{STAFF}\nTrue,6\nFALSE,6\ntrue,6\n", [(True, 6), (False, 6), (True, 6)]),
    "words": (f"{RULE}\nrandom\nbalanced\n", [("random",), ("balanced",)]),
    "a text that looks like a number": (f"{SOURCE}\n007\ntrue\nnan\n", [("007",), ("true",), ("nan",)]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_table_that_can_mean_one_thing_is_read_as_that(name: str, tmp_path: Path) -> None:
    content, expected = RIGHT[name]
    found = values(read(content, tmp_path))
    assert found == expected
    assert [[type(cell) for cell in row] for row in found] == [[type(cell) for cell in row] for row in expected]


# ------------------------------------------------------------------------------------------------------ refused

LONG = "9" * 10_000_000
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a longer row": (f"{BOTH}\n0.1,6\n0.1,6,0.2\n", "line 3: it has 3 cells for 2 columns"),
    "an index without a name": (f",{BOTH}\n0,0.1,6\n", "column 1 has no name"),
    "a shorter row": (f"{BOTH}\n0.1\n", "line 2: it has 1 cell for 2 columns"),
    "thousands without quotes": (f"{BOTH}\n0.1,1,000\n", "line 2: it has 3 cells"),
    "an empty cell": (f"{BOTH}\n0.1,6\n0.1,\n", f"line 3: it leaves {STAFF} empty"),
    "an empty cell in quotes": (f'{BOTH}\n"",6\n', f"line 2: it leaves {EMPATHY} empty"),
    "an empty file": ("", "is empty"),
    "nothing but a mark": ("\ufeff", "is empty"),
    "nothing but line ends": ("\r\n \r\n", "is empty"),
    "a header alone": (f"{BOTH}\n", "holds no points"),
    "roles alone": ("point,block\n1,A\n", "holds no points"),
    "a column twice": (f"{EMPATHY},{STAFF},{EMPATHY} \n0.1,6,0.2\n", f"two columns {EMPATHY}"),
    "a role twice": (f"point,point,{EMPATHY}\n1,1,0.2\n", "two columns point"),
    "an unknown column": (f"{EMPATHY[:-1]}\n0.1\n", f"did you mean {EMPATHY}"),
    "a group of keys": ("assignment,protocol.doses\nx,[25]\n", "assignment is a group of keys"),
    "two separators": (f"{EMPATHY};{STAFF},{RULE}\n0.1;6,random\n", "separates columns by commas and semicolons"),
    "latin-1": (f"{SOURCE},{STAFF}\nx,6\nfür,6\n".encode("latin-1"), "line 3: its letters are not UTF-8"),
    "UTF-16 without a mark": (f"{BOTH}\n0.1,6\n".encode("utf-16-le"), "NUL"),
    "a NUL byte": (f"{BOTH}\n0.1,6\n0.\x001,6\n", "line 3: it holds a byte that no text has"),
    "half a UTF-16 letter": (f"{BOTH}\n0.1,6\n".encode("utf-16")[:-1], "not UTF-8"),
    "an open quote": (f'{BOTH}\n0.1,6\n"0.1,6\n', "line 3: it cannot be split into cells"),
    "letters after a quote": (f'{BOTH}\n"0.1"x,6\n', "line 2: it cannot be split into cells"),
    "a line break in a cell": (f'{RULE},{STAFF}\n"ran\ndom",6\n', f"line 2, {RULE}: 'ran\\ndom' holds a line break"),
    "a line break in a head": ('"protocol\n.doses"\n1\n', "column 1 is called"),
    "ten million letters": (f"{BOTH}\n0.1,6\n0.1,{LONG}\n", "line 3: it cannot be split into cells"),
    "a long head": (f"{'x' * 1000}\n1\n", "column 1 is called"),
    "a decimal comma between commas": (f'{EMPATHY}\n"0,4"\n', f"line 2, {EMPATHY}: '0,4' is no number"),
    "thousands in quotes": (f'{STAFF}\n"1,000"\n', "'1,000' is no number"),
    "thousands between semicolons": (f"{EMPATHY};{STAFF}\n1;1,000\n", f"line 2, {STAFF}: 1,000 may be a thousand"),
    "thousands with points": (f"{EMPATHY};{STAFF}\n1;1.000\n", f"line 2, {STAFF}: 1.000 may be a thousand"),
    "thousands and decimals": (f"{EMPATHY};{STAFF}\n0,4;1.000\n", f"line 2, {EMPATHY}: it holds 0,4 and another"),
    "thousands in one number": (f"{EMPATHY};{STAFF}\n0,4;1.000,5\n", f"line 2, {STAFF}: '1.000,5' is no number"),
    "English thousands": (f'{STAFF}\n"1,000.5"\n', "'1,000.5' is no number"),
    "thousands with spaces": (f"{STAFF}\n1 000\n", "'1 000' is no number"),
    "thousands with hard spaces": (f"{STAFF}\n1\u00a0000\n", "is no number"),
    "Swiss thousands": (f"{STAFF}\n1'000\n", "is no number"),
    "thousands as in Python": (f"{STAFF}\n1_000\n", "'1_000' is no number"),
    "digits of another script": (f"{STAFF}\n\u0661\u0662\n", "is no number"),
    "NaN": (f"{BOTH}\nNaN,6\n", f"line 2, {EMPATHY}: 'NaN' is no number"),
    "infinity": (f"{BOTH}\n-inf,6\n", "'-inf' is no number"),
    "a number that overflows": (f"{BOTH}\n1e999,6\n", "'1e999' is larger than any number"),
    "a malformed list": (f'{DOSES},{STAFF}\n"[10, 25",6\n', f"line 2, {DOSES}: '[10, 25' is no list"),
    "a list in a list": (f'{DOSES}\n"[[10], 25]"\n', "holds more than numbers and words"),
    "a deep list": (f"{DOSES}\n{'[' * 100_000}\n", "is no list"),
    "NaN in a list": (f"{DOSES}\n[NaN]\n", "'[NaN]' is no list"),
    "a list that overflows": (f"{DOSES}\n[1e999]\n", "larger than any number"),
    "a word where a number belongs": (f"{BOTH}\n0.4,6\n40 %,6\n", f"line 3, {EMPATHY}: '40 %' is no number; type one"),
    "true where a number belongs": (f"{BOTH}\n0.4,true\n", f"line 2, {STAFF}: 'True' is no number"),
    "a list where a number belongs": (f"{STAFF}\n[6]\n", f"line 2, {STAFF}: '[6]' is no number"),
    "no value where a number belongs": (f"{STAFF}\nnull\n", f"line 2, {STAFF}: 'null' is no number"),
    "points with words": (f"point,{EMPATHY}\nlow,0.1\nhigh,0.2\n", "line 2: point 'low' is no whole number"),
    "negative points": (f"point,{EMPATHY}\n-1,0.1\n", "point '-1' is no whole number"),
    "huge points": (
        f"point,{EMPATHY}\n2147483648,0.1\n",
        "point '2147483648' is no whole number from 0 to 2,147,483,647",
    ),
    "points beyond every number": (f"point,{EMPATHY}\n{'9' * 5000},0.1\n", "larger than any number"),
    "points that are true": (f"point,{EMPATHY}\ntrue,0.1\n", "point 'True' is no whole number"),
    "broken points": (f"point,{EMPATHY}\n1.5,0.1\n", "point '1.5' is no whole number"),
    "points twice": (f"point,{EMPATHY}\n1,0.1\n2,0.1\n1.0,0.2\n", "line 4: point 1 is there twice"),
    "points without value": (f"point,{EMPATHY}\nnull,0.1\n", "is no whole number"),
    "a list of points": (f'point,{EMPATHY}\n"[1]",0.1\n', "is no whole number"),
    "a base that is a word": (f"base,{EMPATHY}\nmaybe,0.1\n", "line 2: base takes true or false, not 'maybe'"),
    "a broken row": (f"row,{EMPATHY}\n0.5,0.1\n", "line 2: row takes whole numbers"),
    "draws of nothing": (f"draw,{EMPATHY}\n0,0.1\n", "columns of and draw"),
    "names of draws alone": (f"of,{EMPATHY}\n0,0.1\na,0.1\n", "columns of and draw"),
    "draws that are missing": (f"of,draw,{EMPATHY}\n0,0,0.1\n0,1,0.1\n1,0,0.1\n", "columns of and draw"),
    "a Parquet file with another name": (b"PAR1\x00\x01PAR1", "NUL"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_cannot_be_read_is_refused_with_the_cell(name: str, tmp_path: Path) -> None:
    content, said = REFUSED[name]
    assert said in refused(content, tmp_path)


def test_a_number_that_is_not_allowed_is_refused_with_its_point(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(f"{EMPATHY}\n0.4\n1.4\n")
    with pytest.raises(ScenarioError, match=r"point 1 .*1.4 is outside \[0, 1\].*; type a value in that range"):
        Study(design=Design(Kind.file, file=str(tmp_path / "points.csv"))).worlds()


def test_on_the_command_line_it_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("points.csv").write_text(f"{BOTH}\n0.1,6,0.2\n")
    assert main(["run", "design=file", "design.file=points.csv", "out=out"]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "points.csv, line 2" in sentence
    assert [path.name for path in Path().iterdir()] == ["points.csv"]


# ------------------------------------------------------------------------------------------------- no local file


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_only_a_regular_file_is_opened(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"folder.{ending}").mkdir()
    os.mkfifo(f"pipe.{ending}")
    os.symlink("/dev/zero", f"device.{ending}")
    os.symlink("nowhere", f"nowhere.{ending}")
    for name in ("folder", "pipe", "device", "nowhere", "missing", "\0", "x" * 5000):
        with pytest.raises(ScenarioError, match=r"^design\.file=.*(is no file but|cannot be read).*; ") as error:
            Design(Kind.file, file=f"{name}.{ending}").expand(Scenario(), 1)
        assert str(error.value).isprintable()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_address_is_never_fetched(ending: str) -> None:
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def handle(self) -> None:
            asked.append(self.client_address)

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{server.server_port}/points.{ending}"
        for address in (
            f"http://{place}",
            f"HTTP://{place}",
            f"ftp://{place}",
            f"s3://points.{ending}",
            f"file://{place}",
        ):
            with pytest.raises(ScenarioError, match="is an address, and only local files are read"):
                Design(Kind.file, file=address).expand(Scenario(), 1)
        server.shutdown()
    assert asked == []


# ------------------------------------------------------------------------------------------------------- Parquet


def test_a_parquet_table_is_read_to_the_last_bit(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {EMPATHY: [0.1 + 0.2, 0.5], STAFF: [6, 12], DOSES: [[10.0], [10.0, 25.0]], RULE: ["random"] * 2}
    )
    expected = [(0.1 + 0.2, 6, [10.0], "random"), (0.5, 12, [10.0, 25.0], "random")]
    assert values(read(frame, tmp_path, "parquet")) == expected
    indexed = frame.set_index(pd.Index([7, 9]))
    assert values(read(indexed, tmp_path, "parquet")) == expected
    words = frame.assign(**{DOSES: ["[10.0]", "[10.0, 25.0]"]}).astype({RULE: "category"})
    assert values(read(words, tmp_path, "parquet")) == expected


def held(**columns: Any) -> pyarrow.Table:
    return pyarrow.table({name.replace("__", "."): cells for name, cells in columns.items()})


PARQUET: dict[str, tuple[Any, str]] = {
    "no Parquet": (f"{BOTH}\n0.1,6\n", "cannot be read"),
    "empty": (b"", "cannot be read"),
    "its ends alone": (b"PAR1PAR1", "cannot be read"),
    "a record in a cell": (held(protocol__doses=[{"a": 1}]), "protocol.doses: it holds struct"),
    "lists of lists": (held(protocol__doses=[[[1]]]), "protocol.doses: it holds list"),
    "moments": (held(clinicians__number=pd.to_datetime(["2026-01-01"])), "clinicians.number: it holds timestamp"),
    "bytes": (held(assignment__rule=[b"random"]), "assignment.rule: it holds binary"),
    "nothing": (held(clinicians__number=[6, None]), "row 2: it leaves clinicians.number empty"),
    "a column of nothing": (held(clinicians__number=pyarrow.nulls(2)), "row 1: it leaves clinicians.number empty"),
    "NaN": (held(clinicians__empathy__mean=[0.1, np.nan]), "row 2: it leaves clinicians.empathy.mean empty"),
    "infinity": (held(clinicians__empathy__mean=[np.inf]), "row 1, clinicians.empathy.mean: inf is no finite number"),
    "NaN in a list": (held(protocol__doses=[[1.0, np.nan]]), "row 1, protocol.doses: '[1.0, nan]' has an item"),
    "nothing in a list": (held(protocol__doses=[[1.0, None]]), "has an item without a finite value"),
    "no rows": (held(clinicians__number=pyarrow.array([], pyarrow.int32())), "holds no points"),
    "no columns": (pyarrow.table({}), "holds no points"),
    "thousands": (held(clinicians__number=["1,000"]), "'1,000' is no number"),
    "points that are true": (held(point=[True], clinicians__number=[6]), "point 'True' is no whole number"),
    "two columns of one name": (
        pyarrow.Table.from_arrays([pyarrow.array([6]), pyarrow.array([7])], [STAFF, STAFF]),
        "two columns clinicians.number",
    ),
    "too many rows": (held(clinicians__number=np.full(1_000_001, 6)), "use at most 1,000,000 rows"),
}


@pytest.mark.parametrize("name", PARQUET)
def test_a_parquet_table_that_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    content, said = PARQUET[name]
    assert said in refused(content, tmp_path, "parquet")


# --------------------------------------------------------------------------------------- a results folder's design

ARMS = {"plain": {}, "kind": {EMPATHY: 0.8}, "often": {DAYS: [1, 8, 15], "protocol.therapy.sessions": 3}}
OWN: dict[str, Study] = {
    "arms": Study(arms=ARMS, base_arm="plain"),
    "one arm": Study(),
    "arms of other patients": Study(
        arms={"plain": {}, "ptsd": {"patients.source": "1", "protocol.dose_per_kg": True}}, base_arm="plain"
    ),
    "grid": Study(design=Design(Kind.grid, levels={DOSES: [[10.0], [25.0]], RULE: ["random", "balanced"]})),
    "one at a time": Study(design=Design(Kind.one_at_a_time, over=[EMPATHY, STAFF], ranges={STAFF: [6, 24]})),
    "latin hypercube": Study(design=Design(Kind.latin_hypercube, over=[EMPATHY, "parameters.bond.rate"], points=5)),
    "sobol": Study(design=Design(Kind.sobol, over=[EMPATHY, "parameters.bond.rate"], points=2)),
    "draws of arms": Study(arms=ARMS, base_arm="plain", posterior=Posterior(draws=2)),
    "draws of a grid": Study(design=Design(Kind.grid, levels={EMPATHY: [0.4, 0.8]}), posterior=Posterior(draws=2)),
}


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("name", OWN)
def test_the_design_of_a_results_folder_is_a_table_of_points_of_the_same_worlds(
    name: str, ending: str, tmp_path: Path
) -> None:
    study = OWN[name]
    frame = design(study).assign(id="0123456789abcdef")
    path = tmp_path / f"design.{ending}"
    frame.to_parquet(path) if ending == "parquet" else frame.to_csv(path, index=False)
    again = dataclasses.replace(study, design=Design(Kind.file, file=str(path)), posterior=Posterior())
    assert list(again.worlds().values()) == list(study.worlds().values())
    assert [point.number for point in again.points()] == [point.number for point in study.points()]
    kept = [name for name in frame if name not in ("arm", "changes", "id", "of")]
    pd.testing.assert_frame_equal(design(again)[kept], design(study)[kept])


def test_draws_of_draws_are_refused(tmp_path: Path) -> None:
    content = f"of,draw,{EMPATHY}\n0,0,0.1\n"
    (tmp_path / "points.csv").write_text(content)
    study = Study(design=Design(Kind.file, file=str(tmp_path / "points.csv")), posterior=Posterior(draws=2))
    with pytest.raises(ScenarioError, match="leave parameters=posterior out"):
        study.points()


@pytest.mark.parametrize("name", ["arms", "one arm", "draws of arms"])
def test_a_folders_design_is_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    design(OWN[name]).assign(id="0123456789abcdef").to_parquet("design.parquet")
    words = ["design=file", "design.file=design.parquet", "patients.number=5", "clinicians.number=3", "replicates=2"]
    assert main(["run", *words, "engine=numpy", "figures=false", "out=out"]) == 0
    assert main(["precision", "out"]) == 0


# ----------------------------------------------------------------------------------------------------- any table

CELLS = st.one_of(
    st.text(alphabet='0123456789.,;eE+-_ "\t\r\n[]naifutrsl\x00é\u0661', max_size=8),
    st.floats(0, 1).map(repr),
    st.integers(1, 50).map(str),
)


@FEW
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=4), sign=st.sampled_from(",;\t"))
def test_any_table_is_points_or_one_sentence(rows: list[list[str]], sign: str, tmp_path: Path) -> None:
    content = "\n".join([sign.join([EMPATHY, STAFF]), *map(sign.join, rows)])
    try:
        points = read(content, tmp_path)
    except ScenarioError as error:
        one_sentence(error)
    else:
        assert all(list(point.values) == [EMPATHY, STAFF] for point in points)
        json.dumps([plain(point.values) for point in points], allow_nan=False)


@FEW
@given(content=st.binary(max_size=40), ending=st.sampled_from(["csv", "parquet"]))
def test_any_bytes_are_one_sentence(content: bytes, ending: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as error:
        read(content, tmp_path, ending)
    assert str(error.value).isprintable()


@FEW
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5), ending=st.booleans())
def test_any_number_comes_out_as_it_was_written(numbers: list[float], ending: bool, tmp_path: Path) -> None:
    frame = pd.DataFrame({EMPATHY: numbers})
    found = read(frame if ending else frame.to_csv(index=False), tmp_path, "parquet" if ending else "csv")
    assert [point.values[EMPATHY] for point in found] == numbers


@FEW
@given(data=st.data())
def test_a_damaged_parquet_table_is_points_or_one_sentence(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "whole.parquet"
    if not path.exists():
        pd.DataFrame({EMPATHY: [0.1, 0.2], STAFF: [6, 12], RULE: ["random", "balanced"]}).to_parquet(path)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        read(bytes(content), tmp_path, "parquet")
    except AllianceError as error:
        one_sentence(error)


def test_the_posterior_is_read_as_an_open_file(monkeypatch: pytest.MonkeyPatch) -> None:
    posterior.sample.cache_clear()
    monkeypatch.setattr(pd, "read_parquet", lambda given, *_, read=pd.read_parquet: read(_open(given)))
    assert len(posterior.sample()[0]) > 1


def _open(given: Any) -> Any:
    assert not isinstance(given, str | Path)
    return given
