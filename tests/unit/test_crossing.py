"""Keys that move in step, blocks one after another, and points that name files."""

import pytest

from alliance_sim import Study
from alliance_sim.compose.studies import composed
from alliance_sim.errors import ScenarioError
from alliance_sim.study.designs import Design, Kind

EMPATHY, STAFF, PATIENTS = "clinicians.empathy.mean", "clinicians.number", "patients.number"
LEVELS = {STAFF: [6, 12], PATIENTS: [30, 60], EMPATHY: [0.4, 0.8]}


def rows(kind: Kind = Kind.grid, **values):
    points = Study(design=Design(kind=kind, **values)).points()
    return [tuple(point.values.values()) for point in points], [point.roles for point in points]


def test_keys_that_move_together_are_zipped_and_crossed_with_the_others():
    made, roles = rows(levels=LEVELS, together=[[PATIENTS, STAFF]])
    assert made == [(6, 30, 0.4), (6, 30, 0.8), (12, 60, 0.4), (12, 60, 0.8)]
    assert not any(role["base"] for role in roles)


def test_keys_over_ranges_move_together_too():
    assert rows(over=[STAFF, EMPATHY], ranges={STAFF: [6, 12]}, steps=3, together=[[STAFF, EMPATHY]])[0] == [
        (6, 0.0),
        (9, 0.5),
        (12, 1.0),
    ]


def test_blocks_come_one_after_another_with_the_other_keys_as_in_the_base():
    made, roles = rows(levels=LEVELS, blocks=[[STAFF], [PATIENTS, EMPATHY]])
    now = Study().clinicians.empathy.mean
    block = [(12, 30, 0.4), (12, 30, 0.8), (12, 60, 0.4), (12, 60, 0.8)]
    assert made == [(6, 60, now), (12, 60, now), *block]
    assert [role["base"] for role in roles] == [False, True, *[False] * 4]


def test_a_point_of_two_blocks_is_there_once():
    made, _ = rows(levels={STAFF: [6, 12], PATIENTS: [30, 60]}, blocks=[[STAFF], [PATIENTS]])
    assert made == [(6, 60), (12, 60), (12, 30)]


def test_blocks_and_steps_go_together():
    made, _ = rows(levels=LEVELS, together=[[STAFF, PATIENTS]], blocks=[[STAFF, PATIENTS], [EMPATHY]])
    now = Study().clinicians.empathy.mean
    assert made == [(6, 30, now), (12, 60, now), (12, 60, 0.4), (12, 60, 0.8)]


def test_keys_that_move_together_count_as_one_at_a_time():
    made, roles = rows(Kind.one_at_a_time, levels=LEVELS, together=[[STAFF, PATIENTS]])
    now = Study().clinicians.empathy.mean
    assert made == [(12, 60, now), (6, 30, now), (12, 60, 0.4), (12, 60, 0.8)]
    assert [role["varied"] for role in roles] == ["", STAFF, EMPATHY, EMPATHY]


def test_the_base_is_found_by_the_names_of_its_files():
    levels = {"protocol": ["comp001", "mapp"], "policy": ["manual", "usual"]}
    made, roles = rows(levels=levels)
    assert [row for row, role in zip(made, roles, strict=True) if role["base"]] == [("comp001", "usual")]
    assert rows(Kind.one_at_a_time, levels=levels)[0] == [
        ("comp001", "usual"),
        ("mapp", "usual"),
        ("comp001", "manual"),
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"together": [[STAFF, EMPATHY], [STAFF, PATIENTS]]}, f"together names {STAFF} twice"),
        ({"together": [[STAFF]]}, "name two keys or more"),
        ({"together": [[STAFF, STAFF]]}, "name two keys or more"),
        ({"together": [[STAFF, "clinicians.loading"]]}, "which the design does not vary"),
        ({"blocks": [[STAFF]]}, "leaves patients.number out"),
        ({"blocks": [[STAFF, PATIENTS, EMPATHY], []]}, "leaves a block out"),
        ({"blocks": [[STAFF], [PATIENTS, EMPATHY]], "together": [[STAFF, PATIENTS]]}, "which move together"),
        ({"blocks": [["seed"]]}, "which the design does not vary"),
    ],
)
def test_what_cannot_be_crossed_is_one_sentence(values, said):
    with pytest.raises(ScenarioError, match=said) as refused:
        rows(levels=LEVELS, **values)
    assert str(refused.value).count("\n") == 0


def test_levels_that_move_in_step_are_as_many():
    with pytest.raises(ScenarioError, match=r"clinicians.number with 3 and patients.number with 2 levels in step"):
        rows(levels={STAFF: [6, 8, 12], PATIENTS: [30, 60]}, together=[[STAFF, PATIENTS]])


def test_other_designs_refuse_both():
    with pytest.raises(ScenarioError, match=r"design\.blocks means nothing to design=one_at_a_time"):
        Design(kind=Kind.one_at_a_time, blocks=[[STAFF]])


def test_they_are_typed_in_one_line():
    words = ["design=grid", f"design.levels={{{STAFF}: [6, 12], {PATIENTS}: [30, 60]}}"]
    study = composed([*words, f"design.together=[[{STAFF}, {PATIENTS}]]"], Study)
    assert len(study.points()) == 2
    assert len(composed([*words, f"design.blocks=[[{STAFF}], [{PATIENTS}]]"], Study).points()) == 3


def test_a_file_of_points_may_name_protocols(tmp_path):
    place = tmp_path / "points.csv"
    place.write_text(f"protocol,{PATIENTS}\ncomp001,20\nmapp,30\n")
    worlds = Study(design=Design(kind=Kind.file, file=str(place))).worlds()
    assert [(world.protocol.name, world.primary.value, world.patients.number) for world in worlds.values()] == [
        ("COMP001", "madrs", 20),
        ("MAPP", "caps_5", 30),
    ]
