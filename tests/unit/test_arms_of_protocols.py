"""Arms and points that name files: a protocol brings its population, and what was set for the base holds."""

import pytest

from alliance_sim import Scenario, Study, with_values
from alliance_sim.errors import ScenarioError
from alliance_sim.study.designs import Design, Kind
from alliance_sim.study.identity import point_ids
from alliance_sim.world.scenario import Condition, Patients, load_patients


def test_a_protocol_in_an_arm_brings_its_population():
    study = Study(arms={"a": {}, "mdma": {"protocol": "mapp"}}, base_arm="a")
    assert study.scenarios()["mdma"].patients == load_patients("ptsd")


def test_what_an_arm_says_of_patients_goes_before_the_protocols_population():
    made = with_values(Scenario(), {"protocol": "mapp", "patients": "comp001"})
    assert made.patients == load_patients("comp001")
    values = {"protocol": "mapp", "patients": "mapp2", "protocol.entry.lowest": 28, "patients.number": 20}
    mapp2 = with_values(Scenario(), values)
    assert (mapp2.patients.number, mapp2.protocol.entry.lowest, mapp2.patients.entry.sd) == (20, 28, 6.65)


def test_what_was_set_for_the_base_holds_in_arms_that_name_files():
    base = with_values(Scenario(), {"patients.number": 30, "patients.expectancy": 0.5, "clinicians.max_caseload": 9})
    made = with_values(base, {"protocol": "mapp", "clinicians": "weak_bond"})
    assert (made.patients.number, made.patients.expectancy, made.patients.condition) == (30, 0.5, Condition.ptsd)
    assert (made.clinicians.max_caseload, made.clinicians.factor_shift) == (9, -1.28)
    assert made.patients.severity_mean == load_patients("ptsd").severity_mean


def test_a_population_chosen_beside_its_protocol_holds():
    base = Scenario(protocol="comp001", patients="ptsd")
    assert with_values(base, {"protocol": "mapp"}).patients == base.patients
    assert with_values(Scenario(patients=Patients(number=20)), {"protocol": "mapp"}).patients.number == 20


def test_entry_scores_stay_with_their_population():
    base = with_values(Scenario(), {"patients.entry.mean": 32.0, "patients.entry.sd": 5.0})
    assert with_values(base, {"protocol": "mapp"}).patients.entry.sd == 0


@pytest.mark.parametrize("more", [{}, {"patients.number": [20, 30]}, {"clinicians": ["weak_bond", "typical"]}])
def test_points_that_name_protocols_are_the_worlds_of_arms_that_do(more):
    study = Study(design=Design(kind=Kind.grid, levels={"protocol": ["comp001", "mapp"], **more}))
    worlds = study.worlds()
    for point in study.points():
        alone = with_values(study.base(), point.values)
        assert worlds[point.number] == alone
        assert point_ids(worlds, 1)[point.number] == point_ids({0: alone}, 1)[0]


def test_a_file_that_is_not_there_is_said_of_its_point():
    with pytest.raises(ScenarioError, match=r"point 1 \(protocol=nix\): there is no protocol 'nix'"):
        Study(design=Design(kind=Kind.grid, levels={"protocol": ["comp001", "nix"]})).worlds()
