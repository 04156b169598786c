"""Can the calibration be trusted? Checks that know the answer, and what each of them found."""
