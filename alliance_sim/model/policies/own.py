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
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.errors import PolicyError
from alliance_sim.model import maths
from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import NAMES, Behaviours, added, alike, shifts
from alliance_sim.model.parameters import Parameters, numbers
from alliance_sim.model.policies import BUILT_IN, Choose
from alliance_sim.model.registry import nearest

LAWS: dict[str, Callable[..., Any]] = {
    **{law.__name__: law for law in (maths.where, maths.sqrt, maths.exp, maths.log, maths.minimum, maths.maximum)},
    **{law.__name__: law for law in (maths.average, maths.clip, maths.unit, maths.logistic, added, alike, shifts)},
    "Behaviours": Behaviours,
    **BUILT_IN,
}
COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
WORKED_OUT = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.BitAnd, ast.BitOr, ast.BitXor)
INSTEAD = {  # of what Python has and laws have not
    ast.If: "'if'; write where(condition, yes, no)",
    ast.IfExp: "'if'; write where(condition, yes, no)",
    ast.BoolOp: "'and' or 'or'; write & or | between conditions in brackets",
    ast.For: "a loop",
    ast.While: "a loop",
    ast.AugAssign: "a change in place; write x = x + …",
    ast.Pow: "**; write x * x, or exp and log",
}
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
    name = getattr(what, "__name__", str(what))
    if name in LAWS:
        kind = "built-in policy" if name in BUILT_IN else "law"
        raise PolicyError(f"{name} is the name of a {kind}; give yours another.")
    try:
        text, others = _written(what)
    except (OSError, AttributeError, SyntaxError, ValueError) as error:
        raise PolicyError(
            f"the text of policy {name} cannot be read, and it is what results are known by; "
            f"write it in a file or a notebook."
        ) from error
    if isinstance(what, type):
        if not callable(getattr(what, "choose", None)):
            raise PolicyError(f"policy {name} is a class without choose; make it a subclass of Clinician that has one.")
        KNOWN[name] = Known(text, None, what)
        return what
    if others:
        raise PolicyError(f"policy {name} has another decorator, whose work its text does not say; leave it out.")
    made: T = from_text(name, text, _around(what))  # type: ignore[assignment]
    return made


def from_text(name: str, text: str, around: dict[str, Any] | None = None) -> Choose:
    """Make a policy from the text of its function and remember it.

    Args:
        name: Its name.
        text: The function's text; of this program, never of a file of results.
        around: Names that the function would have found around it.

    Raises:
        PolicyError: The text holds what a policy cannot, or it does not return shifts in [-1, 1].
    """
    made = _made(name, text, around or {})
    _try(name, made)
    KNOWN[name] = Known(text, made)
    return made


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


def _written(what: Any) -> tuple[str, bool]:
    """The text of a function or class without its decorators, and whether it has others than `policy`.

    Raises:
        OSError: There is no file, cell or example in which it stands.
        SyntaxError: That is no Python.
    """
    function: Any = inspect.unwrap(getattr(what, "choose", what))
    code = function.__code__
    lines = linecache.getlines(code.co_filename, None)
    if not lines:
        raise OSError(f"{code.co_filename} holds no lines")
    for node in ast.walk(ast.parse("".join(lines))):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name != what.__name__:
            continue
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        if first <= code.co_firstlineno <= (node.end_lineno or first):
            text = textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno])).rstrip()
            return text, not all(_is_policy(one, function.__globals__) for one in node.decorator_list)
    raise OSError(f"{what.__name__} does not stand in {code.co_filename}")


def _is_policy(decorator: ast.expr, around: dict[str, Any]) -> bool:
    """True for `policy` under whatever name; where the name is nowhere to be found, by that name."""
    first, *words = ast.unparse(decorator).split(".")
    held = around.get(first)
    for word in words:
        held = getattr(held, word, None)
    return held is policy or (held is None and [first, *words][-1] == policy.__name__)


def _around(what: Callable[..., Any]) -> dict[str, Any]:
    """Names that a function finds around it: of its module, and of the function that it stands in."""
    if not inspect.isfunction(what):
        return {}
    return {**what.__globals__, **inspect.getclosurevars(what).nonlocals}


# ---------------------------------------------------------------------------------------------- reading the text


def _made(name: str, text: str, around: dict[str, Any]) -> Choose:
    try:
        (node,) = ast.parse(text).body
        compile(text, f"<policy {name}>", "exec")  # what Python itself refuses
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PolicyError(f"policy {name} is no single function of Python; write def {name}(seen, p): …") from error
    if not isinstance(node, ast.FunctionDef) or _takes(node.args) is None:
        raise PolicyError(
            f"policy {name} takes other arguments than what is seen and the numbers; write def {name}(seen, p): …"
        )
    if node.name != name:
        raise PolicyError(f"policy {name} is named {node.name} in its text; give both one name.")
    given = _takes(node.args) or []
    _Reader(name, given, around).read(node.body)
    plain = ast.arguments(
        posonlyargs=[], args=[ast.arg(one) for one in given], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    body = [_without_notes(one) for one in node.body if not _is_note(one)]
    made = ast.fix_missing_locations(
        ast.Module([ast.FunctionDef(name, plain, body, [], type_params=[])], type_ignores=[])
    )
    file, source = f"<policy {name}>", ast.unparse(made)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for those who read it
    scope: dict[str, Any] = {"__builtins__": {}, "__name__": __name__, **LAWS}
    exec(compile(ast.parse(source), file, "exec"), scope)  # of arguments, laws and numbers, as was read above
    choose: Choose = scope[name]
    return choose


def _takes(arguments: ast.arguments) -> list[str] | None:
    """Names of the two arguments; None if there are others."""
    others = [*arguments.kwonlyargs, *arguments.defaults, arguments.vararg, arguments.kwarg]
    own = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
    return own if len(own) == 2 and not any(others) and not {*own} & {*LAWS} else None


def _is_note(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class _Floats(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.copy_location(ast.Constant(float(node.value)), node)  # type: ignore[arg-type]


def _without_notes(node: ast.stmt) -> ast.stmt:
    """A statement with every number a float, without annotations."""
    if isinstance(node, ast.AnnAssign):
        node = ast.copy_location(ast.Assign([node.target], node.value), node)  # type: ignore[arg-type]
    made: ast.stmt = _Floats().visit(node)
    return made


class _Reader:
    """Reads a policy's text and refuses by name what it may not hold."""

    def __init__(self, name: str, given: list[str], around: dict[str, Any]) -> None:
        self._name, self._given, self._own, self._around = name, given, set(given), around

    def read(self, body: list[ast.stmt]) -> None:
        """Read the statements: names are set, and the last one returns."""
        *steps, last = [node for node in body if not _is_note(node)] or [ast.Pass(lineno=1)]
        for node in steps:
            target: ast.expr | None = node.target if isinstance(node, ast.AnnAssign) else None
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
            if not isinstance(target, ast.Name) or getattr(node, "value", None) is None:
                raise self._refused(node)
            if target.id in {*LAWS, *self._given}:
                raise self._error(node, f"sets {target.id}, which is there already; take another name")
            self._value(node.value)  # type: ignore[attr-defined]
            self._own.add(target.id)
        if not isinstance(last, ast.Return) or last.value is None:
            raise self._error(last, "does not end with return; write return shifts(empathy=…) last")
        self._value(last.value)

    def _value(self, node: ast.expr) -> None:
        for inner in self._parts(node):
            self._value(inner)

    def _parts(self, node: ast.expr) -> Iterator[ast.expr]:
        """Check one expression; its parts are left to be checked."""
        match node:
            case ast.Constant(value=bool() | str() | bytes() | None):
                raise self._error(node, f"holds {node.value!r}, which is no number")
            case ast.Constant(value=int() | float() as number):
                if not abs(number) <= sys.float_info.max:
                    raise self._error(node, "holds a number that is too large")
            case ast.Name():
                self._check_name(node)
            case ast.Attribute():
                self._check_attribute(node)
            case ast.BinOp(op=op) if isinstance(op, WORKED_OUT):
                yield from (node.left, node.right)
            case ast.BinOp(op=op):
                raise self._refused(node, op)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                yield node.operand
            case ast.Compare(ops=[op]) if isinstance(op, COMPARED):
                yield from (node.left, *node.comparators)
            case ast.Compare(ops=[op]):
                raise self._refused(node, op)
            case ast.Compare():
                raise self._error(node, "compares more than two values at once; write (a < b) & (b < c)")
            case ast.Call(func=ast.Name(id=called)) if called in LAWS and called not in self._own:
                self._check_law(node, called)
                yield from (*node.args, *(word.value for word in node.keywords))
            case ast.Call():
                raise self._error(node, f"calls {ast.unparse(node.func)[:60]}, which is no law; {self._laws()}")
            case _:
                raise self._refused(node)

    def _check_law(self, node: ast.Call, called: str) -> None:
        if any(isinstance(one, ast.Starred) for one in node.args) or any(word.arg is None for word in node.keywords):
            raise self._error(node, "hands over arguments by *; write them out")
        held = self._around.get(called, LAWS[called])
        if held is not LAWS[called] and getattr(held, "choose", None) is not LAWS[called]:
            raise self._error(node, f"calls {called}, which here is not the law of that name; rename yours")

    def _check_name(self, node: ast.Name) -> None:
        if node.id in self._own:
            return
        if node.id in LAWS:
            raise self._error(node, f"holds the law {node.id} itself; call it, such as {node.id}(…)")
        near = nearest(node.id, [*self._own, *LAWS])
        hint = f"did you mean {' or '.join(near)}?" if near else "a policy holds its arguments, laws and numbers alone"
        raise self._error(node, f"holds {node.id}, which is none of its arguments; {hint}")

    def _check_attribute(self, node: ast.Attribute) -> None:
        whole = ast.unparse(node)
        words = whole.split(".")
        if not all(word.isidentifier() and not word.startswith("_") for word in words) or words[0] not in self._own:
            raise self._error(node, f"holds {whole[:60]}, which is no number of {' or '.join(self._given)}")
        if words[0] == self._given[0] and words[1] not in Seen._fields:
            near = nearest(words[1], list(Seen._fields)) or Seen._fields
            raise self._error(node, f"reads {whole}, which no clinician sees; choose one of: {', '.join(near)}")

    def _laws(self) -> str:
        return f"choose one of: {', '.join(LAWS)}"

    def _refused(self, node: ast.AST, operator: ast.AST | None = None) -> PolicyError:
        said = INSTEAD.get(type(operator or node)) or INSTEAD.get(type(node)) or f"{ast.unparse(node)[:40]!r}"
        return self._error(node, f"holds {said}; a policy holds names set to values, and return")

    def _error(self, node: ast.AST, what: str) -> PolicyError:
        return PolicyError(f"policy {self._name}, line {getattr(node, 'lineno', 1)}: {what}.")


# ------------------------------------------------------------------------------------------------------- trying it


def _try(name: str, choose: Choose) -> None:
    """Ask a policy at many things that can be seen: one at a time and together it must choose the same.

    Raises:
        PolicyError: It raises, or returns what are no shifts.
    """
    p, seen = numbers(Parameters()), _seen()
    try:
        with np.errstate(all="ignore"):
            together = choose(seen, p)
        alone = [choose(Seen(*row), p) for row in zip(*(values.tolist() for values in seen), strict=True)]
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
