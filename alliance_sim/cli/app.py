"""`alliance-sim app`: the classroom in a browser."""

from alliance_sim.web import classroom, opening


def main(words: list[str]) -> int:
    """Open the classroom.

    Raises:
        ScenarioError: A key is unknown or the address cannot be used.
    """
    opening.serve(opening.server_options(words), page)
    return 0


def page() -> bytes:
    """The classroom in one file."""
    return classroom.page().encode()
