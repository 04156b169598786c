"""Points as columns: their worlds, addresses, groups, arrays and refusals are those of worlds made one by one."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from alliance_sim.engine.arms import Arms
from alliance_sim.errors import ScenarioError
from alliance_sim.model.records import flat
from alliance_sim.model.registry import known_keys, parameters
from alliance_sim.study.columns import Column, Points
from alliance_sim.study.engines import patients, visits
from alliance_sim.study.identity import point_ids
from alliance_sim.study.point_worlds import PointWorlds, one_world, worlds_of
from alliance_sim.study.runner import groups
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario
from tests.worlds import world

OFTEN = settings(derandomize=True, deadline=None, max_examples=150)
NUMBERS = {row.key: row for row in parameters(Scenario())}
SMALL = {
    "patients.number": st.integers(1, 80),
    "clinicians.number": st.integers(1, 6),
    "clinicians.max_caseload": st.integers(5, 30),
    "protocol.preparation.sessions": st.integers(0, 4),
    "protocol.dosing.sessions": st.integers(0, 2),
    "protocol.entry.lowest": st.floats(10, 40),
    "protocol.entry.highest": st.floats(20, 60),
    "parameters.instruments.madrs.highest": st.floats(30, 90),
}
WORDS: dict[str, Any] = {
    "assignment.rule": st.sampled_from(["random", "balanced", "attachment"]),
    "patients.condition": st.sampled_from(["depression", "ptsd", "anxiety"]),
    "patients.source": st.sampled_from(["here", "elsewhere"]),
    "protocol.drug": st.sampled_from(["none", "psilocybin", "mdma"]),
    "protocol.doses": st.sampled_from([[10], [25.0], [10.0, 25.0], []]),
    "protocol.preparation.days": st.sampled_from([None, [1, 5], [5, 1]]),
    "protocol.assessments.days": st.sampled_from([[21], [7, 21], [21, 21]]),
    "protocol.dose_per_kg": st.booleans(),
    "protocol.entry.scale": st.sampled_from(["madrs", "grid_hamd"]),
    "protocol.name": st.sampled_from(["é", "b"]),
}


CELLS = st.one_of(st.integers(), st.floats(), st.booleans(), st.text(), st.none(), st.lists(st.floats()))


def cells(key: str) -> st.SearchStrategy[Any]:
    """Values of a key, most of them allowed, with the types that tables and lists give them."""
    if key in WORDS:
        return WORDS[key]
    row = NUMBERS[key]
    if key in SMALL:
        return SMALL[key]
    if isinstance(row.default, int):
        return st.integers(int(row.lower), min(int(row.upper), int(row.lower) + 40))
    inside = st.floats(row.lower, row.upper)
    return st.one_of(inside, inside, st.sampled_from([row.default, row.lower, 0, 1, -0.0, 1e9]))


@st.composite
def designs(draw: st.DrawFn) -> Points:
    """A few points over a few keys of any kind."""
    keys = draw(st.lists(st.sampled_from([*NUMBERS, *SMALL, *WORDS]), min_size=1, max_size=5, unique=True))
    count = draw(st.integers(1, 6))
    columns = {key: Column.of(draw(st.lists(cells(key), min_size=count, max_size=count))) for key in keys}
    numbers = draw(st.permutations(range(3, 3 + count)))
    return Points(np.array(numbers), columns)


def one_by_one(base: Scenario, points: Points) -> dict[Any, Scenario]:
    known = set(known_keys(base))
    return {point.number: one_world(base, point, known) for point in points}


def refusal(make: Callable[[Scenario, Points], Any], base: Scenario, points: Points) -> str:
    """Why points are no worlds; empty if they are."""
    try:
        make(base, points)
    except ScenarioError as error:
        return str(error)
    return ""


def equal(found: Arms, arms: list[Scenario]) -> None:
    """See that an engine reads of points what it reads of their worlds, to the last bit."""
    np.testing.assert_array_equal(found.numbers, np.stack([flat(arm.numbers()) for arm in arms], 1))
    np.testing.assert_array_equal(found.sample, np.stack([flat(arm.sample()) for arm in arms], 1))
    np.testing.assert_array_equal(found.levels, np.stack([flat(arm.skill_levels()) for arm in arms], 1))
    assert found.shares.tolist() == [arm.protocol.co_share for arm in arms]
    assert found.caseloads.tolist() == [arm.clinicians.max_caseload for arm in arms]
    assert list(found.rules) == [arm.assignment.rule for arm in arms]
    assert found.base == arms[0]


@OFTEN
@given(points=designs(), base=st.sampled_from([world(), world("mapp", "ptsd")]))
def test_points_of_any_key_are_the_worlds_made_one_by_one_or_refused_as_they_are(
    points: Points, base: Scenario
) -> None:
    refusals = [refusal(one_by_one, base, points), refusal(worlds_of, base, points)]
    assert refusals[0] == refusals[1]
    if refusals[0]:
        return
    expected, found = one_by_one(base, points), worlds_of(base, points)
    assert isinstance(found, PointWorlds)
    assert list(found) == list(expected)
    assert list(found.values()) == list(expected.values())
    assert point_ids(found, 1) == point_ids(expected, 1)
    assert groups(found) == groups(expected)
    assert (visits(found, 2), patients(found)) == (visits(expected, 2), patients(expected))
    equal(found.arms(), list(expected.values()))
    some = list(expected)[::-2]
    part = pickle.loads(pickle.dumps(found.part(some)))
    assert dict(part) == {label: expected[label] for label in some}
    equal(part.arms(), [expected[label] for label in some])


@pytest.mark.parametrize("base", [world(), world("mapp", "ptsd")], ids=["comp001", "mapp"])
@pytest.mark.parametrize("key", NUMBERS)
def test_every_number_of_a_scenario_is_a_column(key: str, base: Scenario) -> None:
    row = {row.key: row for row in parameters(base)}[key]
    values = [row.default, *(row.default + (end - row.default) * 0.01 for end in (row.lower, row.upper))]
    if isinstance(row.default, int):
        values = [row.default, row.default + 1, max(int(row.lower), row.default - 1)]
    points = Points(np.arange(3), {key: Column.of(values)})
    try:
        expected = one_by_one(base, points)
    except ScenarioError:
        points = points[:1]
        expected = one_by_one(base, points)
    found = worlds_of(base, points)
    assert isinstance(found, PointWorlds)
    assert point_ids(found, 1) == point_ids(expected, 1)
    assert groups(found) == groups(expected)
    equal(found.arms(), list(expected.values()))


def test_a_group_of_keys_named_by_its_file_is_a_column_too() -> None:
    points = Points(np.arange(4), {"protocol": Column.of(["mapp", "comp001", "mapp", "comp001"])})
    found, expected = worlds_of(Scenario(), points), one_by_one(Scenario(), points)
    assert isinstance(found, PointWorlds)
    assert dict(found) == expected
    assert point_ids(found, 1) == point_ids(expected, 1)
    assert groups(found) == [[0, 2], [1, 3]]


def test_a_mapping_sets_keys_of_its_own() -> None:
    points = Points(np.arange(2), {"clinicians": Column.of([{"number": 4}, "strong_bond"])})
    found = worlds_of(Scenario(), points)
    assert [held.clinicians.number for held in found.values()] == [4, 12]


def test_parts_of_a_key_that_is_set_too_are_refused() -> None:
    points = Points(np.arange(1), {"policy": Column.of(["usual"]), "policy.share": Column.of([0.2])})
    with pytest.raises(ScenarioError, match=r"point 0 .*policy.share is a part of policy, which is set too"):
        worlds_of(Scenario(), points)


def test_a_world_that_is_asked_for_is_checked_and_its_own() -> None:
    found = worlds_of(Scenario(), Points(np.array([7]), {"patients.number": Column.of([30])}))
    assert found[7] == changed(Scenario(), {"patients.number": 30})
    assert found[7].protocol == Scenario().protocol
    with pytest.raises(KeyError):
        found[8]


@given(
    cells=st.lists(st.one_of(st.integers(), st.floats(), st.booleans(), st.text(), st.none(), st.lists(st.floats())))
)
def test_a_column_gives_back_its_cells_with_their_types(cells: list[Any]) -> None:
    column = Column.of(cells)
    for some, expected in ((column, cells), (column.take(np.arange(len(cells))[::-1]), cells[::-1])):
        assert list(map(repr, some)) == list(map(repr, expected))
    values, codes = column.different()
    assert [repr(values[code]) for code in codes] == list(map(repr, cells))


@pytest.mark.parametrize("held", [[0.5, 0.25], [1, 2], [1, 0.5], ["a", "b"], [True, False], [[1.0], None], ["a", 1]])
def test_a_column_in_a_frame_has_the_type_that_its_list_has(held: list[Any]) -> None:
    found = pd.DataFrame({"a": Column.of([*held, *held]).frame()})
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": [*held, *held]}))
