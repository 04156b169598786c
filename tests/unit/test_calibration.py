"""The calibration's own machinery: priors, worlds with other numbers, likelihood, search and sampler."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from alliance_sim.calibration import posterior, results, search, space
from alliance_sim.calibration.columns import Columns, kept
from alliance_sim.calibration.evidence.rows import rows
from alliance_sim.calibration.evidence.targets import Measure, Scale
from alliance_sim.calibration.likelihood import Likelihood, Reference, anchored, expected, fitted
from alliance_sim.calibration.prediction import table
from alliance_sim.calibration.studies import STUDIES, scenario, with_numbers
from alliance_sim.calibration.summaries import by_study, evaluate, off_scale, on_scale, simulated
from alliance_sim.engine import arrays, worlds
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import ScenarioError
from alliance_sim.study.posterior import SPREAD, of_condition
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario

# ------------------------------------------------------------------------------------------------------ priors


def test_numbers_and_standard_normals_are_each_others_inverse():
    normals = np.random.default_rng(1).standard_normal((20, len(space.names())))
    assert np.allclose(space.to_normal(space.to_values(normals)), normals, atol=1e-6)


def test_the_prior_stays_in_the_registrys_range_and_has_its_middle():
    normals = np.random.default_rng(2).standard_normal((4000, len(space.names())))
    values = space.to_values(normals)
    for place, one in enumerate(space.calibrated()):
        assert one.row.lower <= values[:, place].min()
        assert values[:, place].max() <= one.row.upper
        uncut = one.bounds[0] < 0.001 and one.bounds[1] > 0.999
        if uncut:
            assert values[:, place].mean() == pytest.approx(one.mean, abs=4 * one.sd / np.sqrt(4000))


def test_a_patient_population_takes_only_its_own_numbers():
    point = {
        "depression:patients.severity_mean": 0.4,
        "ptsd:patients.symptom_volatility": 0.5,
        "parameters.bond.rate": 0.2,
    }
    assert of_condition(point, "ptsd") == {"patients.symptom_volatility": 0.5, "parameters.bond.rate": 0.2}


def test_one_spread_of_clinicians_sets_all_five():
    point = space.as_points(np.zeros((1, len(space.names()))))[0]
    assert len({point[key] for key in SPREAD}) == 1


# ------------------------------------------------------------------------------------- worlds, quickly and rightly


def test_quickly_changed_numbers_are_those_of_the_checked_way():
    values = {"parameters.bond.rate": 0.2, "patients.severity_mean": 0.4, "clinicians.empathy.spread": 0.1}
    base = Scenario()
    quick, checked = with_numbers(base, values), changed(base, values)
    assert quick == checked
    assert base == Scenario()  # the base is left alone


def test_fewer_columns_are_the_same_columns():
    arms = [scenario("davis_all", "psilocybin")]
    whole = worlds.simulate(arms, range(3), 7)
    some = worlds.simulate(arms, range(3), 7, Keep.sessions, columns=kept("davis2021"))
    for name in ("sessions", "assessments", "patients", "outcomes"):
        mine, all_ = getattr(some, name), getattr(whole, name)
        assert mine.keys() <= all_.keys()
        assert all(np.array_equal(mine[key], all_[key], equal_nan=True) for key in mine)
    assert set(some.sessions) == {"wai", "attended", "in_treatment"}


def test_arms_of_a_trial_have_different_patients_and_share_its_draws():
    study = STUDIES["comp001"]
    parts = [study.part(arm.name) for arm in study.arms]
    assert [part.stop - part.start for part in parts] == [79, 75, 79]
    assert parts[0].stop == parts[1].start
    arms = simulated("comp001", [{}], 0, 2, further=("drug_effect",))
    effects = {arm: columns["drug_effect"] for arm, columns in arms.items()}
    assert np.ptp(effects["25"][:, 0, 0]) == 0
    assert np.array_equal(effects["25"][0], effects["1"][0])
    assert effects["25"][0, 0, 0] != effects["25"][0, 0, 1]


def test_columns_are_the_scores_of_the_days_they_name():
    world = scenario("mapp1", "mdma")
    recorded = arrays.simulate([world], range(2), 7)
    columns = Columns(world, recorded, slice(0, 46), [world])
    for patient in (0, 45):
        row = next(
            place
            for place, event in enumerate(recorded.assessment_events)
            if event.patient == patient and event.planned.number == 126
        )
        assert columns["score.126"][patient, 0, 0] == recorded.assessments["score_primary"][row, 0, 0]
        assert columns["stayed.126"][patient, 0, 0] == recorded.assessments["in_treatment"][row, 0, 0]
    change = columns["score.126"] - columns["baseline"]
    assert np.array_equal(columns["change.126"], change)
    assert np.array_equal(columns["response.126"] > 0.5, change <= -10)  # the CAPS-5 rule
    assert np.array_equal(columns["remission.126"] > 0.5, columns["score.126"] <= 11)
    assert np.allclose(columns["change.126"], recorded.outcomes["change"][:46])


def test_completers_are_those_in_treatment():
    arms = simulated("mapp1", [{"parameters.retention.base": -2.0}], 0, 4)
    stayed = evaluate(Measure("mapp1", "mdma", "mean", ("score.126",), "stayed"), arms)
    columns = arms["mdma"]
    by_hand = [columns["score.126"][columns["stayed.126"][:, 0, trial] > 0.5, 0, trial].mean() for trial in range(4)]
    assert np.allclose(stayed[0], by_hand)
    assert not np.allclose(stayed, evaluate(Measure("mapp1", "mdma", "mean", ("score.126",)), arms))


def test_residual_gain_does_not_go_with_the_first_score():
    own = simulated("psychotherapy", [{}], 0, 20)["usual"]
    first, gain = own["baseline"].ravel(), own["gain"].ravel()
    assert abs(np.corrcoef(first, gain)[0, 1]) < 1e-9
    assert np.corrcoef(own["endpoint"].ravel(), gain)[0, 1] < -0.5


@pytest.mark.parametrize("scale", list(Scale))
def test_scales_of_comparison_can_be_undone(scale):
    values = np.array([0.05, 0.3, 0.8])
    assert np.allclose(off_scale(on_scale(values, scale), scale), values)


def test_every_fitted_target_has_a_value_at_the_defaults():
    levels = expected(space.defaults()[None], fitted())
    assert np.isfinite(levels).all()


def test_the_log_likelihood_is_that_of_a_normal_with_this_covariance():
    """Up to a constant, against SciPy; a point without a value is impossible."""
    size = len(fitted())
    rng = np.random.default_rng(9)
    root = rng.standard_normal((size, size))
    covariance = root @ root.T + np.eye(size)
    zeros = np.zeros(size)
    likelihood = Likelihood(Reference(zeros, zeros, covariance, zeros, zeros), values=rng.standard_normal(size))
    levels = rng.standard_normal((3, size))
    ours = likelihood.of_expected(levels)
    known = stats.multivariate_normal(likelihood.values, covariance).logpdf(levels)
    assert np.allclose(ours - ours[0], known - known[0])
    levels[1, 4] = np.nan
    assert likelihood.of_expected(levels)[1] == -np.inf


@pytest.mark.parametrize("study", list(by_study(fitted())))
def test_a_study_is_left_out_of_the_likelihood_with_all_its_rows(study):
    """What is left is the likelihood of the other rows alone, against SciPy; a study without rows is refused."""
    size = len(fitted())
    rng = np.random.default_rng(9)
    root = rng.standard_normal((size, size))
    covariance, zeros = root @ root.T + np.eye(size), np.zeros(size)
    reference = Reference(zeros, rng.standard_normal(size), covariance, zeros, zeros)
    values = rng.standard_normal(size)
    likelihood = Likelihood(reference, values, without=study)
    kept = [place for place, target in enumerate(fitted()) if target.measure.study != study]
    assert [target.key for target in likelihood.targets] == [fitted()[place].key for place in kept]
    assert np.array_equal(likelihood.reference.offset, reference.offset[kept])
    levels = rng.standard_normal((3, len(kept)))
    ours = likelihood.of_expected(levels)
    other = stats.multivariate_normal(values[kept], covariance[np.ix_(kept, kept)]).logpdf(levels)
    assert np.allclose(ours - ours[0], other - other[0])
    with pytest.raises(ValueError, match="'nowhere' cannot be left out"):
        Likelihood(reference, values, without="nowhere")


def test_the_covariance_of_comparison_has_papers_errors_and_what_a_trial_shares():
    """A row of COMP001 counts no more sharply than its paper's error; arms with the drug share the trial's draws."""
    reference = reference_at_the_defaults()
    place = {target.key: at for at, target in enumerate(fitted())}
    spread = np.sqrt(reference.covariance.diagonal())
    for target in fitted():
        assert spread[place[target.key]] >= target.error * 0.999, target.key
    correlation = reference.covariance / np.outer(spread, spread)
    assert correlation[place["TD088"], place["TD094"]] > 0.5  # the same patients three weeks later
    assert correlation[place["TD088"], place["TD089"]] > 0.15  # other patients, the same drug effect
    assert abs(correlation[place["TD088"], place["TM007"]]) < 1e-12  # another trial
    assert abs(correlation[place["PT007"], place["PT008"]]) < 1e-12  # another meta-analysis
    assert np.linalg.eigvalsh(reference.covariance).min() > 0


@functools.cache
def reference_at_the_defaults():
    """The reference at the registry's defaults."""
    return anchored(space.defaults())


# ------------------------------------------------------------------------------- search and sampler on a straight line


class Line:
    """A likelihood whose expectations are a straight line in the numbers: the posterior is known exactly."""

    def __init__(self, noise=0.7):
        rng = np.random.default_rng(5)
        self.slopes = rng.standard_normal((6, 4))
        self.values = self.slopes @ np.array([1.0, -0.5, 0.3, 0.0]) + noise * rng.standard_normal(6)
        self.reference = Reference(np.zeros(4), np.zeros(6), noise**2 * np.eye(6), np.zeros(6), np.zeros(6))
        self.evaluations = 0
        inverse = np.linalg.inv(self.reference.covariance)
        self.covariance = np.linalg.inv(self.slopes.T @ inverse @ self.slopes + np.eye(4))
        self.mean = self.covariance @ self.slopes.T @ inverse @ self.values

    def expected(self, normals):
        self.evaluations += len(normals)
        return normals @ self.slopes.T

    def of_expected(self, levels):
        off = levels - self.values
        return -0.5 * (off**2).sum(axis=1) / self.reference.covariance[0, 0]


def test_the_search_finds_the_known_best_point():
    line = Line()
    found = search.best(line, np.zeros(4))
    assert np.allclose(found.normals, line.mean, atol=0.01)
    assert np.allclose(found.covariance, line.covariance, atol=1e-6)


def test_the_sampler_has_the_known_mean_and_covariance():
    """4,000 particles; within 5 standard errors of independent draws, as moves leave them nearly so."""
    line = Line()
    cloud = posterior.sample(line, 3, 4000)
    error = np.sqrt(line.covariance.diagonal() / 4000)
    assert np.all(np.abs(cloud.normals.mean(axis=0) - line.mean) < 5 * error)
    assert np.allclose(np.cov(cloud.normals.T), line.covariance, atol=0.06)
    assert cloud.share == 1.0


def test_a_sampler_that_let_in_half_of_the_likelihood_would_fail_this_test():
    """Negative control: the tempered posterior is another one."""
    line = Line()
    half = np.linalg.inv(0.5 * line.slopes.T @ line.slopes / line.reference.covariance[0, 0] + np.eye(4))
    assert not np.allclose(half, line.covariance, atol=0.06)


def test_the_same_seed_gives_the_same_particles_and_another_seed_others():
    one, two, other = (posterior.sample(Line(), seed, 200).normals for seed in (3, 3, 4))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_a_sampler_stopped_after_any_step_goes_on_to_the_same_particles(tmp_path):
    whole = posterior.sample(Line(), 3, 200)
    path = tmp_path / "particles.npz"

    class StopError(Exception):
        pass

    def stop(progress):
        if progress.step == 2:
            raise StopError

    with pytest.raises(StopError):
        posterior.sample(Line(), 3, 200, path, stop)
    steps = []
    resumed = posterior.sample(Line(), 3, 200, path, steps.append)
    assert steps[0].step == 3
    assert np.array_equal(resumed.normals, whole.normals)
    assert np.array_equal(
        posterior.sample(Line(noise=0.5), 3, 200, path).normals, posterior.sample(Line(0.5), 3, 200).normals
    )


# ----------------------------------------------------------------------------------------------------- what is packed


def test_the_packed_posterior_is_of_this_version_and_its_best_point_is_the_registrys_default():
    packed = results.read()
    assert len(packed.weights) >= 500
    assert packed.weights.sum() == pytest.approx(1)
    assert packed.keys == space.names()
    for one, value in zip(space.calibrated(), packed.best, strict=True):
        assert one.default == pytest.approx(value, rel=0.006), one.key


def test_a_posterior_is_read_as_it_was_written(tmp_path):
    keys = space.names()
    values = np.random.default_rng(1).random((5, len(keys))).astype(np.float32).astype(float)
    made = results.Posterior(keys, values, np.full(5, 0.2), np.arange(5.0), values[0], {"seed": 1})
    results.write(tmp_path / "posterior.parquet", made)
    read = results.read(tmp_path / "posterior.parquet")
    assert np.array_equal(read.values, values)
    assert np.allclose(read.best, values[0])
    assert read.about == {"seed": 1}
    results.write(tmp_path / "again.parquet", read)
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "posterior.parquet").read_bytes()
    with pytest.raises(ScenarioError, match="alliance-sim calibrate"):
        results.read(tmp_path / "none.parquet")


def test_a_target_is_within_where_its_interval_holds_the_published_value():
    target = SimpleNamespace(**fitted()[2]._asdict())
    inside = table([target], {target.key: np.linspace(-20, -10, 80).reshape(2, 40)})
    outside = table([target], {target.key: np.linspace(-10, -5, 80).reshape(2, 40)})
    assert inside["within"].tolist() == [True]
    assert outside["within"].tolist() == [False]


def test_a_range_is_inside_or_outside():
    target = next(one for one in fitted() if one.key == "PT049")
    row = rows("calibration")["PT049"]
    assert (row.lower, row.upper) == (0.19, 0.42)
    for share, within in ((0.3, True), (0.45, False)):
        assert table([target], {"PT049": np.full((2, 4), share)})["within"].tolist() == [within]
