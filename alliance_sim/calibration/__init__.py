"""Calibration: fit the model to published trials, predict the rest, and say how well."""
