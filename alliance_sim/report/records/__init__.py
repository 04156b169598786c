"""Records that a journal asks for, written from a results folder: crate, ADEMP, STRESS-ABS, calibration, methods."""
