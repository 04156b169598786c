"""What one more response costs in clinician hours, and what such a number means."""

import numpy as np

from alliance_sim.analysis.monte_carlo import Array, known, margin
from alliance_sim.analysis.running import HOURS, PAIRED, RESPONSE, TOGETHER, Moments


def hours_per_response(between: Moments) -> tuple[Array, Array]:
    """Difference in clinician hours a patient over the difference in response, pair by pair.

    Args:
        between: Moments of paired differences, in columns `PAIRED`.

    Returns:
        Hours for each further response, and their Monte Carlo standard error by the delta method on differences of the
        same replicates. NaN where the 95 % interval of the difference in response holds 0 or is not known.
        Negative where one arm has more of the one and less of the other.
    """
    hours, response, both = (between.column(place) for place in (HOURS, RESPONSE, PAIRED.index(TOGETHER)))
    clear = np.abs(response.means) > margin(response.error, response.count)
    each = np.divide(hours.means, response.means, out=np.full(clear.shape, np.nan), where=clear)
    shared = (both.variance - hours.variance - response.variance) / 2
    variance = hours.variance - 2 * each * shared + each**2 * response.variance
    error = np.sqrt(np.maximum(variance, 0.0) / np.maximum(both.count, 1)) / np.abs(response.means)
    return each[:, 0], known(error, both.count)[:, 0]


def meaning(hours: float, response: float) -> str:
    """What hours for each further response say, by the signs of both differences; empty where they just cost."""
    if hours < 0 < response:
        return "saves hours: more responses with fewer clinician hours"
    if response < 0 < hours:
        return "loses both: fewer responses with more clinician hours"
    if hours < 0 and response < 0:
        return "hours saved for each response lost"
    return ""
