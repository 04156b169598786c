"""Keys that a person sets and nobody reads, because another key decides: they are refused, not silently left out."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from omegaconf import DictConfig, OmegaConf

from alliance_sim.compose.words import Word
from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import shortened
from alliance_sim.study.designs import Kind
from alliance_sim.study.plan import Missing
from alliance_sim.world.protocol import DrugName


class Decided(NamedTuple):
    """Keys that are not read where another key has such a value."""

    keys: str  # a pattern
    by: str  # the other key, with groups of the pattern
    when: Callable[[Any], bool]
    advice: str


DECIDED = (
    Decided(
        r"(protocol\.(?:preparation|therapy|dosing|integration))\.(?:sessions|first|spacing)",
        r"\1.days",
        lambda days: days is not None,
        r"leave it out or type \1.days=null",
    ),
    Decided(
        r"patients\.(?:severity_mean|severity_spread)",
        "patients.entry.sd",
        lambda spread: spread > 0,
        "leave it out or type patients.entry.sd=0",
    ),
    Decided(
        r"patients\.entry\.(?:mean|scale|lowest|highest)",
        "patients.entry.sd",
        lambda spread: spread == 0,
        "type patients.entry.sd too",
    ),
    Decided(
        r"patients\.entry\.lowest",
        "patients.entry.highest",
        lambda highest: highest == 0,
        "type patients.entry.highest too",
    ),
    Decided(r"protocol\.doses", "protocol.drug", lambda drug: drug is DrugName.none, "leave one of them out"),
    Decided(
        r"clinicians\.supervision\.(?:share|whom|hours)",
        "clinicians.supervision.sessions",
        lambda share: share == 0,
        "type clinicians.supervision.sessions too",
    ),
    Decided(r"power\.(?:training|behaviours)", "power.arm", bool, "leave it out or type power.arm=''"),
    Decided(
        r"power\.missing_share",
        "power.missing",
        lambda missing: missing not in (Missing.random, Missing.worse),
        "type power.missing=random too",
    ),
    Decided(
        r"precision\.(?:measure|estimand|max_replicates)",
        "precision.target",
        lambda target: not target,
        "leave it out or type precision.target= with an error",
    ),
)


def check(words: Sequence[Word], tree: DictConfig) -> None:
    """Refuse words whose key another key makes unread.

    Args:
        words: What was typed.
        tree: The study composed of it.

    Raises:
        ScenarioError: There is one.
    """
    for word in words:
        _check_arms(word, tree)
        for decided in DECIDED:
            match = re.fullmatch(decided.keys, word.key)
            if match is None:
                continue
            by = match.expand(decided.by)
            value = OmegaConf.select(tree, by)
            if decided.when(value):
                shown = getattr(value, "name", value)
                raise ScenarioError(
                    f"{shortened(word.typed)} is not read where {by}={shown}; {match.expand(decided.advice)}."
                )


def _check_arms(word: Word, tree: DictConfig) -> None:
    """Refuse arms that a design of points leaves out: it varies the base arm alone."""
    kind = OmegaConf.select(tree, "design.kind")
    if word.mapping != "arms" or word.deletes or kind is Kind.arms:
        return
    inner = word.key.removeprefix("arms").removeprefix(".")
    named = [inner.partition(".")[0]] if inner else [*word.read().value()]  # type: ignore[misc]
    for name in named:
        if str(name) != tree.base_arm:
            raise ScenarioError(
                f"arm {shortened(str(name))} is not run by design={kind.value}, which varies the base arm, "
                f"{shortened(tree.base_arm)}; leave one of them out."
            )
