"""The study by ADEMP: aims, data-generating mechanism, estimands, methods, performance measures [Morris 2019]."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.analysis import printing
from alliance_sim.report import tables
from alliance_sim.report.records import estimands, layout, phrases, sources
from alliance_sim.report.records.facts import Facts
from alliance_sim.report.records.markdown import filled
from alliance_sim.report.records.sources import Ground

# Headings of the record, in their order: Aims, Data-generating mechanism, Estimands, Methods, Performance measures, and
# what else is to be reported of a simulation study.
ITEMS = (
    "Aims",
    "Data-generating mechanism",
    "Protocol",
    "Population",
    "Clinicians",
    "What arms or points change",
    "Model",
    "Parameters",
    "Estimands",
    "Methods",
    "Performance measures",
    "Number of replicates, and why",
    "Seeds",
    "Software and machine",
    "Failed and missing trials",
    "Reporting",
)
PERFORMANCE = ("bias", "coverage", "power", "type i error", "type 1 error")  # of a planned trial's analysis
ESTIMATED, TRUE = "estimated effect", "true effect"


def text(facts: Facts, grounds: Sequence[Ground]) -> str:
    """The record."""
    return filled(
        "ademp.md.j2",
        facts=facts,
        say=phrases,
        layout=layout,
        estimands=estimands,
        counted=sources.shown(grounds),
        sets=layout.sets(facts, grounds),
        power=performance(facts),
        answers=[table for name in facts.study.ask for table in tables.answered(facts.opened, name)],
        outcomes=tables.outcomes(facts.opened),
    )


def performance(facts: Facts) -> list[list[str]]:
    """Performance measures of a planned trial's analysis, each with its Monte Carlo error; empty where none is planned.

    Bias is the estimated less the true effect. Where the answer does not hold it itself, its error is at most the sum
    of both errors, since the two rest on the same trials.
    """
    frame = facts.opened.answered("power").get("") if "power" in facts.study.ask else None
    if frame is None or not {"quantity", "estimate", "mcse"} <= set(frame):
        return []
    about = [name for name in WORDS if name in frame]
    more = [name for name in frame if name not in (*about, "quantity", *NUMBERS)]
    made: list[list[str]] = []
    for _, own in frame.groupby([*about, *more], sort=False, dropna=False) if about + more else [("", frame)]:
        first: Any = own.iloc[0]
        alike = first.get("treated_size", first.get("size")) == first.get("size")
        of = ", ".join(
            WORDS[name].format(_number(first[name]), "an arm" if alike else "in the control arm")
            for name in about
            if not (alike and name == "treated_size")
        )
        of += "".join(f", {first[name]}" for name in more if not pd.isna(first[name]))
        named = own.set_index(own["quantity"].astype(str))
        for name, row in named.iterrows():
            if any(word in str(name).lower() for word in PERFORMANCE):
                made.append([of, str(name), _shown(row), _unit(row)])
        if {ESTIMATED, TRUE} <= set(named.index) and not any("bias" in str(name).lower() for name in named.index):
            one, two = named.loc[ESTIMATED], named.loc[TRUE]
            made.append([of, "bias", _bias(one, two), _unit(one)])
    return made


NUMBERS = ("estimate", "mcse", "lower", "upper", "unit", "note", "replicates", "formula")
WORDS = {
    "size": "{} patients {}",
    "treated_size": "{} in the treated arm",
    "clinicians": "{} clinicians",
    "caseload": "{} patients to a clinician",
}


def _bias(one: Any, two: Any) -> str:
    most = float(one["mcse"]) + float(two["mcse"])
    value = f"{float(one['estimate']) - float(two['estimate']):.3g}"
    return f"{value} (error at most {most:.2g})" if np.isfinite(most) else f"{value} ± ?"


def _shown(row: Any) -> str:
    value, error = float(row["estimate"]), float(row["mcse"])
    if not np.isfinite(value):
        return "not known"
    return f"{value:.3g} ± {error:.2g}" if np.isfinite(error) else f"{value:.3g}{printing.beside(row, 3)}"


def _unit(row: Any) -> str:
    unit = str(row.get("unit", "") or "")
    return "share" if unit in ("1", "1.0") else unit


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)
