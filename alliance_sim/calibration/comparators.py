"""Do the comparators improve as much as they should? Simulated less published scores, in published standard errors.

`comparators.csv` holds what the calibration of key 177e0513a9a9 simulated for the same rows, the last before
populations became inputs.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alliance_sim.calibration.evidence.targets import Target

WIDTH = 100
FILE = Path(__file__).with_name("comparators.csv")
ARMS = {
    ("comp001", "1"): "COMP001, 1 mg",
    ("mapp1", "none"): "MAPP1, therapy without the drug",
    ("davis2021", "waitlist"): "Davis 2021, waitlist",
    ("vonrotz2023", "placebo"): "von Rotz 2023, placebo",
}


def table(compared: pd.DataFrame, known: Sequence[Target]) -> pd.DataFrame:
    """Every mean of a comparator arm after its baseline.

    Args:
        compared: From `prediction.table`.
        known: Its targets.

    Returns:
        Columns key, arm, role, of, published, error, before, after: the last two are simulated less published means in
        published standard errors; below 0 where the simulated arm improves more.
    """
    error = {target.key: target.error for target in known}
    before = pd.read_csv(FILE).set_index("key")["simulated"]
    arm = pd.Series([ARMS.get(pair, "") for pair in zip(compared["study"], compared["arm"], strict=True)])
    own = compared.assign(arm=arm.to_numpy(), error=compared["key"].map(error))
    own = own[(own["arm"] != "") & (own["statistic"] == "mean") & ~own["of"].str.contains("baseline|guess")]
    return own.assign(
        before=(own["key"].map(before) - own["published"]) / own["error"],
        after=(own["simulated"] - own["published"]) / own["error"],
    )[["key", "arm", "role", "of", "published", "error", "before", "after"]]


def lines(found: pd.DataFrame) -> list[str]:
    """A line for each arm: its distances, day by day, before and after."""
    said = ["Comparator arms, simulated less published in published standard errors (below 0: too much improvement):"]
    for arm, own in found.groupby("arm", sort=False):
        size = {name: float(np.sqrt((own[name] ** 2).mean())) for name in ("before", "after")}
        values = zip(own["of"].str.partition(".")[2], own["after"], strict=True)
        days = ", ".join(f"{day}: {value:+.1f}" for day, value in values)
        said += textwrap.wrap(
            f"{arm} ({own['role'].iloc[0]}): root mean square {size['before']:.2f} before, {size['after']:.2f} now; by "
            f"day {days}",
            WIDTH, initial_indent="  ", subsequent_indent="    ",
        )  # fmt: skip
    return said
