"""The command line `alliance-sim COMMAND key=value …`: it imports only what a command needs."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from alliance_sim.cli import texts
from alliance_sim.errors import AllianceError

FAILED, REFUSED, INTERRUPTED = 1, 2, 130  # exit codes


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one command line.

    Args:
        arguments: Words after the program's name; the process's own unless given.

    Returns:
        Exit code: 0 done, 1 a trial failed, 2 refused, 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _answer(words)
    except AllianceError as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":  # developers see what was raised
            raise
        print(f"alliance-sim: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _answer(words: list[str]) -> int:
    if not words or words[0] in ("--help", "-h", "help"):
        return _say(texts.commands())
    if words[0] == "--version":
        import alliance_sim

        return _say(f"alliance-sim {alliance_sim.__version__}\n")
    name, *rest = words
    if name not in texts.COMMANDS:
        raise AllianceError(_no_command(name, words))
    if "--help" in rest or "-h" in rest:
        return _say(texts.of(name))
    command: Callable[[list[str]], int] = importlib.import_module(f"alliance_sim.cli.{name}").main
    return command(rest)


def _no_command(name: str, words: list[str]) -> str:
    if "=" in name:
        return f"name a command first: alliance-sim run {' '.join(words)}"
    near = get_close_matches(name, texts.COMMANDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(texts.COMMANDS)}."
    return f"there is no command {name!r}; {hint}"


def _say(text: str) -> int:
    sys.stdout.write(text)
    return 0
