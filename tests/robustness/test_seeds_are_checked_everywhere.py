"""Wherever a seed or the number of a trial is given, a whole number in its range is taken and anything else refused."""

import functools
import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from mesa.batchrunner import batch_run

import alliance_sim
from alliance_sim.analysis import behaviours, blinding, mediation, paired, phases, power, screening, story
from alliance_sim.analysis.sensitivity import resampled
from alliance_sim.analysis.worlds import worlds
from alliance_sim.calibration.calibrate import calibrate
from alliance_sim.calibration.summaries import simulated
from alliance_sim.calibration.validate import validate
from alliance_sim.errors import AllianceError, ScenarioError
from alliance_sim.study.config import Study
from alliance_sim.study.plan import Power
from alliance_sim.world import seeds
from alliance_sim.world.scenario import DEFAULT_SEED
from tests.worlds import small

LARGEST = 2**64 - 1
TINY = small("waitlist", patients__number=2, clinicians__number=2)
STUDY = Study(protocol="waitlist", arms={"base": {}})
STUDY.patients.number = STUDY.clinicians.number = 2
OUTSIDE = (-1, -(2**64), 2**64, 10**30)
NO_NUMBERS = (
    *(True, False, 1.0, 1.7, float("nan"), float("inf"), 1j, "7", "", b"7", (), [1], {}, np.float64(2.0), np.True_),
    *(np.array(7), np.array([7]), np.random.default_rng(1), np.random.SeedSequence(1), np.random.PCG64(1), object()),
)

# Every way to give a seed in Python.
SEEDED = {
    "TherapyTrial(seed)": lambda seed: alliance_sim.TherapyTrial(TINY, seed=seed),
    "TherapyTrial(rng)": lambda seed: alliance_sim.TherapyTrial(TINY, rng=seed),
    "simulate": lambda seed: alliance_sim.simulate(TINY, 1, seed=seed),
    "paired.trials": lambda seed: paired.trials({"base": TINY}, 1, seed),
    "paired.patients": lambda seed: paired.patients({"base": TINY}, 1, seed),
    "mediation": lambda seed: mediation.mediation_worlds(TINY, TINY, 1, seed, {"fear": ("fear",)}),
    "blinding": lambda seed: blinding.blinding_worlds({"base": TINY}, 1, seed),
    "behaviours": lambda seed: behaviours.behaviour_effects(TINY, 1, seed),
    "phases": lambda seed: phases.phase_effects(TINY, 1, seed),
    "dose_response": lambda seed: behaviours.dose_response(TINY, "empathy", 1, seed),
    "power": lambda seed: power.planned_trials(Power(sizes=[4], clinicians=[2]), TINY, 1, seed),
    "bootstrap": lambda seed: list(resampled(2, 2, 1, seed)),
    "trajectories": lambda seed: screening.trajectories(TINY, ["clinicians.empathy.mean"], 1, seed),
    "calibration": lambda seed: simulated("comp001", [{}], 0, 1, seed=seed),
}
# Every way to give the number of a trial.
NUMBERED = {
    "TherapyTrial": lambda place: alliance_sim.TherapyTrial(TINY, replicate=place),
    "worlds": lambda place: worlds(STUDY, 0, place),
    "story": lambda place: story.tell(STUDY, 0, place),
}
COUNTED = {
    "simulate": lambda count: alliance_sim.simulate(TINY, count),
    "paired.trials": lambda count: paired.trials({"base": TINY}, count, 1),
}


def refused(call, given):
    with pytest.raises(ScenarioError) as caught:
        call(given)
    said = str(caught.value)
    assert said.count("\n") == 0
    assert len(said) < 160
    return said


def shown(value):
    """A name for a test that is the same in every process."""
    return type(value).__name__ if " at 0x" in repr(value) else repr(value)


@pytest.mark.parametrize("way", SEEDED)
@pytest.mark.parametrize("given", [*OUTSIDE, *NO_NUMBERS], ids=shown)
def test_no_seed_outside_its_range_is_taken(way, given):
    assert f"[0, {LARGEST}]" in refused(SEEDED[way], given)


@pytest.mark.parametrize("way", NUMBERED)
@pytest.mark.parametrize("given", [*OUTSIDE, 10**6, None, *NO_NUMBERS], ids=shown)
def test_no_replicate_outside_its_range_is_taken(way, given):
    assert "[0, 999999]" in refused(NUMBERED[way], given)


@pytest.mark.parametrize("way", COUNTED)
@pytest.mark.parametrize("given", [*OUTSIDE, 0, 10**6 + 1, None, *NO_NUMBERS], ids=shown)
def test_no_other_number_of_replicates_is_taken(way, given):
    assert "[1, 1000000]" in refused(COUNTED[way], given)


def test_a_refusal_says_what_was_given_and_what_to_type():
    say = functools.partial(refused, seeds.seed)
    assert say(-1) == f"seed=-1 is outside [0, {LARGEST}]; type a value in that range."
    assert say(1.7) == f"seed=1.7 is not a whole number; type one in [0, {LARGEST}]."
    assert say("7") == f"seed='7' is not a whole number; type one in [0, {LARGEST}]."
    assert say(np.random.default_rng(1)) == f"seed, a Generator, is not a whole number; type one in [0, {LARGEST}]."
    assert re.match("rng=True is not a whole number", refused(SEEDED["TherapyTrial(rng)"], True))


@pytest.mark.parametrize("seed", [0, 7, LARGEST, np.int8(7), np.int64(7), np.uint64(LARGEST)], ids=shown)
def test_whole_numbers_of_python_and_numpy_are_one(seed):
    assert alliance_sim.TherapyTrial(TINY, seed=seed).key.tolist() == (
        alliance_sim.TherapyTrial(TINY, rng=int(seed)).key.tolist()
    )
    assert alliance_sim.simulate(TINY, 1, seed).equals(alliance_sim.simulate(TINY, 1, int(seed)))


def test_none_stands_for_the_default_seed():
    usual = alliance_sim.TherapyTrial(TINY).key.tolist()
    for words in ({"seed": None}, {"rng": None}, {"seed": None, "rng": None}, {"seed": 3, "rng": DEFAULT_SEED}):
        assert alliance_sim.TherapyTrial(TINY, **words).key.tolist() == usual
    assert alliance_sim.simulate(TINY, 1, None).equals(alliance_sim.simulate(TINY, 1))


@pytest.mark.parametrize(("named", "handed"), [({}, [3, np.int64(4)]), ({"seed": [3, 4]}, [None]), ({}, [None])])
def test_batch_run_of_mesa_hands_seeds_over(named, handed):
    met = []

    class Noted(alliance_sim.TherapyTrial):
        def __init__(self, *values, **named):
            super().__init__(*values, **named)
            met.append(int(self.key[0]))

    batch_run(Noted, {"scenario": [TINY], **named}, rng=handed, max_steps=1, number_processes=1, display_progress=False)
    assert met == ([DEFAULT_SEED] if not named and handed == [None] else [3, 4])


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.one_of(st.integers(), st.floats(), st.text(), st.booleans(), st.binary(), st.complex_numbers()))
def test_a_seed_is_a_whole_number_in_its_range_or_refused(given):
    if type(given) is int and 0 <= given <= LARGEST:
        assert seeds.seed(given) == given
    else:
        refused(seeds.seed, given)


@pytest.mark.parametrize("word", ["seed=-1", "seed=1.7", f"seed={2**64}", "seed=soon", "replicates=0"])
def test_commands_and_studies_refuse_them_too(word):
    key, _, value = word.partition("=")
    number = float(value) if "." in value else value if value == "soon" else int(value)
    for way in (lambda: alliance_sim.run("alliance", [word]), lambda: Study(**{key: number})):
        with pytest.raises(AllianceError, match=key):
            way()
    if key == "seed":
        for way in (lambda: calibrate([word]), lambda: validate([word])):
            with pytest.raises(AllianceError, match=key):
                way()


def test_the_numbers_that_mesa_shuffles_with_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trial = alliance_sim.TherapyTrial(TINY, rng=np.int64(5), replicate=np.int32(999_999))
        trial.run_until(trial.end_day)
    assert trial.key.tolist() == [5, 0, 999_999]
