"""`alliance-sim parameters`: every parameter, or those that match a pattern."""

from difflib import get_close_matches

from alliance_sim.errors import ScenarioError
from alliance_sim.model.registry import parameters, table
from alliance_sim.study.config import Study


def main(words: list[str]) -> int:
    """Print the parameter table.

    Raises:
        ScenarioError: Nothing matches, or there are two patterns.
    """
    if len(words) > 1 or (words and words[0].startswith("-")):
        raise ScenarioError("parameters takes one pattern; type alliance-sim parameters PATTERN.")
    pattern = words[0] if words else ""
    rows = parameters(Study())
    text = table(rows, pattern)
    if not text:
        word = pattern.rsplit(".")[-1]
        near = [row.key for row in rows if get_close_matches(word, row.key.split("."), cutoff=0.75)][:3]
        hint = f"did you mean {' or '.join(near)}?" if near else "type alliance-sim parameters to see all."
        raise ScenarioError(f"no parameter matches {pattern!r}; {hint}")
    print(text)
    return 0
