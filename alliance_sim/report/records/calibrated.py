"""How much of the model was calibrated and against what, and what that is to this study: fitted, predicted, assumed."""

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from alliance_sim import calibration
from alliance_sim.calibration import space
from alliance_sim.calibration.clinicians import FITS
from alliance_sim.calibration.evidence.targets import APART, FITTED, PREDICTED, of_clinicians, targets
from alliance_sim.calibration.yardstick import FROZEN_KEY, frozen
from alliance_sim.report.records import citations, layout, phrases, sources
from alliance_sim.report.records.facts import Facts
from alliance_sim.report.records.markdown import Markdown, code, filled
from alliance_sim.report.records.sources import Ground, Kind

FOLDER = Path(calibration.__file__).parent
SHOWN = 40  # keys that a study sets, of which each is shown


class Known(NamedTuple):
    """The calibration of the model's defaults."""

    numbers: int  # fitted together
    targets: int  # published statistics they were fitted to
    rows: int  # of the evidence, in which these stand
    apart: int  # targets to each of which one number was fitted apart
    predicted: int  # statistics never fitted
    apart_predicted: int  # of these, of clinicians and blinding, which `alliance-sim validate` counts apart
    yardstick: int  # of a frozen list of predicted statistics
    inside: int  # of these, in their 95 % prediction interval with the calibration that the list was frozen with
    frozen: str  # key of that calibration
    left_out: int  # statistics predicted with their own trial left out of the fit
    left_out_inside: int
    covered: float  # share of known numbers that were found again in their 95 % interval, in synthetic data
    studies: tuple[str, ...]  # simulated studies whose statistics are fitted


@functools.cache
def known() -> Known:
    """What the package says of its calibration."""
    fitted, line = targets(FITTED), frozen()
    predicted = [*targets(PREDICTED), *of_clinicians(PREDICTED)]
    left = pd.read_csv(FOLDER / "loto.csv")
    checks = json.loads((FOLDER / "checks.json").read_text(encoding="utf-8"))
    return Known(
        numbers=len(space.calibrated()),
        targets=len(fitted),
        rows=len({target.row.id for target in fitted}),
        apart=len(FITS),
        predicted=len(predicted),
        apart_predicted=sum(target.key.startswith(APART) for target in predicted),
        yardstick=len(line),
        inside=int(line["within"].sum()),
        frozen=FROZEN_KEY,
        left_out=len(left),
        left_out_inside=int(left["within"].sum()),
        covered=float(checks["recovery"]["covered"]),
        studies=tuple(dict.fromkeys(target.measure.study for target in fitted)),
    )


def text(facts: Facts, grounds: Sequence[Ground]) -> str:
    """The record."""
    of = {kind: [ground for ground in grounds if ground.kind is kind] for kind in Kind}
    return filled(
        "calibration.md.j2",
        facts=facts,
        say=phrases,
        fit=known(),
        counted=sources.shown(grounds),
        sets=layout.sets(facts, grounds),
        fitted=[_row(ground) for ground in of[Kind.fitted]],
        published=_together([*of[Kind.published], *of[Kind.partly]]),
        changed=[_changed(ground) for ground in of[Kind.changed]],
        assumed=_by_part(of[Kind.assumed]),
        factors=factors(facts),
        more=max(len(_factor_keys(facts)) - SHOWN, 0),
        trace=TRACE,
    )


def factors(facts: Facts) -> list[list[Any]]:
    """The keys that arms or points set, and what the model's own value of each rests on."""
    by_key: dict[str, Ground] = {}
    for one in sources.grounds({facts.study.base_arm: facts.base, **facts.worlds}):
        by_key.setdefault(one.row.key, one)
    made: list[list[Any]] = []
    for key in _factor_keys(facts)[:SHOWN]:
        ground: Ground | None = by_key.get(key)
        if ground is None:
            made.append([code(key), "a choice among words or lists", "the study's", ""])
        elif ground.kind is Kind.changed:
            made.append([code(key), ground.kind.value, f"usually {ground.usual}; {ground.row.source}", _works(ground)])
        else:
            made.append([code(key), ground.kind.value, ground.source, _works(ground)])
    return made


def _factor_keys(facts: Facts) -> list[str]:
    return facts.arms_keys or list(facts.varied)


def _row(ground: Ground) -> list[Any]:
    return [code(ground.row.key), f"{ground.row.default:g}", ground.source, _works(ground)]


def _together(grounds: Sequence[Ground]) -> list[list[Any]]:
    """Numbers of one part of the model that share their source, a row for all."""
    alike: dict[tuple[str, str], list[Ground]] = {}
    for ground in grounds:
        alike.setdefault((ground.row.key.rpartition(".")[0], ground.source), []).append(ground)
    return [
        [
            code(part),
            Markdown(", ".join(code(f"{one.row.key.rpartition('.')[2]}={one.row.default:g}") for one in own)),
            source,
            _works(own[0]),
        ]
        for (part, source), own in alike.items()
    ]


def _changed(ground: Ground) -> list[Any]:
    usual = f"{ground.usual:g}" if isinstance(ground.usual, int | float) else "none"
    return [code(ground.row.key), f"{ground.row.default:g}", usual, ", ".join(ground.arms)]


def _works(ground: Ground) -> str:
    """The works of a number's evidence; where none has one, that it is an assumption."""
    names = dict.fromkeys(name for key in ground.keys if (name := citations.work_of(key)))
    if names:
        return "; ".join(citations.works()[name].short for name in names)
    if ground.kind is Kind.fitted and ground.row.key in sources.calibrated():
        return "all rows of the fit"
    return "" if ground.kind in (Kind.chosen, Kind.protocol) else "assumption"


def _by_part(grounds: Sequence[Ground]) -> list[list[Any]]:
    """Assumed numbers, their names by the part of the model."""
    parts: dict[str, list[str]] = {}
    for ground in grounds:
        part, _, name = ground.row.key.removeprefix("parameters.").partition(".")
        if name not in parts.setdefault(part, []):  # arms may have several values of one
            parts[part].append(name)
    said = {part: Markdown(", ".join(map(code, names))) for part, names in parts.items()}
    return [[code(part), len(names), said[part]] for part, names in parts.items()]


# Elements of a TRACE document, and where each stands.
TRACE = (
    ("Problem formulation", "ODD 1; ademp.md, Aims"),
    ("Model description", "ODD, all of it"),
    ("Data evaluation", "this record; docs/limits.md"),
    ("Conceptual model evaluation", "ODD 4 and 8; docs/limits.md"),
    ("Implementation verification", "the tests: three engines equal to the last bit, limit cases with known answers"),
    ("Model output verification", "this record, What is fitted"),
    ("Model analysis", "alliance-sim run design=sobol, parameters=posterior; experiments/sensitivity"),
    ("Model output corroboration", "this record, What is predicted; alliance-sim validate"),
)
