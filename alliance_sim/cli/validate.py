"""`alliance-sim validate`: published numbers beside simulated ones."""

from alliance_sim.calibration.validate import validate as main

__all__ = ["main"]
