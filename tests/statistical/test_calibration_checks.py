"""Known numbers are found again from synthetic published numbers: recovery and simulation-based calibration.

Of true numbers 90 % should lie in their 90 % interval. Numbers of one synthetic set hang together, so the share over
16 sets of 50 numbers has a standard error of about 2 %; a right calibration lies outside .81 to .97 about once in a
hundred seeds.
"""

import numpy as np
import pytest

from alliance_sim.calibration import results
from alliance_sim.calibration.checks import identified, known, line, synthetic
from alliance_sim.calibration.likelihood import Likelihood, anchored
from alliance_sim.calibration.space import to_normal

DRAWS, SETS = 160, 16


@pytest.fixture(scope="module")
def packed():
    return results.read()


@pytest.fixture(scope="module")
def likelihood(packed):
    return Likelihood(anchored(to_normal(packed.best[None])[0]))


@pytest.fixture(scope="module")
def thinned(packed):
    """Every sixth draw: enough to fit a straight line in 50 numbers, quickly."""
    chosen = np.arange(0, len(packed.weights), len(packed.weights) // DRAWS)[:DRAWS]
    return packed._replace(
        values=packed.values[chosen], weights=np.full(DRAWS, 1 / DRAWS), heights=packed.heights[chosen]
    )


def sought(posterior, likelihood, sets):
    """Sets of synthetic published numbers, and the straight line that they are answered by."""
    straight = line.line(posterior.normals, posterior.weights, likelihood.expected(posterior.normals))
    return synthetic.made(posterior, likelihood, sets), straight


def ranked(found, straight, covariance):
    """Ranks of the true numbers among the answers, at a covariance of comparison."""
    return known.ranks(found.true, line.answered(straight, covariance, found.seen))


@pytest.fixture(scope="module")
def few(thinned, likelihood):
    return sought(thinned, likelihood, SETS)


@pytest.mark.slow
def test_true_numbers_lie_in_their_intervals_as_often_as_promised(few, likelihood):
    found, straight = few
    assert 0.81 < known.recovery(ranked(found, straight, likelihood.reference.covariance)).covered < 0.97
    assert np.median(np.sqrt(straight.rest.diagonal() / likelihood.reference.covariance.diagonal())) < 0.3


@pytest.mark.slow
def test_a_likelihood_ten_times_too_sure_would_fail(few, likelihood):
    """Negative control."""
    assert known.recovery(ranked(*few, likelihood.reference.covariance / 100)).covered < 0.75


@pytest.mark.full
def test_ranks_of_true_numbers_are_uniform(packed, likelihood):
    """192 sets, 12 bins: a number's chi² exceeds 19.7 once in 20; of 50 numbers at most 9 do, but once in 1,000."""
    ranks = ranked(*sought(packed, likelihood, synthetic.SETS), likelihood.reference.covariance)
    assert sum(known.chi2(own) > 19.7 for own in ranks.T) <= 9
    assert 0.86 < known.recovery(ranks).covered < 0.94


def test_contraction_is_one_less_the_share_of_the_priors_variance_left(packed):
    found = identified.contraction(packed).set_index("key")
    normals = packed.normals
    key = packed.keys[0]
    assert found.loc[key, "contraction"] == pytest.approx(1 - normals[:, 0].var(), abs=1e-9)
    assert set(found.index) == set(packed.keys)
    assert found["identified"].any()
    assert not found["identified"].all()  # the evidence does not identify everything, and says so
