"""What the lessons teach: a claim, a setting one click away, what to notice and try, a question with its answer."""

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from alliance_sim.app.clinics import PRESETS, Clinic
from alliance_sim.app.state import State, amended

FILE = Path(__file__).with_suffix(".yaml")


class Try(NamedTuple):
    """Something to try: what, and the query of the link that shows it."""

    text: str
    setting: str


class Lesson(NamedTuple):
    """One lesson; `setting` is the query of a link."""

    title: str
    claim: str
    setting: str
    notice: list[str]
    tries: list[Try]
    question: str
    answer: str


def setting(values: dict[str, Any]) -> State:
    """The page that a lesson's setting names.

    Args:
        values: Keys of a link; under `a` and `b` a ready-made clinician or what differs from the typical one.

    Raises:
        ScenarioError: A key is unknown or a value is not allowed.
    """
    pairs = [(key, value) for key, value in values.items() if key not in ("a", "b")]
    for arm in ("a", "b"):
        named = values[arm]
        clinic = PRESETS[named] if isinstance(named, str) else Clinic(**named)
        pairs += [(f"{arm}.{name}", level) for name, level in clinic.skills().items()]
        pairs.append((f"{arm}.caseload", clinic.caseload))
    return amended(pairs)


def _lesson(written: dict[str, Any]) -> Lesson:
    tries = [Try(one["text"], setting(one["setting"]).query()) for one in written["tries"]]
    return Lesson(**{**written, "tries": tries, "setting": setting(written["setting"]).query()})


LESSONS = [_lesson(written) for written in yaml.safe_load(FILE.read_text(encoding="utf-8"))]
