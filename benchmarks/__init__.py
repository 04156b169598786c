"""Side-by-side speed measurements: `python -m benchmarks` prints a table and, last, one line of JSON."""
