"""What a simulated patient might say after a session: the states in the first person, no quotation of anyone real.

The words follow from the states alone, by the same levels as a story's (`wording.WORDS`); they are the authors', an
assumption.
"""

from pathlib import Path

import yaml

from alliance_sim.analysis.wording import HARD, LEAST_INSIGHT, difficult, word
from alliance_sim.analysis.worlds import Row

SAID = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
FELT, STRONG = 0.1, 0.55  # from which drug intensity, breakthrough and mystical-type experience are spoken of


def says(row: Row, before: Row, ruptures: int, place: int) -> str:
    """What the patient says after a session they attended.

    Args:
        row: The session.
        before: The session before, or the states on arrival.
        ruptures: How many there were before.
        place: Which session it is, from 0.
    """
    parts = [_day(row)] if row["phase"] == "dosing" and row["intensity"] > FELT else []
    if row["rupture"]:
        parts.append(SAID["rupture_mended" if row["repaired"] else "rupture_left_open"][int(ruptures > 0)])
    felt = [
        sentence[word("bond", row[name])]
        for name, sentence in SAID["bonds"].items()
        if place == 0 or word("bond", row[name]) != word("bond", before[name])
    ]
    if place == 0 or word("fear", row["fear"]) != word("fear", before["fear"]):
        felt.append(SAID["fear"][word("fear", row["fear"])])
    if felt:
        parts.append(", and ".join(felt[:2]))
        parts += felt[2:]
    elif not row["rupture"]:
        parts.append(SAID["nothing_changed"][place % len(SAID["nothing_changed"])])
    if row["phase"] != "dosing" and row["integrated_now"] > LEAST_INSIGHT:
        parts.append("something of what I saw has become part of my days")
    if row["left"]:
        parts.append("I will not come back")
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def _day(row: Row) -> str:
    ways = []
    if difficult(row["challenge"], row["resolved"]):
        ways.append("it was terrible at times, and much of it I could not work through")
    elif row["challenge"] > HARD:
        ways.append("it was hard, and with their help I went through it")
    else:
        ways.append("the day was easier than I had feared")
    if row["breakthrough"] > STRONG:
        ways.append("something broke open in me")
    if row["mystical"] > STRONG:
        ways.append("I felt part of something larger, in a way I have no words for")
    if row["adverse"]:
        ways.append("afterwards I was not well")
    return "; ".join(ways)
