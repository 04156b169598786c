"""Estimates from replicates: the numbers worked out by hand."""

import numpy as np
import pytest

from alliance_sim.analysis.monte_carlo import averaged, jackknifed, share


def test_a_mean_has_the_textbook_error_and_students_interval():
    found = averaged(np.array([1.0, 2.0, 3.0, 6.0]))
    assert found.estimate == 3.0
    assert found.mcse == pytest.approx(np.sqrt(14 / 3 / 4))
    assert found.upper - found.estimate == pytest.approx(3.182446 * found.mcse, rel=1e-6)  # t, 3 degrees of freedom


def test_missing_replicates_are_left_out_and_one_alone_has_no_error():
    found = averaged(np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, np.nan]]))
    assert found.estimate.tolist() == [2.0, 5.0]
    assert found.mcse[0] == pytest.approx(1.0)
    assert np.isnan(found.mcse[1])
    assert np.isnan(averaged(np.full((3, 1), np.nan)).estimate[0])


def test_the_jackknife_of_a_mean_is_its_error():
    values = np.random.default_rng(1).normal(size=30)
    one, two = averaged(values), jackknifed(values[:, None], lambda parts: parts[0])
    assert np.allclose(one, two)


def test_the_jackknife_of_a_ratio_is_near_the_delta_method():
    parts = np.random.default_rng(2).normal((2.0, 4.0), (0.5, 0.3), (400, 2))
    found = jackknifed(parts, lambda mean: mean[0] / mean[1])
    top, bottom = parts.mean(axis=0)
    residual = (parts[:, 0] - top / bottom * parts[:, 1]) / bottom
    assert found.estimate == pytest.approx(top / bottom)
    assert found.mcse == pytest.approx(residual.std(ddof=1) / np.sqrt(400), rel=0.01)


def test_a_share_of_none_and_of_all_keeps_inside_zero_and_one():
    found = share(np.array([0, 50, 100]), np.array([100, 100, 100]))
    assert found.estimate.tolist() == [0.0, 0.5, 1.0]
    assert found.mcse.tolist() == pytest.approx([0.0, 0.05, 0.0])
    assert found.lower[0] == pytest.approx(0.0)
    assert found.upper[0] == pytest.approx(0.03699, abs=1e-4)  # Wilson's
    assert found.upper[2] == pytest.approx(1.0)
