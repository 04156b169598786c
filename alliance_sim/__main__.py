"""`python -m alliance_sim` is `alliance-sim`."""

import sys

from alliance_sim.cli.entry import program

if __name__ == "__main__":
    sys.exit(program())
