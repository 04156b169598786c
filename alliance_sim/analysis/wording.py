"""The words of a story: what is said from which value on, and how words become sentences."""

import textwrap

WIDTH, HANGING = 96, 4  # characters a line, and before one that hangs
TOP = float("inf")
# What is said up to which value: states and experiences in [0, 1], traits in standard scores.
WORDS = {
    "bond": ((0.35, "low"), (0.5, "modest"), (0.65, "fair"), (0.8, "good"), (TOP, "high")),
    "fear": ((0.2, "slight"), (0.35, "mild"), (0.5, "noticeable"), (0.65, "strong"), (TOP, "very strong")),
    "move": ((-0.05, "-clearly"), (-0.012, "-a little"), (0.012, "="), (0.05, "+a little"),
             (TOP, "+clearly")),
    "intensity": ((0.1, "barely felt"), (0.4, "mild"), (0.7, "moderate"), (0.85, "strong"),
                  (TOP, "very strong")),
    "challenge": ((0.15, "little"), (0.35, "some"), (0.55, "much"), (TOP, "a great deal of")),
    "resolved": ((0.25, "hardly any of it"), (0.45, "less than half of it"), (0.6, "about half of it"),
                 (0.8, "most of it"), (TOP, "nearly all of it")),
    "experience": ((0.15, "hardly present"), (0.35, "slight"), (0.55, "moderate"), (0.75, "strong"),
                   (TOP, "very strong")),
    "attachment_anxiety": ((-0.7, "rarely worries about being let down"),
                           (0.7, "worries about being let down about as often as most people"),
                           (TOP, "often worries about being let down")),
    "attachment_avoidance": ((-0.7, "lets others come close easily"), (0.7, "lets others come fairly close"),
                             (TOP, "keeps others at a distance")),
    "expectancy": ((-0.7, "expects little of the treatment"), (0.7, "has middling hopes for the treatment"),
                   (TOP, "expects much of the treatment")),
    "resistance": ((-0.7, "tends to respond to it more readily than most"),
                   (0.7, "tends to respond to it about as readily as most"),
                   (TOP, "has symptoms that are harder to treat than most people's")),
    "skill": ((-0.7, "less skilled than most clinicians"), (0.7, "about as skilled as most clinicians"),
              (TOP, "more skilled than most clinicians")),
    "dyad_effect": ((-0.7, "the two are not a natural fit"), (0.7, "the fit between the two is ordinary"),
              (TOP, "the two are a good fit from the start")),
    "insight": ((0.25, "a little"), (0.5, "a good part"), (TOP, "most")),  # share of what there was to turn
}  # fmt: skip
LEAST_INSIGHT = 0.01  # less insight than this is not mentioned, log units
LEAST_PERCENT = 0.5  # smallest lasting change by insight that is mentioned, percent
HARD, WORKED_THROUGH = (
    0.4,
    0.6,
)  # a dosing day with more challenge is hard; difficult too, where less of it is worked through
FEAR_MOVE = 0.04  # smallest change of fear that is mentioned
SHOWN_AS = {
    "boundaries": "a clear and safe frame",
    "active_listening": "close listening",
    "authenticity": "genuineness",
    "empathy": "empathic understanding",
    "collaboration": "having a say in decisions",
}
# Ways of saying the same, taken in turn.
UP, DOWN, LEVEL = ("grew", "rose"), ("slipped", "weakened"), ("held", "stayed level")
SEEN = ("{} came across most", "{} stood out", "the patient was most aware of {}")
MISSED = ("the patient missed {} most", "{} came across least", "there was least sign of {}")
STEADY = ("the bond stayed much as it was", "between the two little moved", "the bond held its level")
WORKED = ("{} of the remaining insight was turned into lasting change", "{} of the remaining insight took hold",
          "the two worked {} of the remaining insight into daily life")  # fmt: skip
ASSESSED = ("the {} was {:g} ({})", "the {} stood at {:g} ({})", "a {} of {:g} ({})")
# What moved a score most since the last assessment, and whether it rose.
MOVED = {
    ("relief", True): "the score is {} higher than last time, as what the sessions relieved for a while faded",
    ("relief", False): "the score is {} lower than last time, as the sessions brought relief or hope",
    ("level", True): "the score is {} higher than last time, as life beside therapy had become harder",
    ("level", False): "the score is {} lower than last time, as part of the change had become lasting",
    ("chance", True): "the score is {} higher than last time: scores also rise and fall from day to day",
    ("chance", False): "the score is {} lower than last time: scores also rise and fall from day to day",
}
# The first rupture, then the later ones in turn.
MENDED = ("there was a rupture, and it was mended within the session", "another rupture came and was mended",
          "there was a rupture again, and the two mended it")  # fmt: skip
TORN = ("there was a rupture that was not mended", "another rupture came and was left open",
        "there was a rupture again, and it was not mended")  # fmt: skip
VERDICTS = {
    (True, True): "a response and remission",
    (True, False): "a response but no remission",
    (False, True): "remission without a response",
    (False, False): "neither response nor remission",
}


def word(kind: str, value: float) -> str:
    """Return the word of `WORDS` for a value."""
    return next(name for limit, name in WORDS[kind] if value <= limit)


def difficult(challenge: float, resolved: float) -> bool:
    """True where a dosing day was hard and no more than about half of the challenge was worked through."""
    return challenge > HARD and resolved <= WORKED_THROUGH * challenge


def plain(name: str) -> str:
    """A name without underscores."""
    return name.replace("_", " ")


def listed(names: list[str]) -> str:
    """Names in a row: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def grouped(levels: dict[str, str]) -> dict[str, list[str]]:
    """Names by the word said of them, both in order."""
    groups: dict[str, list[str]] = {}
    for name, how in levels.items():
        groups.setdefault(how, []).append(plain(name))
    return groups


def sentences(*parts: str) -> str:
    """Each part with a capital and a full stop; empty ones are left out."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def points(number: float) -> str:
    """A number of points, in its grammatical number."""
    return f"{number:g} point{'' if number == 1 else 's'}"


def against(now: float, before: float, then: str) -> str:
    """How a score stands against an earlier one."""
    way = "below" if now < before else "above"
    return f"as at {then}" if now == before else f"{points(abs(now - before))} {way} {then}"


def ruptures(came: int, mended: int) -> str:
    """How many ruptures came and how many of them were mended."""
    if came < 1:
        return ""
    if came == 1:
        return f"the one rupture was {'' if mended else 'not '}mended"
    how = {0: "none was", 1: "one was", came: "all were"}.get(mended, f"{mended} were")
    return f"of the {came} ruptures {how} mended"


def wrapped(text: str, first: str) -> str:
    """Fold a paragraph to the page, hanging under its first words; above it where they are long."""
    if len(first) > WIDTH // 3:
        return f"{first.rstrip()}\n{wrapped(text, ' ' * HANGING)}"
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))
