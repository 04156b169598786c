"""What arms and points share, and which of them do not hold the same patients."""

import pandas as pd

from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.scales import OF_PEOPLE, OF_SCALES
from alliance_sim.analysis.summary import OF_PAIRS, keys

ALL_SHARED = (
    "All share every random draw they can: the same patients, the same chance events. So what differs between them is "
    "caused by what the design changes, and differences are taken trial by trial."
)
DRAWS_SHARED = "All share every random draw they can, and differences are taken trial by trial."
ALSO = "so their differences also hold what these patients differ in."


def shared(opened: Opened) -> str:
    """What arms or points share, and so how they are compared."""
    conditions, other = sorted({kind.condition for kind in opened.kinds.values()}), other_patients(opened)
    if len(conditions) < 2:
        return f"{DRAWS_SHARED} {other}" if other else ALL_SHARED
    people = "" if other else "the same patients, "
    said = (
        f"Arms and points of one condition share every random draw they can: {people}the same chance events, and their "
        f"differences are taken trial by trial. Those of {' and '.join(conditions)} hold different people, and are "
        "compared as independent means."
    )
    return f"{said} {other}".strip()


def other_patients(opened: Opened) -> str:
    """Which of what is taken trial by trial is not between the same patients, and what that means; empty if all is."""
    if not opened.study.design.of_arms:
        own = [key for key in keys(opened.design) if key in OF_SCALES or key.startswith(OF_PEOPLE)]
        moved = ", ".join(key for key in own if opened.design[key].nunique() > 1)
        return f"Points that differ in {moved} need not hold the same patients, {ALSO}" if moved else ""
    condition = {arm: kind.condition for arm, kind in opened.kinds.items()}
    pairs = [f"{arm} − {versus}" for arm, versus in opened.other_patients if condition[arm] == condition[versus]]
    said = "Not between the same patients, as what admits or makes them differs"
    return f"{said}: {', '.join(pairs)}; {ALSO}" if pairs else ""


def kind(own: pd.DataFrame) -> str:
    """What the differences of one pair are, unless they are paired and of the same patients."""
    paired, same = (own.get(name, pd.Series([True])).all() for name in OF_PAIRS)
    return ("" if same else ", other patients") if paired else ", unpaired"
