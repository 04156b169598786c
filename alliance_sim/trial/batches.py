"""What `mesa.batch_run` would run, looked at as a whole before it begins: no trial is run twice unnoticed."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from alliance_sim.errors import ScenarioError

ADVICE = "such as {'replicate': [0, 1, 2]} among its parameters, or rng=[1, 2, 3]."
INSPECTION_DEPTH = 8  # frames between batch_run and the signature it asks for


class BatchSignature:
    """The signature of a trial's class, which `mesa.batch_run` reads before it runs anything.

    Mesa offers no other place that sees all runs of a batch at once: workers see one each. For everyone else the
    signature is the usual one.
    """

    def __get__(self, trial: Any, owner: type) -> None:
        """Check the batch that is asking, if one is; None stands for the usual signature.

        Raises:
            ScenarioError: Two runs would be the same trial, or Mesa would put its own seed over the one named.
        """
        frame = sys._getframe(1)
        for _ in range(INSPECTION_DEPTH):
            if frame.f_code.co_name == "batch_run" and frame.f_globals.get("__name__") == "mesa.batchrunner":
                seeded = "seed" if "seed" in inspect.signature(owner).parameters else "rng"
                check(frame.f_locals["parameters"], frame.f_locals["rng"], seeded)
                return
            if frame.f_back is None:
                return
            frame = frame.f_back


def check(parameters: Mapping[str, Any], seeds: Any, seeded: str) -> None:
    """Refuse a batch that would run one trial twice.

    Args:
        parameters: Values by parameter, as given to `batch_run`; it runs every combination.
        seeds: Its seeds, one an iteration, None where none is named.
        seeded: The parameter that Mesa hands the seed over as.

    Raises:
        ScenarioError: As above.
    """
    if seeded in parameters:
        raise ScenarioError(
            f"{seeded}= among the parameters is overwritten by batch_run's own seed; give the seeds to batch_run "
            "itself, such as rng=[1, 2, 3]."
        )
    runs = _values(seeds)
    if sum(one is None for one in runs) > 1:
        raise ScenarioError(
            f"{len(runs)} iterations name no replicate or seed of their own and would repeat one trial; "
            f"name one for each in batch_run, {ADVICE}"
        )
    for name, values in (("rng", runs), *((name, _values(given)) for name, given in parameters.items())):
        for place, value in enumerate(values):
            if any(value is other or bool(value == other) for other in values[:place]):
                raise ScenarioError(
                    f"{name} holds {str(value)[:60]} twice, and batch_run would repeat the same trials; "
                    f"name each once, {ADVICE}"
                )


def _values(given: Any) -> list[Any]:
    """The values of a parameter that can be looked at without using them up."""
    if isinstance(given, np.ndarray):
        return list(given.tolist())
    return list(given) if isinstance(given, list | tuple | range | set) else [given]
