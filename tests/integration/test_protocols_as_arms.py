"""Protocols as arms and as points, from the command line to the folder: populations, scales and what is paired."""

import pandas as pd
import pytest

import alliance_sim
from alliance_sim.report import people, tables, wording
from alliance_sim.report.command import command

SMALL = ["replicates=3", "patients.number=6", "clinicians.number=3", "engine=numpy", "keep=trials"]


@pytest.fixture(scope="module")
def ran():
    return alliance_sim.run("protocols", SMALL)


def test_an_arm_that_names_a_protocol_treats_its_patients(ran):
    worlds = ran._opened.scenarios
    assert {arm: world.primary.value for arm, world in worlds.items()} == {
        "psilocybin": "madrs",
        "mdma_ptsd": "caps_5",
        "mdma_same_patients": "madrs",
    }
    assert {world.patients.number for world in worlds.values()} == {6}


def test_contrasts_say_what_is_paired_and_compare_no_points_of_two_scales(ran):
    found = ran.contrasts().set_index(["arm", "measure"])
    assert ("mdma_ptsd", "change") not in found.index
    assert not found.loc[("mdma_ptsd", "response"), "paired"]
    assert found.loc[("mdma_same_patients", "change"), "paired"]
    assert found.loc[("mdma_ptsd", "standardised_change"), "unit"] == "SD of change"


def test_tables_and_sentences_say_unpaired_and_name_each_assessment(ran):
    said = "\n".join(table.caption + table.note for table in tables.outcomes(ran._opened))
    assert "Unpaired, as patients of different conditions are: mdma_ptsd − psilocybin." in said
    assert "psilocybin MADRS change, 21 days after the last dose; mdma_ptsd CAPS-5 change, day 126" in said
    assert "Caused by the clinicians" not in said
    first = wording.findings(ran._opened)[0]
    assert first.startswith("mdma_ptsd against psilocybin, unpaired: the standardised change")


def test_points_of_two_scales_are_ordered_by_standardised_change():
    levels = "design.levels={protocol: [comp001, mapp], clinicians.factor_shift: [-1, 0]}"
    found = alliance_sim.run("alliance", [*SMALL, "design=grid", levels])
    outcomes = found.summary().set_index(["point", "measure"])["unit"]
    assert [outcomes[point, "change"] for point in (0, 2)] == ["MADRS points", "CAPS-5 points"]
    assert "standardised change" in tables.outcomes(found._opened)[0].heads
    assert command(found._opened.study)[1]


def test_draws_of_the_posterior_compare_protocols_too():
    found = alliance_sim.run("protocols", [*SMALL, "parameters=posterior", "posterior.draws=2"])
    rows = found.contrasts().set_index(["arm", "measure"])
    assert ("mdma_ptsd", "change") not in rows.index
    assert pd.notna(rows.loc[("mdma_ptsd", "standardised_change"), "estimate"])


def test_the_page_says_which_arms_hold_other_patients_and_lists_every_key(tmp_path):
    arms = "arms={usual: {}, low: {protocol.doses: [1]}, mdma: {protocol: mapp, patients: comp001}}"
    found = alliance_sim.run("alliance", [*SMALL, arms, "base_arm=usual", f"out={tmp_path / 'mine'}"])
    rows = found.contrasts().set_index(["arm", "measure"])
    assert not rows.loc[("mdma", "change"), "same_patients"]
    assert rows.loc[("low", "change"), "same_patients"]
    assert rows.loc[("mdma", "change"), "variance_reduction"] > 0  # draws are shared all the same
    text = found.report().read_text(encoding="utf-8")
    assert "the same patients, the same chance events" not in text
    assert "Not between the same patients, as what admits or makes them differs: mdma − usual; " in text
    assert "low − usual" not in text.split("Not between the same patients")[1].split(".")[0]
    whole = tables.differences(found._opened, whole=True)
    listed = text.split(f"<summary>{tables.ALL_KEYS}</summary>")[1].split("</details>")[0]
    assert len(whole.rows) > 13
    assert all(f"<td>{key}</td>" in listed or f">{key}</td>" in listed for *_, key in whole.rows)


def test_points_that_move_patients_are_not_said_to_hold_the_same(ran):
    levels = "design.levels={patients.attachment_anxiety: [0, 1], clinicians.factor_shift: [-1, 0]}"
    found = alliance_sim.run("alliance", [*SMALL, "design=grid", levels])
    said = people.shared(found._opened)
    assert "Points that differ in patients.attachment_anxiety need not hold the same patients" in said
    assert people.shared(ran._opened).startswith("Arms and points of one condition share every random draw")
