"""The benchmarks run, print one line of JSON, and compare like with like."""

import functools
import json
from functools import partial

import pytest

from alliance_sim.engine import arrays
from alliance_sim.world.scenario import Scenario
from benchmarks import growth, idiomatic_mesa, rows, start, sweep
from benchmarks.__main__ import PLANS, report
from benchmarks.counting import alone, together
from tests.worlds import small, with_values

KEYS = {
    "lanes_over_mesa",
    "lanes_shared_over_mesa",
    "lanes_over_own_mesa",
    "lanes_over_floor",
    "lanes_shared_over_floor",
    "numpy_over_mesa",
    "bytes_per_extra_patient",
    "threads2_speedup",
    "trial_over_mesa",
    "trial_over_mesa_daily",
    "trial_uncollected_over_mesa",
    "trial_build_ms",
    "kernel_share",
    "second_core",
    "second_core_large",
    "warmup_s",
    "point_ms",
    "point_bytes",
    "median_ns",
}


@pytest.mark.slow
def test_every_promised_number_comes_out(monkeypatch, capsys):
    """At the smallest size; memory and compiling are measured in children and left out, large sweeps timed as small."""
    second_core, sizes = functools.cache(partial(sweep.second_core, 16, 1)), []
    monkeypatch.setattr(sweep, "second_core", lambda points, rounds: sizes.append(points) or second_core())
    monkeypatch.setattr(growth, "peak_memory", lambda patients: 1000 * patients)
    monkeypatch.setattr(start, "warmup", lambda: 1.0)
    found = json.loads(json.dumps(report(PLANS["quick"])))
    assert set(found) >= KEYS
    assert all(found[name] > 0 for name in KEYS - {"median_ns"})
    assert {"lanes", "lanes_shared", "numpy", "own_mesa", "idiomatic_mesa", "mesa_batch_run", "floor"} <= set(
        found["median_ns"]
    )
    assert found["bytes_per_extra_patient"] == 1000
    assert sizes == [16, 32]
    assert "lanes_shared: " in capsys.readouterr().out


@pytest.mark.slow
def test_the_idiomatic_trial_has_the_means_of_ours():
    """200 trials each, 30 summaries, 4 standard errors: a right trial fails once in 500 seeds."""
    off = {name: error for name, error in rows.agree(Scenario(), 200).items() if not name.endswith(" spread")}
    assert len(off) == 30
    assert {name: error for name, error in off.items() if abs(error) > 4} == {}


LIVELY = {  # laws that are neutral as the package stands
    "parameters.blinding.gain": 0.2,
    "parameters.ratings.colour": 0.2,
    "parameters.symptoms.resistance_common": 0.5,
}
WORLDS = {
    name: with_values(Scenario(protocol=name), LIVELY)
    for name in ("comp001", "davis2021", "mapp", "psychotherapy", "vonrotz2023", "waitlist")
}
TRIALS = 120
FAR = 4.5  # standard errors: about 300 comparisons of a right trial exceed this once in 500 seeds, were they normal


def far(scenario: Scenario) -> dict[str, float]:
    """Summaries in which the idiomatic trial and the engines disagree."""
    return {name: off for name, off in rows.agree(scenario, TRIALS).items() if abs(off) > FAR}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        name if name in ("comp001", "mapp", "waitlist") else pytest.param(name, marks=pytest.mark.full)
        for name in WORLDS
    ],
)
def test_the_idiomatic_trial_has_the_distribution_of_ours(name):
    """Means and spreads over the trials of each summary, among them spread and deciles of change over patients."""
    assert far(WORLDS[name]) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "law", "instead"),
    [
        (idiomatic_mesa.Patient, "decide", lambda patient, planned: None),
        (idiomatic_mesa.Clinician, "tire", lambda clinician, hours, challenge: None),
    ],
)
def test_an_idiomatic_trial_without_a_law_is_caught(monkeypatch, owner, law, instead):
    """The control of the test above: it must fail. Hope is too weak in these summaries for its loss to be seen."""
    monkeypatch.setattr(owner, law, instead)
    assert any(far(scenario) for scenario in WORLDS.values())


def test_draws_are_counted_as_counted_by_hand():
    """A block of four words for every two normals read together; see `model.draws`."""
    scenario = small()
    talks, doses, assessments = 5, 1, 6
    assert len(scenario.course()) == talks + doses + assessments
    admission = 4 + 1 + 1  # traits, the dyad, the trial's effect
    blocks = 4 * talks + (4 + 3) * doses + 2 * assessments + admission
    skills = 2 * scenario.clinicians.number / scenario.patients.number
    assert alone(scenario).philox == pytest.approx((blocks + skills) / len(scenario.course()))


def test_what_patients_share_is_counted_once():
    """A whole world never needs more than its patients one by one."""
    own, shared = alone(small()), together(small())
    assert all(fewer <= more for fewer, more in zip(shared, own, strict=True))
    assert min(shared) > 0


def test_counting_leaves_the_laws_as_they_were():
    """The same bits before and after."""
    before = arrays.simulate([small()], [0], 1).trials
    together(small())
    after = arrays.simulate([small()], [0], 1).trials
    assert all(before[name] == pytest.approx(after[name], nan_ok=True, abs=0, rel=0) for name in before)
