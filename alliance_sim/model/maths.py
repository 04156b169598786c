"""Which arithmetic gives the same bits on every engine: exp, log, normals and random words.

The processor's own exp and log differ between libraries in the last bit, and a simulation magnifies a bit. So
every function here is made of what IEEE 754 rounds in one way only: + - * / sqrt, comparisons, choice by
`where`, and casts between a double and its bits. One source serves a float, a NumPy array and compiled code.

Rules for a law: no `if` on a value, no `and` or `or` (write `&`, `|`), no change to an argument in place (as
`x += y` does), one order for every sum. Both sides of a `where` are computed, so both must be harmless.
Numbers are doubles (narrower floats are not converted), random words are unsigned 64-bit integers that hold
32 bits. What comes out has the shape of what goes in, broadcast. NaN in gives NaN out.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

Value = Any  # a float, an array, or whatever an engine computes with: one source serves them all
LAWS: list[Callable[..., Any]] = []  # every function marked @law, in the order of definition
ON_BITS: list[Callable[..., Any]] = []  # those of them that are made of 64-bit words, marked @on_bits

NAN = float("nan")
INFINITY = float("inf")
SMALLEST_NORMAL = 2.0**-1022
ROUNDER = 1.5 * 2.0**52  # added to a small double, it pushes the fraction out and leaves the nearest integer
SIGN_OFF = np.uint64(0x7FFF_FFFF_FFFF_FFFF)
MANTISSA = np.uint64(0x000F_FFFF_FFFF_FFFF)
MANTISSA_BITS = np.uint64(52)
BITS_OF_2_52 = np.uint64(0x4330_0000_0000_0000)  # with a small integer in its mantissa: 2**52 + that integer
TWO_52 = 2.0**52
BIAS = 1023.0  # of the exponent of a double
LN2_HIGH = 6.93147180369123816490e-01  # ln 2 with 32 zero bits at the end, so that k * LN2_HIGH is exact
LN2_LOW = 1.90821492927058770002e-10  # and the rest of it
ONE_OVER_LN2 = 1.4426950408889634
EXP_LOWEST, EXP_HIGHEST = -708.0, 709.0  # between them exp is a normal double
# exp(r) - 1 - r on |r| <= ln(2)/2, over r**2: near-minimax, close to 1/2!, 1/3!, ...
EXP0, EXP1, EXP2, EXP3 = 0.5, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062
EXP4, EXP5, EXP6 = 0.0013888888917213717, 0.00019841269863053618, 2.4801521295954376e-05
EXP7, EXP8, EXP9 = 2.7557268459997064e-06, 2.7620088445409746e-07, 2.510038549551032e-08
# log(1 + f) by s = f / (2 + f), and sin and cos on [-pi/4, pi/4]: fdlibm 5.3 (Sun Microsystems 1993)
SQRT_HALF_BITS = np.uint64(0x3FE6_A09E_667F_3BCD)
ONE_LESS_SQRT_HALF_BITS = np.uint64(0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD)
LOG1, LOG2, LOG3 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01
LOG4, LOG5, LOG6 = 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01
LOG7 = 1.479819860511658591e-01
SIN1, SIN2, SIN3 = -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04
SIN4, SIN5, SIN6 = 2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10
COS1, COS2, COS3 = 4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05
COS4, COS5, COS6 = -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11
HALF_PI = 1.5707963267948966
# Normal quantile: Wichura 1988, AS 241, PPND16; numerator (TOP) and denominator (LOW), constant first
# fmt: off
QUANTILE_CENTRE, QUANTILE_SQUARE, QUANTILE_SHIFT, QUANTILE_FAR = 0.425, 0.180625, 1.6, 5.0
CENTRE_TOP = (3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
              45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227)
CENTRE_LOW = (1.0, 42.31333070160091, 687.1870074920579, 5394.196021424751,
              21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854)
TAIL_TOP = (1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
            1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414)
TAIL_LOW = (1.0, 2.053191626637759, 1.6763848301838038, 0.6897673349851,
            0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9)
FAR_TOP = (6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
           0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7)
FAR_LOW = (1.0, 0.599832206555888, 0.1369298809227358, 0.014875361290850615,
           0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15)
# Normal distribution: Hart et al. 1968, no. 5666, as given by West 2005
CDF_TOP = (220.206867912376, 221.213596169931, 112.079291497871, 33.912866078383,
           6.37396220353165, 0.700383064443688, 0.0352624965998911, 0.0)
CDF_LOW = (440.413735824752, 793.826512519948, 637.333633378831, 296.564248779674,
           86.7807322029461, 16.064177579207, 1.75566716318264, 0.0883883476483184)
# fmt: on
CDF_FAR, CDF_LAST, CDF_FRACTION_END = 7.07106781186547, 37.5, 0.65
ONE_OVER_SQRT_2PI = 0.3989422804014327
# Philox4x32: Salmon et al. 2011, multipliers and key steps
PHILOX_TIMES_0, PHILOX_TIMES_2 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
PHILOX_STEP_0, PHILOX_STEP_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
WORD, WORD_BITS = np.uint64(0xFFFF_FFFF), np.uint64(32)
ANGLE = np.uint64(0x3FFF_FFFF)  # a word as an angle: 2 bits of quadrant, 30 bits of place in it
ANGLE_BITS = np.uint64(30)
ZERO, ONE, TWO, TWO_TO_SIGN = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(62)  # 2 << 62: the sign


def law[F: Callable[..., Any]](function: F) -> F:
    """List a function as a law and return it unchanged: an engine may compile what is listed in `LAWS`."""
    LAWS.append(function)
    return function


def on_bits[F: Callable[..., Any]](function: F) -> F:
    """List a law that takes 64-bit words apart: where there are none it is written anew, as no other law is."""
    ON_BITS.append(function)
    return law(function)


def where(condition: Value, yes: Value, no: Value) -> Value:
    """Take `yes` where the condition holds, else `no`; both are computed."""
    chosen: Value = np.where(condition, yes, no)
    return chosen[()]


def sqrt(x: Value) -> Value:
    """Square root, correctly rounded; NaN below 0."""
    with np.errstate(invalid="ignore"):
        return np.sqrt(x, dtype=np.float64)


def as_word(n: Value) -> Value:
    """Whole number of any integer type, 0 or more, as an unsigned 64-bit integer."""
    return np.asarray(n, dtype=np.uint64)[()]


def float_bits(x: Value) -> Value:
    """Bits of a double as an unsigned 64-bit integer; an array's bits share its memory."""
    return np.asarray(x, dtype=np.float64).view(np.uint64)[()]


def bits_float(bits: Value) -> Value:
    """Double with these 64 bits; an array's doubles share its memory."""
    return np.asarray(bits, dtype=np.uint64).view(np.float64)[()]


def each[R: tuple[Any, ...]](function: Callable[..., Value], first: R, *others: Any) -> R:
    """Map a law over records, field by field, into a record of the kind of `first`.

    Of what follows, a record of that kind gives each call its own field; anything else is handed to every call whole.
    """
    kind: Any = type(first)
    columns = (one if isinstance(one, kind) else itertools.repeat(one) for one in others)
    made: R = kind(*map(function, first, *columns))
    return made


PRIMITIVES: list[Callable[..., Any]] = [where, sqrt, as_word, float_bits, bits_float, each]


@on_bits
def word_number(word: Value) -> Value:
    """A 32-bit word as a double, from 0 to 2**32 - 1."""
    return bits_float(BITS_OF_2_52 | word) - TWO_52


@on_bits
def multiply_words(a: Value, b: Value) -> tuple[Value, Value]:
    """The product of two 32-bit words: its high 32 bits and its low ones."""
    product = a * b
    return product >> WORD_BITS, product & WORD


@on_bits
def scale_by_power(x: Value, shifted: Value) -> Value:
    """x times 2**k, where `shifted` is k + ROUNDER + BIAS and k is whole, between -1023 and 1024."""
    return x * bits_float(float_bits(shifted) << MANTISSA_BITS)


@on_bits
def split_exponent(x: Value) -> tuple[Value, Value]:
    """k, whole, and m in [sqrt(1/2), sqrt(2)), so that the size of a normal double x is m times 2**k."""
    # Move the binade's border from 1 to sqrt(1/2).
    bits = (float_bits(x) & SIGN_OFF) + ONE_LESS_SQRT_HALF_BITS
    k = bits_float((bits >> MANTISSA_BITS) | BITS_OF_2_52) - (TWO_52 + BIAS)
    return k, bits_float((bits & MANTISSA) + SQRT_HALF_BITS)


@on_bits
def flip_sign(x: Value, word: Value) -> Value:
    """x with its sign changed where the word's second bit, worth 2, is set."""
    return bits_float(float_bits(x) ^ ((word & TWO) << TWO_TO_SIGN))


@law
def minimum(a: Value, b: Value) -> Value:
    """Smaller of the two, NaN if either is."""
    return where(a < b, a, where(b <= a, b, NAN))


@law
def maximum(a: Value, b: Value) -> Value:
    """Larger of the two, NaN if either is."""
    return where(a > b, a, where(b >= a, b, NAN))


@law
def chosen(yes: Value, no: Value, condition: Value) -> Value:
    """`where` with the condition last, for `each`."""
    return where(condition, yes, no)


@law
def average(a: Value, b: Value, c: Value) -> Value:
    """Arithmetic mean of three, summed from the left."""
    return (a + b + c) / 3.0


@law
def clip(x: Value, lower: Value, upper: Value) -> Value:
    """Hold x between bounds, lower <= upper; NaN stays NaN."""
    return where(x < lower, lower, where(x > upper, upper, x))


@law
def unit(x: Value) -> Value:
    """Hold x in [0, 1]; NaN stays NaN."""
    return clip(x, 0.0, 1.0)


@law
def round_half_even(x: Value) -> Value:
    """Nearest whole number, a half to the even one, for |x| < 2**51; exact; -0.2 gives +0."""
    return (x + ROUNDER) - ROUNDER


@law
def polynomial7(
    x: Value, c0: float, c1: float, c2: float, c3: float, c4: float, c5: float, c6: float, c7: float
) -> Value:
    """Polynomial c0 + c1 x + ... + c7 x**7 by Horner's rule."""
    return ((((((c7 * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0


@law
def exp(x: Value) -> Value:
    """Exponential, within 1.1 units in the last place on [-708, 709]; beyond, the value at that end.

    For x = k ln 2 + r with k whole, a polynomial gives exp(r), and k goes into the exponent's bits.
    """
    x = clip(x, EXP_LOWEST, EXP_HIGHEST)
    shifted = x * ONE_OVER_LN2 + (ROUNDER + BIAS)
    k = shifted - (ROUNDER + BIAS)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    high = ((EXP4 + r * EXP5) + r2 * (EXP6 + r * EXP7)) + r4 * (EXP8 + r * EXP9)
    rest = ((EXP0 + r * EXP1) + r2 * (EXP2 + r * EXP3)) + r4 * high
    return scale_by_power(1.0 + (r + r2 * rest), shifted)


@law
def log(x: Value) -> Value:
    """Natural logarithm of a positive normal double, within 1 unit in the last place; inf stays inf.

    NaN outside the domain: for negative numbers, zero, and the subnormals below 2.3e-308.
    """
    k, mantissa = split_exponent(x)
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (LOG2 + w * (LOG4 + w * LOG6))
    odd = z * (LOG1 + w * (LOG3 + w * (LOG5 + w * LOG7)))
    half_square = 0.5 * f * f
    value = k * LN2_HIGH - ((half_square - (s * (half_square + (even + odd)) + k * LN2_LOW)) - f)
    return where(x >= SMALLEST_NORMAL, where(x < INFINITY, value, x), NAN)


@law
def logistic(x: Value) -> Value:
    """Logistic function, 1 / (1 + exp(-x)), in (0, 1]; within 2 units in the last place."""
    return 1.0 / (1.0 + exp(-x))


@law
def normal_quantile(u: Value) -> Value:
    """Standard normal value below which a share u lies, u in (0, 1); NaN outside.

    Relative error below 2e-15. PPND16 of Wichura 1988, Algorithm AS 241: the percentage points of the normal
    distribution, Applied Statistics 37(3), 477-484, doi:10.2307/2347330.
    """
    q = u - 0.5
    distance = where(q < 0.0, -q, q)
    near = minimum(distance, QUANTILE_CENTRE)
    centre = QUANTILE_SQUARE - near * near
    r = sqrt(-log(where(q < 0.0, u, 1.0 - u)))
    tail = clip(r, QUANTILE_SHIFT, QUANTILE_FAR) - QUANTILE_SHIFT
    far = maximum(r, QUANTILE_FAR) - QUANTILE_FAR
    is_centre = distance <= QUANTILE_CENTRE
    is_far = r > QUANTILE_FAR
    top = where(is_far, polynomial7(far, *FAR_TOP), polynomial7(tail, *TAIL_TOP))
    low = where(is_far, polynomial7(far, *FAR_LOW), polynomial7(tail, *TAIL_LOW))
    top = where(is_centre, polynomial7(centre, *CENTRE_TOP) * q, where(q < 0.0, -top, top))
    return top / where(is_centre, polynomial7(centre, *CENTRE_LOW), low)


@law
def normal_cdf(x: Value) -> Value:
    """Share of a standard normal below x, in (0, 1]; flat beyond |x| = 37.5.

    Absolute error below 1e-15; relative error in the lower tail below 1e-8. Hart et al. 1968, Computer
    Approximations, no. 5666, and beyond 7.07 a continued fraction, as given by West 2005, Better
    approximations to cumulative normal functions, Wilmott Magazine, 70-76.
    """
    y = where(x < 0.0, -x, x)
    y = where(y > CDF_LAST, CDF_LAST, y)
    low4 = y + CDF_FRACTION_END
    low3 = y * low4 + 4.0
    low2 = y * low3 + 3.0 * low4
    low1 = y * low2 + 2.0 * low3
    is_far = y > CDF_FAR
    top = where(is_far, low1 * ONE_OVER_SQRT_2PI, polynomial7(y, *CDF_TOP))
    low = where(is_far, y * low1 + low2, polynomial7(y, *CDF_LOW))
    tail = exp(-0.5 * y * y) * (top / low)
    return where(x > 0.0, 1.0 - tail, tail)


@law
def philox_round(c0: Value, c1: Value, c2: Value, c3: Value, k0: Value, k1: Value) -> tuple[Value, ...]:
    """One round of Philox4x32: the four words of the counter, mixed, and the key's two for the next round."""
    high_0, low_0 = multiply_words(c0, PHILOX_TIMES_0)
    high_2, low_2 = multiply_words(c2, PHILOX_TIMES_2)
    next_0 = (k0 + PHILOX_STEP_0) & WORD
    next_1 = (k1 + PHILOX_STEP_1) & WORD
    return high_2 ^ c1 ^ k0, low_2, high_0 ^ c3 ^ k1, low_0, next_0, next_1


@law
def philox(c0: Value, c1: Value, c2: Value, c3: Value, k0: Value, k1: Value) -> tuple[Value, Value, Value, Value]:
    """Four random words from a counter of four words and a key of two: Philox4x32 with 10 rounds.

    Words are whole numbers from 0 to 2**32 - 1, of any integer type going in and unsigned 64-bit coming out.
    There is no state: the same address gives the same words. Salmon, Moraes, Dror & Shaw 2011, Parallel
    random numbers: as easy as 1, 2, 3, doi:10.1145/2063384.2063405.
    """
    c0, c1, c2, c3, k0, k1 = as_word(c0), as_word(c1), as_word(c2), as_word(c3), as_word(k0), as_word(k1)
    # Ten lines, not a loop: words of different shapes mix, so their type changes from round to round.
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    return c0, c1, c2, c3


@law
def uniform(word: Value) -> Value:
    """Uniform number in the open (0, 1) from a 32-bit word: (word + 1/2) / 2**32, exact."""
    return (word_number(word) + 0.5) * 2.0**-32


@law
def normal_pair(word: Value, other: Value) -> tuple[Value, Value]:
    """Two independent standard normals, within 6.77 of 0, from two 32-bit words.

    Box & Muller 1958, A note on the generation of random normal deviates, doi:10.1214/aoms/1177706645. The
    first word gives the radius; the second the angle: a quadrant (2 bits) and a place in it (30 bits). Error
    below 1e-14.
    """
    radius = sqrt(-2.0 * log(uniform(word)))
    quadrant = other >> ANGLE_BITS
    place = (word_number(other & ANGLE) + 0.5) * 2.0**-30 - 0.5
    a = place * HALF_PI
    z = a * a
    sine = a + a * z * (SIN1 + z * (SIN2 + z * (SIN3 + z * (SIN4 + z * (SIN5 + z * SIN6)))))
    cosine = 1.0 - (0.5 * z - z * z * (COS1 + z * (COS2 + z * (COS3 + z * (COS4 + z * (COS5 + z * COS6))))))
    odd = (quadrant & ONE) != ZERO
    along = flip_sign(where(odd, sine, cosine), quadrant + ONE)
    across = flip_sign(where(odd, cosine, sine), quadrant)
    return radius * along, radius * across
