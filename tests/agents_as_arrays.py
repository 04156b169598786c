"""`python -m tests.agents_as_arrays PROTOCOL …`: Mesa's agents give what NumPy gives, to the last bit."""

import sys

import numpy as np

from alliance_sim.engine.arrays import simulate
from alliance_sim.trial import TherapyTrial
from tests.worlds import arrays, small

for protocol in sys.argv[1:]:
    scenario = small(protocol, assignment__rule="attachment")
    trial = TherapyTrial(scenario, replicate=0, seed=7)
    trial.run_until(trial.end_day)
    one, many = arrays(trial.recorded), arrays(simulate([scenario], [0], 7))
    differing = [name for name in one if not np.array_equal(one[name], many[name], equal_nan=True)]
    assert one.keys() == many.keys()
    assert not differing, (protocol, differing)
