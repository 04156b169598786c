"""Policies of one's own: a function of ten lines, read, checked and made anew from its text; or a Mesa clinician.

Such a function holds nothing but its arguments, laws and numbers, so that its text says all that it does: the text is
what a study's results are known by, and the function that runs is made from it. Text from elsewhere, such as in a
results folder, is compared and never run.
"""

import ast
import inspect
import itertools
import linecache
import re
import textwrap
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.errors import PolicyError
from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import NAMES, Behaviours
from alliance_sim.model.policies import BUILT_IN, Choose
from alliance_sim.model.policies.reading import PATTERN, check_name, made

AGENT = "alliance_sim.trial.agents.Clinician"  # by name: rooms above this one are not imported
TRIED = {  # values at which a policy is tried, beside 0 and 1 for what is true or not
    **dict.fromkeys(("trust", "felt_empathy", "rapport"), (-0.5, 1.5)),
    **dict.fromkeys(("attachment_anxiety", "attachment_avoidance"), (-3.0, 3.0)),
    "behind": (-0.5, 0.5),
}
TRIALS, FLAGS = 64, ("rupture", "repaired", "preparation", "therapy", "dosing", "integration", "measured")


class Known(NamedTuple):
    """A policy: its text, and what decides, a law or a Mesa agent's class."""

    text: str
    choose: Choose | None
    clinician: type | None = None


KNOWN: dict[str, Known] = {}  # of one's own, by name


def policy[T: Callable[..., Any]](what: T) -> T:
    """Make a policy of one's own, to be named as `policy=NAME` in a study; used as a decorator.

    A function `NAME(seen, p)` returns a shift of each behaviour in [-1, 1]: `shifts(empathy=0.1)`. `seen` is what the
    clinician goes by (`alliance_sim.laws.Seen`), `p` all numbers of the laws. It runs on every engine. In it may stand
    its arguments, numbers, names it sets itself, the built-in policies (`usual(seen, p)`), and the laws of
    `alliance_sim.laws`. A subclass of `alliance_sim.trial.Clinician` that overrides `choose` may do anything; it runs
    with engine=mesa.

    Args:
        what: The function or the class.

    Returns:
        The class itself; of a function what was made from its text, which does the same.

    Raises:
        PolicyError: Its text cannot be read or holds something else, or it does not return shifts in [-1, 1].

    Examples:
        >>> import alliance_sim
        >>> from alliance_sim.laws import added, shifts, usual
        >>> @alliance_sim.policy
        ... def safe_dosing(seen, p):
        ...     return added(usual(seen, p), shifts(boundaries=0.1 * seen.dosing))
        >>> alliance_sim.Scenario(policy="safe_dosing").policy.name
        'safe_dosing'
    """
    name = _name_of_what(what)
    if name in KNOWN and KNOWN[name].choose is what:
        return what  # already made
    check_name(name)
    try:
        text, others = _written(what)
    except (OSError, SyntaxError, ValueError) as error:
        raise PolicyError(
            f"the text of policy {name} cannot be read, and it is what results are known by; "
            f"write it in a file or a notebook."
        ) from error
    if isinstance(what, type):
        KNOWN[name] = Known(text, None, what)
        return what
    if others:
        raise _decorated(name)
    choose: T = from_text(name, text, _around(what))  # type: ignore[assignment]
    return choose


def from_text(name: str, text: str, around: dict[str, Any] | None = None) -> Choose:
    """Make a policy from the text of its function and remember it.

    Args:
        name: Its name.
        text: The function's text; of this program, never of a file of results.
        around: Names that the function would have found around it.

    Raises:
        PolicyError: The text holds what a policy cannot, or it does not return shifts in [-1, 1].
    """
    check_name(name)
    choose = made(name, text, around or {})
    _try(name, choose)
    KNOWN[name] = Known(text, choose)
    return choose


def found(name: str, code: str) -> Known:
    """What decides under a name.

    Args:
        name: Of the policy.
        code: Its text; empty of a built-in one.

    Raises:
        PolicyError: It is of one's own, and this program has none of that text.
    """
    if not code:
        return Known("", BUILT_IN[name])
    if name not in KNOWN or KNOWN[name].text != code:
        other = "has another text here" if name in KNOWN else "is not defined in this program"
        raise PolicyError(
            f"policy {name} {other}; its text stands in config.yaml of the results: define it with "
            f"@alliance_sim.policy as it stands there, then go on from that program."
        )
    return KNOWN[name]


def name_of(code: str) -> str:
    """The name that the text of a policy gives it; empty if none."""
    match = re.search(r"^(?:def|class) (\w+)", code, re.MULTILINE)
    return match[1] if match else ""


# ------------------------------------------------------------------------------------------------- what is given


def _name_of_what(what: Any) -> str:
    """The name of a function or of an agent's class.

    Raises:
        PolicyError: It is neither, or no policy can be made of it.
    """
    if isinstance(what, type):
        _check_class(what)
        return what.__name__
    if hasattr(what, "__wrapped__") and not _is_made(what):
        raise _decorated(getattr(what, "__name__", type(what).__name__))
    if wrong := _no_function(what):
        shown = f"{' '.join(repr(what).split())[:60]}, a {wrong}"
        given = f"the {wrong} {what.__name__}".removesuffix(" <lambda>") if inspect.isfunction(what) else shown
        raise PolicyError(
            f"no policy can be made of {given}; write def NAME(seen, p): …, "
            f"or a subclass of alliance_sim.trial.Clinician with a choose of its own."
        )
    return str(what.__name__)


def _is_made(what: Any) -> bool:
    return any(known.choose is what for known in KNOWN.values())


def _decorated(name: str) -> PolicyError:
    return PolicyError(f"policy {name} has another decorator, whose work its text does not say; leave it out.")


def _no_function(what: Any) -> str:
    """What is given in place of a plain function; empty of one."""
    if not inspect.isfunction(what):
        return type(what).__name__
    if what.__name__ == "<lambda>":
        return "lambda"
    if inspect.iscoroutinefunction(what) or inspect.isasyncgenfunction(what):
        return "async function"
    return "generator" if inspect.isgeneratorfunction(what) else ""


def _check_class(what: type) -> None:
    """Check a class that is given as a policy.

    Raises:
        PolicyError: It is no subclass of `Clinician` with a method `choose(self, seen)` of its own.
    """
    if AGENT not in [f"{base.__module__}.{base.__qualname__}" for base in what.__mro__[1:]]:
        raise PolicyError(
            f"policy {what.__name__} is a class that is no subclass of Clinician; "
            f"write class {what.__name__}(alliance_sim.trial.Clinician): …, or a function."
        )
    choose = vars(what).get("choose")
    kind = _no_function(choose)
    wrong = f"a choose that is {'an' if kind.startswith('async') else 'a'} {kind}"
    if choose is None:
        wrong = "no choose of its own"
    elif not kind:
        try:
            inspect.signature(choose).bind("self", "seen")
            return
        except TypeError:
            wrong = f"a choose{inspect.signature(choose)} that takes something else than what is seen"
    raise PolicyError(f"policy {what.__name__} has {wrong}; write def choose(self, seen): … in it.")


def _written(what: Any) -> tuple[str, bool]:
    """The text of a function or class without its decorators, and whether it has others than `policy`.

    Raises:
        OSError: There is no file, cell or example in which it stands.
        SyntaxError: That is no Python.
    """
    function: Any = inspect.unwrap(vars(what)["choose"] if isinstance(what, type) else what)
    code = function.__code__
    lines = linecache.getlines(code.co_filename, None)
    if not lines:
        raise OSError(f"{code.co_filename} holds no lines")
    nodes = []
    for node in ast.walk(ast.parse("".join(lines))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == what.__name__:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first <= code.co_firstlineno <= (node.end_lineno or first):
                nodes.append(node)
    if not nodes:
        raise OSError(f"{what.__name__} does not stand in {code.co_filename}")
    node = max(nodes, key=lambda one: one.lineno)  # the innermost
    text = textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno])).rstrip()
    return text, not all(_is_policy(one, function.__globals__) for one in node.decorator_list)


def _is_policy(decorator: ast.expr, around: dict[str, Any]) -> bool:
    """True for `policy` under whatever name; where the name is nowhere to be found, by that name."""
    first, *words = ast.unparse(decorator).split(".")
    held = around.get(first)
    for word in words:
        held = getattr(held, word, None)
    return held is policy or (held is None and [first, *words][-1] == policy.__name__)


def _around(what: Callable[..., Any]) -> dict[str, Any]:
    """Names that a function finds around it: of its module, and of the function that it stands in."""
    around = dict(what.__globals__)
    for name, cell in zip(what.__code__.co_freevars, what.__closure__ or (), strict=True):
        with suppress(ValueError):  # nothing is set there yet
            around[name] = cell.cell_contents
    return around


# ------------------------------------------------------------------------------------------------------- trying it


def _try(name: str, choose: Choose) -> None:
    """Ask a policy at many things that can be seen: one at a time and together it must choose the same.

    Raises:
        PolicyError: It raises, or returns what are no shifts.
    """
    seen = _seen()
    try:
        together = choose(seen, PATTERN)
        alone = [choose(Seen(*row), PATTERN) for row in zip(*(values.tolist() for values in seen), strict=True)]
    except Exception as error:
        raise PolicyError(f"policy {name} cannot be followed: {error}.") from error
    for own in (*alone, together):
        _check_kind(name, own)
    for one, (at, own) in itertools.product(NAMES, enumerate(alone)):
        check(name, one, getattr(own, one))
        if np.broadcast_to(getattr(together, one), TRIALS)[at] != getattr(own, one):
            raise PolicyError(f"policy {name} chooses otherwise for many patients than for one; use laws alone.")


def _seen() -> Seen:
    """Different things to see, each field an array of `TRIALS` numbers: corners, and places between them.

    Sessions are counted, and without a score nobody lies behind: a policy may divide by neither where that is 0.
    """
    drawn = np.random.default_rng(0).random((len(Seen._fields), TRIALS))
    drawn[:, : TRIALS // 2] = np.round(drawn[:, : TRIALS // 2])
    columns = []
    for field, own in zip(Seen._fields, drawn, strict=True):
        low, high = TRIED.get(field, (0.0, 1.0))
        columns.append(low + (high - low) * (np.round(own) if field in FLAGS else own))
    seen = Seen(*columns)
    return seen._replace(session=np.arange(1.0, TRIALS + 1.0), behind=seen.behind * seen.measured)


def _check_kind(name: str, chosen: Any) -> None:
    if not isinstance(chosen, Behaviours):
        raise PolicyError(
            f"policy {name} returns {type(chosen).__name__}; return a shift of each behaviour, "
            f"such as shifts({NAMES[0]}=0.1)."
        )


def check_all(name: str, chosen: Any) -> None:
    """Check what a policy chose.

    Raises:
        PolicyError: It is not a shift in [-1, 1] of each behaviour.
    """
    _check_kind(name, chosen)
    for behaviour, shift in zip(NAMES, chosen, strict=True):
        check(name, behaviour, shift)


def check(name: str, behaviour: str, shift: Any) -> None:
    """Check one shift that a policy chose.

    Raises:
        PolicyError: It is no number in [-1, 1].
    """
    if isinstance(shift, bool | np.bool_):
        raise PolicyError(
            f"policy {name} shifts {behaviour} by true or false; say by how much, such as where(condition, 0.1, 0)."
        )
    if not (np.isscalar(shift) and -1.0 <= float(shift) <= 1.0):  # type: ignore[arg-type]
        raise PolicyError(
            f"policy {name} shifts {behaviour} by {shift}, which is outside [-1, 1]; "
            f"bound it, such as with clip(x, -1, 1)."
        )
