"""The command line `alliance-sim COMMAND key=value …`: it imports only what a command needs."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from alliance_sim.cli import texts
from alliance_sim.errors import AllianceError, command

FAILED, REFUSED, FAULT, INTERRUPTED = 1, 2, 70, 130  # exit codes
OF_DATA = ("compare", "fit")  # commands that take one's own data
FULL_ERROR = "ALLIANCE_SIM_FULL_ERROR"  # set to 1, it shows developers what was raised


def program() -> int:
    """Answer the process's own command line, whatever it prints to."""
    from alliance_sim.cli import terminal

    terminal.prepare()
    try:
        code = main()
    except terminal.ReaderGone:
        code = FAILED
    left = terminal.finish()
    if left and code == 0:
        print(f"alliance-sim: {left}", file=sys.stderr)
        return REFUSED
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one command line.

    Args:
        arguments: Words after the program's name; the process's own unless given.

    Returns:
        Exit code: 0 done, 1 a trial failed, 2 refused, 70 a fault of the program, 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _answer(words)
    except (Exception, KeyboardInterrupt) as error:
        if _is_of_interrupt(error):
            print("Interrupted.", file=sys.stderr)
            return INTERRUPTED
        if os.environ.get(FULL_ERROR) == "1":
            raise
        foreseen = isinstance(error, AllianceError | OSError)
        said = _of_machine(error) if isinstance(error, OSError) else str(error) if foreseen else _fault(error)
        print(f"alliance-sim: {said}", file=sys.stderr)
        return REFUSED if foreseen else FAULT


def _is_of_interrupt(error: BaseException | None) -> bool:
    """True for Ctrl-C, and for what a library raised instead of it while it tidied up."""
    known: set[int] = set()  # an error can be among its own causes
    while error is not None and not isinstance(error, KeyboardInterrupt) and id(error) not in known:
        known.add(id(error))
        error = error.__cause__ or error.__context__
    return isinstance(error, KeyboardInterrupt)


def _of_machine(error: OSError) -> str:
    what = f"{error.filename} cannot be read or written" if error.filename else "the machine refused"
    return f"{what} ({error.strerror or error}); see to that and type the command again."


def _fault(error: BaseException) -> str:
    """Keep what nobody foresaw in a file, and say where it lies."""
    import tempfile
    import traceback

    what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="alliance-sim-fault-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write("".join(traceback.format_exception(error)))
        kept = f"its traceback lies in {file.name}"
    except OSError:
        kept = f"set {FULL_ERROR}=1 to see its traceback"
    return f"a fault of the program ({what}); {kept}: report it with the command, as CONTRIBUTING.md says."


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
    if name not in OF_DATA and any(word.partition("=")[0].partition(".")[0] == "data" for word in rest if "=" in word):
        raise AllianceError(f"{name} takes no data of your own; {command('compare', 'data=FILE')} and fit do.")
    from alliance_sim.study.folders import check_place

    check_place()
    answer: Callable[[list[str]], int] = importlib.import_module(f"alliance_sim.cli.{name}").main
    return answer(rest)


def _no_command(name: str, words: list[str]) -> str:
    if "=" in name:
        return f"name a command first: {command('run', *words)}"
    near = get_close_matches(name, texts.COMMANDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(texts.COMMANDS)}."
    return f"there is no command {name!r}; {hint}"


def _say(text: str) -> int:
    from alliance_sim.report.width import fitted

    sys.stdout.write(fitted(text))
    return 0
