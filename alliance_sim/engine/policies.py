"""Policies compiled apart: kernels hand over what is seen and take shifts back, and call a policy by its address.

So a further policy needs no new kernel. Addresses hold within one process.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from alliance_sim.engine.compile import at_address, inline, register
from alliance_sim.engine.layout import reader, writer
from alliance_sim.errors import PolicyError
from alliance_sim.model import maths
from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.parameters import Parameters, numbers
from alliance_sim.model.policies import Choose
from alliance_sim.model.policies.own import Known, check, name_of
from alliance_sim.model.records import blank

PATTERN = numbers(Parameters())  # shape of the numbers only; the values are never read
read_seen, read_numbers, write_chosen = reader(blank(Seen)), reader(PATTERN), writer(Behaviours)


@functools.cache
def for_one(choose: Choose) -> Any:
    """A policy compiled for one float a place."""
    _listed(choose)

    def choose_one(seen: Any, numbers: Any, chosen: Any) -> None:
        write_chosen(chosen, choose(read_seen(seen), read_numbers(numbers)))

    return at_address(choose_one)


@functools.cache
def for_lanes(choose: Choose) -> Any:
    """A policy compiled for `WIDTH` neighbours a place."""
    from alliance_sim.engine.kernels import read_numbers, read_seen, write_behaviours

    _listed(choose)

    def choose_many(seen: Any, numbers: Any, chosen: Any) -> None:
        write_behaviours(chosen, 0, choose(read_seen(seen, 0), read_numbers(numbers, 0)))

    return at_address(choose_many)


def _listed(choose: Choose) -> None:
    register()
    if choose not in maths.LAWS:
        inline(choose)


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
