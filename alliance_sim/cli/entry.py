"""The command line `alliance-sim COMMAND key=value …`: a thin door that imports only what a command needs."""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING

from alliance_sim.world.places import folder, names

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from alliance_sim.study.config import Study

FAILED, REFUSED, INTERRUPTED = 1, 2, 130  # exit codes
# Mappings that take keys of their own.
ADDED = re.compile(r"\+{0,2}((?:arms\.|design\.levels|design\.ranges|power\.changes)[^=]*=.*)", re.DOTALL)
OF_ARMS = re.compile(r"[+~]{0,2}(arms\.[^=]+|arms)(=.*)?", re.DOTALL)
GROUPS = ("protocol", "patients", "clinicians", "experiment", "design", "executor", "parameters")
ANYTHING = ("a name",)
VIEWS = ("job", "hydra", "all")
# Options that Hydra reads, each with the words that may follow; the rest of its own stay out of sight.
OPTIONS: dict[str, tuple[str, ...]] = {
    "--cfg": VIEWS,
    "-c": VIEWS,
    "--resolve": (),
    "--package": ANYTHING,
    "-p": ANYTHING,
    "--multirun": (),
    "-m": (),
    "--config-dir": ANYTHING,
    "-cd": ANYTHING,
    "--hydra-help": (),
}

HELP = """\
alliance-sim COMMAND key=value …

How clinicians' behaviour changes what patients gain from a published treatment, in simulated people.

  run         run a study: outcomes by arm or point, paired contrasts, figures, Parquet
  report      write one page of a study's results, complete in itself
  plot        draw one figure of a study's results
  story       tell one simulated patient's way through treatment
  parameters  list every parameter with unit, range, prior and source
  verify      check a results folder and print one digest of its content
  precision   say how many replicates a wished Monte Carlo error needs
  calibrate   fit the model to published trials: the best point and a sample of the posterior
  validate    show every published number beside the simulated one, fitted and predicted apart
  warmup      compile ahead, so that large studies and Mesa trials start at once
  app         open the classroom: two clinicians, the same patients, in a browser

alliance-sim COMMAND --help says more; alliance-sim --version names the version.
First steps: alliance-sim run replicates=20
             alliance-sim story patient=17 counterfactual=strong
             alliance-sim parameters empathy
"""
CHOICES = """\
  protocol=NAME              {protocol}
  patients=NAME              {patients}
  clinicians=NAME            {clinicians}
  experiment=NAME            {experiment}
  protocol.drug=none         the same sessions without the drug
  patients.number=60         patients in a trial
  clinicians.empathy.mean=…  any parameter: alliance-sim parameters lists them
  seed=…                     seed of every draw
"""
RUN = """\
alliance-sim run key=value …

Run a study and write its results: the case study experiment=alliance unless told otherwise.

{choices}  replicates=200             simulated trials a point
  arms.NAME='{{KEY: VALUE}}'   one more arm, such as arms.kind='{{clinicians.empathy.mean: 0.8}}'
  base_arm=NAME              the arm that others are compared with, or that another design varies
  design=NAME                which worlds are run: {design}
  design.over='[KEY, KEY]'   keys that a design varies, over their ranges in alliance-sim parameters
  design.ranges='{{KEY: [LOW, HIGH]}}'    narrower ranges
  design.levels='{{KEY: [A, B, C]}}'      values one by one, of a grid or one at a time; or design.steps=3
  design.points=64           points of a Latin hypercube, base points of a Sobol design
  design.file=points.csv     points of your own: dotted keys as columns, CSV or Parquet
  dry_run=true               say how large the study is and how long it takes, and stop
  engine=auto                auto, mesa, numpy or lanes: the same results at other speeds
  keep=sessions              how much to write: trials, patients or sessions (figures need sessions)
  executor=NAME              who computes: {executor}; executor.workers=2, executor.address=tcp://HOST:8786
  shard=i/n                  run part i of n of the study, such as in a job array; all parts share one folder
  precision.target=0.1       add replicates until no Monte Carlo error of precision.measure=change is larger,
                             of its means or differences (precision.estimand), or precision.max_replicates are run
  ask='[QUESTION, QUESTION]' answer further questions into answers/: distributions, behaviours, mediation,
                             heterogeneity, clinicians, power (power.sizes='[24, 48]' plans a trial), of
                             design=sobol sobol, of trajectories morris
  out=FOLDER                 where results go; outputs/EXPERIMENT unless given
  figures=false              draw none

  --cfg job                  show the composed configuration and stop
  -m                         several values a key, one run each: alliance-sim run -m protocol=mapp,comp001

Run in the same folder again, it computes only what is missing: it goes on after an interruption, and more replicates
or points add to what is there.

Exit code: 0 done, 1 a trial failed, 2 refused, 130 interrupted.
"""
STORY = """\
alliance-sim story key=value …

Tell one simulated patient's way through treatment, as text and figure.

  patient=0                  which patient, from 0
  replicate=0                of which simulated trial, from 0
  arm=NAME                   in which arm; the base arm unless given
  counterfactual=NAME        the same patient with the clinicians of another arm or clinicians group
  out=FOLDER                 where the figure goes; outputs/story unless given
  figures=false              draw none
{choices}"""
PARAMETERS = """\
alliance-sim parameters [PATTERN]

List every parameter with symbol, default, unit, range, prior, source and meaning; with PATTERN those whose
key, meaning or source contains it.
"""
REPORT = """\
alliance-sim report FOLDER [out=FILE]

Write one page of a results folder: question, design, findings, tables, figures, precision, provenance, limits. It is
complete in itself: any browser opens it without a network. It lies in FOLDER/report.html unless out names another file.

Exit code: 0 done, 2 no results.
"""
PLOT = """\
alliance-sim plot FOLDER figure=NAME [out=FILE]

Draw one figure of a results folder, in FOLDER/figures unless out names a file ending in .png, .svg or .pdf. Without a
name, or with one that is not there, it lists the figures that the folder's results allow.

Exit code: 0 done, 2 no such figure or no results.
"""
VERIFY = """\
alliance-sim verify FOLDER

Compare every batch of a results folder with its checksum, and print one digest of the content. Two folders that hold
the same trials have the same digest, however the work was cut, ordered, interrupted or spread over threads and engines.

Exit code: 0 whole, 1 a batch is damaged, 2 no results.
"""
PRECISION = """\
alliance-sim precision FOLDER [measure=change] [target=0.1]

Say how many replicates a Monte Carlo standard error needs, for every mean and every difference from a comparator, with
common random numbers (as studies draw) and with draws of its own for every point. The target is in the measure's unit,
for shares in percentage points; without it, what the largest error is now.
"""
CALIBRATE = """\
alliance-sim calibrate key=value …

Fit the calibrated parameters to the published numbers of alliance_sim/calibration/evidence/calibration.csv,
and to nothing else.
Takes about a quarter of an hour; the same command goes on where it was stopped, and always gives the same posterior.

  particles=1000             draws of the posterior
  seed=…                     seed of every draw
  out=FOLDER                 where results go; outputs/calibration unless given
"""
VALIDATE = """\
alliance-sim validate key=value …

Show every published number beside what trials of the same size show in the model, with 95 % prediction intervals over
the posterior: what was fitted and what is predicted apart, each miss with its reason. Then which numbers the evidence
tells, and what moves the difference between strong and weak bonds most. Takes a minute or two.

  posterior=FILE             the posterior to validate; the one of the present defaults unless given
  blocks=40                  blocks of 16 draws of the posterior, each with 16 trials of its own
  checks=true                also seek known numbers in synthetic data: recovery, simulation-based calibration
  seed=…                     seed of every draw
  out=FOLDER                 where tables and figures go; outputs/validation unless given
  figures=false              draw none
"""
WARMUP = """\
alliance-sim warmup

Compile the model for the lanes engine and for Mesa agents and keep the machine code for the next runs. Takes about
a minute; without it the first large study or Mesa trial does the same. Set ALLIANCE_SIM_CACHE to keep it elsewhere.
"""

APP = """\
alliance-sim app key=value …

Open the classroom in a browser: two clinicians side by side meet the same simulated patients. Ctrl+C closes it.

  host=127.0.0.1             address it listens on; only this machine unless told otherwise
  port=8000                  its port; 0 takes any free one
  open=true                  open a browser window

Needs the extra: pip install "alliance-sim[app]". Exit code: 0 closed, 2 refused.
"""


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
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _answer(words: list[str]) -> int:
    if not words or words[0] in ("--help", "-h", "help"):
        return _say(HELP)
    if words[0] == "--version":
        import alliance_sim

        return _say(f"alliance-sim {alliance_sim.__version__}\n")
    name, *rest = words
    if name not in COMMANDS:
        return _refuse(_no_command(name, words))
    text, command = COMMANDS[name]
    if "--help" in rest or "-h" in rest:
        known = {kind: ", ".join(names(kind)) for kind in GROUPS}
        return _say(text.format(choices=CHOICES.format(**known), **known) if command in (run, story) else text)
    return command(rest)


def run(words: list[str]) -> int:
    """`alliance-sim run`: compose a study, run it, print and write its results."""
    from alliance_sim.cli import commands
    from alliance_sim.study.config import Study

    return _composed(words, Study, commands.run)


def story(words: list[str]) -> int:
    """`alliance-sim story`: compose a study and tell one of its patients' stories."""
    from alliance_sim.cli import commands

    return _composed(["out=outputs/story", *words], commands.Story, commands.story)


def parameters(words: list[str]) -> int:
    """`alliance-sim parameters`: print the parameter table."""
    if len(words) > 1 or (words and words[0].startswith("-")):
        return _refuse("parameters takes one pattern; type alliance-sim parameters PATTERN.")
    from alliance_sim.cli import commands

    return commands.show_parameters(words[0] if words else "")


def verify(words: list[str]) -> int:
    """`alliance-sim verify`: check a results folder and print its digest."""
    if len(words) != 1 or words[0].startswith("-"):
        return _refuse("verify takes one folder; type alliance-sim verify outputs/alliance.")
    from alliance_sim.cli import commands

    return commands.verify(words[0])


def report(words: list[str]) -> int:
    """`alliance-sim report`: write one page of a results folder."""
    folder, given = _about_folder(words, "out")
    if not folder:
        return _refuse("report takes one folder, and out= if wished; type alliance-sim report outputs/alliance.")
    from alliance_sim.cli import commands

    return _answered(lambda: commands.report(folder, given.get("out", "")))


def plot(words: list[str]) -> int:
    """`alliance-sim plot`: draw one figure of a results folder."""
    folder, given = _about_folder(words, "figure", "out")
    if not folder:
        return _refuse("plot takes one folder, figure= and out= if wished; type alliance-sim plot outputs/alliance.")
    from alliance_sim.cli import commands

    return _answered(lambda: commands.plot(folder, given.get("figure", ""), given.get("out", "")))


def precision(words: list[str]) -> int:
    """`alliance-sim precision`: how many replicates a wished error needs."""
    folder, given = _about_folder(words, "measure", "target")
    usage = "type alliance-sim precision outputs/alliance measure=change target=0.1."
    if not folder:
        return _refuse(f"precision takes one folder, and measure= and target= if wished; {usage}")
    target: float | None = None
    if "target" in given:
        try:
            target = float(given["target"])
        except ValueError:
            target = 0.0
        if not 0 < target < float("inf"):
            return _refuse(f"target={given['target']} is no error above 0; {usage}")
    from alliance_sim.cli import commands

    return _answered(lambda: commands.show_precision(folder, given.get("measure", "change"), target))


def calibrate(words: list[str]) -> int:
    """`alliance-sim calibrate`: fit to published trials."""
    from alliance_sim.calibration.calibrate import calibrate
    from alliance_sim.errors import ScenarioError

    try:
        return calibrate(words)
    except ScenarioError as error:
        return _refuse(str(error))


def validate(words: list[str]) -> int:
    """`alliance-sim validate`: published numbers beside simulated ones."""
    from alliance_sim.calibration.validate import validate
    from alliance_sim.errors import ScenarioError

    try:
        return validate(words)
    except ScenarioError as error:
        return _refuse(str(error))


def warmup(words: list[str]) -> int:
    """`alliance-sim warmup`: compile ahead what agents and lanes need."""
    if words:
        return _refuse(f"warmup takes nothing, not {' '.join(words)!r}; type alliance-sim warmup.")
    from alliance_sim.cli import commands

    return commands.warm_up()


def app(words: list[str]) -> int:
    """`alliance-sim app`: open the classroom."""
    from alliance_sim.app import serving
    from alliance_sim.errors import ScenarioError

    lacking = serving.missing()
    if lacking:
        return _refuse(lacking)
    try:
        serving.serve(serving.server_options(words))
    except ScenarioError as error:
        return _refuse(str(error))
    return 0


def _about_folder(words: list[str], *keys: str) -> tuple[str, dict[str, str]]:
    """The one folder that words name, empty if they do not or if a key is none of these; and values by key."""
    folders = [word for word in words if "=" not in word]
    given = dict(word.split("=", 1) for word in words if "=" in word)
    fits = len(folders) == 1 and not folders[0].startswith("-") and given.keys() <= set(keys)
    return folders[0] if fits else "", given


def _answered(work: Callable[[], int]) -> int:
    """Do what a command about a folder does, or say in one sentence why not."""
    from alliance_sim.errors import AnswerError, FolderError, ScenarioError

    try:
        return work()
    except (ScenarioError, FolderError, AnswerError) as error:
        return _refuse(str(error))


COMMANDS: dict[str, tuple[str, Callable[[list[str]], int]]] = {
    "run": (RUN, run),
    "story": (STORY, story),
    "report": (REPORT, report),
    "plot": (PLOT, plot),
    "parameters": (PARAMETERS, parameters),
    "verify": (VERIFY, verify),
    "precision": (PRECISION, precision),
    "calibrate": (CALIBRATE, calibrate),
    "validate": (VALIDATE, validate),
    "warmup": (WARMUP, warmup),
    "app": (APP, app),
}


def _composed[T: Study](words: list[str], owner: type[T], work: Callable[[T], int]) -> int:
    """Let Hydra compose an object of a class from key=value words, and work on it, once or once a variant."""
    options, overrides, problem = _sorted(words)
    if problem:
        return _refuse(problem)
    import hydra
    from hydra.core.config_store import ConfigStore

    from alliance_sim.world.compose import explain, schema, validated

    ConfigStore.instance().store(name="study", node=schema(owner))
    codes = [0]
    raised: list[Exception] = []

    def task(config: "DictConfig") -> None:
        try:
            codes.append(work(validated(config, owner)))
        except Exception as error:  # kept from Hydra, which would write lines of its own
            raised.append(error)
        if raised or INTERRUPTED in codes:
            raise KeyboardInterrupt  # go on with no other variant

    entry = hydra.main(version_base="1.3", config_path=str(folder()), config_name="config")(task)
    with tempfile.TemporaryDirectory() as spare, _process([*options, f"hydra.sweep.dir={spare}", *overrides]):
        try:
            entry()
        except KeyboardInterrupt:
            if not raised and INTERRUPTED not in codes:
                raise
        except Exception as error:
            raised.append(error)
    if not raised:
        return max(codes)
    said = explain(raised[0], owner)
    if said is None or os.environ.get("HYDRA_FULL_ERROR") == "1":  # developers see what was raised
        raise raised[0]
    return _refuse(said)


@contextmanager
def _process(words: list[str]) -> Iterator[None]:
    """Give Hydra its arguments and have it raise what it would print."""
    argv, shown = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["alliance-sim", *words]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = argv
        if shown is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = shown


def _sorted(words: list[str]) -> tuple[list[str], list[str], str]:
    """Put options before key=value words, as Hydra wants them; the third is what is wrong, if anything is."""
    options: list[str] = []
    overrides: list[str] = []
    wanted: tuple[str, ...] = ()  # what may follow the latest option
    for word in words:
        if wanted and wanted != ANYTHING and word not in wanted:
            break
        if wanted:
            options.append(word)
            wanted = ()
        elif word.startswith("-"):
            option, equals, _ = word.partition("=")
            if option not in OPTIONS:
                near = get_close_matches(option, OPTIONS, n=1)
                hint = f"did you mean {near[0]}?" if near else "see alliance-sim COMMAND --help."
                return [], [], f"there is no option {option!r}; {hint}"
            options.append(word)
            wanted = () if equals else OPTIONS[option]
        else:
            overrides.append(ADDED.sub(r"++\1", word))
    if wanted:
        return [], [], f"{options[-1]} takes a word after it: {' or '.join(wanted)}."
    own_files = any(option in ("--config-dir", "-cd") for option in options)
    problems = [_problem(word, own_files) for word in overrides]
    return options, overrides, next((problem for problem in [*problems, _unused_arm(overrides)] if problem), "")


def _unused_arm(overrides: list[str]) -> str:
    """Say that arms are not run where another design is asked for; empty if none is set."""
    designs = [word.partition("=")[2] for word in overrides if word.startswith("design=")]
    arms = [match[1] for match in map(OF_ARMS.fullmatch, overrides) if match]
    if not designs or not arms or "arms" in designs[-1].split(","):
        return ""
    return f"{arms[0]} is not run by design={designs[-1]}, which varies the base arm; leave one of them out."


def _problem(word: str, own_files: bool) -> str:
    """Say what is wrong with a key=value word as such; empty if nothing is."""
    if "=" not in word and not word.startswith("~"):
        return f"{word!r} is not of the form key=value."
    kind, _, value = word.partition("=")
    if kind in GROUPS and not own_files and "(" not in value:
        from alliance_sim.world.configuration import no_choice

        unknown = [name for name in value.split(",") if name not in names(kind)]
        return no_choice(kind, unknown[0]) if unknown else ""
    return ""


def _no_command(name: str, words: list[str]) -> str:
    if "=" in name:
        return f"name a command first: alliance-sim run {' '.join(words)}"
    near = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(COMMANDS)}."
    return f"there is no command {name!r}; {hint}"


def _say(text: str) -> int:
    sys.stdout.write(text)
    return 0


def _refuse(sentence: str) -> int:
    print(f"alliance-sim: {sentence}", file=sys.stderr)
    return REFUSED
