"""`alliance-sim story`: one simulated patient's way through treatment."""

from typing import Annotated

from alliance_sim.analysis.story import tell
from alliance_sim.cli.overrides import composed
from alliance_sim.errors import FolderError, ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import Quantity as Q
from alliance_sim.report.width import fitted
from alliance_sim.study.config import Study
from alliance_sim.study.designs import CHOICE
from alliance_sim.study.folders import unwritable, writable
from alliance_sim.world.seeds import MOST_TRIALS


@configurable
class Story(Study):
    """What `alliance-sim story` tells: one patient of one trial of a study."""

    patient: Annotated[int, Q("i", "patients", 0, 99_999, CHOICE, "Which patient, from 0.")] = 0
    replicate: Annotated[int, Q("r", "trials", 0, MOST_TRIALS - 1, CHOICE, "Of which simulated trial, from 0.")] = 0
    arm: str = ""
    counterfactual: str = ""


def main(words: list[str]) -> int:
    """Answer the words after `story`."""
    return composed(["out=outputs/story", *words], Story, story)


def story(study: Story) -> int:
    """Tell one simulated patient's way through treatment and draw it.

    Raises:
        ScenarioError: There is no such patient or arm, or the study contradicts itself.
        FolderError: `out` cannot be written.
    """
    if not study.design.of_arms:
        raise ScenarioError(f"a story is about arms; leave design={study.design.kind.value} out.")
    folder = writable(study.out)
    chosen = (study, study.patient, study.replicate, study.arm, study.counterfactual)
    print(fitted(tell(*chosen)))
    if study.figures:
        from alliance_sim.figures.story import save

        try:
            drawn = save(*chosen, folder)
        except OSError as error:
            raise FolderError(unwritable(folder, error)) from error
        print(f"Figure: {', '.join(str(path) for path in drawn)}")
    return 0
