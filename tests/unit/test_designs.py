"""Designs: which points each kind makes, how they grow, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from alliance_sim.errors import ScenarioError
from alliance_sim.study import points_table
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Design, Kind, Point
from alliance_sim.study.runner import design
from alliance_sim.world.scenario import Scenario

EMPATHY, STAFF, RATE = "clinicians.empathy.mean", "clinicians.number", "parameters.bond.rate"


def points(kind: str, seed: int = 1, **values: Any) -> list[Point]:
    return Design(Kind(kind), **values).expand(Scenario(), seed)


def column(made: list[Point], key: str) -> list[Any]:
    return [point.values[key] for point in made]


def test_arms_are_points_with_names() -> None:
    study = Study(arms={"plain": {}, "kind": {EMPATHY: 0.8}}, base_arm="plain")
    assert [(point.number, point.name, point.label) for point in study.points()] == [
        (0, "plain", "plain"),
        (1, "kind", "kind"),
    ]
    assert study.worlds() == study.scenarios()


def test_a_grid_holds_every_combination_of_levels() -> None:
    made = points("grid", levels={EMPATHY: [0.4, 0.62], "assignment.rule": ["random", "balanced"], STAFF: [12]})
    assert [tuple(point.values.values()) for point in made] == [
        (0.4, "random", 12),
        (0.4, "balanced", 12),
        (0.62, "random", 12),
        (0.62, "balanced", 12),
    ]


def test_a_grid_steps_evenly_through_ranges_and_whole_numbers_stay_whole() -> None:
    made = points("grid", over=[EMPATHY, STAFF], steps=3, ranges={EMPATHY: [0.4, 0.8], STAFF: [3, 6]})
    assert sorted(set(column(made, EMPATHY))) == pytest.approx([0.4, 0.6, 0.8])
    assert sorted(set(column(made, STAFF))) == [3, 4, 6]
    assert all(isinstance(value, int) for value in column(made, STAFF))


def test_one_at_a_time_varies_one_key_around_the_base() -> None:
    made = points("one_at_a_time", over=[EMPATHY, STAFF], ranges={EMPATHY: [0.4, 0.8], STAFF: [6, 24]})
    base = {EMPATHY: 0.62, STAFF: 12}
    assert made[0].values == base
    assert [point.roles["base"] for point in made] == [True, False, False, False, False]
    for point in made[1:]:
        assert [key for key in base if point.values[key] != base[key]] == [point.roles["varied"]]


def test_one_at_a_time_varies_words_and_lists_too() -> None:
    levels = {"assignment.rule": ["random", "balanced"], "protocol.doses": [[10.0], [25.0]]}
    study = Study(design=Design(Kind.one_at_a_time, levels=levels))
    assert [tuple(point.values.values()) for point in study.points()] == [
        ("balanced", [25.0]),
        ("random", [25.0]),
        ("balanced", [10.0]),
    ]
    assert design(study)["assignment.rule"].tolist() == ["balanced", "random", "balanced"]


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_key() -> None:
    made = points("latin_hypercube", over=[EMPATHY, RATE], points=16, ranges={EMPATHY: [0.2, 0.8]})
    slices = np.floor((np.array(column(made, EMPATHY)) - 0.2) / 0.6 * 16)
    assert sorted(slices) == list(range(16))


def test_a_sobol_design_is_saltellis_scheme() -> None:
    keys = [EMPATHY, RATE, STAFF]
    made = points("sobol", over=keys, points=8)
    assert len(made) == 8 * (3 + 2)
    assert [point.number for point in made] == list(range(40))
    for row in range(8):
        own = {point.roles["block"]: point.values for point in made if point.roles["row"] == row}
        for place, key in enumerate(keys):
            assert own[f"AB_{place + 1}"] == {**own["A"], key: own["B"][key]}


def test_more_sobol_points_leave_the_first_as_they_were() -> None:
    few, many = (points("sobol", over=[EMPATHY, RATE], points=count) for count in (8, 16))
    assert many[: len(few)] == few


def test_each_whole_number_of_a_range_is_drawn_equally_often() -> None:
    made = points(
        "sobol", over=["protocol.preparation.sessions"], points=64, ranges={"protocol.preparation.sessions": [0, 3]}
    )
    first = [point for point in made if point.roles["block"] == "A"]
    assert np.bincount(column(first, "protocol.preparation.sessions")).tolist() == [16, 16, 16, 16]


def test_the_seed_decides_random_points() -> None:
    one, again, other = (points("sobol", seed, over=[EMPATHY], points=4) for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_brings_points_with_their_numbers_and_roles(ending: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"point": [4, 2], "block": ["A", "B"], EMPATHY: [0.4, 0.5], STAFF: [6, 12]})
    path = tmp_path / f"points.{ending}"
    table.to_csv(path, index=False) if ending == "csv" else table.to_parquet(path)
    made = points("file", file=str(path))
    assert [point.number for point in made] == [4, 2]
    assert [point.values for point in made] == [{EMPATHY: 0.4, STAFF: 6}, {EMPATHY: 0.5, STAFF: 12}]
    assert [point.roles for point in made] == [{"block": "A"}, {"block": "B"}]


def test_a_design_varies_the_base_arm() -> None:
    design = Design(Kind.grid, levels={EMPATHY: [0.4]})
    study = Study(arms={"few": {"patients.number": 7}, "many": {}}, base_arm="few", design=design)
    assert study.worlds()[0].patients.number == 7


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"kind": "sobol", "points": 4}, "names no key"),
    "unknown key": ({"kind": "grid", "over": ["clinicians.empaty.mean"]}, "did you mean clinicians.empathy.mean"),
    "key twice": ({"kind": "grid", "over": [EMPATHY, EMPATHY]}, "twice"),
    "no range": ({"kind": "grid", "over": ["assignment.rule"]}, "design.levels"),
    "no power of two": ({"kind": "sobol", "over": [EMPATHY], "points": 100}, "design.points=64 or design.points=128"),
    "no points": ({"kind": "latin_hypercube", "over": [EMPATHY]}, "such as design.points=64"),
    "range of another key": ({"kind": "grid", "over": [STAFF], "ranges": {EMPATHY: [0, 1]}}, "does not name it"),
    "range and levels": ({"kind": "grid", "levels": {EMPATHY: [0]}, "ranges": {EMPATHY: [0, 1]}}, "lists its values"),
    "range upside down": ({"kind": "grid", "over": [EMPATHY], "ranges": {EMPATHY: [0.8, 0.4]}}, "low before high"),
    "range too wide": ({"kind": "grid", "over": [EMPATHY], "ranges": {EMPATHY: [0, 2]}}, "beyond [0, 1]"),
    "broken range of a whole number": ({"kind": "grid", "over": [STAFF], "ranges": {STAFF: [1.5, 3]}}, "whole ends"),
    "levels no list": ({"kind": "grid", "levels": {EMPATHY: 0.4}}, "no list of values"),
    "idle key": ({"kind": "sobol", "over": [EMPATHY], "points": 4, "levels": {STAFF: [3]}}, "design=grid or design="),
    "points of arms": ({"kind": "arms", "points": 4}, "design=latin_hypercube or design=sobol"),
    "too large a grid": (
        {"kind": "grid", "over": [EMPATHY, RATE], "steps": 1000, "levels": {STAFF: [1, 2]}},
        "at most",
    ),
    "no file": ({"kind": "file"}, "names no file"),
    "neither csv nor parquet": ({"kind": "file", "file": "points.xlsx"}, "neither .csv nor .parquet"),
    "missing file": ({"kind": "file", "file": "missing.csv"}, "cannot be read"),
}


@pytest.mark.parametrize(("values", "said"), BAD.values(), ids=BAD.keys())
def test_a_contradictory_design_is_refused_in_one_sentence(values: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match=r".") as raised:
        points(**values)
    assert said in str(raised.value)


CELLS = st.one_of(
    st.sampled_from(
        ["7", "-7", "+7", "007", "1e5", "1.", ".5", "-0", "-0.0", "null", "true", "a b", "[1,2]", "nan", ""]
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers().map(str),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(data=st.data(), end=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_a_clean_table_is_read_column_by_column_as_it_is_row_by_row(data: st.DataObject, end: str, last: bool) -> None:
    heads = data.draw(st.lists(st.sampled_from([EMPATHY, STAFF, "a", " b", "point"]), min_size=1, unique=True))
    row = st.lists(CELLS, min_size=len(heads), max_size=len(heads))
    rows = [heads, *data.draw(st.lists(row, min_size=1, max_size=5))]
    content = (end.join(map(",".join, rows)) + end * last).encode()
    found = points_table._clean_csv(content, ["a"])
    if found is None:
        return
    expected = points_table._csv(content, ["a"])
    assert found.heads == expected.heads
    assert list(found.places) == expected.places
    assert [list(map(repr, column)) for column in found.columns] == [
        list(map(repr, column)) for column in expected.columns
    ]


def test_a_table_of_numbers_and_words_is_clean() -> None:
    """The control of the test above."""
    assert points_table._clean_csv(f"{EMPATHY},{STAFF},a\n0.5,4,b c\n".encode(), ["a"]) is not None


def test_an_empty_cell_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(f"{EMPATHY},{STAFF}\n0.4,6\n0.5,\n")
    with pytest.raises(ScenarioError, match=r"line 3: it leaves clinicians.number empty"):
        points("file", file=str(tmp_path / "points.csv"))


def test_a_point_that_is_no_valid_world_is_named() -> None:
    design = Design(Kind.grid, levels={STAFF: [12, 1]})
    with pytest.raises(ScenarioError, match=r"point 1 \(clinicians.number=1\)"):
        Study(design=design).worlds()
