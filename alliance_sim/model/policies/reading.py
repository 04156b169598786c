"""Reading the text of a policy of one's own: what it may hold, and the function that is made of it.

Reading follows every expression with an example of its value, so that a number, a condition and a record are known
apart before anything is compiled. What is made does the same on every engine, also where it divides by 0: NumPy says
nothing of it, and the result is infinite or no number, as in the lanes.
"""

import ast
import functools
import itertools
import linecache
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from alliance_sim.errors import PolicyError
from alliance_sim.model import maths
from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours, added, alike, shifts
from alliance_sim.model.maths import Value, bits_float, float_bits
from alliance_sim.model.parameters import Parameters, numbers
from alliance_sim.model.policies import BUILT_IN, Choose
from alliance_sim.model.records import blank
from alliance_sim.model.registry import nearest

RECORDS: dict[str, Callable[..., Any]] = {  # laws that return a number a behaviour
    **{one.__name__: one for one in (added, alike, shifts)},
    "Behaviours": Behaviours,
    **BUILT_IN,
}
LAWS: dict[str, Callable[..., Any]] = {
    **{one.__name__: one for one in (maths.where, maths.sqrt, maths.exp, maths.log, maths.minimum, maths.maximum)},
    **{one.__name__: one for one in (maths.average, maths.clip, maths.unit, maths.logistic)},
    **RECORDS,
}
TAKE_RECORDS = {"added", *BUILT_IN}
NO_NAMES = {"inf", "nan", "null", "true", "false", "yes", "no", "on", "off"}  # read otherwise in commands or files
COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
WORKED_OUT = (ast.Add, ast.Sub, ast.Mult, ast.Div)
JOINED = (ast.BitAnd, ast.BitOr, ast.BitXor)
INSTEAD = {  # of what Python has and laws have not
    ast.If: "'if'; write where(condition, yes, no)",
    ast.IfExp: "'if'; write where(condition, yes, no)",
    ast.BoolOp: "'and' or 'or'; write & or | between conditions in brackets",
    ast.For: "a loop",
    ast.While: "a loop",
    ast.AugAssign: "a change in place; write x = x + …",
    ast.Pow: "**; write x * x, or exp and log",
}
MOST_SAID = 60  # signs of an expression
NUMBER: float = 0.0  # examples of a value
CONDITION: bool = True
PATTERN = numbers(Parameters())


def divided(one: Value, other: Value) -> Value:
    """The quotient of two numbers by IEEE 754 on every engine: Python's own floats would raise at 0."""
    return one / bits_float(float_bits(other))


def check_name(name: str) -> None:
    """Check the name of a policy of one's own.

    Raises:
        PolicyError: It is taken, or a command could not name it.
    """
    if name in LAWS:
        kind = "built-in policy" if name in BUILT_IN else "law"
        raise PolicyError(f"{name} is the name of a {kind}; give yours another.")
    if name.lower() in NO_NAMES:
        raise PolicyError(f"policy={name} would not be read as a name; give policy {name} another.")


def made(name: str, text: str, around: dict[str, Any]) -> Choose:
    """Make a policy from the text of its function.

    Args:
        name: Its name.
        text: The function's text.
        around: Names that the function would have found around it.

    Raises:
        PolicyError: The text holds what a policy cannot.
    """
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
    try:
        _Reader(name, given, around).read(node.body)
        return _function(name, given, [one for one in node.body if not _is_note(one)], _free_name(text))
    except RecursionError as error:
        raise PolicyError(f"policy {name} nests too much in one expression; set parts of it to names.") from error


def _free_name(text: str) -> str:
    """A name for `divided` that stands nowhere in a text."""
    return next(name for count in itertools.count() if (name := divided.__name__ + count * "_") not in text)


def _function(name: str, given: list[str], body: list[ast.stmt], quotient: str) -> Choose:
    plain = ast.arguments(
        posonlyargs=[], args=[ast.arg(one) for one in given], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    plainly = [_Plain(quotient).visit(one) for one in body]
    tree = ast.Module([ast.FunctionDef(name, plain, plainly, [], type_params=[])], type_ignores=[])
    file, source = f"<policy {name}>", ast.unparse(ast.fix_missing_locations(tree))
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for those who read it
    scope: dict[str, Any] = {"__builtins__": {}, "__name__": __name__, **LAWS, quotient: divided}
    exec(compile(ast.parse(source), file, "exec"), scope)  # of arguments, laws and numbers, as was read above
    chosen: Choose = scope[name]

    @functools.wraps(chosen)
    def choose(*given: Any, **named: Any) -> Behaviours:
        with np.errstate(all="ignore"):  # the lanes say nothing either
            return chosen(*given, **named)

    return choose


def _takes(arguments: ast.arguments) -> list[str] | None:
    """Names of the two arguments; None if there are others."""
    others = [*arguments.kwonlyargs, *arguments.defaults, arguments.vararg, arguments.kwarg]
    own = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
    return own if len(own) == 2 and not any(others) and not {*own} & {*LAWS} else None


def _is_note(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class _Plain(ast.NodeTransformer):
    """Writes a text in what every engine knows: floats, no annotations, no plus sign before, `divided` for /."""

    def __init__(self, quotient: str) -> None:
        self._quotient = quotient

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], node.value), node))  # type: ignore[arg-type]

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.copy_location(ast.Constant(float(node.value)), node)  # type: ignore[arg-type]

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        plain = self.generic_visit(node)
        return node.operand if isinstance(node.op, ast.UAdd) else plain

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        plain = self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return plain
        return ast.copy_location(ast.Call(ast.Name(self._quotient, ast.Load()), [node.left, node.right], []), node)


class _Reader:
    """Reads a policy's text and refuses by name what it may not hold."""

    def __init__(self, name: str, given: list[str], around: dict[str, Any]) -> None:
        self._name, self._given, self._around = name, given, around
        self._own: dict[str, Any] = dict(zip(given, (blank(Seen), PATTERN), strict=True))  # examples by name

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
            self._own[target.id] = self._value(node.value)  # type: ignore[attr-defined]
        if not isinstance(last, ast.Return) or last.value is None:
            raise self._error(last, "does not end with return; write return shifts(empathy=…) last")
        self._value(last.value)

    def _value(self, node: ast.expr) -> Any:
        """Check one expression and return an example of its value: a number, a condition or a record."""
        match node:
            case ast.Constant(value=bool() | str() | bytes() | None):
                raise self._error(node, f"holds {node.value!r}, which is no number")
            case ast.Constant(value=int() | float() as number):
                if not abs(number) <= sys.float_info.max:
                    raise self._error(node, "holds a number that is too large")
                return NUMBER
            case ast.Name():
                return self._named(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.BinOp(op=op) if isinstance(op, WORKED_OUT):
                return self._numbers(node.left, node.right)
            case ast.BinOp(op=op) if isinstance(op, JOINED):
                self._check_condition(node.left)
                self._check_condition(node.right)
                return CONDITION
            case ast.BinOp(op=op):
                raise self._refused(node, op)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                return self._numbers(node.operand)
            case ast.Compare(ops=[op]) if isinstance(op, COMPARED):
                self._numbers(node.left, *node.comparators)
                return CONDITION
            case ast.Compare(ops=[op]):
                raise self._refused(node, op)
            case ast.Compare():
                raise self._error(node, "compares more than two values at once; write (a < b) & (b < c)")
            case ast.Call(func=ast.Name(id=called)) if called in LAWS and called not in self._own:
                return self._call(node, called)
            case ast.Call():
                raise self._error(node, f"calls {_said(node.func)}, which is no law; {self._laws()}")
        raise self._refused(node)

    def _numbers(self, *parts: ast.expr) -> float:
        """Check expressions that must be numbers."""
        for part in parts:
            self._check_number(part, self._value(part))
        return NUMBER

    def _check_number(self, node: ast.expr, example: Any) -> None:
        if example is CONDITION:
            raise self._error(node, f"takes the condition {_said(node)} for a number; write where({_said(node)}, 1, 0)")
        if isinstance(example, tuple):
            one = f"{_said(node)}.{getattr(example, '_fields', ('',))[0]}"
            raise self._error(node, f"takes {_said(node)} for a number, and it holds many; name one, such as {one}")

    def _check_condition(self, node: ast.expr) -> None:
        example = self._value(node)
        if example is not CONDITION:
            self._check_number(node, example)
            raise self._error(node, f"takes {_said(node)} for a condition; compare it, such as {_said(node)} > 0.5")

    def _call(self, node: ast.Call, called: str) -> Any:
        """Check the call of a law and return an example of what it gives."""
        if any(isinstance(one, ast.Starred) for one in node.args) or any(word.arg is None for word in node.keywords):
            raise self._error(node, "hands over arguments by *; write them out")
        held = self._around.get(called, LAWS[called])
        if held is not LAWS[called] and getattr(held, "choose", None) is not LAWS[called]:
            raise self._error(node, f"calls {called}, which here is not the law of that name; rename yours")
        if called == maths.where.__name__:
            return self._choice(node)
        for one in (*node.args, *(word.value for word in node.keywords)):
            example = self._value(one)
            if example is CONDITION or called not in TAKE_RECORDS:
                self._check_number(one, example)
        return blank(Behaviours) if called in RECORDS else NUMBER

    def _choice(self, node: ast.Call) -> Any:
        """Check `where`: a condition, and two numbers or two conditions; Python itself says what is missing."""
        given = dict(zip(("condition", "yes", "no"), node.args, strict=False))
        given |= {word.arg or "": word.value for word in node.keywords}
        if "condition" in given:
            self._check_condition(given.pop("condition"))
        sides = [(one, self._value(one)) for one in given.values()]
        if sides and all(example is CONDITION for _, example in sides):
            return CONDITION
        for one, example in sides:
            self._check_number(one, example)
        return NUMBER

    def _named(self, node: ast.Name) -> Any:
        if node.id in self._own:
            return self._own[node.id]
        if node.id in LAWS:
            raise self._error(node, f"holds the law {node.id} itself; call it, such as {node.id}(…)")
        near = nearest(node.id, [*self._own, *LAWS])
        hint = f"did you mean {' or '.join(near)}?" if near else "a policy holds its arguments, laws and numbers alone"
        raise self._error(node, f"holds {node.id}, which is none of its arguments; {hint}")

    def _attribute(self, node: ast.Attribute) -> Any:
        if node.attr.startswith("_"):
            raise self._error(node, f"holds {_said(node)}, which is no number of {' or '.join(self._given)}")
        held = self._value(node.value)
        fields = getattr(held, "_fields", ())
        if node.attr in fields:
            return getattr(held, node.attr)
        near = ", ".join(nearest(node.attr, list(fields)) or fields)
        if isinstance(held, Seen):
            raise self._error(node, f"reads {_said(node)}, which no clinician sees; choose one of: {near}")
        whose = f"reads {_said(node)}, and {_said(node.value)}"
        if fields:
            raise self._error(node, f"{whose} has no {node.attr}; choose one of: {near}")
        raise self._error(node, f"{whose} is one value; leave .{node.attr} out")

    def _laws(self) -> str:
        return f"choose one of: {', '.join(LAWS)}"

    def _refused(self, node: ast.AST, operator: ast.AST | None = None) -> PolicyError:
        said = INSTEAD.get(type(operator or node)) or INSTEAD.get(type(node)) or repr(_said(node))
        return self._error(node, f"holds {said}; a policy holds names set to values, and return")

    def _error(self, node: ast.AST, what: str) -> PolicyError:
        return PolicyError(f"policy {self._name}, line {getattr(node, 'lineno', 1)}: {what}.")


def _said(node: ast.AST) -> str:
    """An expression as a sentence holds it."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= MOST_SAID else f"{text[: MOST_SAID - 1]}…"
