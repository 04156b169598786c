"""Policies compiled apart: kernels hand over what is seen and take shifts back, and call a policy by its address.

So a further policy needs no new kernel. Addresses hold within one process, for as long as a policy's compiled form is
kept: of each there is one, whichever thread asks first.
"""

import functools
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from alliance_sim.engine.compile import at_address, inline, register
from alliance_sim.engine.layout import reader, writer
from alliance_sim.errors import PolicyError
from alliance_sim.model import maths
from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.policies import Choose
from alliance_sim.model.policies.own import Known, check, name_of
from alliance_sim.model.policies.reading import PATTERN, divided
from alliance_sim.model.records import blank

read_seen, read_numbers, write_chosen = reader(blank(Seen)), reader(PATTERN), writer(Behaviours)
_compiling = threading.RLock()
inline(divided)


def _once(make: Callable[[Choose], Any]) -> Callable[[Choose], Any]:
    """Keep what is made of each policy, also where several threads ask at once."""
    kept = functools.cache(make)

    @functools.wraps(make)
    def made(choose: Choose) -> Any:
        with _compiling:
            return kept(choose)

    return made


@_once
def for_one(choose: Choose) -> Any:
    """A policy compiled for one float a place."""
    law = _listed(choose)

    def choose_one(seen: Any, numbers: Any, chosen: Any) -> None:
        write_chosen(chosen, law(read_seen(seen), read_numbers(numbers)))

    return at_address(choose_one)


@_once
def for_lanes(choose: Choose) -> Any:
    """A policy compiled for `WIDTH` neighbours a place."""
    from alliance_sim.engine.kernels import read_numbers, read_seen, write_behaviours

    law = _listed(choose)

    def choose_many(seen: Any, numbers: Any, chosen: Any) -> None:
        write_behaviours(chosen, 0, law(read_seen(seen, 0), read_numbers(numbers, 0)))

    return at_address(choose_many)


def _listed(choose: Choose) -> Choose:
    """The law itself, without what NumPy is kept quiet by, known to the compiler."""
    plain: Choose = inspect.unwrap(choose)
    register()
    if plain not in maths.LAWS:
        inline(plain)
    return plain


def laws_of(policies: Sequence[Known]) -> list[Choose]:
    """What decides, of policies that are laws.

    Raises:
        PolicyError: A policy is a class.
    """
    for one in policies:
        if one.choose is None:
            raise PolicyError(f"policy {name_of(one.text)} is a class of Mesa's agents; type engine=mesa.")
    return [one.choose for one in policies if one.choose is not None]


def check_choice(policy: Known, chosen: Any) -> None:
    """Refuse what is no shift.

    Args:
        policy: Whose choice it was.
        chosen: A number a behaviour.

    Raises:
        PolicyError: One lies outside [-1, 1].
    """
    for name, shift in zip(Behaviours._fields, np.asarray(chosen).tolist(), strict=True):
        check(name_of(policy.text), name, shift)
