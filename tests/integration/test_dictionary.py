"""Each folder says what its columns are: exactly those that are there, with units, types and ranges that hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

import alliance_sim
from alliance_sim.cli.entry import main
from alliance_sim.study import describing, dictionary, dictionary_of_answers, tables
from alliance_sim.study.dictionary import NUMBER, TRUTH, WHOLE, WORD, YES
from docs.quotes import filled

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "columns.md"
SMALL = ["engine=numpy", "replicates=2", "patients.number=8", "clinicians.number=4", "figures=false"]
QUICK = "ask=[clinicians,distributions]"
LONG = "ask=[behaviours,blinding,cases,heterogeneity,mediation,phases]"
OVER = "design.over=[clinicians.empathy.mean, parameters.bond.rate]"
WORDS = "design.levels={protocol.doses: [[25.0], [1.0]], protocol.drug: [none, psilocybin]}"
STUDIES = {
    "arms with questions": [QUICK],
    "questions that simulate": [LONG],
    "another condition and scale": ["protocol=mapp", "patients=ptsd"],
    "groups": ["protocol=groups_of_six", "patients.number=12"],
    "no drug and one clinician": ["protocol=psychotherapy"],
    "nobody is treated": ["protocol=waitlist"],
    "points of a Sobol design": ["design=sobol", OVER, "design.points=4", "ask=[sobol]"],
    "draws of the posterior": ["posterior.draws=2", "keep=patients"],
    "a planned trial": ["ask=[power]", "power.sizes=[4, 6]", "power.clinicians=[2]", "keep=trials"],
    "words and lists": ["design=grid", WORDS, "keep=trials"],
}  # fmt: skip


LONGER = (
    *("questions that simulate", "no drug and one clinician", "nobody is treated"),
    *("points of a Sobol design", "draws of the posterior"),
)
PARAMETERS = [
    pytest.param(words, id=name, marks=pytest.mark.full if name in LONGER else ()) for name, words in STUDIES.items()
]


@pytest.fixture(scope="module", params=PARAMETERS)
def folder(request, tmp_path_factory):
    """A results folder of each kind."""
    place = tmp_path_factory.mktemp("described") / "study"
    assert main(["run", *SMALL, *request.param, f"out={place}"]) == 0
    return place


def frames(place: Path) -> dict[str, pd.DataFrame]:
    """Every table of a folder, read without this package."""
    kinds = {kind: pd.read_parquet(place / kind) for kind in tables.KINDS if (place / kind).is_dir()}
    answers = {f"answers/{path.stem}": read(path) for path in sorted((place / "answers").glob("*.csv"))}
    design = {"design": pd.read_parquet(place / "design.parquet")}
    planned = {"planned": pd.read_parquet(place / "planned")} if (place / "planned").is_dir() else {}
    return {**design, **kinds, **planned, "summary": read(place / "summary.csv"), **answers}


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def test_the_dictionary_lists_exactly_the_columns_that_are_there(folder):
    listed = read(folder / "columns.csv")
    assert list(listed) == list(describing.Described._fields)
    found = {table: list(frame["column"]) for table, frame in listed.groupby("table")}
    held = frames(folder)
    assert {name: sorted(frame) for name, frame in held.items()} == {name: sorted(own) for name, own in found.items()}
    assert listed["meaning"].str.len().min() > 2
    assert not listed["meaning"].str.contains("own file").any()  # every column of our questions is declared
    assert not listed["computed"].isna().any()


def test_what_the_dictionary_says_of_a_column_holds_in_the_data(folder):
    held = frames(folder)
    for row in read(folder / "columns.csv").itertuples():
        values = held[row.table][row.column].dropna()
        if row.type in (NUMBER, WHOLE, YES):
            numbers = values.to_numpy(dtype=float)
            low, high = (
                np.where(np.isnan(bound), side, bound) for bound, side in ((row.lowest, -np.inf), (row.highest, np.inf))
            )
            rounding = 1e-6 * max(1.0, np.abs(numbers).max(initial=0.0))  # float32 in the files
            assert ((numbers >= low - rounding) & (numbers <= high + rounding)).all(), row
            if row.type != NUMBER:
                assert (numbers == np.round(numbers)).all(), row
        elif row.type == TRUTH:
            assert values.isin([True, False]).all(), row
        else:
            assert WORD in row.type, row
            assert not np.isfinite(row.lowest), row


def test_every_number_of_people_and_trials_has_a_unit(folder):
    listed = read(folder / "columns.csv")
    rows = listed[listed["table"].isin(tables.KINDS) & listed["type"].isin([NUMBER, YES])]
    assert not rows["unit"].isna().any()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["units"]
    assert dict(zip(rows["column"], rows["unit"], strict=True)).items() <= manifest.items()


def test_the_files_carry_units_themselves(folder):
    path = next((folder / "trials").glob("*.parquet"))
    units = json.loads(parquet.read_schema(path).metadata[b"units"])
    assert units["change"].endswith(" points")


def test_the_summary_says_the_unit_of_every_row(folder):
    summary = read(folder / "summary.csv")
    assert not summary["unit"].isna().any()
    results = alliance_sim.load(folder)
    for table, frame in (("outcome", results.summary()), ("contrast", results.contrasts())):
        assert summary.loc[summary["table"] == table, "unit"].tolist() == frame["unit"].tolist()


def test_the_dictionary_is_of_what_the_folder_holds_now(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["run", *SMALL, "patients.number=10", "out=study"]
    assert main([*words, "keep=patients", "ask=[distributions]"]) == 0
    answers = {"answers/distributions", "answers/distributions_quantiles"}
    kept = {"design", "trials", "patients", "summary"}
    assert set(read(Path("study/columns.csv"))["table"]) == kept | answers
    assert main([*words, "keep=patients"]) == 0
    assert set(read(Path("study/columns.csv"))["table"]) == kept


def test_a_folder_without_a_dictionary_is_read_as_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["run", *SMALL, "keep=patients", "out=study"]) == 0
    Path("study/columns.csv").unlink()
    old = read(Path("study/summary.csv")).drop(columns="unit")
    old.to_csv("study/summary.csv", index=False)
    assert main(["verify", "study"]) == 0
    assert alliance_sim.load("study").summary()["unit"].iloc[0] == "MADRS points"
    assert main(["run", *SMALL, "keep=patients", "out=study"]) == 0
    assert Path("study/columns.csv").is_file()


def test_a_scale_that_a_design_varies_has_no_known_range():
    frame = pd.DataFrame(columns=["baseline", "response"])
    worlds = [alliance_sim.Scenario()]
    fixed = describing.described({"patients": frame}, worlds, ["clinicians.empathy.mean"])
    varied = describing.described({"patients": frame}, worlds, ["parameters.instruments.madrs.highest"])
    assert fixed["highest"].tolist() == [60, 1]
    assert np.isnan(varied["highest"][0])
    assert varied["highest"][1] == 1


def test_arms_on_two_scales_share_the_wider_range_and_name_both():
    worlds = [alliance_sim.Scenario(), alliance_sim.Scenario(protocol="mapp", patients="ptsd")]
    found = describing.described({"patients": pd.DataFrame(columns=["change"])}, worlds, [])
    assert found.loc[0, ["unit", "lowest", "highest"]].tolist() == ["MADRS or CAPS-5 points", -80, 80]


def test_the_page_shows_every_declaration_and_is_as_the_code_has_it():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text) == text, "type: python -m docs.quotes docs/reference/columns.md"
    groups = [columns for groups in dictionary.GROUPS.values() for columns, _ in groups]
    groups += [getattr(dictionary_of_answers, name) for name in ("DESIGN", "SUMMARY", "ANSWERS", "PLANNED")]
    assert all(f"\n| `{name}` |" in text for columns in groups for name in columns)


def test_what_is_declared_is_what_is_written():
    for kind, written in tables.COLUMNS.items():
        assert set(describing.declared(kind)) - set(dictionary.IDS) == set(written)
