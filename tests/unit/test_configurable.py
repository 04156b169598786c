"""Classes of settings: names of files, unknown arguments, values that are not allowed, and what they must not break."""

import dataclasses
import pickle
from enum import Enum
from typing import Annotated, Any

import pytest
from omegaconf import OmegaConf

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.instruments import SymptomScale
from alliance_sim.model.registry import Quantity as Q, parameter
from alliance_sim.study.config import Study
from alliance_sim.study.executors import Executor
from alliance_sim.world.clinicians import Clinicians
from alliance_sim.world.configuration import build, changed, group, names
from alliance_sim.world.protocol import Protocol
from alliance_sim.world.scenario import Patients, Scenario


def parts(whole: Any) -> list[Any]:
    """An object of settings and all those that it holds, one of each class."""
    inner = [getattr(whole, field.name) for field in dataclasses.fields(whole)]
    found = [whole, *(part for one in inner if dataclasses.is_dataclass(one) for part in parts(one))]
    return list({type(part): part for part in found}.values())


PARTS = [*parts(Study()), Scenario()]
CLASSES = [type(part) for part in PARTS]


class Colour(Enum):
    red = "red"
    blue = "blue"


@configurable
class Inner:
    number: int = parameter(3, "n", "patients", 1, 9, "a test", "A number.")
    colour: Colour = Colour.red


@configurable
class Outer:
    inner: Inner = dataclasses.field(default_factory=Inner)
    name: str = ""

    def __post_init__(self) -> None:
        if self.name == "forbidden":
            raise ScenarioError("name=forbidden is not allowed; type another.")


@configurable
class More(Inner):
    share: Annotated[float, Q("s", "1", 0, 1, "a test", "A share.")] = 0.5


# ------------------------------------------------------------------------------------------------ unknown arguments


@pytest.mark.parametrize("owner", CLASSES, ids=lambda owner: owner.__name__)
def test_a_misspelt_argument_is_refused_with_the_nearest_name(owner: type) -> None:
    assert dataclasses.fields(owner)
    for field in dataclasses.fields(owner):
        with pytest.raises(ScenarioError, match=rf"there is no key '{field.name}x'; did you mean .*{field.name}"):
            owner(**{f"{field.name}x": 1})


def test_every_group_of_settings_is_looked_at() -> None:
    named = {owner.__name__ for owner in CLASSES}
    assert named >= {"Study", "Scenario", "Patients", "Clinicians", "Skill", "Protocol", "Phase", "Parameters", "Bond"}


def test_the_sentence_names_the_argument_that_was_meant() -> None:
    with pytest.raises(ScenarioError) as raised:
        Study(replicate=3)
    assert str(raised.value) == "there is no key 'replicate'; did you mean replicates?"
    with pytest.raises(ScenarioError, match=r"there is no key 'numbr'; did you mean number"):
        Patients(numbr=24)
    with pytest.raises(ScenarioError, match=r"there is no key 'protocol.nme'; did you mean protocol.name"):
        Study(protocol={"nme": "mine"})


# -------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Inner(number=0), "number=0 is outside [1, 9] patients; type a value in that range."),
        (lambda: Inner(number="many"), "number=many is not a whole number; type one in [1, 9] patients."),
        (lambda: Inner(colour="green"), "colour=green is not among its choices; choose one of: red, blue."),
        (lambda: Outer(name="forbidden"), "name=forbidden is not allowed; type another."),
        (lambda: Outer(inner={"number": 0}), "inner.number=0 is outside [1, 9] patients; type a value in that range."),
        (lambda: More(share=2), "share=2 is outside [0, 1]; type a value in that range."),
        (lambda: dataclasses.replace(Inner(), number=0), "number=0 is outside [1, 9] patients"),
        (lambda: changed(Outer(), {"inner.number": 0}), "inner.number=0 is outside [1, 9] patients"),
        (lambda: build(Outer, {"inner": {"number": 0}}), "inner.number=0 is outside [1, 9] patients"),
        (lambda: build(Outer, {"name": "forbidden"}, "outer."), "name=forbidden is not allowed; type another."),
        (lambda: Patients(number=0), "number=0 is outside [1, 100000] patients"),
        (
            lambda: changed(Scenario(), {"parameters.instruments.madrs.highest": -101}),
            "parameters.instruments.madrs.highest=-101 is outside [-100, 1000] points",
        ),
        (lambda: SymptomScale(), "name is missing; SymptomScale needs it."),
        (lambda: Study(replicates=0), "replicates=0 is outside [1, 1000000] trials"),
        (lambda: Study(base_arm="kind"), "base_arm='kind' is not an arm; choose one of: base."),
    ],
)
def test_what_is_not_allowed_is_one_sentence_however_it_is_made(made: Any, said: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        made()
    assert str(raised.value).startswith(said)


def test_a_subclass_takes_its_own_arguments_and_those_it_inherits() -> None:
    made = More(number=4, share=0.25)
    assert (made.number, made.share) == (4, 0.25)
    with pytest.raises(ScenarioError, match="did you mean share"):
        More(shar=1)


# --------------------------------------------------------------------------------------------- what must not break


@pytest.mark.parametrize("made", [*PARTS, Outer(), More()], ids=lambda made: type(made).__name__)
def test_objects_are_copied_pickled_and_filled_from_configuration_files(made: Any) -> None:
    assert dataclasses.replace(made) == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert OmegaConf.to_object(OmegaConf.structured(made)) == made


# ------------------------------------------------------------------------------------------------- names of files


@pytest.mark.parametrize(
    ("kind", "owner"),
    [("protocol", Protocol), ("patients", Patients), ("clinicians", Clinicians), ("executor", Executor)],
)
def test_a_study_takes_names_of_configuration_files(kind: str, owner: type) -> None:
    for name in names(kind):
        assert getattr(Study(**{kind: name}), kind) == group(kind, name, owner)


def test_a_name_that_no_file_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="there is no protocol 'map'; choose one of: mapp"):
        Study(protocol="map")
