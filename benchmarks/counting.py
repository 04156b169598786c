"""How many draws, exponentials, logarithms, roots and divisions the laws ask for, a contact of one patient.

A world runs through `engine.arrays` on arrays that count: each primitive of `model.maths` notes its uses, and every
division notes itself. A pair of normals counts only if one of the two is read. `alone` is what the equations ask
for: one patient's whole course, and that patient's share of the clinicians. `together` is what is left of it when
patients of one world share all that does not depend on the patient, such as what fades in a number of days.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from alliance_sim.engine import arrays
from alliance_sim.engine.arms import Arms
from alliance_sim.model import maths
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario

NUMBERS = ("p", "admitted", "population")  # what of `Arms` the laws read
LAWS_LIE_IN = "alliance_sim.model"
SEED = 1
PAIR = 2  # clinicians: the fewest that any protocol needs


class Counts(NamedTuple):
    """Uses of each primitive, per contact of one patient."""

    philox: float  # blocks of four random words
    normal_pair: float  # pairs of normals: a logarithm, a root, a sine and a cosine each
    exp: float
    log: float  # outside the normals
    sqrt: float  # outside the normals
    division: float  # outside the logarithms


class Book:
    """Notes uses while laws run; what a primitive does inside itself is not noted again."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.uses: Counter[str] = Counter()
        self._inside = False

    def note(self, name: str, elements: int) -> None:
        """Note so many uses of a primitive."""
        if not self._inside:
            self.uses[name] += elements

    def primitive(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a primitive so that it notes how many numbers it makes; its results count on."""

        def counted(*values: Any) -> Any:
            inside, self._inside = self._inside, True
            try:
                made = function(*(_plain(value) for value in values))
            finally:
                self._inside = inside
            if name == "normal_pair":
                pair = _Pair(self)
                return tuple(_counting(part, self, pair) for part in made)
            if isinstance(made, tuple):
                self.note(name, np.size(made[0]))
                return made
            if name in Counts._fields:
                self.note(name, np.size(made))
            return _counting(made, self)

        return counted


class _Pair:
    """Whether either of a pair of normals was read."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._read = False
        self.elements = 0

    def read(self) -> None:
        if not self._read:
            self._read = True
            self._book.note("normal_pair", self.elements)


class Counting(np.ndarray[Any, np.dtype[Any]]):
    """An array that notes its divisions; what comes of it notes on."""

    book: Book | None = None
    pair: _Pair | None = None

    def __array_finalize__(self, source: Any) -> None:
        """Hand the book on to slices and results."""
        self.book = getattr(source, "book", None)
        self.pair = getattr(source, "pair", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Compute with plain arrays and note what was divided."""
        book = next(value.book for value in inputs if isinstance(value, Counting))
        assert book is not None
        made = getattr(ufunc, method)(*(_plain(value) for value in inputs), **keywords)
        if ufunc is np.divide:
            book.note("division", np.size(made))
        return _counting(made, book)


def _plain(value: Any) -> Any:
    if not isinstance(value, Counting):
        return value
    if value.pair is not None:
        value.pair.read()
    return value.view(np.ndarray)


def _counting(value: Any, book: Book, pair: _Pair | None = None) -> Counting:
    made = np.asarray(value).view(Counting)
    made.book, made.pair = book, pair
    if pair is not None:
        pair.elements = made.size
    return made


def _deep(record: Any, book: Book) -> Any:
    if isinstance(record, tuple):
        return type(record)(*(_deep(value, book) for value in record))
    return _counting(record, book)


def _noted(name: str, book: Book) -> property:
    """A property of `Arms` whose numbers count."""
    read = getattr(Arms, name).fget
    return property(lambda arms: _deep(read(arms), book))


@contextmanager
def _counted(book: Book) -> Iterator[None]:
    """Put counting primitives in the place of the real ones wherever laws name them."""
    names = ("exp", "log", "sqrt", "philox", "normal_pair", "uniform", "where")
    wrapped = {id(getattr(maths, name)): book.primitive(name, getattr(maths, name)) for name in names}
    modules = [module for name, module in sys.modules.items() if name.startswith(LAWS_LIE_IN)]
    places = [(module, key) for module in modules for key, value in vars(module).items() if id(value) in wrapped]
    before = [(module, key, getattr(module, key)) for module, key in places]
    try:
        for module, key, value in before:
            setattr(module, key, wrapped[id(value)])
        with ExitStack() as stack:
            for name in NUMBERS:
                stack.enter_context(mock.patch.object(Arms, name, _noted(name, book)))
            yield
    finally:
        for module, key, value in before:
            setattr(module, key, value)


def _uses(scenario: Scenario) -> Counts:
    """Count what one world of a scenario needs."""
    book = Book()
    with _counted(book):
        arrays.simulate([scenario], [0], SEED)
    return Counts(*(float(book.uses[name]) for name in Counts._fields))


def alone(scenario: Scenario) -> Counts:
    """Count one patient's course from admission to outcome, a patient's share of hiring with it, per contact."""
    few = [changed(scenario, {"patients.number": 1, "clinicians.number": number}) for number in (PAIR, PAIR + 1)]
    visits = len(scenario.course())
    share = scenario.clinicians.number / scenario.patients.number
    pair, three = (_uses(world) for world in few)
    made = (one + (more - one) * (share - PAIR) for one, more in zip(pair, three, strict=True))
    return Counts(*(uses / visits for uses in made))


def together(scenario: Scenario) -> Counts:
    """Count a whole world, what its patients share computed once, per contact."""
    return Counts(*(uses / len(scenario.events()) for uses in _uses(scenario)))
