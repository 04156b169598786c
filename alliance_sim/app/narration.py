"""What a simulated patient might say after a session: the states in the first person, no quotation of anyone real.

The words follow from the states alone, by the same levels as a story's; they are the authors', an assumption.
"""

from alliance_sim.analysis.wording import DIFFICULT, LEAST_INSIGHT, word
from alliance_sim.analysis.worlds import Row

# What is said of a state at each level of `wording.WORDS`.
TRUST = {
    "low": "I keep my guard up with this clinician",
    "modest": "I am still careful about what I say here",
    "fair": "I am beginning to trust this person",
    "good": "I trust this person and can let things happen",
    "high": "I feel safe here, even with what I fear most",
}
FELT_EMPATHY = {
    "low": "I do not feel understood",
    "modest": "now and then I feel understood",
    "fair": "mostly I feel understood",
    "good": "I feel heard and understood",
    "high": "I feel seen as I am",
}
RAPPORT = {
    "low": "we do not really work together",
    "modest": "we are still finding out how to work together",
    "fair": "we get along and work on the same things",
    "good": "we work well together",
    "high": "we are a team",
}
FEAR = {
    "slight": "I am hardly afraid",
    "mild": "I am a little afraid of what may come up",
    "noticeable": "I notice that I am afraid",
    "strong": "I am afraid",
    "very strong": "I am very afraid",
}
BONDS = {"trust": TRUST, "felt_empathy": FELT_EMPATHY, "rapport": RAPPORT}
AFTER_OPEN = {
    False: "Something between us went wrong today, and it was left standing",
    True: "Again something went wrong between us, and we did not speak about it",
}
AFTER_MENDED = {
    False: "Something between us went wrong today, but we spoke about it and it is mended",
    True: "Again something went wrong between us, and again we put it right",
}
STEADY = (
    "Between us it is as it was",
    "Nothing much has changed between us",
    "We go on as before",
)
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
        parts.append((AFTER_MENDED if row["repaired"] else AFTER_OPEN)[ruptures > 0])
    felt = [
        sentence[word("bond", row[name])]
        for name, sentence in BONDS.items()
        if place == 0 or word("bond", row[name]) != word("bond", before[name])
    ]
    if place == 0 or word("fear", row["fear"]) != word("fear", before["fear"]):
        felt.append(FEAR[word("fear", row["fear"])])
    if felt:
        parts.append(", and ".join(felt[:2]))
        parts += felt[2:]
    elif not row["rupture"]:
        parts.append(STEADY[place % len(STEADY)])
    if row["phase"] != "dosing" and row["integrated_now"] > LEAST_INSIGHT:
        parts.append("something of what I saw has become part of my days")
    if row["left"]:
        parts.append("I will not come back")
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def _day(row: Row) -> str:
    unresolved = row["challenge"] - row["resolved"]
    hard = row["challenge"] > DIFFICULT["challenge"]
    ways = []
    if hard and unresolved > DIFFICULT["unresolved"]:
        ways.append("it was terrible at times, and much of it I could not work through")
    elif hard:
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
