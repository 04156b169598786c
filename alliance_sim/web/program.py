"""The engine in JavaScript: which laws and kernels are generated for which arguments, and the text of the whole."""

import functools
import inspect
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from alliance_sim.engine import dyad, policies
from alliance_sim.engine.dyad import HABIT
from alliance_sim.engine.layout import writer
from alliance_sim.model import draws, maths, state, tally, visit
from alliance_sim.model.behaviours import total
from alliance_sim.model.policies import BUILT_IN
from alliance_sim.web import settings
from alliance_sim.web.javascript import (
    NUMBER,
    ROW,
    ROWS,
    ByHand,
    Code,
    Doubles,
    Generator,
    Kind,
    Listed,
)

STATIC = Path(__file__).parent / "static"
TWO_NUMBERS = Listed((NUMBER, NUMBER))
BY_HAND: dict[Callable[..., Any], ByHand] = {
    **{one: ByHand(f"maths${one.__name__}") for one in maths.ON_BITS},
    maths.multiply_words: ByHand("maths$multiply_words", TWO_NUMBERS),
    maths.split_exponent: ByHand("maths$split_exponent", TWO_NUMBERS),
    maths.sqrt: ByHand("Math.sqrt"),
    maths.as_word: ByHand("maths$as_word"),
}
KEPT_DRAWS: tuple[Callable[..., Any], ...] = (
    draws.trait_noise,
    draws.skill_noise,
    draws.dyad_noise,
    draws.trial_noise,
    draws.session_noise,
    draws.dosing_noise,
    draws.assessment_noise,
    draws.sight_noise,
)
TABLE = ROWS  # columns of one world
PART = Doubles(1, True)
# Each kernel's arguments by what they hold; all others are numbers.
ARRAYS: dict[str, Kind] = {
    **dict.fromkeys(("people", "traits", "tallies", "staff", "remembered", "cohorts", "entry"), ROWS),
    **dict.fromkeys(("plan", "session", "key", "numbers", "intervention", "acts", "training", "sample"), ROW),
    **dict.fromkeys(("levels", "cohort", "members", "places", "row"), ROW),
    "table": TABLE,
}
KERNELS = (
    dyad.hire,
    dyad.arrive,
    dyad.insecurity,
    dyad.lot,
    dyad.form,
    dyad.begin_shared,
    dyad.end_shared,
    dyad.see,
    dyad.talk,
    dyad.dose,
    dyad.assess,
    dyad.alliance,
)
MATHS = (
    maths.exp,
    maths.log,
    maths.philox,
    maths.uniform,
    maths.normal_pair,
    maths.normal_quantile,
    maths.normal_cdf,
    maths.logistic,
    maths.average,
)


keep_outcome = writer(tally.Outcome, dyad.KEPT, dyad.AT)


def followed(choose: Any, seen: Any, numbers: Any, chosen: Any) -> None:
    """Let a policy choose: what is seen is read from a row, what is chosen written into one."""
    policies.write_chosen(chosen, choose(policies.read_seen(seen), dyad.read_numbers(numbers)))


def found(tallies: Any, number: Any, numbers: Any, table: Any) -> None:
    """One patient's outcomes, kept at the patient's place of a table."""
    keep_outcome(table, 0, number, tally.outcome(dyad.read_tally(tallies[number]), dyad.read_numbers(numbers)))


def overall(staff: Any, number: Any) -> Any:
    """The sum of one clinician's skills, for ranking."""
    return total(dyad.read_clinician(staff[number]).skill)


def _drawn(place: int) -> Callable[[str, Sequence[str]], str]:
    """Keep draws: a pure function of their address, the stream, the agent and the session."""

    def keep(name: str, arguments: Sequence[str]) -> str:
        given = ", ".join(arguments)
        stream, agent, session = (*arguments, "0", "0")[:3]
        return (
            f"function {name}({given}) {{\n"
            f"  const held = drawn({stream}, {place}, {session}), made = held[{agent}];\n"
            f"  return made === undefined ? (held[{agent}] = {name}$new({given})) : made;\n}}"
        )

    return keep


def _latest(name: str, arguments: Sequence[str]) -> str:
    """Keep what was made of the latest row, which does not change."""
    (row,) = arguments
    return (
        f"let {name}$of = null, {name}$made = null;\n"
        f"function {name}({row}) {{\n"
        f"  if ({row} !== {name}$of) {{\n    {name}$made = {name}$new({row});\n    {name}$of = {row};\n  }}\n"
        f"  return {name}$made;\n}}"
    )


def _moment(name: str, arguments: Sequence[str]) -> str:
    """Keep what days and hours do to everyone alike, of the latest numbers."""
    days, quiet, hours, numbers = arguments
    return (
        f"const {name}$kept = new Map();\nlet {name}$of = null;\n"
        f"function {name}({', '.join(arguments)}) {{\n"
        f"  if ({numbers} !== {name}$of) {{\n    {name}$kept.clear();\n    {name}$of = {numbers};\n  }}\n"
        f"  const tag = ({days} * {MOST_DAYS} + {quiet}) * 100 + {hours};\n"
        f"  let made = {name}$kept.get(tag);\n"
        f"  if (made === undefined || made.days !== {days} || made.quiet !== {quiet} || made.hours !== {hours}) {{\n"
        f"    made = {{ {days}, {quiet}, {hours}, moment: {name}$new({', '.join(arguments)}) }};\n"
        f"    {name}$kept.set(tag, made);\n  }}\n"
        f"  return made.moment;\n}}"
    )


MOST_DAYS = 4096
# Kernels write these rows last, each from the record that the whole walk made; clinicians' are written and read again.
VIEWS: dict[Callable[..., Any], Any] = {
    dyad.read_traits: state.Traits,
    dyad.read_plan: state.Plan,
    dyad.read_patient: state.Patient,
    dyad.read_tally: tally.Tally,
}
KEEPING: dict[Callable[..., Any], Callable[[str, Sequence[str]], str]] = {
    **dict(zip(KEPT_DRAWS, map(_drawn, range(len(KEPT_DRAWS))), strict=True)),
    dyad.read_numbers: _latest,
    dyad.read_intervention: _latest,
    visit.moment: _moment,
}


def _kinds(kernel: Any) -> list[Kind]:
    return [ARRAYS.get(name, NUMBER) for name in inspect.signature(kernel.py_func).parameters]


@functools.cache
def text() -> str:
    """The laws, and the kernels that walk over one contact: JavaScript that sets `ALLIANCE_LAWS`.

    Raises:
        GeneratorError: A law holds what JavaScript is not written for.
    """
    made = Generator(BY_HAND, KEEPING, VIEWS)
    shown = {kernel.__name__: made.function(kernel, _kinds(kernel), kernel.__name__).name for kernel in KERNELS}
    shown["found"] = made.function(found, (ROWS, NUMBER, ROW, TABLE), "found").name
    shown["overall"] = made.function(overall, (ROWS, NUMBER), "overall").name
    chosen = ["null"] * (HABIT + 1)
    for name, choose in BUILT_IN.items():
        chosen.append(made.function(followed, (Code(choose), PART, ROW, PART), f"follow${name}").name)
    for law in MATHS:
        count = law.__code__.co_argcount
        shown[f"{law.__name__}"] = made.function(law, [NUMBER] * count).name
    names = ",\n  ".join(f"{name}: {own}" if name != own else name for name, own in shown.items())
    return (
        f"var ALLIANCE_LAWS = (function () {{\n"
        f'"use strict";\n{(STATIC / "primitives.js").read_text(encoding="utf-8")}\n{made.text()}\n'
        f"const POLICIES = [{', '.join(chosen)}];\n"
        f"return {{\n  {names},\n  forget,\n}};\n}})();\n"
    )


@functools.cache
def whole() -> str:
    """Everything: laws, data and the engine, JavaScript that sets `Alliance`."""
    data = json.dumps(settings.data(), ensure_ascii=False, separators=(",", ":"))
    engine = (STATIC / "engine.js").read_text(encoding="utf-8")
    return f"{text()}var ALLIANCE_DATA = {data};\n{engine}"
