"""How the plain laws become machine code: the only module that knows Numba.

`kernel` compiles a function that may call laws. The machine code is kept on disk in a folder named by a hash
of the sources, because Numba's own cache looks only at the file of the kernel: after an edit of a law it
would silently go on with the old one.
"""

import functools
import hashlib
import inspect
import logging
import math
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FunctionType
from typing import Any

import llvmlite.ir
import numba
import numba.core.typing.templates
import numba.extending
import numpy as np

from alliance_sim.model import maths

# Numba's own annotations do not fit what these do.
config: Any = numba.config
extending: Any = numba.extending
types: Any = numba.types
ir: Any = llvmlite.ir
templates: Any = numba.core.typing.templates

PACKAGE = Path(__file__).resolve().parent.parent
COMPILED_FOLDERS = ("model", "engine")  # whose sources go into the machine code
KEY_LENGTH = 16
KEPT_KEYS = 4
OWN_MODE, OTHERS_WRITE = 0o700, 0o022
# Without the error model x / 0 raises, as a branch; kernels allocate nothing, so they need no reference counts.
# Nobody calls a kernel from C, nor a helper from Python.
LEAN: dict[str, Any] = {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
OPTIONS: dict[str, Any] = {"forceinline": True, "no_cpython_wrapper": True, **LEAN}
SHARED_CODE = (maths.exp, maths.log, maths.normal_pair, maths.philox)  # lanes call these, scalars inline them

_log = logging.getLogger(__name__)
_registered: set[Callable[..., Any]] = set()


# ------------------------------------------------------------------------- primitives for one double or word
# An overload that returns None leaves the arguments to others: further value types bring their own overloads.


def _cast(source: Any, target: Any) -> Any:
    """Make the Numba intrinsic that reads the bits of a source type as the target type."""

    def type_cast(context: Any, x: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(target))

        return target(source), generate

    return extending.intrinsic(type_cast)


def _type_select(context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """Choose without a branch; two whole numbers stay whole, unsigned if one is, so that bits stay bits."""
    yes, no = types.unliteral(yes), types.unliteral(no)
    if all(isinstance(side, types.Boolean) for side in (yes, no)):
        chosen = types.boolean
    elif all(isinstance(side, types.Integer) for side in (yes, no)):
        chosen = types.int64 if yes.signed and no.signed else types.uint64
    else:
        chosen = types.float64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return chosen(types.boolean, chosen, chosen), generate


def _type_word(context: Any, n: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[0]

    return types.uint64(types.uint64), generate


_select = extending.intrinsic(_type_select)
_word = extending.intrinsic(_type_word)
_float_to_bits = _cast(types.float64, types.uint64)
_bits_to_float = _cast(types.uint64, types.float64)


def _where(condition: Any, yes: Any, no: Any) -> Any:
    scalar = (types.Number, types.Boolean)
    if isinstance(condition, types.Boolean) and isinstance(yes, scalar) and isinstance(no, scalar):
        return lambda condition, yes, no: _select(condition, yes, no)
    return None


def _sqrt(x: Any) -> Any:
    return (lambda x: math.sqrt(x)) if isinstance(x, types.Number) else None


def _as_word(n: Any) -> Any:
    return (lambda n: _word(n)) if isinstance(n, types.Integer) else None


def _float_bits(x: Any) -> Any:
    return (lambda x: _float_to_bits(x)) if isinstance(x, types.Number) else None


def _bits_float(bits: Any) -> Any:
    return (lambda bits: _bits_to_float(bits)) if isinstance(bits, types.Integer) else None


def _each(function: Any, first: Any, *others: Any) -> Any:
    kind = first.instance_class
    own = [getattr(one, "instance_class", None) is kind for one in others]

    def fields(name: str) -> str:
        return ", ".join([f"first.{name}", *(f"others[{at}]{f'.{name}' * here}" for at, here in enumerate(own))])

    scope: dict[str, Any] = {"kind": kind}
    record = ", ".join(f"function({fields(name)})" for name in kind._fields)
    exec(f"def use(function, first, *others):\n    return kind({record})\n", scope)
    return scope["use"]


_OVERLOADS: dict[Callable[..., Any], Callable[..., Any]] = {
    maths.where: _where,
    maths.sqrt: _sqrt,
    maths.as_word: _as_word,
    maths.float_bits: _float_bits,
    maths.bits_float: _bits_float,
    maths.each: _each,
}


@templates.infer_getattr
class _Replacing(templates.AttributeTemplate):  # type: ignore[misc]
    """Teach Numba `record._replace(field=value)` of named tuples."""

    key = types.BaseNamedTuple

    @templates.bound_function("namedtuple._replace")  # type: ignore[untyped-decorator]
    def resolve__replace(self, record: Any, args: Any, kws: Any) -> Any:
        """Type the record with the given fields in place of its own."""
        given = {name: types.unliteral(value) for name, value in kws.items()}
        if args or not given.keys() <= set(record.fields):
            return None
        kinds = [given.get(name, own) for name, own in zip(record.fields, record.types, strict=True)]
        made = types.BaseTuple.from_types(kinds, record.instance_class)
        named = [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None) for name in record.fields
        ]
        own = [given.get(name, types.Omitted(None)) for name in record.fields]
        return templates.Signature(made, tuple(own), recvr=record, pysig=inspect.Signature(named))


@extending.lower_builtin("namedtuple._replace", types.BaseNamedTuple, types.VarArg(types.Any))  # type: ignore[untyped-decorator]
def _replace(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    record, *given = values
    parts = [
        builder.extract_value(record, place) if isinstance(kind, types.Omitted) else value
        for place, (kind, value) in enumerate(zip(signature.args[1:], given, strict=True))
    ]
    return context.make_tuple(builder, signature.return_type, parts)


def register() -> None:
    """Make the primitives and every law listed so far callable from compiled code; harmless to repeat."""
    for primitive, implementation in _OVERLOADS.items():
        if primitive not in _registered:
            # Not strict: strict would compare the annotations, which a lambda cannot have.
            extending.overload(primitive, jit_options=OPTIONS, strict=False)(implementation)
            _registered.add(primitive)
    for function in maths.LAWS:
        if function not in _registered:
            if function in SHARED_CODE:
                for_some(function, inline(copy(function)), _is_plain)
            else:
                extending.register_jitable(**OPTIONS)(function)
            _registered.add(function)


def copy(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the same code under an identity of its own, so that it can be registered apart."""
    return FunctionType(function.__code__, function.__globals__, function.__name__)


def for_some(function: Callable[..., Any], chosen: Callable[..., Any], fits: Callable[[Any], bool]) -> None:
    """Let compiled code call `chosen` in place of `function` where an argument's type fits (all for plain numbers)."""
    names = ", ".join(inspect.signature(function).parameters)
    scope: dict[str, Any] = {"chosen": chosen, "fits": fits}
    exec(
        f"def use({names}):\n    return chosen({names})\n"
        f"def choose({names}):\n    return use if fits(({names},)) else None\n",
        scope,
    )
    extending.overload(function, jit_options=OPTIONS, strict=False)(scope["choose"])


def _is_plain(given: tuple[Any, ...]) -> bool:
    return all(isinstance(one, (types.Number, types.Boolean)) for one in given)


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function, at its first call with new types, so that it runs without the GIL.

    It may call every law whose module is imported by now. Where the machine code cannot be kept on disk,
    it is made anew in every process.
    """
    register()
    folder = cache_folder()
    if folder is not None:
        with _numba_cache_in(folder), suppress(RuntimeError):  # a function typed at a prompt has no file
            return _jit(function, cache=True)
    return _jit(function, cache=False)


def _type_call_at(context: Any, address: Any, seen: Any, numbers: Any, chosen: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        double = ir.DoubleType().as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [double, double, double])
        rows = [
            context.make_array(given)(context, builder, value).data
            for given, value in zip(signature.args[1:], values[1:], strict=True)
        ]
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), rows)
        return context.get_dummy_value()

    return types.void(types.int64, seen, numbers, chosen), generate


call_at = extending.intrinsic(_type_call_at)  # call_at(address, seen, numbers, chosen): what `at_address` compiled


def at_address(function: Callable[..., None]) -> Any:
    """Compile a function of three rows of doubles apart from any kernel, which calls it by its `address`.

    Returns:
        What has that address for as long as it is kept.
    """
    row = types.CPointer(types.float64)
    return numba.cfunc(types.void(row, row, row), **{**LEAN, "no_cfunc_wrapper": False})(function)


def inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a helper callable from kernels, without a compiled form of its own; returns it unchanged."""
    extending.register_jitable(**OPTIONS)(function)
    return function


def spliced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a long part of a kernel, whose code goes into the kernel's own before that is compiled.

    The compiler makes machine code of every helper that `inline` marks, although nobody calls it.
    """
    part: Callable[..., Any] = numba.njit(inline="always", **LEAN)(function)
    return part


def _jit(function: Callable[..., Any], cache: bool) -> Callable[..., Any]:
    compiled: Callable[..., Any] = numba.njit(nogil=True, cache=cache, **LEAN)(function)
    return compiled


# ------------------------------------------------------------------------------ where machine code is kept


def sources_key(package: Path = PACKAGE) -> str:
    """Hash of all that decides the machine code: the sources of laws and engines, and the compiler's version.

    Args:
        package: folder that holds `model/` and `engine/`.

    Returns:
        16 hexadecimal digits.
    """
    digest = hashlib.sha256(f"numba {numba.__version__} numpy {np.__version__}".encode())
    for part in COMPILED_FOLDERS:
        for source in sorted((package / part).rglob("*.py")):
            content = source.read_bytes()
            digest.update(f"\n{source.relative_to(package).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:KEY_LENGTH]


@functools.cache
def cache_folder() -> Path | None:
    """Folder for the machine code of the present sources, made when first asked for.

    It lies in `$ALLIANCE_SIM_CACHE/alliance_sim/numba`, else in `$NUMBA_CACHE_DIR/alliance_sim`, else in
    `$XDG_CACHE_HOME/alliance_sim/numba`, else in `~/.cache/alliance_sim/numba`; where that cannot be written, in a
    folder of the user's own among temporary files. Machine code is only read where this user alone can have put it.

    Returns:
        The folder, or None, with one line of warning, if there is none.
    """
    refused: Exception | None = None
    for find in (_cache_root, _spare_root):
        try:
            folder = find() / sources_key()
            _make_own(folder)
            tempfile.TemporaryFile(dir=folder).close()
            os.utime(folder)  # in use: the newest
        except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
            refused = refused or error
            continue
        _delete_old_keys(folder)
        return folder
    _log.warning(
        "Compiled code is not kept (%s); each process compiles anew. "
        "Set ALLIANCE_SIM_CACHE to a folder that you own and nobody else can write.",
        refused,
    )
    return None


def _make_own(folder: Path) -> None:
    """Make a folder that its user alone can write; what others may have written there is deleted, not read.

    Raises:
        PermissionError: Another user owns it.
    """
    ours = next(place for place in (folder, *folder.parents) if place.name.startswith("alliance"))
    for place in reversed([folder, *(up for up in folder.parents if up == ours or ours in up.parents)]):
        place.mkdir(parents=True, exist_ok=True, mode=OWN_MODE)
        about = place.lstat()
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or not stat.S_ISDIR(about.st_mode)):
            raise PermissionError(f"{place} belongs to another user")
        if os.name == "posix" and about.st_mode & OTHERS_WRITE:
            shutil.rmtree(folder, ignore_errors=True)
            place.mkdir(exist_ok=True)
            place.chmod(OWN_MODE)


def is_compiled(name: str) -> bool:
    """True if the machine code of the kernel `name` of this room is kept on disk for the present sources.

    Numba finds it only where the sources lay that it was made from: another checkout's does not count.
    """
    place = kernel(_nothing).stats.cache_path  # type: ignore[attr-defined]
    return place is not None and any(Path(place).glob(f"*.{name}-*.nbc"))


def _nothing() -> None:
    """A kernel of this room, never compiled: it says where the others lie."""


def _cache_root() -> Path:
    ours = os.environ.get("ALLIANCE_SIM_CACHE", "")
    if not ours and config.CACHE_DIR:
        return Path(config.CACHE_DIR) / "alliance_sim"
    for given in (ours, os.environ.get("XDG_CACHE_HOME", "")):
        if given:
            return Path(given).expanduser().absolute() / "alliance_sim" / "numba"
    return Path.home() / ".cache" / "alliance_sim" / "numba"


def _spare_root() -> Path:
    return Path(tempfile.gettempdir()) / f"alliance-sim-{os.getuid() if hasattr(os, 'getuid') else 'cache'}" / "numba"


def _delete_old_keys(current: Path) -> None:
    """Keep the newest folders, the current one among them; leave alone what is not named like a key."""
    with suppress(OSError):
        others = [
            folder
            for folder in current.parent.iterdir()
            if re.fullmatch(rf"[0-9a-f]{{{KEY_LENGTH}}}", folder.name) and folder != current
        ]
        others.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in others[KEPT_KEYS - 1 :]:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _numba_cache_in(folder: Path) -> Iterator[None]:
    """Point Numba's cache to a folder while a kernel is defined, and leave other packages' kernels alone."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before
