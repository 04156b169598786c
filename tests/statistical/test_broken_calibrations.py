"""Every check of the calibration passes a right posterior and fails one that is broken on purpose.

The model is a straight line with normal noise, whose posterior is known exactly. A check fails where a right posterior
would lie so far off once in a hundred times; seeds are fixed, so each test always gives the same answer.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from alliance_sim.calibration import likelihood, results, search, space
from alliance_sim.calibration.checks import coverage, fit, known, left_out, line
from alliance_sim.calibration.checks.words import FAILED
from alliance_sim.calibration.evidence.targets import Judged, Scale
from alliance_sim.calibration.likelihood import Likelihood, Reference, fitted
from alliance_sim.calibration.summaries import by_study

NUMBERS, TARGETS, SETS = 4, 9, 400
CHECKS = {
    "recovery": lambda world, answers: known.recovery(known.ranks(world.true, answers)).p,
    "ranks": lambda world, answers: known.even(known.ranks(world.true, answers)).p,
    "tarp": lambda world, answers: coverage.even(coverage.tarp(world.true, world.seen, answers, world.line, 3)).p,
    "joint": lambda world, answers: coverage.even(coverage.joint(world.true, answers, 3)).p,
}


def turned(answers):
    """The same sizes, each direction's uncertainty given to another."""
    sizes, vectors = np.linalg.eigh(answers.covariance)
    return answers._replace(covariance=(vectors * sizes[::-1]) @ vectors.T)


BROKEN = {
    "too narrow by half": lambda answers: answers._replace(covariance=answers.covariance / 4),
    "too wide by half": lambda answers: answers._replace(covariance=answers.covariance * 2.25),
    "shifted by one standard deviation": lambda answers: answers._replace(
        middles=answers.middles + np.sqrt(answers.covariance.diagonal())
    ),
    "of a wrong covariance": turned,
}


@pytest.fixture(scope="module")
def world():
    """Sets of published numbers at known points, and a straight line that is right."""
    rng = np.random.default_rng(12)
    slopes = rng.standard_normal((TARGETS, NUMBERS)) * np.array([1.5, 1.0, 0.5, 0.2])
    root = 0.3 * rng.standard_normal((TARGETS, TARGETS)) + 0.5 * np.eye(TARGETS)
    draws = rng.standard_normal((2000, NUMBERS))
    true = rng.standard_normal((SETS, NUMBERS))
    seen = true @ slopes.T + rng.standard_normal((SETS, TARGETS)) @ root.T
    straight = line.line(draws, np.full(len(draws), 1 / len(draws)), draws @ slopes.T)
    return SimpleNamespace(true=true, seen=seen, covariance=root @ root.T, line=straight, slopes=slopes)


@pytest.fixture(scope="module")
def answers(world):
    return line.answered(world.line, world.covariance, world.seen)


def test_the_answer_is_the_known_posterior_of_a_straight_line(world, answers):
    inverse = np.linalg.inv(world.covariance)
    exact = np.linalg.inv(world.slopes.T @ inverse @ world.slopes + np.linalg.inv(world.line.spread))
    assert np.allclose(answers.covariance, exact, atol=1e-6)
    pull = inverse @ (world.seen - world.line.level).T
    assert np.allclose(answers.middles, world.line.middle + (exact @ world.slopes.T @ pull).T, atol=1e-6)


@pytest.mark.parametrize("check", CHECKS)
def test_a_right_posterior_passes(check, world, answers):
    assert CHECKS[check](world, answers) >= FAILED


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("check", CHECKS)
def test_a_broken_posterior_fails(check, fault, world, answers):
    assert CHECKS[check](world, BROKEN[fault](answers)) < FAILED


def test_an_answer_that_learned_nothing_is_seen_by_tarp_alone(world):
    """The prior is the right answer for all sets together, whatever each of them shows."""
    prior = line.Answers(np.tile(world.line.middle, (SETS, 1)), world.line.spread)
    failed = {name for name, check in CHECKS.items() if check(world, prior) < FAILED}
    assert failed == {"tarp"}


def test_forgotten_correlations_are_seen_by_joint_coverage_and_not_by_single_ranks():
    """Two numbers that hang together at .95; the broken answer has the same spread of each."""
    rng = np.random.default_rng(6)
    covariance = np.array([[1.0, 0.95], [0.95, 1.0]])
    true = rng.standard_normal((SETS, 2))
    right = line.Answers(true + rng.multivariate_normal(np.zeros(2), covariance, SETS), covariance)
    forgetful = right._replace(covariance=np.eye(2))
    pair = SimpleNamespace(true=true)
    assert CHECKS["joint"](pair, right) >= FAILED
    assert CHECKS["ranks"](pair, forgetful) >= FAILED
    assert CHECKS["joint"](pair, forgetful) < FAILED


def test_even_shares_are_within_the_band_and_crowded_ones_are_not():
    shares = (np.arange(300) + 0.5) / 300
    found = coverage.even(shares)
    assert found.deviation < 0.01
    assert found.allowed == pytest.approx(1.63 / np.sqrt(300), rel=0.02)  # the known limit for many sets
    assert coverage.even(0.5 + 0.6 * (shares - 0.5)).p < FAILED


# ------------------------------------------------------------------------------------------------------ the fit


def summary(world, moved):
    """Fit and implausibility of one set as if it were the published one, its second row moved by so many deviations."""
    published = world.seen[0].copy()
    spread = np.sqrt(world.line.scatter(world.covariance).diagonal())
    published[1] += moved * spread[1]
    answer = line.answered(world.line, world.covariance, published[None]).middles[0]
    level = world.line.level + world.slopes @ (answer - world.line.middle)
    off = published - level
    height = -0.5 * float(off @ np.linalg.solve(world.covariance, off)) - 0.5 * float(answer @ answer)
    found = fit.fit(world.line, world.covariance, world.seen[1:], published, height)
    return found, fit.implausibility([f"T{place}" for place in range(TARGETS)], published, level, world.covariance)


def test_a_summary_of_the_model_is_one_it_could_have_produced(world):
    found, rows = summary(world, 0.0)
    assert min(found.p_sets, found.p_chi2) >= FAILED
    assert not rows["flagged"].any()


def test_a_summary_moved_by_many_deviations_is_not(world):
    found, rows = summary(world, 10.0)
    assert found.p_sets < FAILED
    assert found.p_chi2 < FAILED
    assert rows["flagged"].any()
    assert rows.loc[0, "implausibility"] == rows["implausibility"].max() > fit.IMPLAUSIBLE


def test_distances_of_right_sets_are_chi_squared(world):
    """400 sets: their mean is within 5 standard errors of the number of targets; at a quarter of the covariance not."""
    error = np.sqrt(2 * TARGETS / SETS)
    assert abs(fit.distances(world.line, world.covariance, world.seen).mean() - TARGETS) < 5 * error
    assert fit.distances(world.line, world.covariance / 4, world.seen).mean() - TARGETS > 5 * error


# ------------------------------------------------------------------------------------------------- trials left out


def rows_at(*values, judged=Judged.interval, error=0.1, mix=0.0):
    return [
        SimpleNamespace(key=f"T{place}", value=value, scale=Scale.plain, judged=judged, error=error, mix=mix)
        for place, value in enumerate(values)
    ]


@pytest.fixture(scope="module")
def foretold():
    """Two rows of one trial that hang together, by key: as they were foretold."""
    rng = np.random.default_rng(5)
    shared = rng.standard_normal((20, 64))
    return {f"T{place}": shared + 0.3 * rng.standard_normal(shared.shape) for place in range(2)}


def test_a_trial_as_it_was_foretold_does_not_surprise(foretold):
    assert left_out.surprise(rows_at(0.5, 0.6), foretold, 1) > FAILED


@pytest.mark.parametrize("values", [(6.0, 6.0), (1.5, -1.5)], ids=["far off", "apart, where rows hang together"])
def test_a_trial_that_was_not_foretold_surprises(values, foretold):
    assert left_out.surprise(rows_at(*values), foretold, 1) < FAILED


def test_a_row_counts_no_more_sharply_than_its_papers_error(foretold):
    assert left_out.surprise(rows_at(6.0, 6.0, error=4.0), foretold, 1) > FAILED
    assert left_out.surprise(rows_at(6.0, 6.0, mix=4.0), foretold, 1) > FAILED


def test_a_sign_cannot_surprise(foretold):
    assert left_out.surprise(rows_at(6.0, 6.0, judged=Judged.sign), foretold, 1) == 1.0


@pytest.fixture(scope="module")
def smallest():
    """The fitted study with the fewest rows."""
    return min(by_study(fitted()).values(), key=len)


@pytest.mark.slow
def test_a_study_of_the_model_itself_is_foretold_and_one_moved_by_ten_errors_is_not(smallest):
    """Rows take the middle of what the packed posterior foretells, then lie ten intervals higher."""
    packed = results.read()
    rows, _ = left_out.foretold(packed, smallest, "none", 3, 7)
    for intervals, right in ((0.0, True), (10.0, False)):
        ends = zip(smallest, rows["simulated"], rows["upper"] - rows["lower"], strict=True)
        moved = [target._replace(value=middle + intervals * width) for target, middle, width in ends]
        moved = [target for target in moved if target.scale in (Scale.plain, Scale.log)]
        again, studies = left_out.foretold(packed, moved, "none", 3, 7)
        assert (studies.loc[0, "p"] >= FAILED) == right
        assert again["within"].all() == right
        assert (again["z"].abs().max() < 3) == right


@pytest.mark.slow
def test_the_best_point_without_a_study_is_the_best_for_the_others(smallest, monkeypatch):
    """The rows left out, moved by a thousand deviations, change nothing; a row that stays changes it."""
    monkeypatch.setattr(likelihood, "TRIALS", dict.fromkeys(likelihood.TRIALS, 1))
    monkeypatch.setattr(search, "ROUNDS", 1)
    known = fitted()
    size, study = len(known), smallest[0].measure.study
    gone = np.array([target.measure.study == study for target in known])
    zeros = np.zeros(size)
    reference = Reference(space.defaults(), zeros, np.diag(np.full(size, 0.04)), zeros, zeros)
    published = likelihood.published(known)

    def found(values):
        return search.best(Likelihood(reference, values, without=study), space.defaults()).normals

    plain = found(published)
    assert np.array_equal(found(np.where(gone, published + 1000, published)), plain)
    assert not np.array_equal(found(np.where(gone, published, published + 0.2)), plain)
