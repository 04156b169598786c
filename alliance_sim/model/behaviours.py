"""Which behaviours clinicians show, and what is said of each: the only place that lists them.

Clinicians, skill levels, draws, delivery, perception, the scenario's keys, sliders, wording, figures and the ODD go
through `Behaviours` or read `DECLARED`. What a behaviour feeds stands in the laws.
"""

import linecache
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

from alliance_sim.model.maths import Value, each, law

MEAN, SPREAD = 0.62, 0.166  # of the usual clinician population, behaviour points; `Skill` has unit, prior and source


class Behaviour(NamedTuple):
    """What is declared of one behaviour.

    A draw is a purpose and a word of its block of four standard normals, the address that `draws` hashes: never change
    or reuse one. Purposes 1 to 99 belong to `draws.Purpose`; a further behaviour takes purposes of its own from 100 on.
    """

    symbol: str  # of the skill, in the model description
    meaning: str  # one plain sentence, as a slider says it
    phrase: str  # what patients notice, as a story says it
    evidence: str  # key of the published anchor, or `assumption`
    serves: str  # the bond that a clinician who feels it lacking mends with more of this behaviour; or empty
    dimmed_by: str  # the attachment that dims how patients perceive it [Diener 2011, PT027]
    skill_draw: tuple[int, int]
    delivery_draw: tuple[int, int]
    mean: float = MEAN
    spread: float = SPREAD


# fmt: off
class Behaviours(NamedTuple):
    """One number a behaviour, in [0, 1] where it is a level."""

    boundaries: Annotated[Value, Behaviour(
        symbol="k_bo", meaning="Clear roles, structure and safety.", phrase="a clear and safe frame",
        evidence="PT011, goal consensus as a proxy: assumption", serves="trust", dimmed_by="attachment_anxiety",
        skill_draw=(10, 1), delivery_draw=(40, 0))]
    active_listening: Annotated[Value, Behaviour(
        symbol="k_li", meaning="Listens without judging and lets the patient feel heard.", phrase="close listening",
        evidence="PT007, shared with empathy: assumption", serves="felt_empathy", dimmed_by="attachment_avoidance",
        skill_draw=(10, 2), delivery_draw=(40, 1))]
    authenticity: Annotated[Value, Behaviour(
        symbol="k_au", meaning="Is genuine, honest and open about what happens.", phrase="genuineness",
        evidence="PT008", serves="trust", dimmed_by="attachment_anxiety",
        skill_draw=(10, 3), delivery_draw=(40, 2))]
    empathy: Annotated[Value, Behaviour(
        symbol="k_em", meaning="Understands and cares, and shows it.", phrase="empathic understanding",
        evidence="PT007, PT010", serves="felt_empathy", dimmed_by="attachment_avoidance",
        skill_draw=(11, 0), delivery_draw=(40, 3))]
    collaboration: Annotated[Value, Behaviour(
        symbol="k_co", meaning="Invites feedback and shares decisions.", phrase="having a say in decisions",
        evidence="PT012", serves="rapport", dimmed_by="attachment_avoidance",
        skill_draw=(11, 1), delivery_draw=(41, 0))]
# fmt: on


NAMES = Behaviours._fields
DECLARED: dict[str, Behaviour] = {
    name: get_args(hint)[1] for name, hint in get_type_hints(Behaviours, include_extras=True).items()
}


def sorted_by(what: str, *choices: str) -> Callable[..., Behaviours]:
    """Make the law that hands each behaviour the one of its arguments that the declaration names.

    Args:
        what: `serves` or `dimmed_by`.
        choices: What it may name: the law's arguments, in this order.
    """
    own = {name: getattr(declared, what) or "0.0" for name, declared in DECLARED.items()}
    return _law(f"by_{what}", choices, [], own)


def drawn_from(what: str, block: Callable[..., Any], *blocks: int) -> Callable[..., Behaviours]:
    """Make the law that picks each behaviour's draw, and draws the blocks that no other draw needs.

    Args:
        what: `skill_draw` or `delivery_draw`.
        block: Draws a block of four standard normals: `block(stream, agent, session, purpose)`.
        blocks: Purposes of blocks that hold further draws too: the caller hands them over, after the address.

    Returns:
        A law of stream, agent, session, then the blocks in the order of their purposes.
    """
    places = {name: getattr(declared, what) for name, declared in DECLARED.items()}
    own = sorted({purpose for purpose, _ in places.values()} - set(blocks))
    lines = [f"block_{purpose} = block(stream, agent, session, {purpose})" for purpose in own]
    picked = {name: f"block_{purpose}[{word}]" for name, (purpose, word) in places.items()}
    arguments = ("stream", "agent", "session", *(f"block_{purpose}" for purpose in blocks))
    return _law(f"by_{what}", arguments, lines, picked, block=block)


def _law(
    name: str, arguments: tuple[str, ...], lines: list[str], values: Mapping[str, str], **known: Any
) -> Callable[..., Behaviours]:
    """Write a law that makes `Behaviours` of one expression each; from declarations only, never from input."""
    record = ", ".join(f"{field}={value}" for field, value in values.items())
    made: Callable[..., Behaviours] = law(_written(name, arguments, [*lines, f"return Behaviours({record})"], known))
    return made


def _written(name: str, arguments: tuple[str, ...], lines: list[str], known: Mapping[str, Any]) -> Any:
    """Write a function whose source can be read."""
    body = "".join(f"    {line}\n" for line in lines)
    text, file = f"def {name}({', '.join(arguments)}):\n{body}", f"<{__name__}.{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # so that its source can be read
    scope: dict[str, Any] = {"Behaviours": Behaviours, "__name__": __name__, **known}
    exec(compile(text, file, "exec"), scope)
    return scope[name]


def _sum() -> Callable[[Behaviours], Value]:
    """Make the law that adds the numbers of all behaviours in their order."""
    text = f"return {' + '.join(f'amounts.{name}' for name in NAMES)}"
    made: Callable[[Behaviours], Value] = law(_written("total", ("amounts",), [text], {}))
    return made


total = _sum()


def _shifts() -> Callable[..., Behaviours]:
    """Make the law that shifts the behaviours that are named, and no other."""
    record = ", ".join(f"{name}={name}" for name in NAMES)
    arguments = tuple(f"{name}=0.0" for name in NAMES)
    made: Callable[..., Behaviours] = law(_written("shifts", arguments, [f"return Behaviours({record})"], {}))
    return made


shifts = _shifts()
alike = _law("alike", ("amount",), [], dict.fromkeys(NAMES, "amount"))


@law
def _plus(one: Value, other: Value) -> Value:
    return one + other


@law
def added(one: Behaviours, other: Behaviours) -> Behaviours:
    """The sum of two, behaviour by behaviour."""
    return each(_plus, one, other)


def one_field_each(hint: Any, default: Callable[[str], Any], before: str = "") -> Callable[[type], type]:
    """Class decorator: give a dataclass to be one field a behaviour.

    Args:
        hint: Type of each field.
        default: Makes the default of a behaviour's field.
        before: The field of the class that comes right after them; they come last unless given.
    """

    def add[T: type](owner: T) -> T:
        own = dict(owner.__annotations__)
        names = list(own)
        at = names.index(before) if before else len(names)
        later = {name: own.pop(name) for name in names[at:]}
        owner.__annotations__ = own | dict.fromkeys(NAMES, hint) | later
        for name in NAMES:
            setattr(owner, name, default(name))
        return owner

    return add
