"""Where configuration files lie; light, so that help can name every choice at once."""

import functools
from pathlib import Path

GROUPS = (
    "protocol",
    "patients",
    "clinicians",
    "policy",
    "experiment",
    "design",
    "executor",
    "parameters",
)  # of configuration


@functools.cache
def folder() -> Path:
    """The configuration folder: the one packed into the installed package, else the repository's."""
    packed = Path(__file__).parents[1] / "conf"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "conf"


def names(kind: str) -> list[str]:
    """Names of the files in one configuration group, such as `protocol`."""
    return sorted(path.stem for path in (folder() / kind).glob("*.yaml"))
