"""What the tests of the engine in JavaScript share."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.web.worlds import Case, everything


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Case], np.ndarray]:
    """Worlds of every protocol and NumPy's doubles of them, made once for all workers of a run."""
    own = tmp_path_factory.getbasetemp()
    folder: Path = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "worlds"
    folder.mkdir(exist_ok=True)
    return everything(folder)
