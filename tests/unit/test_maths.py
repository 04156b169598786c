"""The arithmetic of the laws: right to the digits it claims, and the same bits however it is run."""

import math
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import special

from alliance_sim.engine.compile import kernel
from alliance_sim.model import maths

WORDS = st.integers(0, 2**32 - 1)
NORMAL_POSITIVE = st.floats(2.0**-1022, np.finfo(float).max)
OWN_LAWS = [law for law in maths.LAWS if law.__module__ == maths.__name__]


def in_last_places(found, exact: Decimal) -> float:
    """Distance from the exact value, in units in the last place of its double."""
    return float(abs(Decimal(float(found)) - exact) / Decimal(math.ulp(float(exact))))


# ------------------------------------------------------------------------------------------------- accuracy
# References: 40-digit decimals for exp and log; scipy.special for the normal distribution, whose coefficients
# here (Wichura 1988, Hart 1968) were typed in and are proved by these comparisons.


@settings(deadline=None, max_examples=500)
@given(st.floats(-708.0, 709.0))
def test_exp_is_within_1_1_units_in_the_last_place(x):
    with localcontext(prec=40):
        assert in_last_places(maths.exp(x), Decimal(x).exp()) < 1.1


@settings(deadline=None, max_examples=500)
@given(NORMAL_POSITIVE | st.floats(0.5, 2.0))
def test_log_is_within_1_unit_in_the_last_place_for_all_positive_normal_doubles(x):
    if x == 1.0:
        assert maths.log(x) == 0.0
        return
    with localcontext(prec=40):
        assert in_last_places(maths.log(x), Decimal(x).ln()) < 1.0


@settings(deadline=None, max_examples=500)
@given(st.floats(-700.0, 700.0))
def test_logistic_is_within_2_units_in_the_last_place(x):
    with localcontext(prec=400):
        exact = 1 / (1 + (-Decimal(x)).exp())
        assert in_last_places(maths.logistic(x), exact) < 2.0


def test_exp_and_log_agree_with_numpy_over_their_whole_range():
    x = np.linspace(-708.0, 709.0, 1_000_003)
    np.testing.assert_allclose(maths.exp(x), np.exp(x), rtol=5e-16, atol=0)
    np.testing.assert_allclose(maths.log(np.exp(x)), np.log(np.exp(x)), rtol=5e-16, atol=0)
    near_one = np.linspace(0.5, 2.0, 1_000_003)
    np.testing.assert_allclose(maths.log(near_one), np.log(near_one), rtol=5e-16, atol=0)


def test_exp_and_logistic_saturate_without_overflow():
    assert maths.exp(1e300) == maths.exp(709.0) < math.inf
    assert maths.exp(-math.inf) == maths.exp(-708.0) > 0.0
    assert 0.0 < maths.logistic(-1e300) < 1e-307
    assert maths.logistic(1e300) == 1.0


def test_log_answers_nan_outside_its_domain_and_inf_at_inf():
    for outside in (0.0, -0.0, -1.0, -math.inf, 5e-324, 2.0**-1023):
        assert math.isnan(maths.log(outside))
    assert maths.log(math.inf) == math.inf


def test_normal_quantile_agrees_with_scipy_to_2e_15():
    draw = np.random.default_rng(1)
    u = np.concatenate([draw.uniform(size=200_000), 10.0 ** draw.uniform(-300, -1, 200_000)])
    u = np.concatenate([u, 1.0 - 10.0 ** draw.uniform(-15, -1, 200_000)])
    np.testing.assert_allclose(maths.normal_quantile(u), special.ndtri(u), rtol=2e-15, atol=1e-17)


@settings(deadline=None)
@given(st.floats(1e-300, 1.0, exclude_max=True))
def test_normal_quantile_agrees_with_the_same_algorithm_in_the_standard_library(u):
    assert maths.normal_quantile(u) == pytest.approx(NormalDist().inv_cdf(u), rel=2e-15, abs=1e-17)


def test_normal_quantile_is_odd_about_one_half_and_nan_outside():
    assert maths.normal_quantile(0.5) == 0.0
    u = np.arange(1, 512) / 1024
    np.testing.assert_array_equal(maths.normal_quantile(u), -maths.normal_quantile(1.0 - u))
    assert np.isnan(maths.normal_quantile(np.array([-1e300, -0.1, 0.0, 1.0, 1.1, 1e300, np.nan]))).all()


def test_normal_cdf_agrees_with_scipy_to_1e_15_and_in_the_lower_tail_to_a_share_of_1e_8():
    x = np.linspace(-60.0, 60.0, 1_200_001)
    np.testing.assert_allclose(maths.normal_cdf(x), special.ndtr(x), rtol=0, atol=1e-15)
    tail = x[(x > -37.4) & (x < 0.0)]
    np.testing.assert_allclose(maths.normal_cdf(tail), special.ndtr(tail), rtol=1e-8, atol=0)


def test_normal_cdf_never_falls_on_a_grid_of_1e_4_and_stays_in_0_to_1():
    share = maths.normal_cdf(np.linspace(-40.0, 40.0, 800_001))
    assert (np.diff(share) >= 0.0).all()
    assert share[0] > 0.0
    assert share[-1] == 1.0
    assert maths.normal_cdf(0.0) == pytest.approx(0.5, abs=1e-15)


def test_normal_quantile_undoes_normal_cdf():
    x = np.linspace(-6.0, 5.0, 10_001)
    np.testing.assert_allclose(maths.normal_quantile(maths.normal_cdf(x)), x, rtol=0, atol=1e-9)


def test_normal_pair_is_radius_times_sine_and_cosine_to_1e_14():
    draw = np.random.default_rng(2)
    word, other = draw.integers(0, 2**32, (2, 500_000), dtype=np.uint64)
    first, second = maths.normal_pair(word, other)
    radius = np.sqrt(-2.0 * np.log((word + 0.5) * 2.0**-32))
    # The quadrant and the place are exact, so the reference loses no digits to the size of the angle.
    quadrant, place = np.divmod(other.astype(float), 2.0**30)
    angle = ((place + 0.5) * 2.0**-30 - 0.5) * (np.pi / 2)
    turned = np.exp(1j * angle) * np.array([1, 1j, -1, -1j])[quadrant.astype(int)]
    np.testing.assert_allclose(first, radius * turned.real, rtol=0, atol=1e-14)
    np.testing.assert_allclose(second, radius * turned.imag, rtol=0, atol=1e-14)


@given(WORDS, WORDS)
def test_normal_pair_is_finite_and_within_its_bound_for_all_words(word, other):
    first, second = maths.normal_pair(word, other)
    assert math.hypot(first, second) < 6.77


@given(WORDS)
def test_uniform_is_open_at_both_ends_and_exact(word):
    share = maths.uniform(word)
    assert 0.0 < share < 1.0
    assert share * 2.0**32 == word + 0.5


@given(st.floats(-(2.0**51), 2.0**51, exclude_min=True, exclude_max=True))
def test_round_half_even_rounds_as_python_does(x):
    assert maths.round_half_even(x) == round(x)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_minimum_and_maximum_pick_one_of_the_two(a, b):
    assert maths.minimum(a, b) == min(a, b)
    assert maths.maximum(a, b) == max(a, b)


@given(st.floats(allow_nan=False))
def test_clip_and_unit_hold_a_number_between_bounds(x):
    assert maths.clip(x, -2, 3) == min(max(x, -2.0), 3.0)
    assert maths.unit(x) == min(max(x, 0.0), 1.0)


def test_average_is_the_mean_of_three():
    assert maths.average(1, 2, 6) == 3.0


@given(st.floats(-100, 100), st.lists(st.floats(-100, 100), min_size=8, max_size=8))
def test_polynomial7_agrees_with_numpy(x, coefficients):
    size = sum(abs(c) * abs(x) ** power for power, c in enumerate(coefficients))
    expected = np.polynomial.polynomial.polyval(x, coefficients)
    assert maths.polynomial7(x, *coefficients) == pytest.approx(expected, rel=0, abs=1e-14 * size + 1e-300)


@pytest.mark.parametrize("nan", [math.nan, -math.nan, np.array([np.nan, -np.nan])])
def test_nan_in_gives_nan_out(nan):
    one_argument = [maths.exp, maths.log, maths.logistic, maths.unit, maths.sqrt, maths.round_half_even]
    for law in [*one_argument, maths.normal_cdf, maths.normal_quantile]:
        assert np.isnan(law(nan)).all()
    for law in (maths.minimum, maths.maximum):
        assert np.isnan(law(nan, 1.0)).all()
        assert np.isnan(law(1.0, nan)).all()
    assert np.isnan(maths.clip(nan, 0.0, 1.0)).all()


# --------------------------------------------------------------------------------------------- random words


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_philox_gives_the_known_answers_of_random123(counter, key, expected):
    assert maths.philox(*counter, *key) == expected
    assert kernel(maths.philox)(*counter, *key) == expected


def moments_off(first, second, limit=4.5):
    """Which moments of two samples lie more than `limit` standard errors from a standard normal's.

    Nine moments are looked at (four of each sample and the covariance); by chance alone, one is off in one of
    16,000 seeds.
    """
    n = len(first)
    found = {}
    for name, z in (("first", first), ("second", second)):
        found[f"{name} mean"] = z.mean() * math.sqrt(n)
        found[f"{name} variance"] = ((z**2).mean() - 1.0) * math.sqrt(n / 2)
        found[f"{name} skewness"] = (z**3).mean() * math.sqrt(n / 15)
        found[f"{name} kurtosis"] = ((z**4).mean() - 3.0) * math.sqrt(n / 96)
    found["covariance"] = (first * second).mean() * math.sqrt(n)
    return {name for name, errors in found.items() if abs(errors) > limit}


def sample_of_normals(n=1_000_000):
    a, b, c, _ = maths.philox(np.arange(n, dtype=np.uint64), 7, 0, 0, 2024, 5)
    return *maths.normal_pair(a, b), maths.normal_quantile(maths.uniform(c))


def test_normals_have_the_moments_of_independent_standard_normals():
    first, second, third = sample_of_normals()
    assert moments_off(first, second) == set()
    assert moments_off(third, first) == set()


def test_the_check_of_moments_finds_normals_that_are_one_percent_too_wide_or_shifted_or_dependent():
    first, second, _ = sample_of_normals()
    assert "first variance" in moments_off(1.01 * first, second)
    assert "second mean" in moments_off(first, second + 0.01)
    assert "covariance" in moments_off(first, (second + 0.01 * first) / math.hypot(1, 0.01))


# -------------------------------------------------------------------------------------- the same everywhere

EDGES = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 2.5, 1e-300, 5e-324, -1e300, math.inf, -math.inf, math.nan]


def arguments_of(law):
    """Columns of arguments for a law: edges, every order of size, and the range in which laws live."""
    draw = np.random.default_rng(3)

    def numbers():
        wide = draw.choice([-1.0, 1.0], 100) * 10.0 ** draw.uniform(-300, 2.8, 100)
        x = np.concatenate([draw.normal(0, 3, 200), wide, np.resize(EDGES, 100)])
        return draw.permutation(x)

    def words():
        return np.append(draw.integers(0, 2**32, 398, dtype=np.uint64), np.array([0, 2**32 - 1], dtype=np.uint64))

    x, y, z, u = numbers(), numbers(), numbers(), draw.uniform(size=400)
    small = [draw.normal(size=400) for _ in range(9)]
    six = [words() for _ in range(6)]
    return {
        "minimum": [x, y],
        "maximum": [x, y],
        "chosen": [x, y, x > z],
        "average": [*small[:3]],
        "clip": [x, np.fmin(y, z), np.fmax(y, z)],
        "unit": [x],
        "round_half_even": [x],
        "polynomial7": small,
        "exp": [x],
        "log": [np.where(draw.uniform(size=400) < 0.8, np.abs(x), x)],
        "logistic": [x],
        "normal_quantile": [np.concatenate([u[:300], np.abs(x[:100])])],
        "normal_cdf": [x],
        "word_number": six[:1],
        "multiply_words": six[:2],
        "scale_by_power": [x, np.rint(np.clip(np.nan_to_num(y), -1000, 1000)) + (maths.ROUNDER + maths.BIAS)],
        "split_exponent": [x],
        "flip_sign": [x, six[0]],
        "philox_round": six,
        "philox": six,
        "uniform": six[:1],
        "normal_pair": six[:2],
    }[law.__name__]


def bits(result):
    """Exact text of a number, or of each of several."""
    if isinstance(result, tuple):
        return tuple(bits(part) for part in result)
    return float(result).hex() if isinstance(result, float) else int(result)


@pytest.mark.parametrize("law", OWN_LAWS, ids=lambda law: law.__name__)
def test_the_same_bits_for_plain_numbers_in_numpy_and_compiled(law):
    columns = arguments_of(law)
    rows = list(zip(*columns, strict=True))
    compiled = kernel(lambda *row: law(*row))

    by_numpy = law(*columns)
    by_numpy = list(zip(*by_numpy, strict=True)) if isinstance(by_numpy, tuple) else list(by_numpy)

    expected = [bits(result) for result in by_numpy]
    assert [bits(law(*(value.item() for value in row))) for row in rows] == expected
    assert [bits(law(*row)) for row in rows] == expected
    assert [bits(compiled(*row)) for row in rows] == expected


@pytest.mark.parametrize("law", [maths.exp, maths.log, maths.normal_cdf, maths.normal_quantile])
def test_the_same_bits_in_a_compiled_loop_that_the_compiler_may_turn_into_vector_code(law):
    @kernel
    def over(x, out):
        for i in range(len(x)):
            out[i] = law(x[i])

    (x,) = arguments_of(law)
    out = np.empty_like(x)
    over(x, out)
    assert [bits(value) for value in out] == [bits(value) for value in law(x)]


@pytest.mark.parametrize("law", [maths.exp, maths.log, maths.logistic, maths.normal_cdf, maths.normal_quantile])
def test_shape_and_layout_of_an_array_do_not_matter(law):
    x = np.random.default_rng(4).uniform(0.01, 0.99, (6, 8))
    expected = law(x.ravel()).reshape(x.shape)
    np.testing.assert_array_equal(law(x), expected)
    np.testing.assert_array_equal(law(np.asfortranarray(x)[::2, ::-3]), expected[::2, ::-3])
    assert law(x).shape == x.shape
    assert np.ndim(law(x[0, 0])) == 0


def test_laws_leave_their_arguments_as_they_are():
    for law in OWN_LAWS:
        columns = arguments_of(law)
        copies = [column.copy() for column in columns]
        law(*columns)
        for column, copy in zip(columns, copies, strict=True):
            np.testing.assert_array_equal(column, copy)


@given(st.floats(allow_nan=False))
def test_float_bits_and_bits_float_undo_each_other(x):
    assert bits(maths.bits_float(maths.float_bits(x))) == bits(x)


def test_whole_numbers_are_welcome_wherever_a_number_is():
    assert maths.exp(0) == 1.0
    assert maths.log(1) == 0.0
    assert maths.sqrt(4) == 2.0
    assert maths.unit(2) == 1.0
    assert maths.logistic(0) == 0.5
    assert maths.normal_cdf(-100) < 1e-300
    assert maths.where(True, 1, 2) == 1
    assert maths.philox(np.int64(1), 2, np.uint32(3), 4, 5, 6) == maths.philox(1, 2, 3, 4, 5, 6)


def test_a_law_stays_the_plain_function_it_was_and_is_listed_in_order(monkeypatch):
    monkeypatch.setattr(maths, "LAWS", [])

    def first(x):
        return x + 1

    def second(x):
        return x + 2

    assert maths.law(first) is first
    assert maths.law(second) is second
    assert [first, second] == maths.LAWS
