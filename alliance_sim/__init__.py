"""An agent-based model of how the therapeutic alliance forms, tears and mends.

The public names are imported when first used, so that the command line answers at once.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alliance_sim.errors import AllianceError
    from alliance_sim.interface import compare, contrasts, fit, run, simulate
    from alliance_sim.model.policies.own import policy
    from alliance_sim.results import Results, load
    from alliance_sim.study.config import Study
    from alliance_sim.trial import TherapyTrial
    from alliance_sim.world.populations import referred
    from alliance_sim.world.scenario import Scenario, with_values

_HOMES = {
    "AllianceError": "alliance_sim.errors",
    "Results": "alliance_sim.results",
    "Scenario": "alliance_sim.world.scenario",
    "Study": "alliance_sim.study.config",
    "TherapyTrial": "alliance_sim.trial",
    "compare": "alliance_sim.interface",
    "contrasts": "alliance_sim.interface",
    "fit": "alliance_sim.interface",
    "load": "alliance_sim.results",
    "policy": "alliance_sim.model.policies.own",
    "referred": "alliance_sim.world.populations",
    "run": "alliance_sim.interface",
    "simulate": "alliance_sim.interface",
    "with_values": "alliance_sim.world.scenario",
}
NOT_INSTALLED = "0+not.installed"

__all__ = [
    "AllianceError",
    "Results",
    "Scenario",
    "Study",
    "TherapyTrial",
    "compare",
    "contrasts",
    "fit",
    "load",
    "policy",
    "referred",
    "run",
    "simulate",
    "with_values",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("alliance-sim")
        except PackageNotFoundError:
            return NOT_INSTALLED
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
