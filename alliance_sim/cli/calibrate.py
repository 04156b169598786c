"""`alliance-sim calibrate`: fit to published trials."""

from alliance_sim.calibration.calibrate import calibrate as main

__all__ = ["main"]
