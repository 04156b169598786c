"""Laws and kernels as JavaScript: each function's syntax tree, written anew for the kinds of values it is given.

What can be written is what a law may hold anyway (`model.maths`), and what a kernel adds: rows of doubles that are
read and written at a place, slices of a row, `if` and `for`. Records become objects, tuples arrays, a row a
`Float64Array`, a table a list of columns. A function that is handed another one, such as `each`, is written out for
that one. Sums keep their order, so that every double has the same bits.
"""

import ast
import inspect
import math
import operator
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine.compile import call_at
from alliance_sim.errors import AllianceError
from alliance_sim.model import maths
from alliance_sim.model.records import blank

WORDS_OF_JAVASCRIPT = """
    break case catch class const continue debugger default delete do else enum export extends false
    finally for function if implements import in instanceof interface let new null package private
    protected public return static super switch this throw true try typeof var void while with yield
"""
RESERVED = frozenset(WORDS_OF_JAVASCRIPT.split())
# Signs of JavaScript and how tightly they bind.
CHOICE, SIGN, WHOLE = 0, 9, 10
BINDING = {"|": 1, "^": 2, "&": 3, "===": 4, "!==": 4, "<": 5, "<=": 5, ">": 5, ">=": 5, ">>>": 6}
BINDING |= {"+": 7, "-": 7, "*": 8, "/": 8}
WORKED_OUT = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
OF_BITS = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.RShift: ">>>"}
COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!=="}
FOLDED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
INSTEAD = {  # of what Python has and JavaScript is not written for
    ast.IfExp: "a choice by 'if'; write where(condition, yes, no)",
    ast.BoolOp: "'and' or 'or'; write & or | between conditions in brackets",
    ast.While: "a while loop",
    ast.ListComp: "a list",
    ast.GeneratorExp: "a loop in an expression",
    ast.Lambda: "a lambda; define a law",
    ast.Pow: "** of what is not constant; write x * x, or exp and log",
    ast.LShift: "<<; give it a function marked @on_bits",
}
LARGEST = 2**53  # beyond, a double does not hold every whole number
MOST_SHOWN = 60  # signs of an expression


class GeneratorError(AllianceError):
    """A law that cannot be written in JavaScript."""


class Record(NamedTuple):
    """Kind of a named tuple: its type and the kinds of its fields."""

    type: Any
    fields: tuple[Any, ...]


class View(NamedTuple):
    """Kind of a named tuple that stays in its row: nothing is copied, each field is read where it is asked for."""

    type: Any
    fields: tuple[Any, ...]
    places: tuple[int, ...]  # of fields that are numbers


class Listed(NamedTuple):
    """Kind of a plain tuple."""

    parts: tuple[Any, ...]


class Doubles(NamedTuple):
    """Kind of arrays of doubles, or of whole numbers: a row has depth 1; rows, and a table of columns, depth 2."""

    depth: int
    begins: bool = False  # later than at its first place: two values in JavaScript


class Code(NamedTuple):
    """Kind of a function, which is known when JavaScript is written."""

    function: Any


NUMBER, NOTHING = "number", "nothing"
ROW, ROWS = Doubles(1), Doubles(2)
Kind = Any


class Value(NamedTuple):
    """An expression in JavaScript."""

    kind: Kind
    text: str
    at: str = ""  # of a slice: the place at which it begins
    binds: int = WHOLE  # how tightly

    def within(self, binds: int) -> str:
        """The expression as a part of one that binds so tightly."""
        return self.text if self.binds > binds else f"({self.text})"

    @property
    def arguments(self) -> list[str]:
        """What is handed over for it; nothing for a function."""
        if isinstance(self.kind, Code):
            return []
        return [self.text, self.at] if isinstance(self.kind, Doubles) and self.kind.begins else [self.text]


class Written(NamedTuple):
    """A function of JavaScript."""

    name: str
    kind: Kind  # of what it returns


class ByHand(NamedTuple):
    """A function that stands in JavaScript already."""

    name: str
    kind: Kind = NUMBER


Keeping = Callable[
    [str, Sequence[str]], str
]  # the function `name` that keeps what `name$new` of the same arguments makes


class Generator:
    """Writes functions, and those they call, each once for the kinds of its arguments.

    Args:
        by_hand: Functions that stand in JavaScript already.
        keeping: Functions whose results are kept, and what keeps them.
        views: Readers of rows that nobody writes as long as what was read is needed, and the type that they read.
    """

    def __init__(
        self,
        by_hand: Mapping[Callable[..., Any], ByHand],
        keeping: Mapping[Callable[..., Any], Keeping],
        views: Mapping[Callable[..., Any], Any] | None = None,
    ) -> None:
        self.by_hand, self.keeping = by_hand, keeping
        self.views = {reader: view_of(kind) for reader, kind in (views or {}).items()}
        self._written: dict[tuple[Any, tuple[Kind, ...]], Written] = {}
        self._names: set[str] = set()
        self._parts: list[str] = []

    def function(self, function: Callable[..., Any], kinds: Sequence[Kind], name: str = "") -> Written:
        """Write a function for arguments of these kinds, unless it is there.

        Args:
            function: A law, a helper or a kernel.
            kinds: Of all its arguments.
            name: Its name in JavaScript; `module$function` unless given.

        Raises:
            GeneratorError: It holds something that JavaScript is not written for.
        """
        plain = plainly(function)
        key = plain, tuple(kinds)
        if key not in self._written:
            own = self._free(name or f"{plain.__module__.rpartition('.')[2]}${plain.__name__}")
            keeps = self.keeping.get(function)
            written = _Function(self, plain, kinds, f"{own}$new" if keeps else own)
            text = written.text()
            self._parts.append(text)
            if keeps:
                self._parts.append(keeps(own, written.arguments))
            self._written[key] = Written(own, written.returned)
        return self._written[key]

    def _free(self, name: str) -> str:
        count, free = 1, name
        while free in self._names:
            count += 1
            free = f"{name}${count}"
        self._names.add(free)
        return free

    def text(self) -> str:
        """Everything written so far, what is called before what calls it."""
        return "\n".join(self._parts)


def plainly(function: Any) -> Any:
    """The Python function behind a kernel or a decorated law."""
    return inspect.unwrap(getattr(function, "py_func", function))


def view_of(kind: Any) -> View:
    """Kind of a (nested) named tuple that stays in its row."""
    return _view(blank(kind), 0)[0]


def _view(pattern: Any, start: int) -> tuple[View, int]:
    fields: list[Any] = []
    places = []
    for value in pattern:
        places.append(start)
        if isinstance(value, tuple):
            inner, start = _view(value, start)
            fields.append(inner)
        else:
            fields.append(NUMBER)
            start += 1
    return View(type(pattern), tuple(fields), tuple(places)), start


def kind_of(held: Any) -> Kind:
    """Kind of a value that Python holds: a number, a named tuple, a tuple or a function; None for any other."""
    if isinstance(held, bool | np.bool_ | int | float | np.integer | np.floating):
        return NUMBER
    if isinstance(held, tuple):
        parts = tuple(map(kind_of, held))
        return Record(type(held), parts) if hasattr(held, "_fields") else Listed(parts)
    return Code(held) if callable(held) else None


def literal(held: Any) -> str:
    """A number or a named tuple of numbers as JavaScript writes it.

    Raises:
        ValueError: A whole number that no double holds.
    """
    if isinstance(held, tuple):
        return _object(type(held), [literal(one) for one in held])
    if isinstance(held, bool | np.bool_):
        return "true" if held else "false"
    if isinstance(held, int | np.integer):
        if abs(int(held)) > LARGEST:
            raise ValueError(f"the whole number {held}, which no double holds; give it a function marked @on_bits")
        return str(int(held))
    number = float(held)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return repr(int(number)) if number.is_integer() and 0 < abs(number) < 1e6 else repr(number).removesuffix(".0")


def _object(kind: Any, texts: Sequence[str]) -> str:
    parts = [f"{name}: {text}" if name != text else name for name, text in zip(kind._fields, texts, strict=True)]
    return f"{{ {', '.join(parts)} }}"


def _own(name: str) -> str:
    return f"{name}_" if name in RESERVED else name


class _Function:
    """One function on its way to JavaScript."""

    def __init__(self, generator: Generator, function: Any, kinds: Sequence[Kind], name: str) -> None:
        self._generator, self._function, self._name = generator, function, name
        self._node = self._read()
        self._known: dict[str, Value] = {}
        self._taken: set[str] = set()
        self.arguments: list[str] = []
        self.returned: Kind = None
        given = self._node.args
        if given.vararg or given.kwarg or given.kwonlyargs or len(given.args) != len(kinds):
            raise self._error(self._node, f"is called with {len(kinds)} arguments and takes others")
        for argument, kind in zip(given.args, kinds, strict=True):
            own = self._new(argument.arg)
            value = Value(kind, own, f"{own}At" if isinstance(kind, Doubles) and kind.begins else "")
            self._known[argument.arg] = value
            self.arguments += value.arguments
        self._local = {*self._known} | {
            one.id for one in ast.walk(self._node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        self._changing = {  # names set inside `if` or `for`: variables, all others are constants
            one.id
            for block in ast.walk(self._node)
            if isinstance(block, ast.If | ast.For)
            for part in (*block.body, *block.orelse)
            for one in ast.walk(part)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        self._lines: list[str] = []

    def _read(self) -> ast.FunctionDef:
        try:
            (node,) = ast.parse(textwrap.dedent(inspect.getsource(self._function))).body
        except (OSError, TypeError, SyntaxError, ValueError) as error:
            raise GeneratorError(f"the text of {self._function!r} cannot be read, so it cannot be written.") from error
        if not isinstance(node, ast.FunctionDef):
            raise GeneratorError(f"{self._function!r} is no function with a name, so it cannot be written.")
        return node

    def _error(self, node: ast.AST, what: str) -> GeneratorError:
        code = self._function.__code__
        line = code.co_firstlineno + getattr(node, "lineno", 1) - 1
        return GeneratorError(
            f"{self._function.__name__} ({Path(code.co_filename).name}, line {line}) cannot be written in JavaScript: "
            f"it {what}."
        )

    def _refused(self, node: ast.AST, operation: ast.AST | None = None) -> GeneratorError:
        said = INSTEAD.get(type(operation or node)) or INSTEAD.get(type(node))
        return self._error(node, f"holds {said or _shown(node)}")

    # ---------------------------------------------------------------------------------------------- statements

    def text(self) -> str:
        """The whole function."""
        changing = sorted(self._changing - {*self._known})
        for name in changing:
            self._new(name)
        self._block(self._node.body)
        if self.returned is None:
            self.returned = NOTHING
        head = [f"let {', '.join(map(_own, changing))};"] if changing else []
        body = "".join(f"  {line}\n" for line in [*head, *self._lines])
        return f"function {self._name}({', '.join(self.arguments)}) {{\n{body}}}"

    def _new(self, name: str) -> str:
        """A name of JavaScript that is not taken."""
        own, count = _own(name), 1
        while own in self._taken:
            count += 1
            own = f"{name}${count}"
        self._taken.add(own)
        return own

    def _block(self, nodes: Sequence[ast.stmt]) -> None:
        for node in nodes:
            self._statement(node)

    def _inner(self, nodes: Sequence[ast.stmt]) -> list[str]:
        """Lines of a block of its own."""
        outer, self._lines = self._lines, []
        self._block(nodes)
        inner, self._lines = self._lines, outer
        return [f"  {line}" for line in inner]

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Expr(value=ast.Call() as call):
                self._lines.append(f"{self._value(call).text};")
            case ast.Return():
                self._return(node)
            case ast.Assign(targets=[target]):
                self._assign(target, node.value)
            case ast.AugAssign(op=op) if type(op) in WORKED_OUT and isinstance(node.target, ast.Name):
                own = ast.Name(node.target.id, ast.Load())
                joined = ast.BinOp(ast.copy_location(own, node), op, node.value)
                self._assign(node.target, ast.copy_location(joined, node))
            case ast.If():
                self._lines.append(f"if ({self._number(node.test).text}) {{")
                self._lines += self._inner(node.body)
                if node.orelse:
                    self._lines += ["} else {", *self._inner(node.orelse)]
                self._lines.append("}")
            case ast.For(target=ast.Name(id=name), orelse=[]) if name in self._local:
                whole = self._value(node.iter)
                if whole.kind != ROW:
                    raise self._error(node, f"goes through {_shown(node.iter)}, which is no row")
                self._known[name] = Value(NUMBER, self._new(name))
                self._lines.append(f"for (const {self._known[name].text} of {whole.text}) {{")
                self._lines += [*self._inner(node.body), "}"]
            case _:
                raise self._refused(node)

    def _return(self, node: ast.Return) -> None:
        value = Value(NOTHING, "") if node.value is None else self._value(node.value)
        if self.returned not in (None, value.kind):
            raise self._error(node, "returns values of different kinds")
        self.returned = value.kind
        self._lines.append(f"return {value.text};" if value.text else "return;")

    def _assign(self, target: ast.expr, given: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            values = self._parts_of(given)
            apart = not isinstance(given, ast.Tuple)
            if len(values) != len(target.elts):
                raise self._error(target, f"sets {len(target.elts)} names to {len(values)} values")
            if any(not isinstance(one, ast.Name) or one.id in self._changing for one in target.elts):
                values = [self._held(value, anew=True) for value in values]  # all are worked out before any is set
            for one, value in zip(target.elts, values, strict=True):
                if apart and isinstance(one, ast.Name) and one.id not in self._changing:
                    self._known[one.id] = value
                else:
                    self._set(one, value)
        else:
            self._set(target, self._value(given))

    def _parts_of(self, given: ast.expr) -> list[Value]:
        """The values of a tuple, written out or returned by a call."""
        if isinstance(given, ast.Tuple):
            return [self._value(one) for one in given.elts]
        whole = self._held(self._value(given))
        if not isinstance(whole.kind, Listed):
            raise self._error(given, f"takes {_shown(given)} apart, which is no tuple")
        return [_part(whole, place) for place in range(len(whole.kind.parts))]

    def _set(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(id="_"):
                pass
            case ast.Name(id=name) if name in self._changing:
                if (name in self._known and self._known[name].kind != value.kind) or isinstance(value.kind, Doubles):
                    raise self._error(target, f"sets {name} to values of different kinds")
                self._known[name] = Value(value.kind, _own(name))
                self._lines.append(f"{_own(name)} = {value.text};")
            case ast.Name(id=name) if isinstance(value.kind, Doubles | Code):
                self._known[name] = value
            case ast.Name(id=name):
                own = self._new(name)
                self._lines.append(f"const {own} = {value.text};")
                self._known[name] = Value(value.kind, own)
            case ast.Subscript():
                place = self._value(target)
                if place.kind != NUMBER or value.kind != NUMBER:
                    raise self._error(target, f"sets {_shown(target)}, which is no single number")
                self._lines.append(f"{place.text} = {value.text};")
            case _:
                raise self._refused(target)

    def _held(self, value: Value, anew: bool = False) -> Value:
        """The same value, worked out once: a name, a field of one, a number; or `anew` a name of its own."""
        simple = all(part.isidentifier() or part.isdigit() for part in value.text.split("."))
        if isinstance(value.kind, Doubles | Code) or (simple and not anew):
            return value
        name = self._new("part")
        self._lines.append(f"const {name} = {value.text};")
        return Value(value.kind, name)

    # --------------------------------------------------------------------------------------------- expressions

    def _static(self, node: ast.expr) -> tuple[Any, ...]:
        """What an expression is when JavaScript is written, alone in a tuple; empty if that is not known."""
        match node:
            case ast.Constant(value=bool() | int() | float() as number):
                return (number,)
            case ast.Name(id=name) if name not in self._local:
                scope = self._function.__globals__
                if name in scope:
                    return (scope[name],)
                closed = dict(zip(self._function.__code__.co_freevars, self._function.__closure__ or (), strict=True))
                if name in closed:
                    return (closed[name].cell_contents,)
                if name in ("int", "float"):
                    return ({"int": int, "float": float}[name],)
                raise self._error(node, f"holds {name}, which is nowhere")
            case ast.Attribute(value=whole, attr=name):
                for held in self._static(whole):
                    if isinstance(held, ModuleType) or hasattr(type(held), "_fields"):
                        return (getattr(held, name),)
            case ast.UnaryOp(op=ast.USub(), operand=own):
                return tuple(-held for held in self._static(own) if kind_of(held) == NUMBER)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in FOLDED:
                sides = (*self._static(left), *self._static(right))
                if len(sides) == 2 and all(kind_of(one) == NUMBER for one in sides):
                    return (FOLDED[type(op)](*sides),)
        return ()

    def _value(self, node: ast.expr) -> Value:
        for held in self._static(node):
            kind = kind_of(held)
            if isinstance(kind, Code):
                return Value(kind, "")
            try:
                said = literal(held)
                return Value(kind, said, binds=SIGN if said.startswith("-") else WHOLE)
            except (TypeError, ValueError) as error:
                raise self._error(node, f"holds {error if isinstance(error, ValueError) else _shown(node)}") from error
        match node:
            case ast.Name(id=name):
                if name not in self._known:
                    raise self._error(node, f"reads {name} before it is set")
                return self._known[name]
            case ast.Attribute():
                return self._field(node)
            case ast.Subscript():
                return self._place(node)
            case ast.Tuple():
                parts = [self._value(one) for one in node.elts]
                return Value(Listed(tuple(one.kind for one in parts)), f"[{', '.join(one.text for one in parts)}]")
            case ast.UnaryOp(op=ast.USub()):
                return Value(NUMBER, f"-{self._number(node.operand).within(SIGN)}", binds=SIGN)
            case ast.BinOp(op=op) if type(op) in WORKED_OUT or type(op) in OF_BITS:
                return self._joined(node.left, WORKED_OUT.get(type(op)) or OF_BITS[type(op)], node.right)
            case ast.BinOp(op=op):
                raise self._refused(node, op)
            case ast.Compare(ops=[op], comparators=[other]) if type(op) in COMPARED:
                return self._joined(node.left, COMPARED[type(op)], other)
            case ast.Call():
                return self._call(node)
        raise self._refused(node)

    def _joined(self, left: ast.expr, sign: str, right: ast.expr) -> Value:
        """Two numbers and a sign between them; signs that bind alike go from the left, in both languages."""
        binds = BINDING[sign]
        texts = self._number(left).within(binds - 1), self._number(right).within(binds)
        return Value(NUMBER, f" {sign} ".join(texts), binds=binds)

    def _number(self, node: ast.expr) -> Value:
        value = self._value(node)
        if value.kind != NUMBER:
            raise self._error(node, f"takes {_shown(node)} for a number")
        return value

    def _field(self, node: ast.Attribute) -> Value:
        whole = self._value(node.value)
        if not isinstance(whole.kind, Record | View) or node.attr not in whole.kind.type._fields:
            raise self._error(node, f"reads {_shown(node)}, which is not there")
        return _part(whole, whole.kind.type._fields.index(node.attr))

    def _place(self, node: ast.Subscript) -> Value:
        """One place of a row, rows, a table or a tuple; or a slice of a row."""
        whole = self._value(node.value)
        if isinstance(whole.kind, Listed | Record | View):
            at = self._static(node.slice)
            parts = whole.kind.parts if isinstance(whole.kind, Listed) else whole.kind.fields
            if not at or not isinstance(at[0], int) or not 0 <= at[0] < len(parts):
                raise self._error(node, f"reads {_shown(node)}, whose place is not constant")
            return _part(whole, at[0])
        if not isinstance(whole.kind, Doubles):
            raise self._error(node, f"reads a place of {_shown(node.value)}, which has none")
        if isinstance(node.slice, ast.Slice):
            if whole.kind.depth != 1 or node.slice.lower is None or node.slice.step is not None:
                raise self._error(node, f"holds {_shown(node)}; a slice of a row begins somewhere")
            return Value(Doubles(1, True), whole.text, _sum(whole.at, self._number(node.slice.lower).text))
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(places) == 4 and [self._static(one) for one in places[2:]] == [(0,), (0,)]:
            places = places[:2]  # a table of one world
        if len(places) > whole.kind.depth:
            raise self._error(node, f"holds {_shown(node)}, which has more places than there are")
        texts = [self._number(one).text for one in places]
        texts[0] = _sum(whole.at, texts[0])
        left = whole.kind.depth - len(places)
        return Value(Doubles(left) if left else NUMBER, whole.text + "".join(f"[{one}]" for one in texts))

    # --------------------------------------------------------------------------------------------------- calls

    def _call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "_replace":
            return self._replaced(node, node.func.value)
        called = self._value(node.func).kind
        if not isinstance(called, Code):
            raise self._error(node, f"calls {_shown(node.func)}, which is no law")
        function = called.function
        given = [value for one in node.args for value in self._given(one)]
        if isinstance(function, type) and hasattr(function, "_fields"):
            return self._made(node, function, given)
        if function in (np.uint64, int):
            return given[0] if function is np.uint64 else Value(NUMBER, f"Math.trunc({given[0].text})")
        if function is maths.where:
            return self._choice(node, given)
        if function is maths.each:
            return self._each(node, *given)
        if function is call_at:
            arguments = [part for value in given[1:] for part in value.arguments]
            return Value(NOTHING, f"POLICIES[{given[0].text}]({', '.join(arguments)})")
        name = ast.unparse(node.func).rpartition(".")[2]
        return self._called(node, function, self._in_order(node, function, given), name)

    def _given(self, node: ast.expr) -> list[Value]:
        if not isinstance(node, ast.Starred):
            return [self._value(node)]
        for held in self._static(node.value):
            if isinstance(kind_of(held), Listed):
                return [Value(NUMBER, literal(one)) for one in held]
        raise self._error(node, f"hands over {_shown(node)}; write the arguments out")

    def _in_order(self, node: ast.Call, function: Any, given: list[Value]) -> list[Value]:
        """All arguments of a call in the order in which the function takes them."""
        if function in self._generator.by_hand and not node.keywords:
            return given
        takes = list(inspect.signature(plainly(function)).parameters.values())
        named = {word.arg: self._value(word.value) for word in node.keywords}
        for argument in takes[len(given) :]:
            if argument.name in named:
                given = [*given, named.pop(argument.name)]
            elif argument.default is not inspect.Parameter.empty:
                given = [*given, Value(kind_of(argument.default), literal(argument.default))]
            else:
                raise self._error(node, f"calls {_shown(node.func)} without {argument.name}")
        if named:
            raise self._error(node, f"hands {_shown(node.func)} the unknown argument {next(iter(named))}")
        return given

    def _called(self, node: ast.AST, function: Any, given: Sequence[Value], name: str = "") -> Value:
        """A call of a function that is written too, or stands there by hand."""
        arguments = ", ".join(part for value in given for part in value.arguments)
        if function in self._generator.by_hand:
            there = self._generator.by_hand[function]
            return Value(there.kind, f"{there.name}({arguments})")
        if function in self._generator.views and [value.kind for value in given] == [ROW]:
            return Value(self._generator.views[function], given[0].text)
        plain = plainly(function)
        if not isinstance(plain, FunctionType):
            raise self._error(node, f"calls {_shown(node)}, which is no law")
        rows = plain.__name__ in ("read", "write") and name  # whose own name says nothing
        written = self._generator.function(function, [value.kind for value in given], rows or "")
        return Value(written.kind, f"{written.name}({arguments})")

    def _made(self, node: ast.Call, kind: Any, given: list[Value]) -> Value:
        named = dict(zip(kind._fields, given, strict=False))
        named |= {word.arg or "": self._value(word.value) for word in node.keywords}
        if set(named) != {*kind._fields} or len(given) + len(node.keywords) != len(kind._fields):
            raise self._error(node, f"makes a {kind.__name__} of other fields than it has")
        values = [named[name] for name in kind._fields]
        return Value(Record(kind, tuple(one.kind for one in values)), _object(kind, [one.text for one in values]))

    def _replaced(self, node: ast.Call, owner: ast.expr) -> Value:
        whole = self._held(self._value(owner))
        if not isinstance(whole.kind, Record | View) or node.args:
            raise self._error(node, f"replaces fields of {_shown(owner)}, which is no record")
        named = {word.arg or "": self._value(word.value) for word in node.keywords}
        own = whole.kind.type
        values = [named.pop(name, _part(whole, place)) for place, name in enumerate(own._fields)]
        if named:
            raise self._error(node, f"replaces {next(iter(named))}, which no {own.__name__} has")
        return Value(Record(own, tuple(one.kind for one in values)), _object(own, [one.text for one in values]))

    def _choice(self, node: ast.Call, given: list[Value]) -> Value:
        if len(given) != 3 or any(one.kind != NUMBER for one in given):
            raise self._error(node, "chooses by where between what are no two numbers")
        condition, yes, no = (one.within(CHOICE) for one in given)
        return Value(NUMBER, f"{condition} ? {yes} : {no}", binds=CHOICE)

    def _each(self, node: ast.Call, function: Value, first: Value, *others: Value) -> Value:
        """A law over the fields of records, written out field by field."""
        if not isinstance(first.kind, Record | View) or not isinstance(function.kind, Code):
            raise self._error(node, "maps something else than a law over records")
        first, others = self._held(first), tuple(map(self._held, others))
        made = []
        for place in range(len(first.kind.fields)):
            own = [
                _part(one, place) if isinstance(one.kind, Record | View) and one.kind.type is first.kind.type else one
                for one in (first, *others)
            ]
            made.append(self._called(node, function.kind.function, own))
        kind = Record(first.kind.type, tuple(one.kind for one in made))
        return Value(kind, _object(first.kind.type, [one.text for one in made]))


def _part(whole: Value, place: int) -> Value:
    """One field of a record, or one value of a tuple."""
    kind = whole.kind
    if isinstance(kind, Listed):
        return Value(kind.parts[place], f"{whole.text}[{place}]")
    own = kind.fields[place]
    if isinstance(kind, Record):
        return Value(own, f"{whole.text}.{kind.type._fields[place]}")
    return Value(own, whole.text if isinstance(own, View) else f"{whole.text}[{kind.places[place]}]")


def _sum(start: str, further: str) -> str:
    """The sum of two places in a row."""
    if not start or not further:
        return start or further
    return str(int(start) + int(further)) if start.isdigit() and further.isdigit() else f"{start} + {further}"


def _shown(node: ast.AST) -> str:
    """An expression as a sentence holds it."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"
