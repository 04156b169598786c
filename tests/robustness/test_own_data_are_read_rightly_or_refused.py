"""One's own data: malformed files are refused in one sentence, before anything is written; no row goes anywhere."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow
import pytest
from pyarrow import parquet

from alliance_sim.cli.entry import main

HEAD = "patient,day,madrs\n"
FINE = "".join(f"p{place},{day},{31 - day % 7}\n" for place in range(6) for day in (0, 37))


def csv(text, encoding="utf-8"):
    return lambda path: path.write_bytes(text.encode(encoding))


def sheet(*rows, sheets=("Sheet",)):
    def write(path):
        book = openpyxl.Workbook()
        for name in sheets:
            own = book.active if name == "Sheet" else book.create_sheet(name)
            for row in rows:
                own.append(row)
        book.save(path)

    return write


def table(columns):
    return lambda path: parquet.write_table(pyarrow.table(columns), path)


def bomb(path):
    """A workbook with entities that unfold."""
    sheet(("patient", "day", "madrs"), ("a", 0, 30))(path)
    room = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            held = old.read(part)
            if part.filename == "xl/workbook.xml":
                held = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + held
            new.writestr(part.filename, held)
    path.write_bytes(room.getvalue())


def vast(path):
    """A workbook that unpacks to more than is read."""
    sheet(("patient", "day", "madrs"), ("a", 0, 30))(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as held, held.open("xl/media/image1.png", "w") as part:
        for _ in range(310):
            part.write(bytes(1_000_000))


NESTED = pyarrow.array([{"a": 1.0}], pyarrow.struct([("a", pyarrow.float64())]))
# Name, how it is written, further words, and what the sentence says.
MALFORMED = {
    "empty": ("own.csv", csv(""), (), "is empty; give patient, day or session"),
    "names of columns alone": ("own.csv", csv(HEAD), (), "no row; give a row"),
    "a score twice": ("own.csv", csv(f"{HEAD}a,0,30\na,0,31\n"), (), "line 3, madrs: the patient has a score of MADRS"),
    "twice in long form": (
        "own.csv",
        csv("patient,day,instrument,score\na,0,MADRS,30\na,0,madrs,30\n"),
        (),
        "line 3, score: the patient has a score of MADRS",
    ),
    "no known column": ("own.csv", csv("patient,day,foo\na,0,3\n"), (), "no score of an instrument of the model (foo"),
    "no patient": ("own.csv", csv("who,day,madrs\na,0,3\n"), (), "no column that names patients; its columns are: who"),
    "no time": ("own.csv", csv("patient,madrs\na,3\n"), (), "no column for day, date or session"),
    "an empty patient": (
        "own.csv",
        csv(f"{HEAD}a,0,30\n,7,30\n"),
        (),
        "line 3, patient: it is empty",
    ),
    "an empty day": ("own.csv", csv(f"{HEAD}a,,30\n"), (), "line 2, day: it is empty; say of each row when"),
    "text among numbers": ("own.csv", csv(f"{HEAD}a,0,severe\n"), (), "line 2, madrs: 'severe' is no number"),
    "text for a day": ("own.csv", csv(f"{HEAD}a,week 3,30\n"), (), "line 2, day: 'week 3' is no date"),
    "thousand or decimal": (
        "own.csv",
        csv("patient;day;madrs\na;0;1.000\n"),
        (),
        "line 2, madrs: 1.000 may be a thousand or a decimal",
    ),
    "two decimal signs": ("own.csv", csv("patient;day;wai\na;0;3,5\nb;0;3.5\n"), (), "holds 3,5 and another cell 3.5"),
    "two separators": ("own.csv", csv("patient;day,madrs\na;0,30\n"), (), "it separates columns by commas and semi"),
    "too many cells": ("own.csv", csv(f"{HEAD}a,0,30,4\n"), (), "line 2: it has 4 cells for 3 columns"),
    "out of range": ("own.csv", csv(f"{HEAD}a,0,75\n"), (), "75 is outside 0 to 60, the range of MADRS"),
    "a sum of the WAI": ("own.csv", csv("patient,day,wai\na,0,48\n"), (), "divide a sum by the number of items"),
    "before day 0": ("own.csv", csv(f"{HEAD}a,-7,30\n"), (), "-7 lies before day 0"),
    "a day beyond": ("own.csv", csv(f"{HEAD}a,99999,30\n"), (), "'99999' is no day"),
    "two arms": (
        "own.csv",
        csv("patient,arm,day,madrs\na,x,0,30\na,y,7,30\n"),
        ("data.arms={x: base, y: base}",),
        "line 3, arm: the patient has another arm above",
    ),
    "no arm": ("own.csv", csv("patient,arm,day,madrs\na,,0,30\n"), (), "line 2, arm: it is empty"),
    "an arm of no study": (
        "own.csv",
        csv("patient,arm,day,madrs\na,x,0,30\n"),
        (),
        "arm 'x' of the data is no arm of the study",
    ),
    "binary": ("own.csv", lambda path: path.write_bytes(bytes(range(256)) * 20), (), "letters are not UTF-8"),
    "not UTF-8": ("own.csv", csv("patient,day,madrs\nMüller,0,30\n", "latin-1"), (), "line 2: its letters are not UTF"),
    "wrong ending": ("own.txt", csv(HEAD + FINE), (), "is neither .csv, .parquet nor .xlsx"),
    "no file": ("own.csv", lambda path: None, (), "cannot be read (No such file"),
    "a folder": ("own.csv", lambda path: path.mkdir(), (), "is no file but a folder"),
    "an address": ("", lambda path: None, ("data=https://example.org/own.csv",), "is an address"),
    "not a number": ("own.csv", csv(f"{HEAD}a,0,inf\n"), (), "line 2, madrs: 'inf' is no number"),
    "infinite": ("own.parquet", table({"patient": ["a"], "day": [0], "madrs": [np.inf]}), (), "is no finite number"),
    "nested": ("own.parquet", table({"patient": ["a"], "day": [0], "madrs": NESTED}), (), "madrs: it holds struct"),
    "lists": (
        "own.parquet",
        table({"patient": ["a"], "day": [0], "madrs": [[3.0]]}),
        (),
        "madrs: '[3.0]' is no number",
    ),
    "no Parquet": ("own.parquet", csv(HEAD + FINE), (), "cannot be read (Parquet magic bytes"),
    "mixed dates": (
        "own.csv",
        csv("patient,date,madrs\na,2024-03-01,30\na,14.03.2024,20\n"),
        (),
        "line 3, date: '14.03.2024' is of another form",
    ),
    "day or month": ("own.csv", csv("patient,date,madrs\na,03/04/2024,30\na,05/06/2024,2\n"), (), "day/month/year or"),
    "a part of a day": (
        "own.csv",
        csv(f"{HEAD}a,0,30\na,0.4,20\n"),
        (),
        "line 3, day: 0.4 is no whole day; type whole",
    ),
    "weeks": ("own.csv", csv("patient,week,madrs\na,1,30\n"), ("data.columns={day: week}",), "seems to hold weeks"),
    "a year of two digits": ("own.csv", csv("patient,date,madrs\na,31.03.24,30\n"), (), "has a year of two digits"),
    "a year of no visit": ("own.csv", csv("patient,date,madrs\na,0024-03-31,30\n"), (), "'0024-03-31' is no date"),
    "dates against days": (
        "own.csv",
        csv("patient,date,day,madrs\na,2024-03-01,0,30\na,2024-03-09,1,20\n"),
        (),
        "line 3, date: it lies another number of days",
    ),
    "a word for dropout": ("own.csv", csv("patient,day,madrs,dropout\na,0,30,yes\n"), (), "type 1 for a patient"),
    "half a dropout": ("own.csv", csv("patient,day,madrs,dropout\na,0,30,0.5\n"), (), "0.5 is neither 0 nor 1"),
    "no such date": ("own.csv", csv("patient,date,madrs\na,2024-02-31,30\n"), (), "'2024-02-31' is no date"),
    "a column that is not there": ("own.csv", csv(HEAD + FINE), ("data.columns={wai: Bond}",), "no column 'Bond'"),
    "an unknown instrument": (
        "own.csv",
        csv(HEAD + FINE),
        ("data.columns={phq: x}",),
        "there is no 'phq'; choose",
    ),
    "columns alike": (
        "own.csv",
        csv("ID,subject,day,madrs\na,a,0,3\n"),
        (),
        "columns ID and subject both mean",
    ),
    "a column twice": ("own.csv", csv("patient,day,madrs,madrs\na,0,3,3\n"), (), "it has two columns madrs"),
    "a formula": ("own.xlsx", sheet(("patient", "day", "madrs"), ("a", 0, "=1+2")), (), "cell C2: it holds a formula"),
    "an error": (
        "own.xlsx",
        sheet(("patient", "day", "madrs"), ("a", 0, "#DIV/0!")),
        (),
        "C2: it holds the error",
    ),
    "several sheets": (
        "own.xlsx",
        sheet(("patient", "day", "madrs"), ("a", 0, 3), sheets=("Sheet", "More")),
        (),
        "has several sheets: Sheet, More; name one, such as data.sheet=",
    ),
    "no such sheet": ("own.xlsx", sheet(("patient", "day")), ("data.sheet=Two",), "has no sheet 'Two'"),
    "a password": (
        "own.xlsx",
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(500)),
        (),
        "locked by a",
    ),
    "a broken workbook": ("own.xlsx", lambda path: path.write_bytes(b"PK\x03\x04" + bytes(500)), (), "is no workbook"),
    "entities": ("own.xlsx", bomb, (), "declares entities"),
    "vast": ("own.xlsx", vast, (), "unpacks to 310,0"),
    "a mapping that is none": ("own.csv", csv(HEAD + FINE), ("data.columns=patient",), "is no mapping; write it as"),
    "a key that is none": ("own.csv", csv(HEAD + FINE), ("data.windows=3",), "there is no key 'data.windows'"),
    "days of nobody's course": ("own.csv", csv(f"{HEAD}a,900,30\n"), (), "of the data nothing can be compared"),
    "dates from the dose": (
        "own.csv",
        csv("patient,date,madrs\na,2024-03-01,30\n"),
        ("data.anchor=last_dose",),
        "dates count from each patient's first",
    ),
    "a key of run": ("own.csv", csv(HEAD + FINE), ("ask=[power]",), "ask means nothing to compare; leave it out"),
    "a size": ("own.csv", csv(HEAD + FINE), ("patients.number=60",), "as many patients as your data; leave it out"),
    "too few trials": ("own.csv", csv(HEAD + FINE), ("replicates=10",), "type replicates=40 or more"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_malformed_is_refused_in_one_sentence(kind, tmp_path, monkeypatch, capsys):
    name, write, words, said = MALFORMED[kind]
    monkeypatch.chdir(tmp_path)
    write(tmp_path / name)
    before = sorted(tmp_path.rglob("*"))
    typed = [word for word in words if word.startswith("data=")] or [f"data={name}"]
    code = main(["compare", *typed, *(word for word in words if not word.startswith("data=")), "engine=numpy"])
    heard = capsys.readouterr()
    assert code == 2, heard
    assert heard.out == ""
    assert said in heard.err
    assert heard.err.count("\n") == 1
    assert len(heard.err) < 500
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["a byte order mark", "a link", "UTF-16", "empty lines", "a space around"])
def test_what_can_be_read_in_one_way_only_is_read(kind, tmp_path, monkeypatch):
    from alliance_sim.calibration.own import data
    from alliance_sim.calibration.own.source import Source

    monkeypatch.chdir(tmp_path)
    text, path = HEAD + FINE, tmp_path / "own.csv"
    if kind == "a link":
        (tmp_path / "real.csv").write_text(text)
        path.symlink_to(tmp_path / "real.csv")
    elif kind == "UTF-16":
        path.write_bytes(text.encode("utf-16"))
    else:
        path.write_text(
            {
                "a byte order mark": "\ufeff" + text,
                "empty lines": text.replace("\n", "\n\n") + "\n\n",
                "a space around": text.replace(",", " , "),
            }[kind],
            encoding="utf-8",
        )
    read = data.read(Source(file="own.csv"))
    assert len(read.scores) == 12
    assert read.scores["value"].sum() == pytest.approx(sum(31 - day % 7 for day in (0, 37)) * 6)


PLANTED = ("Ottilie-Querfurth", "Dr-Wolkenstein")  # of a patient, of a clinician


def planted_trial(path):
    """Thirteen patients with names and values that stand out."""
    rng = np.random.default_rng(4)
    rows = []
    for place in range(13):
        who = PLANTED[0] if place == 7 else f"Subject-{place:02d}-XK"
        staff = PLANTED[1] if place % 4 == 3 else f"Therapist-{place % 4}-XK"
        for day in (0, 17, 37, 58):
            score = round(float(rng.uniform(24, 40)) / (1 + (day > 0)), 6)
            rows.append((who, staff, day, score if place != 7 else 27.182818 + day / 1000, round(rng.uniform(2, 5), 6)))
    frame = pd.DataFrame(rows, columns=["patient", "clinician", "day", "madrs", "wai"])
    frame.to_csv(path, index=False)
    return frame


def test_no_row_of_the_data_is_in_any_file_that_is_written(tmp_path, monkeypatch, capsys):
    """Names and values of patients, planted, are sought in every file, figures and their metadata among them."""
    monkeypatch.chdir(tmp_path)
    frame = planted_trial(tmp_path / "own.csv")
    assert main(["compare", "data=own.csv", "replicates=40", "engine=numpy", "out=out"]) == 0
    heard = capsys.readouterr().out
    names = {*PLANTED, "-XK", *frame["patient"], *frame["clinician"]}
    values = {repr(value) for column in ("madrs", "wai") for value in frame[column]} | {"27.18"}
    files = [path for path in Path("out").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".csv", ".html", ".png", ".svg"}
    for path in files:
        held = path.read_bytes()
        text = held.decode("latin-1")
        if path.suffix == ".html":  # what figures say is inside, in another alphabet
            import base64

            text += "".join(base64.b64decode(part).decode() for part in re.findall(r"base64,([\w+/=]+)", text))
        for word in names | values:
            assert word not in text, (path, word)
    assert not any(word in heard for word in names | values)


def test_every_number_that_is_written_is_of_five_patients_or_more(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planted_trial(tmp_path / "own.csv")
    assert main(["compare", "data=own.csv", "replicates=40", "engine=numpy", "out=out", "figures=false"]) == 0
    assert pd.read_csv("out/comparison.csv")["patients"].min() >= 5
