"""What only a person can say of a study that is to be published: authors, licence, date, where the code is kept."""

import datetime
import re
from collections.abc import Mapping
from typing import NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from alliance_sim.errors import ScenarioError

KEYS = ("author", "license", "date", "code")
ORCID = re.compile(r"\s*(?:https://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])\s*\Z")
ADDRESS = re.compile(r"https?://[A-Za-z0-9][^\s<>\"{}|\\^`]*\Z")
SPDX = "https://spdx.org/licenses/"
LONGEST = 200


class Person(NamedTuple):
    """An author."""

    name: str
    orcid: str = ""  # its address


class Given(NamedTuple):
    """What was typed; empty where nothing was."""

    authors: tuple[Person, ...] = ()
    license: str = ""  # an address
    date: str = ""  # of publication, ISO 8601
    code: str = ""  # an address


def given(values: Mapping[str, str]) -> Given:
    """Read what was typed.

    Args:
        values: Some of `KEYS`. `author` names people, parted by semicolons, each with an ORCID if wished; `license`
            is an SPDX identifier or an address, `date` a day, `code` an address.

    Raises:
        ScenarioError: One cannot be read.
    """
    unknown = next((key for key in values if key not in KEYS), "")
    if unknown:
        raise ScenarioError(f"records know no {unknown!r}; choose among: {', '.join(KEYS)}.")
    authors = tuple(_person(one) for one in values["author"].split(";")) if "author" in values else ()
    return Given(
        authors,
        _license(values["license"]) if "license" in values else "",
        _date(values["date"]) if "date" in values else "",
        _address("code", values["code"]) if "code" in values else "",
    )


def _person(text: str) -> Person:
    found = ORCID.search(text)
    name = " ".join((text[: found.start()] if found else text).split())
    if not name or not name.isprintable() or len(name) > LONGEST or re.search(r"\d{4}-?\d{4}", name):
        raise ScenarioError(
            f"author={_shown(text)} names nobody; type a name, an ORCID after it if wished, such as "
            "author='Ada Example 0000-0002-1825-0097', and a semicolon between two people."
        )
    if found and not _is_orcid(found[1]):
        raise ScenarioError(
            f"author: {found[1]} is no ORCID, its last sign does not fit the others; see to its digits."
        )
    return Person(name, f"https://orcid.org/{found[1]}" if found else "")


def _is_orcid(number: str) -> bool:
    """Whether the last sign is the check of the others (ISO 7064, modulo 11-2)."""
    digits, last = number.replace("-", "")[:-1], number[-1]
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return last == ("X" if check == 10 else str(check))


def _license(text: str) -> str:
    if ADDRESS.match(text):
        return text
    try:
        name = str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        name = ""
    if not re.fullmatch(r"[\w.-]+", name):
        raise ScenarioError(
            f"license={_shown(text)} is neither an SPDX identifier of one licence nor an address; type one such as "
            "license=CC-BY-4.0."
        )
    return SPDX + name


def _date(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ScenarioError(f"date={_shown(text)} is no day; type one such as date=2027-01-31.") from error


def _address(key: str, text: str) -> str:
    if not ADDRESS.match(text) or len(text) > 2_000:
        raise ScenarioError(
            f"{key}={_shown(text)} is no address; type one such as {key}=https://doi.org/10.5281/zenodo.1."
        )
    return text


def _shown(text: str) -> str:
    return ascii(text)[:80]
