"""Key=value words in Hydra's grammar: each is checked against the keys there are before anything is composed."""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from alliance_sim.compose.files import FOREIGN_INTERPOLATION, OwnFiles
from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import bare, hint, keys, misfit, shortened, unfit, unknown
from alliance_sim.study.config import MAPPINGS, Study
from alliance_sim.world.configuration import refuse_of_files
from alliance_sim.world.places import GROUPS

# What a mapping with keys of its own takes.
TAKES = {
    "arms": "takes arms (no quotes), such as {key}='{{a: {{}}, b: {{clinicians.empathy.mean: 0.8}}}}' base_arm=a",
    "design.levels": "takes lists, such as {key}='{{clinicians.empathy.mean: [0.4, 0.8]}}'",
    "design.ranges": "takes lists, such as {key}='{{clinicians.empathy.mean: [0.4, 0.8]}}'",
    "power.changes": "takes the keys that the treated arm changes, such as {key}='{{protocol.drug: none}}'",
}
AN_ARM = "takes the keys that the arm changes, such as {key}='{{clinicians.empathy.mean: 0.8}}'"
FORM = re.compile(r"(?P<sign>\+{0,2}|~)(?P<key>[^=+~]+)(?P<equals>=?)(?P<value>.*)", re.DOTALL)
QUOTED = re.compile(r"""(["']).*\1""", re.DOTALL)
MOST_RUNS = 1000  # of one command
DIGITS = re.compile(r"\d{300,}")  # more than any number has


class Word(NamedTuple):
    """One word, taken apart; of a key that is given twice the later word counts."""

    typed: str
    deletes: bool
    key: str
    value: str

    @property
    def mapping(self) -> str:
        """The mapping that this sets, or sets a key of; empty if none."""
        return next((name for name in MAPPINGS if f"{self.key}.".startswith(f"{name}.")), "")

    @property
    def takes(self) -> str:
        """What this mapping, or this part of one, takes."""
        of_arm = self.mapping == "arms" and self.key != "arms"
        key = ".".join(self.key.split(".")[:2]) if of_arm else self.mapping
        return f"{shortened(key)} {(AN_ARM if of_arm else TAKES[self.mapping]).format(key=shortened(key))}."

    def read(self) -> Override:
        """The value in Hydra's grammar, under a key that the grammar takes.

        Raises:
            HydraException: It cannot be read.
            ValueError: A number is too long.
            RecursionError: It is nested too deeply.
        """
        loader = GlobalHydra.instance().config_loader() if GlobalHydra.instance().is_initialized() else None
        key = self.key if self.key in GROUPS else "key"
        (found,) = OverridesParser.create(config_loader=loader).parse_overrides([f"{key}={self.value}"])
        return found


def checked(words: Sequence[str], owner: type[Study], own: OwnFiles, several: bool) -> list[Word]:
    """Words as Hydra reads them; nothing but our own keys and files is among them.

    Args:
        words: What was typed.
        owner: The class that they are to make.
        own: Files from elsewhere that groups may name.
        several: A word may name several values, one run each.

    Raises:
        ScenarioError: A word is not key=value, names what is not there, cannot be read, or contradicts another.
    """
    made = []
    for word in map(_word, words):
        _check_key(word, owner)
        is_text = word.key in GROUPS or hint(owner, word.key) is str
        if is_text and not (several and re.search(r"[,(]", word.value)):
            word = word._replace(value=text(word.value))
        made.append(word if word.deletes else _with_value(word, owner, own, several))
    return made


def _word(typed: str) -> Word:
    match = FORM.fullmatch(typed)
    deletes = match is not None and match["sign"] == "~"
    if match is None or (not match["equals"] and not deletes):
        raise ScenarioError(f"{shortened(typed)!r} is not of the form key=value.")
    _check_text(typed)
    return Word(typed, deletes, match["key"], match["value"])


def _check_text(typed: str) -> None:
    """Refuse characters that no name, number or file can hold.

    Raises:
        ScenarioError: There is one, or a number longer than any.
    """
    strange = next((sign for sign in typed if not sign.isprintable() and sign not in "\t\n\u00a0\u3000"), "")
    if strange:
        raise ScenarioError(f"{shortened(typed)!r} holds a character that cannot be printed; leave it out.")
    if DIGITS.search(typed):
        raise ScenarioError(f"{shortened(typed)} holds a number of 300 digits or more; type a smaller one.")


def _check_key(word: Word, owner: type[Study]) -> None:
    known = [*keys(owner), *GROUPS]  # type: ignore[arg-type]
    if word.key not in known and not word.mapping:
        raise ScenarioError(unknown(word.key, known))
    refuse_of_files(word.key)
    if word.deletes and (not word.mapping or word.key == word.mapping):
        raise ScenarioError(
            f"{word.typed!r} leaves out what a study needs; ~ takes an arm or a key of a mapping, such as ~arms.NAME."
        )


def _with_value(word: Word, owner: type[Study], own: OwnFiles, several: bool) -> Word:
    """Check what the key alone decides, before anything is composed; a whole number typed as 1e3 becomes 1000."""
    _check_interpolations(word)
    try:
        found = word.read()
    except (HydraException, ValueError, RecursionError) as error:
        raise ScenarioError(_unreadable(word, owner)) from error
    swept = found.is_sweep_override()
    if swept:
        _check_sweep(word, found, owner, several)
    if word.key in GROUPS:
        _check_choices(word, found, own)
    elif word.mapping:
        whole = word.key == word.mapping or (word.mapping == "arms" and word.key.count(".") == 1)
        if whole and not swept and not isinstance(found.value(), Mapping):
            raise ScenarioError(word.takes)
    elif not swept and "${" not in word.value:
        value = found.value()
        said = unfit(owner, word.key, value, word.typed.partition("=")[2])
        if said:
            raise ScenarioError(said)
        if isinstance(value, float) and bare(hint(owner, word.key)) is int:
            return word._replace(value=str(int(value)))
    return word


def _unreadable(word: Word, owner: type[Study]) -> str:
    """Say what a word takes that Hydra's grammar cannot read."""
    given = shortened(word.typed)
    if word.mapping:
        return f"{given} cannot be read; {word.takes}"
    return misfit(given, owner, word.key) or f"{given} cannot be read as key=value; close what it opens."


def _check_sweep(word: Word, found: Override, owner: type[Study], several: bool) -> None:
    if not several:
        whole = bare(hint(owner, word.key)) is int
        pattern, sign = (r"\d{1,3}(,\d{3})+", "") if whole else (r"-?\d+,\d+", ".")
        one = word.value.replace(",", sign) if re.fullmatch(pattern, word.value) else " with one value"
        raise ScenarioError(
            f"{shortened(word.typed)} names several values; type {word.key}={one}, or -m to run one after the other."
        )
    if not found.is_discrete_sweep():
        raise ScenarioError(f"{shortened(word.typed)} names no single values; list them: {word.key}=A,B.")


def _check_choices(word: Word, found: Override, own: OwnFiles) -> None:
    """Check the names of a group's files, and the files themselves where they are a person's own."""
    if found.is_sweep_override() and "(" in word.value:  # a pattern, such as glob(*)
        return
    for name in found.sweep_iterator() if found.is_sweep_override() else [found.value()]:
        own.check(word.key, str(name))


def _check_interpolations(word: Word) -> None:
    """Refuse interpolations that read anything but keys: `${experiment}` is one, `${oc.env:HOME}` is none.

    Raises:
        ScenarioError: There is one.
    """
    if FOREIGN_INTERPOLATION.search(word.value):
        raise ScenarioError(f"{shortened(word.typed)} interpolates what is no key; type a value, or ${{KEY}}.")


def text(value: str) -> str:
    """A text as Hydra reads it back: quoted, unless it is already."""
    if QUOTED.fullmatch(value) and len(value) > 1:
        return value
    inner = re.sub(r'(\\*)("|$)', lambda match: match[1] * 2 + ('\\"' if match[2] else ""), value)
    return f'"{inner}"'


def variants(words: Sequence[Word]) -> list[list[Word]]:
    """Every combination of the values that words name."""
    choices = [
        [word._replace(value=value) for value in itertools.islice(read.sweep_string_iterator(), MOST_RUNS + 1)]
        if not word.deletes and (read := word.read()).is_sweep_override()
        else [word]
        for word in words
    ]
    count = math.prod(map(len, choices))
    if count > MOST_RUNS:
        raise ScenarioError(f"-m asks for more than {MOST_RUNS:,} runs; list fewer values.")
    return [list(chosen) for chosen in itertools.product(*choices)]
