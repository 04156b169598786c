"""Lanes: value types of sixteen doubles, words or truths, so that the same law compiles for sixteen worlds at once.

Each type is one LLVM vector. Arithmetic, comparison and the primitives of `model.maths` are given for it;
everything else follows from the laws. Operands that are plain numbers are spread over all lanes. No fused
operations and no reordering: a lane holds the same bits as the scalar would.
"""

import inspect
import operator
from collections.abc import Callable
from typing import Any

import llvmlite.ir
import numba
import numba.core.cgutils
import numba.core.compiler
import numba.core.typing.templates
import numba.extending

from alliance_sim.engine.compile import LEAN, OPTIONS, SHARED_CODE, copy, for_some, register
from alliance_sim.model import maths

# Numba's and llvmlite's own annotations do not fit what these do.
types: Any = numba.types
extending: Any = numba.extending
templates: Any = numba.core.typing.templates
compiler: Any = numba.core.compiler
cgutils: Any = numba.core.cgutils
ir: Any = llvmlite.ir
WIDTH = 16
_ELEMENTS = {"float": ir.DoubleType(), "word": ir.IntType(64), "truth": ir.IntType(1)}


class LaneType(types.Type):
    """Numba's name for a vector of `WIDTH` floats, words (uint64) or truths."""

    def __init__(self, kind: str) -> None:
        """Name the type by what its elements are."""
        self.kind = kind
        super().__init__(name=f"{kind}x{WIDTH}")


FLOATS, WORDS, TRUTHS = LaneType("float"), LaneType("word"), LaneType("truth")


@extending.register_model(LaneType)
class LaneModel(extending.models.PrimitiveModel):
    """A lane value is one LLVM vector."""

    def __init__(self, manager: Any, lane: LaneType) -> None:
        """Tell Numba the LLVM type."""
        super().__init__(manager, lane, vector(lane))


def vector(lane: LaneType) -> Any:
    """LLVM vector type of a lane type."""
    return ir.VectorType(_ELEMENTS[lane.kind], WIDTH)


def _spread(builder: Any, value: Any, lane: LaneType) -> Any:
    if isinstance(value, ir.Constant):
        return ir.Constant(vector(lane), [value.constant] * WIDTH)
    index = ir.IntType(32)
    one = builder.insert_element(ir.Constant(vector(lane), ir.Undefined), value, ir.Constant(index, 0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(index, WIDTH), [0] * WIDTH))


_SCALARS = {"float": types.float64, "word": types.uint64, "truth": types.boolean}


def _as_lanes(context: Any, builder: Any, value: Any, given: Any, lane: LaneType) -> Any:
    """Return the vector itself, or a plain number cast and spread over all lanes."""
    if isinstance(given, LaneType):
        return value
    return _spread(builder, context.cast(builder, value, given, _SCALARS[lane.kind]), lane)


_ARITHMETIC = {
    "float": {operator.add: "fadd", operator.sub: "fsub", operator.mul: "fmul", operator.truediv: "fdiv"},
    "word": {
        operator.add: "add",
        operator.sub: "sub",
        operator.mul: "mul",
        operator.and_: "and_",
        operator.or_: "or_",
        operator.xor: "xor",
        operator.lshift: "shl",
        operator.rshift: "lshr",
    },
    "truth": {operator.and_: "and_", operator.or_: "or_", operator.xor: "xor"},
}
_COMPARISON = {
    operator.lt: "<",
    operator.gt: ">",
    operator.le: "<=",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}


def _lane_among(arguments: tuple[Any, ...]) -> Any:
    return next((given for given in arguments if isinstance(given, LaneType)), None)


def _give_operator(symbol: Any) -> None:
    """Teach Numba one binary operator on lanes, or on lanes and a plain number."""

    class Signature(templates.AbstractTemplate):
        def generic(self, arguments: Any, keywords: Any) -> Any:
            lane = _lane_among(arguments)
            if lane is None or len(arguments) != 2:
                return None
            if any(given != lane for given in arguments if isinstance(given, LaneType)):
                return None
            if not all(isinstance(given, (LaneType, types.Number, types.Boolean)) for given in arguments):
                return None
            if symbol in _COMPARISON:
                return templates.signature(TRUTHS, *arguments)
            return templates.signature(lane, *arguments) if symbol in _ARITHMETIC[lane.kind] else None

    templates.infer_global(symbol)(Signature)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lane = _lane_among(signature.args)
        left, right = (
            _as_lanes(context, builder, value, given, lane) for value, given in zip(values, signature.args, strict=True)
        )
        if symbol not in _COMPARISON:
            return getattr(builder, _ARITHMETIC[lane.kind][symbol])(left, right)
        if lane.kind != "float":
            return builder.icmp_unsigned(_COMPARISON[symbol], left, right)
        compare = builder.fcmp_unordered if symbol is operator.ne else builder.fcmp_ordered
        return compare(_COMPARISON[symbol], left, right)

    plain = ((LaneType, kind) for kind in (types.Number, types.Boolean))
    for given in (
        (LaneType, LaneType),
        *plain,
        (types.Number, LaneType),
        (types.Boolean, LaneType),
    ):
        extending.lower_builtin(symbol, *given)(generate)


for _symbol in {symbol for table in _ARITHMETIC.values() for symbol in table} | set(_COMPARISON):
    _give_operator(_symbol)


@templates.infer_global(operator.neg)
class _Negation(templates.AbstractTemplate):
    def generic(self, arguments: Any, keywords: Any) -> Any:
        return templates.signature(FLOATS, FLOATS) if arguments == (FLOATS,) else None


@extending.lower_builtin(operator.neg, LaneType)
def _negate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    return builder.fneg(values[0])


def _convert(source: LaneType, target: LaneType, make: Callable[..., Any]) -> Any:
    """Make an intrinsic from one lane type to another out of an LLVM instruction."""

    def type_it(context: Any, x: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return make(builder, values[0])

        return target(source), generate

    return extending.intrinsic(type_it)


def _square_root(builder: Any, value: Any) -> Any:
    kind = ir.FunctionType(vector(FLOATS), [vector(FLOATS)])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{WIDTH}f64"), [value])


_float_words = _convert(FLOATS, WORDS, lambda builder, value: builder.bitcast(value, vector(WORDS)))
_word_floats = _convert(WORDS, FLOATS, lambda builder, value: builder.bitcast(value, vector(FLOATS)))
_root = _convert(FLOATS, FLOATS, _square_root)


def _type_choice(context: Any, condition: Any, yes: Any, no: Any) -> Any:
    lane = _lane_among((yes, no)) or FLOATS

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        given = signature.args
        return builder.select(
            values[0],
            _as_lanes(context, builder, values[1], given[1], lane),
            _as_lanes(context, builder, values[2], given[2], lane),
        )

    return lane(condition, yes, no), generate


_choose = extending.intrinsic(_type_choice)


def _where(condition: Any, yes: Any, no: Any) -> Any:
    one_for_all = isinstance(condition, types.Boolean) and _lane_among((yes, no)) is not None
    return (lambda condition, yes, no: _choose(condition, yes, no)) if condition == TRUTHS or one_for_all else None


def _sqrt(x: Any) -> Any:
    return (lambda x: _root(x)) if x == FLOATS else None


def _as_word(n: Any) -> Any:
    return (lambda n: n) if n == WORDS else None


def _float_bits(x: Any) -> Any:
    return (lambda x: _float_words(x)) if x == FLOATS else None


def _bits_float(bits: Any) -> Any:
    return (lambda bits: _word_floats(bits)) if bits == WORDS else None


for _primitive, _overload in (
    (maths.where, _where),
    (maths.sqrt, _sqrt),
    (maths.as_word, _as_word),
    (maths.float_bits, _float_bits),
    (maths.bits_float, _bits_float),
):
    extending.overload(_primitive, jit_options=OPTIONS, strict=False)(_overload)


# ----------------------------------------------------------------------------------- one copy of what is long


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make the intrinsic that calls one compiled copy of a law on lanes, in place of its code everywhere.

    A session's law sequence would hold some forty copies of exp and more of the draws: more code than a
    processor's first cache, which costs more than the calls.
    """
    twin = copy(function)
    compiled = numba.njit(**LEAN)(twin)
    flags = compiler.Flags()
    flags.error_model = "numpy"
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    names = ", ".join(inspect.signature(function).parameters)

    def type_call(context: Any, *given: Any) -> Any:
        made = context.resolve_function_type(types.Dispatcher(compiled), given, {}).return_type

        def generate(target: Any, builder: Any, signature: Any, values: Any) -> Any:
            result = target.compile_subroutine(builder, twin, signature, flags=flags)
            callee = target.declare_function(builder.module, getattr(result, "fndesc", result))
            _, value = target.call_conv.call_function(
                builder, callee, signature.return_type, signature.args, values, attrs=("noinline",)
            )
            return value

        return made(*given), generate

    scope: dict[str, Any] = {"type_call": type_call}
    exec(f"def typed(context, {names}):\n    return type_call(context, {names})\n", scope)
    made: Callable[..., Any] = extending.intrinsic(scope["typed"])
    return made


register()  # what the shared copies themselves call
for _law in SHARED_CODE:
    for_some(_law, _once(_law), lambda given: _lane_among(given) is not None)


# ------------------------------------------------------------------------------------------ memory and lanes


def _start(context: Any, builder: Any, given: Any, value: Any) -> Any:
    """Where the memory of an array or of a pointer begins."""
    return value if isinstance(given, types.CPointer) else context.make_array(given)(context, builder, value).data


def _type_load(context: Any, row: Any, place: Any) -> Any:
    lane = WORDS if row.dtype == types.uint64 else FLOATS

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start = _start(context, builder, signature.args[0], values[0])
        address = builder.bitcast(builder.gep(start, [values[1]]), vector(lane).as_pointer())
        return builder.load(address, align=8)

    return lane(row, types.intp), generate


def _type_store(context: Any, row: Any, place: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start = _start(context, builder, signature.args[0], values[0])
        kept = _as_lanes(context, builder, values[2], signature.args[2], FLOATS)
        address = builder.bitcast(builder.gep(start, [values[1]]), vector(FLOATS).as_pointer())
        builder.store(kept, address, align=8)
        return context.get_dummy_value()

    given = value if isinstance(value, LaneType) else types.float64
    return types.void(row, types.intp, given), generate


def _type_spread_float(context: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _spread(builder, values[0], FLOATS)

    return FLOATS(types.float64), generate


def _type_count_up(context: Any, start: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        steps = ir.Constant(vector(WORDS), list(range(WIDTH)))
        return builder.add(_spread(builder, values[0], WORDS), steps)

    return WORDS(types.uint64), generate


load = extending.intrinsic(_type_load)  # load(array, place): WIDTH neighbours of a contiguous array
store = extending.intrinsic(_type_store)  # store(array, place, floats)
spread_float = extending.intrinsic(_type_spread_float)  # one float64 in every lane
count_up = extending.intrinsic(_type_count_up)  # start, start + 1, …
