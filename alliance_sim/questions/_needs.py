"""What several questions need of a study, as the end of a sentence; empty where it is there."""

from collections.abc import Callable

import pandas as pd

from alliance_sim.analysis.summary import pairs
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import AnswerError
from alliance_sim.study.config import Study
from alliance_sim.world.scenario import Scenario


def arms(study: Study, fewest: int = 1) -> str:
    """So many arms, each at one value of every parameter."""
    if not study.design.of_arms:
        return f"arms, and design={study.design.kind.value} has points; leave one of them out"
    if study.posterior.draws:
        return "one value of each parameter, and parameters=posterior takes many; leave one of them out"
    if len(study.arms) < fewest:
        return f"{fewest} arms; add one, such as arms.kind='{{clinicians.empathy.mean: 0.8}}'"
    return ""


def patients(study: Study) -> str:
    """Every patient kept."""
    return "every patient; type keep=patients or keep=sessions" if study.keep is Keep.trials else ""


def two_arms(study: Study) -> str:
    """Two arms whose patients are kept and measured on one scale."""
    lack = arms(study, 2) or patients(study)
    if lack:
        return lack
    one, two = pair(study)
    return "" if one.primary is two.primary else "two arms on one scale of symptoms; compare arms of one condition"


def more(study: Study, of: Callable[[Scenario], object]) -> str:
    """Arms with sessions, in each of which clinicians can show more.

    Args:
        study: The study.
        of: Makes the arms in which they do, of an arm's world.

    Raises:
        AnswerError: They cannot.
        ScenarioError: The same.
    """
    lack = arms(study) or sessions(study)
    if not lack:
        for world in study.scenarios().values():
            of(world)
    return lack


def sessions(study: Study) -> str:
    """Sessions with clinicians in every arm."""
    met = all(any(step.phase != "assessment" for step in world.course()) for world in study.scenarios().values())
    return "" if met else "sessions with clinicians; choose a protocol that has some"


def in_every_arm(people: pd.DataFrame) -> pd.DataFrame:
    """The patients of those trials that did not fail in any arm.

    Raises:
        AnswerError: There is no such trial.
    """
    arms = people.groupby("replicate")["arm"].nunique()
    kept = people[people["replicate"].isin(arms.index[arms == people["arm"].nunique()])]
    if kept.empty:
        raise AnswerError("no trial was run to its end in every arm; run the study again.")
    return kept


def pair(study: Study) -> tuple[Scenario, Scenario]:
    """The worlds of the arm and the comparator that a question about one effect is about."""
    scenarios = study.scenarios()
    arm, versus = pairs(list(scenarios), study.base_arm)[0]
    return scenarios[str(arm)], scenarios[str(versus)]
