"""The default numbers: any change that moves them must be wanted, and said in the changelog."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from alliance_sim.world.configuration import names
from tests.regression.update_baseline import BASELINE, measure

STORED = yaml.safe_load(Path(BASELINE).read_text(encoding="utf-8"))


@pytest.mark.parametrize("protocol", names("protocol"))
def test_the_default_numbers_are_the_stored_ones(protocol):
    """Exact to nine digits, on any machine; `make baseline` rewrites them."""
    now = measure(protocol)
    assert now.keys() == STORED[protocol].keys()
    for name, value in now.items():
        assert np.isclose(value, STORED[protocol][name], rtol=1e-9, atol=1e-12, equal_nan=True), name
