"""The package in Python: the same composition, runs and answers as on the command line."""

import dataclasses
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from alliance_sim.analysis import estimates, paired
from alliance_sim.analysis.estimates import Pair
from alliance_sim.analysis.opened import Opened, opened
from alliance_sim.analysis.running import NAMES
from alliance_sim.calibration.own.compare import Comparison, compared
from alliance_sim.calibration.own.fit import Fitted, asked, fit as fitted
from alliance_sim.calibration.own.source import of_study, split
from alliance_sim.compose.studies import composed
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.model.registry import nearest
from alliance_sim.report import comparison, fit as fit_report, running
from alliance_sim.results import Results
from alliance_sim.study import names
from alliance_sim.study.config import Study
from alliance_sim.study.units import units
from alliance_sim.world import seeds
from alliance_sim.world.scenario import DEFAULT_SEED, Scenario

ONE = "base"  # the arm of a scenario that comes alone


def run(
    what: str | Study = "alliance",
    overrides: Sequence[str] = (),
    *,
    out: str | Path = "",
    config_dir: str | Path = "",
    progress: bool | None = None,
) -> Results:
    """Run an experiment or a study, as `alliance-sim run` does.

    With `out`, here, among the words or in the study, results are written into that folder, the same that the command
    line writes: what is there already is not computed again, and after an interruption the same call goes on. Without,
    they lie in memory: in a private temporary folder that goes with the object.

    Args:
        what: Name of an experiment, such as `alliance`; or a `Study`.
        overrides: Key=value words as on the command line, such as `["protocol=mapp", "replicates=50"]`.
        out: Folder for the results; it goes before one among the words or in the study.
        config_dir: Folder with files of your own, as `--config-dir` names it: `my` for `my/protocol/brief.yaml`.
        progress: Show trials done, rate and time left; None: only in a terminal or a notebook. Nothing else is printed.

    Raises:
        ScenarioError: There is no such experiment, a word or a value is not allowed, or the study contradicts itself.
        AnswerError: The results cannot answer what the study asks.
        FolderError: `out` cannot take the results.
        KeyboardInterrupt: What was finished is in `out`.

    Warns:
        RuntimeWarning: A trial failed, or a damaged batch was computed again.

    Examples:
        >>> import alliance_sim
        >>> results = alliance_sim.run("alliance", ["replicates=2", "patients.number=6", "clinicians.number=3"])
        >>> found = results.summary().set_index(["arm", "measure"]).loc[("strong", "wai_final")]
        >>> f"{found['estimate']:.2f} ± {found['mcse']:.2f} {found['unit']}"
        '3.47 ± 0.10 WAI-SR points'
        >>> alliance_sim.run("aliance")
        Traceback (most recent call last):
            ...
        alliance_sim.errors.ScenarioError: there is no experiment 'aliance'; choose one of: alliance.
        >>> study = alliance_sim.Study(protocol="mapp", patients="ptsd", replicates=2, keep="trials")
        >>> study.patients.number, study.clinicians.number = 6, 3
        >>> len(alliance_sim.run(study, out="outputs/mapp").trials)
        2
    """
    study = _study(what, overrides, str(out), config_dir)
    if study.dry_run:
        raise ScenarioError("dry_run=true runs nothing, so there are no results; leave it out.")
    if not study.out and study.shard:
        raise ScenarioError(f"shard={study.shard} runs a part for a folder that all shards share; name it with out.")
    if study.out:
        return Results(_ran(study, progress))
    private = tempfile.mkdtemp(prefix="alliance-sim-")
    try:
        made = _ran(dataclasses.replace(study, out=private, figures=False), progress)
    except BaseException as error:
        shutil.rmtree(private, ignore_errors=True)
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt("Interrupted: nothing is kept; what is finished would be, with out=.") from None
        raise
    made.study = dataclasses.replace(made.study, out="", figures=study.figures)
    return Results(made, temporary=True)


def compare(
    data: str | Path,
    overrides: Sequence[str] = (),
    *,
    out: str | Path = "",
    config_dir: str | Path = "",
    progress: bool | None = None,
) -> Comparison:
    """Lay a trial of one's own beside simulated trials of its size and schedule, as `alliance-sim compare` does.

    Args:
        data: Table that ends in .csv, .parquet or .xlsx.
        overrides: Key=value words as on the command line, such as `["data.columns={patient: Code}", "protocol=mapp"]`.
        out: Folder for table, figures and page; nothing is written without.
        config_dir: Folder with files of your own, as `--config-dir` names it.
        progress: As `run` takes it.

    Returns:
        `table` (a row a summary), `lines`, `joint`, and how the trials were laid out (`plan`).

    Raises:
        ScenarioError: The data cannot be read or compared, or a word is not allowed.
        FolderError: `out` cannot be written.

    Examples:
        >>> import alliance_sim, pandas
        >>> rows = [(patient, day, 33 - day // 3 + patient % 7) for patient in range(14) for day in (15, 37)]
        >>> pandas.DataFrame(rows, columns=["patient", "day", "madrs"]).to_csv("trial.csv", index=False)
        >>> found = alliance_sim.compare("trial.csv", ["arms={base: {}}", "base_arm=base", "replicates=40"])
        >>> change = found.table.set_index("statistic").loc["mean change"]
        >>> f"{change['observed']:.1f}"
        '-7.0'
        >>> bool(change["lower"] < change["observed"] < change["upper"])
        True
    """
    words = [f"data={data}", *overrides]
    source, others = split(words, "compare")
    made = composed(of_study(others), Study, str(config_dir))
    found = compared(source, made, others, progress)
    if out:
        comparison.write(found, str(out), words, made.figures)
    return found


def fit(
    data: str | Path,
    over: Sequence[str],
    overrides: Sequence[str] = (),
    *,
    out: str | Path = "",
    config_dir: str | Path = "",
    progress: bool | None = None,
) -> Fitted:
    """Find which values of a few keys give trials like one's own, as `alliance-sim fit` does.

    Args:
        data: Table that ends in .csv, .parquet or .xlsx, of 10 patients or more.
        over: One to six dotted keys of numbers, such as `["parameters.bond.rate"]`.
        overrides: Key=value words as on the command line, such as `["protocol=psychotherapy", "fit.draws=4096"]`.
        out: Folder for tables, draws, figure and page; nothing is written without.
        config_dir: Folder with files of your own, as `--config-dir` names it.
        progress: As `run` takes it.

    Returns:
        `found.table` has a row a key, in the key's own unit: prior, mean, sd, lower and upper (90 % interval), each
        with its Monte Carlo error (`…_mcse`), width_ratio (of the interval, beside the prior's), recovery of known
        keys, and informed. `found.draws` holds 1000 draws of the posterior, a column a key; `found.pairs`
        correlations in [-1, 1]; `found.trusted` is False where no simulated trial looks like the data.

    Raises:
        ScenarioError: The data cannot be read or are too few, a key cannot be fitted, or a word is not allowed.
        FolderError: `out` cannot be written.

    Examples:
        >>> import alliance_sim, pandas
        >>> rows = [(patient, day, 33 - day // 3 + patient % 7) for patient in range(14) for day in (0, 37)]
        >>> pandas.DataFrame(rows, columns=["patient", "day", "madrs"]).to_csv("trial.csv", index=False)
        >>> fitted = alliance_sim.fit("trial.csv", ["parameters.psilocybin.relief"], ["fit.draws=2048"])
        >>> row = fitted.found.table.iloc[0]
        >>> bool(row["lower"] < row["mean"] < row["upper"]), fitted.found.draws.shape
        (True, (1000, 1))
    """
    if isinstance(over, str):
        raise ScenarioError(f"over={over!r} is one string; pass a list of keys, such as [{over!r}].")
    words = [f"data={data}", f"over=[{', '.join(over)}]", *overrides]
    source, wanted, rest = asked(words)
    made = composed(rest, Study, str(config_dir))
    found = fitted(made, source, wanted, progress)
    if out:
        fit_report.write(found, str(out), words, rest, str(config_dir), made.figures)
    return found


def _study(what: str | Study, overrides: Sequence[str], out: str, config_dir: str | Path) -> Study:
    if isinstance(overrides, str):
        raise ScenarioError(f"overrides={overrides!r} is one string; pass a list of words, such as [{overrides!r}].")
    if isinstance(what, Study):
        if overrides:
            raise ScenarioError(f"{overrides[0]!r} comes beside a Study; set the value in the study itself.")
        return dataclasses.replace(what, out=out or what.out)
    if not isinstance(what, str):
        raise ScenarioError(f"run takes the name of an experiment or a Study, not a {type(what).__name__}.")
    made = composed([f"experiment={what}", *overrides], Study, str(config_dir))
    named = any(word.lstrip("+").startswith("out=") for word in overrides)
    return dataclasses.replace(made, out=out or made.out * named)


def _ran(study: Study, progress: bool | None) -> Opened:
    said: list[str] = []
    ended = running.run(study, str, said.append, progress)
    if ended.interrupted:
        raise KeyboardInterrupt(" ".join(said))
    for line in said:
        warnings.warn(line, RuntimeWarning, stacklevel=3)
    return ended.opened or opened(study.out)


def simulate(
    scenarios: Scenario | Mapping[str, Scenario],
    replicates: int = 50,
    seed: int | None = DEFAULT_SEED,
    keep: Keep | str = Keep.patients,
) -> pd.DataFrame:
    """Simulate trials of a scenario, or of several side by side: the same patients meet the same random draws.

    Args:
        scenarios: A scenario, or scenarios by name.
        replicates: Simulated trials of each, at least 1.
        seed: Seed of every draw, in [0, 2⁶⁴); None for the default one.
        keep: What a row is: `trials`, `patients` or `sessions`.

    Returns:
        As `Results.trials`, `patients` or `sessions`; `arm` is the scenario's name, `base` where there is one alone.
        `attrs["units"]` holds the unit of each column that has the same one in every scenario.

    Raises:
        ScenarioError: There is no scenario, or an argument is not allowed.

    Examples:
        >>> import alliance_sim
        >>> few = alliance_sim.with_values(alliance_sim.Scenario(), {"patients.number": 6, "clinicians.number": 3})
        >>> arms = {"usual": few, "kind": alliance_sim.with_values(few, {"clinicians.empathy.mean": 0.9})}
        >>> patients = alliance_sim.simulate(arms, replicates=2)
        >>> patients.groupby("arm", observed=True)["sessions"].sum().to_dict()
        {'usual': 68.0, 'kind': 69.0}
        >>> patients.attrs["units"]["weight"]
        'kg'
    """
    if not isinstance(scenarios, Scenario | Mapping):
        raise ScenarioError(f"simulate takes a scenario or scenarios by name, not a {type(scenarios).__name__}.")
    arms = {ONE: scenarios} if isinstance(scenarios, Scenario) else dict(scenarios)
    if not arms:
        raise ScenarioError("there is no scenario to simulate; pass one, or a mapping of names to scenarios.")
    names.checked(arms)
    asked = Study(replicates=seeds.replicates(replicates), seed=seeds.seed(seed), keep=keep)  # type: ignore[arg-type]  # validated there
    frame = paired.tidy(arms, asked.replicates, asked.seed, asked.keep)
    first, *others = map(units, arms.values())
    frame.attrs["units"] = {
        name: first[name] for name in frame.columns if name in first and all(own[name] == first[name] for own in others)
    }
    return frame


def contrasts(trials: pd.DataFrame, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Estimate how arms or points differ in every measure, paired by replicate.

    Args:
        trials: One row an arm or point and replicate: `Results.trials`, or `simulate(…, keep="trials")`.
        pairs: (arm, comparator) by name, or (point, comparator) by number.

    Returns:
        Columns arm or point, versus, measure, estimate, mcse (Monte Carlo standard error), lower and upper (95 % Monte
        Carlo interval), unit (empty where the frame does not say it), variance_reduction (how much shared draws cut the
        variance), replicates. Shares are in [0, 1].

    Raises:
        AnswerError: The frame is not of trials, or a pair names what is not in it.

    Examples:
        >>> import alliance_sim
        >>> few = alliance_sim.with_values(alliance_sim.Scenario(), {"patients.number": 6, "clinicians.number": 3})
        >>> arms = {"usual": few, "kind": alliance_sim.with_values(few, {"clinicians.empathy.mean": 0.9})}
        >>> trials = alliance_sim.simulate(arms, replicates=2, keep="trials")
        >>> found = alliance_sim.contrasts(trials, [("kind", "usual")]).set_index("measure")
        >>> f"{found.loc['wai_final', 'estimate']:.3f} {found.loc['wai_final', 'unit']}"
        '0.222 WAI-SR points'
    """
    if not isinstance(trials, pd.DataFrame):
        raise AnswerError(f"contrasts takes a frame, such as results.trials, not a {type(trials).__name__}.")
    missing = [name for name in ("replicate", *NAMES) if name not in trials]
    if missing:
        raise AnswerError(f"these rows have no {missing[0]!r}; pass a row a trial, such as results.trials.")
    there = list(trials[estimates.key(trials)].unique())
    unknown = [label for pair in pairs for label in pair if label not in there]
    if unknown:
        near = nearest(str(unknown[0]), list(map(str, there))) or there
        raise AnswerError(f"there is no {unknown[0]!r} in these trials; choose among: {', '.join(map(str, near))}.")
    found = estimates.contrasts(trials, pairs).rename(columns={"difference": "estimate"})
    known = trials.attrs.get("units", {})
    found.insert(list(found).index("upper") + 1, "unit", [known.get(name, "") for name in found["measure"]])
    return found
