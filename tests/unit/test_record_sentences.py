"""Sentences of the records: every design and every plan is said in English, by one place."""

import pandas as pd
import pytest

import alliance_sim
from alliance_sim.analysis import screening, summary
from alliance_sim.questions import power
from alliance_sim.report.records import layout
from alliance_sim.study.config import Study
from alliance_sim.study.plan import Allocation, Analysis, Endpoint, Estimand, Missing, Power

TWO = {"clinicians.empathy.mean": [0.4, 0.6], "clinicians.authenticity.mean": [0.4, 0.6]}
OVER = ["clinicians.empathy.mean", "parameters.bond.rate"]
ARMS = {name: {"clinicians.factor_shift": place / 10} for place, name in enumerate("abcdefg")}


def _arms(count: int, base: str) -> dict:
    return {"arms": dict(list(ARMS.items())[:count]), "base_arm": base}


def _design(kind: str, **keys: object) -> dict:
    return {"design": {"kind": kind, **keys}}


# What a study is given, what is said of its design, and what of its comparisons.
DESIGNS = {
    "one arm": (_arms(1, "a"), "1 arm (a)", "No arm or point is compared with another"),
    "two arms": (_arms(2, "a"), "2 arms (a, b)", "The comparison is b − a"),
    "three ordered arms": (
        _arms(3, "b"),
        "3 arms (a, b, c)",
        "The comparisons are c − a, a − b and c − b; findings begin with c − a",
    ),
    "seven arms": (
        _arms(7, "a"),
        "7 arms (a, b, c, d, e, f, g)",
        "Each of the other 6 arms is compared with a; findings begin with the pair whose primary change differs most",
    ),
    "posterior": (
        {**_arms(2, "a"), "posterior": {"draws": 3}},
        "2 arms (a, b), each at 3 draws of the posterior of the fitted parameters",
        "The comparison is b − a",
    ),
    "levels of one key": (
        _design("grid", levels={"clinicians.empathy.mean": [0.4, 0.6]}),
        "2 points at the levels of clinicians.empathy.mean, with all else as in arm base",
        "No arm or point is compared with another",
    ),
    "grid": (
        _design("grid", levels=TWO),
        "4 points, the combinations of the levels of clinicians.empathy.mean and clinicians.authenticity.mean, "
        "with all else as in arm base",
        "No arm or point is compared with another",
    ),
    "together": (
        _design("grid", levels=TWO, together=[list(TWO)]),
        "2 points, the combinations of the levels of clinicians.empathy.mean and clinicians.authenticity.mean "
        "(clinicians.empathy.mean and clinicians.authenticity.mean move in step), with all else as in arm base",
        "No arm or point is compared with another",
    ),
    "blocks": (
        _design("grid", levels=TWO, blocks=[["clinicians.empathy.mean"], ["clinicians.authenticity.mean"]]),
        "4 points of 2 grids, one after another (clinicians.empathy.mean; clinicians.authenticity.mean), with all else "
        "as in arm base",
        "No arm or point is compared with another",
    ),
    "one at a time": (
        _design("one_at_a_time", levels=TWO),
        "5 points, the base and its variations in one key at a time (clinicians.empathy.mean and "
        "clinicians.authenticity.mean), with all else as in arm base",
        "Every other point is compared with point 0",
    ),
    "Latin hypercube": (
        _design("latin_hypercube", over=OVER, points=5),
        "5 points of a Latin hypercube over clinicians.empathy.mean and parameters.bond.rate, with all else as in arm "
        "base",
        "No arm or point is compared with another",
    ),
    "Sobol": (
        _design("sobol", over=OVER, points=4),
        "16 points of a Sobol design over clinicians.empathy.mean and parameters.bond.rate (two matrices of 4 base "
        "points, and the first with one key's column of the second, key by key), with all else as in arm base",
        "No arm or point is compared with another",
    ),
    "table": (
        _design("file", file="table"),
        "2 points taken from a table that sets clinicians.empathy.mean, with all else as in arm base",
        "No arm or point is compared with another",
    ),
    "trajectories": (
        _design("file", file="trajectories"),
        "6 points in 2 trajectories of elementary effects over clinicians.empathy.mean and parameters.bond.rate, with "
        "all else as in arm base",
        "No arm or point is compared with another",
    ),
}


class _Facts:
    """What the sentences read of a study that was not run."""

    def __init__(self, study: Study) -> None:
        points = study.asked()
        frame = (
            pd.DataFrame({"arm": list(study.arms), "base": [point.roles["base"] for point in points]})
            if study.design.of_arms
            else points.frame()
        )
        pairs = summary.compared(frame, study.base_arm)
        self.study, self.points = study, len(points)
        self.opened = type(
            "Opened", (), {"design": frame, "study": study, "found": type("Found", (), {"pairs": pairs})}
        )


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_is_said_in_english(name, tmp_path):
    given, design, compared = DESIGNS[name]
    given = {key: dict(value) if isinstance(value, dict) else value for key, value in given.items()}
    if file := given.get("design", {}).get("file"):
        made = (
            screening.trajectories(alliance_sim.Scenario(), OVER, 2, 1)
            if file == "trajectories"
            else pd.DataFrame({"clinicians.empathy.mean": [0.4, 0.6]})
        )
        made.to_csv(tmp_path / "points.csv", index=False)
        given["design"]["file"] = str(tmp_path / "points.csv")
    facts = _Facts(Study(**given))
    assert layout.design(facts) == design
    assert layout.compared(facts) == compared


def test_the_designs_above_are_all_there_are():
    kinds = {given["design"]["kind"] if "design" in given else "arms" for given, _, _ in DESIGNS.values()}
    assert kinds == {kind.value for kind in type(Study().design.kind)}


@pytest.mark.parametrize("kind", [Analysis, Allocation, Endpoint, Estimand, Missing])
def test_every_choice_of_a_planned_trial_is_said(kind):
    field = kind.__name__.lower()
    said = set()
    for choice in kind:
        plan = Power(sizes=[24], **{field: choice})
        said.add(power.method(type("Opened", (), {"study": Study(power=plan)})))
    assert len(said) == len(kind)
    assert all("estimand of the planned trial is" in one and "Power is the share" in one for one in said)
