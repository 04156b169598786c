"""The posterior of a few keys: known answers of the regression-adjusted sampler, priors, and when not to trust it."""

import numpy as np
import pytest
from scipy import stats

from alliance_sim.calibration.own import abc, posterior, priors
from alliance_sim.calibration.own.abc import Trials
from alliance_sim.errors import ScenarioError
from alliance_sim.world.scenario import Scenario

NOISE = np.array([0.5, 1.0, 20.0])  # the third key is lost in it
KEYS = ["parameters.bond.rate", "clinicians.empathy.mean", "parameters.retention.base"]
DRAWS = np.random.default_rng(11)


def normal(trials: int, noise: np.ndarray = NOISE, block: int = 4) -> Trials:
    """Keys seen through noise of known size: the posterior is normal, whatever its prior looks like."""
    keys = DRAWS.standard_normal((trials, 3))
    shown = keys + noise * DRAWS.standard_normal((trials, 3))
    further = DRAWS.standard_normal((trials, 5))  # say nothing
    return Trials(keys, np.hstack([shown, further]), np.arange(trials) // block, np.arange(trials) % block == 0)


@pytest.fixture(scope="module")
def trials() -> Trials:
    return normal(4096)


@pytest.fixture(scope="module")
def found(trials: Trials) -> posterior.Posterior:
    own = priors.priors(Scenario(), KEYS, {"clinicians.empathy.mean": [0.3, 0.9]})
    observed = np.array([0.6, -0.5, 10.0, *np.zeros(5)])
    return posterior.posterior(own, trials, observed, [f"summary {number}" for number in range(8)], 5)


def test_the_sample_is_the_posterior_that_is_known_in_closed_form(trials):
    goal = np.array([0.6, -0.5, 10.0, *np.zeros(5)])
    learned, used = abc.halves(trials)
    reduced = abc.reduction(learned)
    sample = abc.near(used.keys, reduced.of(used.summaries), reduced.of(goal))
    variance = 1 / (1 + 1 / NOISE**2)
    mean = goal[:3] / NOISE**2 * variance
    own = sample.weights @ sample.keys
    spread = np.sqrt(sample.weights @ (sample.keys - own) ** 2)
    count = 1 / (sample.weights**2).sum()
    assert np.abs(own - mean).max() < 4 * np.sqrt(variance / count).max()
    assert np.allclose(spread, np.sqrt(variance), rtol=0.1)


def test_recovery_is_that_of_a_right_posterior_and_not_of_a_wrong_one(trials):
    learned, used = abc.halves(trials)
    reduced = abc.reduction(learned)
    right = abc.recovered(used, reduced, 200).ranks
    assert np.abs(inside(right) - 0.9).max() < 4 * np.sqrt(0.09 / 200)  # one test in five thousand fails by chance
    noisier = normal(200, 3 * NOISE)  # the control: trials have more chance in them than those that explain them
    goals = reduced.of(noisier.summaries)
    samples = [abc.near(used.keys, reduced.of(used.summaries), goal) for goal in goals]
    ranks = [sample.weights @ (sample.keys < truth) for sample, truth in zip(samples, noisier.keys, strict=True)]
    assert inside(np.array(ranks))[0] < 0.75


def inside(ranks: np.ndarray) -> np.ndarray:
    """Share of truths inside their 90 % interval."""
    return ((ranks > 0.05) & (ranks < 0.95)).mean(axis=0)


def test_a_key_that_the_data_tell_is_informed_and_one_lost_in_noise_is_not(found):
    assert found.table["informed"].tolist() == [True, False, False]
    assert found.table["width_ratio"].iloc[2] > 0.9
    assert found.trusted


def test_every_number_of_the_table_has_its_monte_carlo_error(found):
    for name in ("mean", "sd", "lower", "upper", "width_ratio", "recovery"):
        assert (found.table[f"{name}_mcse"] > 0).all()
    assert (found.pairs["mcse"] > 0).all()


def test_draws_lie_in_the_range_of_their_key(found):
    for one in found.priors:
        assert found.draws[one.key].between(one.lower, one.upper).all()


def test_densities_hold_all_the_probability(found):
    for _, curve in found.curves.groupby("key"):
        for name in ("prior", "posterior"):
            assert np.trapezoid(curve[name], curve["value"]) == pytest.approx(1.0, abs=0.03)


def test_data_that_no_trial_can_show_are_found_out(trials):
    learned, used = abc.halves(trials)
    reduced = abc.reduction(learned)
    usual, odd = np.zeros(8), np.array([0.0, 0, 0, 5.0, -5.0, 5.0, 0, 0])
    assert abc.misfit(used, usual, reduced).share > 0.2
    found = abc.misfit(used, odd, reduced)
    assert found.share <= 2 / found.among
    assert set(np.argsort(-np.abs(found.away))[:3]) == {3, 4, 5}


def test_a_prior_is_the_registrys_cut_to_its_range():
    bond, empathy = priors.priors(Scenario(), KEYS[:2], {"clinicians.empathy.mean": [0.3, 0.9]})
    known = stats.truncnorm((0 - 0.3) / 0.1, (2 - 0.3) / 0.1, 0.3, 0.1)
    shares = np.linspace(0.01, 0.99, 21)
    assert np.allclose(bond.values(stats.norm.ppf(shares)), known.ppf(shares), atol=1e-9)
    assert np.allclose(empathy.values(stats.norm.ppf(shares)), 0.3 + 0.6 * shares)
    assert empathy.assumed
    assert empathy.narrowed
    assert not bond.assumed


@pytest.mark.parametrize(
    ("over", "ranges", "said"),
    [
        ([], {}, "needs the keys"),
        (["parameters.bond.rte"], {}, "parameters.bond.rate"),
        (["parameters.bond.rate"] * 2, {}, "twice"),
        (["patients.number"], {}, "no number that can be fitted"),
        (["clinicians.number"], {}, "no number that can be fitted"),
        (["protocol.doses"], {}, "no number that can be fitted"),
        (["policy.name"], {}, "no number that can be fitted"),
        (["parameters.bond"], {}, "no number that can be fitted"),
        (["parameters.bond.rate"], {"clinicians.empathy.mean": [0, 1]}, "which over does not name"),
        (["clinicians.empathy.mean"], {"clinicians.empathy.mean": [0.9, 0.3]}, "no range inside [0, 1]"),
        (["clinicians.empathy.mean"], {"clinicians.empathy.mean": [0.3, 1.3]}, "no range inside [0, 1]"),
        (["clinicians.empathy.mean"], {"clinicians.empathy.mean": ["low", "high"]}, "no range inside [0, 1]"),
        (["clinicians.empathy.mean"], {"clinicians.empathy.mean": [0.3]}, "no range inside [0, 1]"),
        (["parameters.bond.rate"], {"parameters.bond.rate": [1.5, 2.0]}, "next to nothing"),
        ([f"clinicians.{name}.mean" for name in ("empathy", "boundaries", "authenticity", "collaboration")]
         + ["parameters.bond.rate", "parameters.retention.base", "parameters.rupture.base"], {}, "at most 6"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused_in_one_sentence(over, ranges, said):
    with pytest.raises(ScenarioError, match=r"^.+[.?]$") as refused:
        priors.priors(Scenario(), over, ranges)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
