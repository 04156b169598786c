"""What can go wrong that a person can act on: each message says what was given, what is allowed and what to type."""

import re
import shlex

OF_LIST = re.compile(r"(?:\A|(?<=: ))([A-Za-z_][\w.]*?)(?:\.\d+)+=(.*?)( is |: )", re.DOTALL)  # a place in a list


def _held(found: re.Match[str]) -> str:
    return f"{found[1]} holds {found[2]}{', which is ' if found[3] == ' is ' else found[3]}"


class AllianceError(ValueError):
    """Base of all errors a person can act on: `except alliance_sim.AllianceError` catches them all."""


class ScenarioError(AllianceError):
    """A scenario, study or command that contradicts itself, or a value that is not allowed."""

    def __init__(self, said: str = "") -> None:
        """Say what is wrong: of a place in a list, such as sizes.0=-5, by the key that holds it."""
        super().__init__(OF_LIST.sub(_held, said))


class FolderError(AllianceError):
    """A folder or file that cannot take results or give them back."""


class AnswerError(AllianceError):
    """A question that these results cannot answer."""


class TakenError(AllianceError):
    """A results folder that another run is writing."""


class PolicyError(AllianceError):
    """A policy of a person's own that cannot be run, or chose what no clinician can do."""


class OutputError(AllianceError):
    """What a command prints cannot be written."""


def command(name: str, *words: str, folder: object = "") -> str:
    """A command to type, which can be pasted into a shell.

    Args:
        name: Of the command.
        words: What follows it.
        folder: A results folder, where the command is about one, whatever its name looks like.
    """
    place = str(folder)
    if place and (place.startswith("-") or "=" in place.split("/", 1)[0]):
        place = f"./{place}"  # else it would be read as an option or as key=value
    return f"alliance-sim {shlex.join([name, *filter(None, [place]), *words])}"
