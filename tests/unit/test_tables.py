"""Tables as people read them."""

import io

import pandas as pd
import pytest

from alliance_sim.report import console
from alliance_sim.report.tables import Table, estimates_table

ROWS = "quantity,estimate,mcse,lower,upper,unit\nshare,0.052,0.007,0.037,0.066,{}\n"


@pytest.mark.parametrize(("unit", "said"), [("1", ""), ("MADRS points", "MADRS points")])
def test_a_pure_number_has_no_unit_also_where_the_table_came_from_a_file(unit, said):
    frame = pd.read_csv(io.StringIO(ROWS.format(unit)))
    one = estimates_table(frame, "Shares", ["quantity"])
    assert one.rows == [["share", "0.052 ± 0.007", "0.037 to 0.066"]]  # what holds for all rows stands in the caption
    assert one.caption == ("Shares" if said == "" else f"Shares ({said})")
    both = pd.concat([frame, frame.assign(quantity="other", unit="days")])
    assert [row[-1] for row in estimates_table(both, "Shares", ["quantity"]).rows] == [said, "days"]


def test_a_note_keeps_its_column_and_a_column_of_one_word_goes_into_the_caption():
    frame = pd.read_csv(io.StringIO(ROWS.format("days"))).assign(arm=["a"], note=["may be noise"])
    frame = pd.concat([frame, frame.assign(arm="b", note=None)])
    made = estimates_table(frame, "Shares", ["arm", "quantity"])
    assert made.caption == "Shares: share (days)"
    assert made.heads == ["Arm", "Estimate ± error", "95 % interval", "Note"]
    assert [row[-1] for row in made.rows] == ["may be noise", ""]


@pytest.mark.parametrize("wide", [60, 80, 100])
def test_a_table_stands_once_on_the_console_however_wide_it_is(wide, monkeypatch):
    monkeypatch.setattr(console, "columns", lambda: wide)
    long = "0.79 − 0.45: at protocol.doses=[25] less at protocol.doses=[1]"
    rows = [[long, f"measure {place}", "−0.55 ± 0.02", "−0.59 to −0.52", "percentage points"] for place in range(3)]
    heads = ["Contrast", "Measure", "Estimate ± error", "95 % interval", "Unit"]
    text = console.text(Table("Effects", heads, [0, 0, 1, 1, 0], rows))
    assert all(len(line) <= wide for line in text.splitlines())
    assert text.count("0.79 − 0.45") == 3
    assert text.count("−0.55 ± 0.02") == text.count("percentage points") == 3
