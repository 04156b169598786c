"""Worlds of every protocol, as a page's settings, and the doubles that NumPy gives them."""

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.recording import Recorded
from alliance_sim.model.behaviours import NAMES
from alliance_sim.model.policies import BUILT_IN
from alliance_sim.web import settings
from alliance_sim.world.configuration import names
from alliance_sim.world.protocol import used_phases
from alliance_sim.world.scenario import Rule, load_protocol

SEED = 12_345_678_901_234_567_890
TABLES = ("sessions", "assessments", "patients", "clinicians", "outcomes")
FED_BACK = ("feedback_informed",)
SPREADS = dict.fromkeys(NAMES, 0.15)
PROTOCOLS = names("protocol")
REPLICATES = {"waitlist": 8}  # two assessments a patient are few numbers
USUAL_REPLICATES = 2


class Case(NamedTuple):
    """One world in some replicates."""

    protocol: str
    settings: dict[str, Any]
    replicates: list[int]


def variants(protocol: str) -> Iterator[list[dict[str, Any]]]:
    """Settings of a protocol's worlds, those together that share doses, feedback and timetable."""
    phases = used_phases(load_protocol(protocol))
    base = {
        "protocol": protocol,
        "patients": 10 if protocol == "groups_of_six" else 7,
        "clinicians": 4,
        "seed": str(SEED),
        "skills": dict(zip(NAMES, (0.75, 0.4, 0.55, 0.85, 0.6), strict=True)),
    }
    shifts = {
        phase: {name: 0.04 * (place + 1) * (-1) ** at for place, name in enumerate(NAMES)}
        for at, phase in enumerate(phases)
    }
    acting = {"phases": shifts, "after_rupture": {"empathy": 0.3}}
    yield [
        base | own
        for own in (
            {},
            *({"policy": name, "numbers": {"rupture.base": -0.5}} for name in BUILT_IN if name not in FED_BACK),
            *({"rule": rule.value, "spreads": SPREADS, "caseload": 6} for rule in Rule),
            acting,
            acting | {"policy": "repair_first", "budget": 0.3, "fatigue": 0.1, "numbers": {"sensing.noticing": 0.5}},
            {"spreads": SPREADS, "supervision": {"sessions": 0.25, "share": 0.5, "whom": "least_skilled"}},
            {"supervision": {"sessions": 0.5, "share": 0.6, "whom": "most_skilled"}, "practice": {"empathy": 0.5}},
            {"supervision": {"sessions": 1.0, "share": 0.5}, "numbers": {"learning.experience": -0.01}},
        )
    ]
    yield [
        base | {"dose": 0.0, "feedback": True, "spacing": 0} | own
        for own in ({}, *({"policy": name, "numbers": {"retention.base": -2.5}} for name in BUILT_IN))
    ]
    yield [base | {"dose": 0.4, "blinding": "open", "condition": "anxiety", "patients": 13, "caseload": 7}]


def doubles(recorded: Recorded, arm: int, replicate: int) -> np.ndarray:
    """All numbers of one world, table by table and column by column."""
    columns = itertools.chain.from_iterable(getattr(recorded, table).values() for table in TABLES)
    return np.concatenate([values[:, arm, replicate] for values in columns])


def cases(protocol: str, replicates: int) -> tuple[list[Case], np.ndarray]:
    """A protocol's worlds and all their doubles, in their order."""
    found, truth = [], []
    for together in variants(protocol):
        recorded = simulate([settings.scenario(one) for one in together], range(replicates), SEED)
        for arm, own in enumerate(together):
            found.append(Case(protocol, own, list(range(replicates))))
            truth += [doubles(recorded, arm, replicate) for replicate in range(replicates)]
    return found, np.concatenate(truth)


def everything(folder: Path) -> tuple[list[Case], np.ndarray]:
    """The worlds of all protocols and their doubles; made once, and kept in a folder that the tests of a run share."""
    kept, doubles_kept = folder / "cases.json", folder / "truth.bin"
    if not kept.exists():
        made = [cases(name, REPLICATES.get(name, USUAL_REPLICATES)) for name in PROTOCOLS]
        own = folder / str(os.getpid())
        np.concatenate([truth for _, truth in made]).astype("<f8").tofile(own)
        own.replace(doubles_kept)
        own.write_text(json.dumps([case for found, _ in made for case in found]), encoding="utf-8")
        own.replace(kept)  # last: where it stands, both are whole
    return [Case(*case) for case in json.loads(kept.read_text(encoding="utf-8"))], np.fromfile(doubles_kept, "<f8")
