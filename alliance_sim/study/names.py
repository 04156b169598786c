"""Which names an arm may have: those that tables, figures and pages give back as they are."""

from collections.abc import Iterable

from alliance_sim.errors import ScenarioError

LONGEST = 100  # characters
# Words that a table is read back with as a missing value or as true or false, whatever their case.
READ_AS_OTHER = (
    "#n/a", "#n/a n/a", "#na", "-1.#ind", "-1.#qnan", "1.#ind", "1.#qnan", "<na>", "n/a", "na", "null", "none",
    "true", "false",
)  # fmt: skip
FORMULA = "=+-@"  # with which a cell begins that a spreadsheet computes


def checked(names: Iterable[str]) -> None:
    """Refuse names of arms that would not come through everything that is made of a study.

    Raises:
        ScenarioError: A name is not allowed; the message says why.
    """
    for name in names:
        why = _wrong(name)
        if why:
            shown = (
                f"{name[:LONGEST]!r}{'…' * (len(name) > LONGEST)}" if isinstance(name, str) else repr(name)[:LONGEST]
            )
            raise ScenarioError(
                f"an arm cannot be called {shown}, {why}; type 1 to {LONGEST} printable characters, such as strong."
            )


def _wrong(name: str) -> str:
    """Why a name is not allowed; empty if it is."""
    if not isinstance(name, str):
        return "which is no text"
    if not name:
        return "which says nothing"
    if len(name) > LONGEST:
        return f"which has {len(name)} characters"
    if not name.isprintable():
        return "which has a line break or another character that is not seen"
    if name != name.strip():
        return "which begins or ends with a blank"
    if name[0] in FORMULA:
        return f"which a spreadsheet takes for a formula as it begins with {name[0]}"
    if name.lower() in READ_AS_OTHER or _is_number(name):
        return "which is read back from a table as something else than a name"
    return ""


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True
