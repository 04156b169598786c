"""`alliance-sim app`: the classroom in a browser."""

from alliance_sim.app import serving
from alliance_sim.errors import ScenarioError


def main(words: list[str]) -> int:
    """Open the classroom.

    Raises:
        ScenarioError: A package of the extra is missing, a key is unknown or the address cannot be used.
    """
    lacking = serving.missing()
    if lacking:
        raise ScenarioError(lacking)
    serving.serve(serving.server_options(words))
    return 0
