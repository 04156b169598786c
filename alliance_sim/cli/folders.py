"""Words of commands about a results folder: one folder, and a few values by key."""

from alliance_sim.errors import ScenarioError


def read(words: list[str], usage: str, *keys: str) -> tuple[str, dict[str, str]]:
    """The folder that words name, and their values by key.

    Args:
        words: What was typed after the command.
        usage: What to type, as a sentence.
        keys: Keys that may have a value.

    Raises:
        ScenarioError: They name no folder, or two, or another key.
    """
    valued = [word for word in words if "=" in word and "/" not in word.split("=", 1)[0]]
    folders = [word for word in words if word not in valued]
    given = dict(word.split("=", 1) for word in valued)
    if not folders and len(valued) == 1 and valued[0].split("=", 1)[0] not in keys:
        raise ScenarioError(f"{valued[0]} is read as key=value; if it is a folder, type ./{valued[0]}.")
    if len(folders) == 1 and folders[0].startswith("-"):
        raise ScenarioError(f"{folders[0]} is read as an option; if it is a folder, type ./{folders[0]}.")
    if len(folders) != 1 or not given.keys() <= set(keys):
        raise ScenarioError(usage)
    return folders[0], given
