"""The registry: every parameter says where it comes from, stays in its range and is used."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from alliance_sim.engine.arrays import simulate
from alliance_sim.errors import ScenarioError
from alliance_sim.model import registry
from alliance_sim.model.policies import BUILT_IN
from alliance_sim.study.config import Study
from alliance_sim.world.configuration import names
from alliance_sim.world.protocol import used_phases
from alliance_sim.world.scenario import SESSION_PHASES, Scenario, load_patients, load_protocol
from tests.worlds import arrays, small, with_values

ROWS = registry.parameters(Scenario())
EVIDENCE = Path(__file__).parents[2] / "alliance_sim" / "calibration" / "evidence"
KEY = re.compile(r"\b[A-Z]{2}\d{3}[a-c]?\b|\bTAU\d{3}\b")
# What a scenario changes through the timetable or the admission, not through a law's numbers.
PLANNED = (
    "protocol.",
    "assignment.",
    "patients.number",
    "patients.entry.",
    "clinicians.number",
    "clinicians.max_caseload",
)


def evidence_ids() -> set[str]:
    """All evidence keys that the package carries."""
    ids = set()
    for path in EVIDENCE.glob("*.csv"):
        with path.open(encoding="utf-8") as lines:
            ids |= {row["id"] for row in csv.DictReader(lines)}
    return ids


def test_every_parameter_has_symbol_unit_meaning_and_source():
    """No number without its papers."""
    bare = [row.key for row in ROWS if not (row.symbol and row.unit and row.meaning.endswith(".") and row.source)]
    assert bare == []


def test_every_source_is_evidence_or_says_what_it_is():
    """A source names known evidence, a calibration, an assumption, a memory, a protocol or a choice."""
    known = evidence_ids()
    words = ("calibrated", "assumption", "from memory", "protocol's own source", "choice of the study")
    for row in ROWS:
        cited = set(KEY.findall(row.source))
        assert cited <= known, row
        assert cited or any(word in row.source for word in words), row


def test_every_default_lies_in_its_range():
    """The default itself must be allowed, and the prior must be readable."""
    for row in ROWS:
        assert row.lower <= row.default <= row.upper, row
        assert row.prior == "uniform" or re.fullmatch(r"normal\(-?[\d.]+, [\d.]+\)", row.prior), row


def moved_by(base, keys):
    """Keys whose number, moved up or down by a quarter of the room left, changes what is recorded or scored."""
    values = {row.key: row for row in registry.parameters(base)}
    lacking = tuple(f"clinicians.phases.{phase}." for phase in {*SESSION_PHASES} - {*used_phases(base.protocol)})
    keys = [key for key in keys if not key.startswith(lacking)]
    steps = [
        (key, with_values(base, {key: default + (bound - default) / 4}))
        for key in keys
        for default in [values[key].default]
        for bound in (values[key].lower, values[key].upper)
        if bound != default
    ]
    arms = [base, *(arm for _, arm in steps)]
    recorded = simulate(arms, range(12), 3)
    kept = {**arrays(recorded), **recorded.outcomes}
    changed = np.zeros(len(arms), dtype=bool)
    for results in kept.values():
        first = results[..., :1, :]
        same = (results == first) | (np.isnan(results) & np.isnan(first))
        changed |= ~same.reshape(-1, *same.shape[-2:]).all(axis=(0, 2))
    return {key for (key, _), moved in zip(steps, changed[1:], strict=True) if moved}


def test_every_number_is_used_by_some_protocol():
    """Moving any number of a law moves something that is recorded, in one protocol or another."""
    unmoved = {row.key for row in ROWS if not row.key.startswith(PLANNED)}
    unmoved -= {key for key in unmoved if key.endswith(".important")}  # drawn in figures, in no law
    for protocol, patients in (
        ("comp001", "depression"), ("comp001", "anxiety"), ("davis2021", "depression"),
        ("psilodep2", "psilodep2"), ("mapp", "ptsd"), ("waitlist", "davis2021"),
    ):  # fmt: skip
        unmoved -= moved_by(small(protocol, patients), sorted(unmoved))
    for policy in BUILT_IN:
        followed = {"protocol.feedback": True, "policy.name": policy, "policy.other": "manual", "policy.share": 0.1}
        limited = {"clinicians.effort.budget": 0.2, "parameters.sensing.noticing": 0.9}
        unmoved -= moved_by(with_values(small("psilodep2", "psilodep2"), followed | limited), sorted(unmoved))
    usual = small("psychotherapy", "depression")
    learning = {"clinicians.supervision.sessions": 0.5, "clinicians.practice.empathy": 1.0}
    shared = {"protocol.therapy.group": 4, "clinicians.supervision.share": 0.6}
    for base in (usual, with_values(usual, learning | shared)):
        unmoved -= moved_by(base, sorted(unmoved))
    assert unmoved == set()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("patients.severity_mean", 1.5),
        ("parameters.bond.rate", -0.1),
        ("clinicians.empathy.mean", 1.4),
        ("patients.number", 0),
        ("parameters.bond.rate", float("nan")),
    ],
)
def test_a_value_outside_its_range_is_refused_with_range(key, value):
    """The sentence names the key, the value and the range."""
    with pytest.raises(ScenarioError, match=re.escape(key)) as refusal:
        with_values(Scenario(), {key: value})
    assert "outside [" in str(refusal.value)


def test_an_unknown_key_names_its_nearest():
    """A typing error is answered with what was probably meant."""
    with pytest.raises(ScenarioError, match=r"clinicians\.empathy\.mean"):
        with_values(Scenario(), {"clinicians.empaty.mean": 0.5})


@pytest.mark.parametrize("name", names("protocol"))
def test_every_protocol_loads_and_names_its_source(name):
    """Each published protocol is a valid scenario, with and without its drug."""
    plan = load_protocol(name)
    assert len(plan.source) > len("SH001")
    assert Scenario(protocol=plan).events()
    assert with_values(Scenario(protocol=plan), {"protocol.drug": "none"}).events()


@pytest.mark.parametrize("name", names("patients"))
def test_every_population_names_its_source(name):
    """Each population says on what it rests."""
    assert "assumption" in load_patients(name).source


def test_the_table_can_be_searched():
    """A pattern keeps the rows that contain it, an unknown one keeps none."""
    rows = registry.parameters(Study())
    assert "parameters.rupture.depth" in registry.table(rows, "rupture")
    assert registry.table(rows, "no such thing") == ""
