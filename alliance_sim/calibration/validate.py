"""The command `alliance-sim validate`: published beside simulated numbers, fitted and predicted apart."""

import textwrap
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import yaml

from alliance_sim.calibration import (
    behaviours,
    between_trials,
    clinicians,
    comparators,
    prediction,
    results,
    sensitivity,
    yardstick,
)
from alliance_sim.calibration.calibrate import made_folder
from alliance_sim.calibration.checks import identified, outcome, words as in_words
from alliance_sim.calibration.evidence.rows import rows
from alliance_sim.calibration.evidence.targets import APART, CONTEXT, FITTED, NOT_COUNTED, PREDICTED, targets
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import Quantity as Q
from alliance_sim.study.designs import CHOICE
from alliance_sim.study.folders import writable
from alliance_sim.study.posterior import FILE, dotted
from alliance_sim.world.configuration import from_words
from alliance_sim.world.scenario import DEFAULT_SEED
from alliance_sim.world.seeds import LARGEST

WIDTH = 100
ADVICE = "Simulated people only: no clinical advice."
SHOWN = 10  # numbers named in a line
KNOWN = yaml.safe_load(Path(__file__).with_name("reasons.yaml").read_text(encoding="utf-8"))
HEADS = {FITTED: "Fitted", PREDICTED: "Predicted, never fitted"}


@configurable
class Validation:
    """What `alliance-sim validate` takes."""

    posterior: str = field(default_factory=lambda: str(FILE))
    batches: Annotated[int, Q("B", "batches", 2, 10_000, CHOICE, "Batches of 16 draws that meet 16 trials.")] = (
        prediction.BATCHES
    )
    seed: Annotated[int, Q("s", "1", 0, LARGEST, CHOICE, "Seed of every draw.")] = DEFAULT_SEED
    out: str = "outputs/validation"
    figures: bool = True


def validate(words: Sequence[str]) -> int:
    """Compare the model with all published numbers, by key=value words; print and write what is found.

    Raises:
        ScenarioError: A word cannot be understood, or there is no posterior.
    """
    wanted = from_words(Validation, words, "alliance-sim validate batches=10")
    writable(wanted.out)
    posterior = results.read(wanted.posterior)
    known = targets(FITTED) + targets(PREDICTED)
    best = dotted(dict(zip(posterior.keys, posterior.best, strict=True)))
    table = prediction.table(known, prediction.predicted(posterior, known, wanted.batches, wanted.seed))
    asked = clinicians.known()
    acted = prediction.table(asked, clinicians.predicted(posterior, asked, wanted.batches, wanted.seed))
    table = pd.concat([table, acted[acted["role"] != CONTEXT]], ignore_index=True)
    staff = clinicians.table(pd.concat([table, acted[acted["role"] == CONTEXT]]), KNOWN["missed"])
    related = behaviours.associations(best, wanted.seed)
    moved = sensitivity.effects(posterior, seed=wanted.seed)
    left = identified.contraction(posterior)
    arms = comparators.table(table, known)
    apart = between_trials.table(between_trials.taken_apart(best, wanted.seed))
    folder = made_folder(wanted.out)
    frames = {"targets": table, "behaviours": related, "tornado": moved, "contraction": left, "comparators": arms}
    for name, frame in {**frames, "between_trials": apart, "clinicians": staff}.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    parts = [*(_table(table, role) for role in (FITTED, PREDICTED)), _context(acted, staff), _misses(table)]
    parts += [_apart(related)]
    parts += [_identified(left, identified.ties(posterior)), _headline(posterior, moved, wanted.seed), _conflicts()]
    parts += ["\n".join(comparators.lines(arms)), between_trials.line(apart)]
    parts += ["\n".join(yardstick.lines(table, known)), _checked(posterior, Path(wanted.posterior))]
    print("\n\n".join(parts))
    if wanted.figures:
        _draw(folder, table, related, moved)
    print(f"\n{ADVICE}\nResults lie in {wanted.out}.")
    print(_last(table))
    return 0


def _last(table: pd.DataFrame) -> str:
    """How many rows lie inside: those of clinicians and blinding apart, then all others."""
    apart = table["key"].str.startswith(APART)

    def counted(role: str, rows: pd.DataFrame) -> str:
        within = rows.loc[rows["role"] == role, "within"]
        return f"{role}: {int(within.sum())}/{len(within)}"

    clinicians = ", ".join(counted(role, table[apart]) for role in (FITTED, PREDICTED))
    rest = "; ".join(f"{counted(role, table[~apart])} within 95 %" for role in (FITTED, PREDICTED))
    return f"clinicians and blinding, {clinicians}\n{rest}"


def _table(table: pd.DataFrame, role: str) -> str:
    own = table[table["role"] == role]
    lines = [f"{HEADS[role]}: {len(own)} numbers"]
    lines.append(f"{'':18}{'what':41}{'published':>11}{'simulated ± MCSE':>18}{'95 % prediction':>18}")
    lines += [_row(row) for _, row in own.iterrows()]
    ratio = own["ratio"].median()
    lines.append(f"Median width of these intervals: {ratio:.2f} times that of ± 1.96 published standard errors.")
    return "\n".join(lines)


def _context(acted: pd.DataFrame, staff: pd.DataFrame) -> str:
    """What is known of clinicians and blinding beside the rows that are judged."""
    shown = acted[acted["role"] == CONTEXT]
    rest = staff[(staff["use"] == CONTEXT) & ~staff["key"].isin(shown["key"])]
    lines = ["Context for clinicians and blinding, shown and not judged (all their rows: clinicians.csv):"]
    lines += [_row(row) for _, row in shown.assign(within=True).iterrows()]
    said = (f"{row['key']}: {row['quantity']} ({row['statistic']} {row['published']:g})" for _, row in rest.iterrows())
    return "\n".join([*lines, *(line for text in said for line in _item(text))])


def _row(row: pd.Series) -> str:
    what = f"{row['study']} {row['arm']} {row['statistic']} {row['of']}".replace("psychotherapy usual", "psychotherapy")
    places = 3 if abs(row["published"]) < 3 else 2
    simulated = f"{row['simulated']:.{places}f} ± {row['mcse']:.{places}f}"
    ends = f"{row['lower']:.{places}f} … {row['upper']:.{places}f}" if np.isfinite(row["lower"]) else "sign only"
    mark = "" if row["within"] else " !"
    line = f"{row['key']:18}{what[:40]:41}{row['published']:>11.{places}f}{simulated:>18}{ends:>18}{mark}"
    return line.replace("-", "\N{MINUS SIGN}") if "_sd" not in row["key"] else line


def _item(text: str) -> list[str]:
    """A sentence as the lines of a list."""
    return textwrap.wrap(f"{text}.", WIDTH, initial_indent="  ", subsequent_indent="    ")


def _misses(table: pd.DataFrame) -> str:
    missed = {key: KNOWN["missed"].get(key, "not understood") for key in table.loc[~table["within"], "key"]}
    lines = [
        f"Missed, and why ({len(missed)}):",
        *(line for key, why in missed.items() for line in _item(f"{key}: {why}")),
    ]
    lines += ["Not counted:", *(line for key, why in NOT_COUNTED.items() for line in _item(f"{key}: {why}"))]
    return "\n".join(lines)


def _apart(related: pd.DataFrame) -> str:
    found = {row["what"]: f"{row['estimate']:.3f} ± {row['mcse']:.3f}" for _, row in related.iterrows()}
    names = [what.partition(",")[0] for what in found if what.endswith(", skill")]
    lines = ["Behaviours and residual gain in ordinary psychotherapy, r ± Monte Carlo error (papers: as perceived):"]
    lines.append(f"  {'':20}{'skill':>16}{'delivered':>16}{'perceived':>16}")
    lines += [
        f"  {name.replace('_', ' '):20}" + "".join(f"{found[f'{name}, {how}']:>16}" for how in
                                                  ("skill", "delivered", "perceived"))
        for name in names
    ]  # fmt: skip
    for where in ("between", "within"):
        lines.append(f"  alliance, slope {where} clinicians: {found[f'alliance, slope {where} clinicians']}")
    return "\n".join(lines)


def _identified(left: pd.DataFrame, tied: pd.DataFrame) -> str:
    known, rest = left[left["identified"]], left[~left["identified"]]
    found = f"{len(known)} of {len(left)} calibrated numbers (half of the prior's variance gone)"
    lines = [f"The evidence identifies {found}:", *_listed(known)]
    lines += ["It does not identify the others, which stay near their prior:", *_listed(rest)]
    pairs = [f"{row['one']} with {row['two']} ({row['r']:.2f})" for _, row in tied.head(SHOWN).iterrows()]
    lines += textwrap.wrap("Identified only together: " + ("; ".join(pairs) or "none") + ".", WIDTH)
    return "\n".join(line.replace("parameters.", "") for line in lines)


def _listed(frame: pd.DataFrame) -> list[str]:
    words = [f"{row['key'].replace('parameters.', '')} {row['contraction']:.0%}" for _, row in frame.iterrows()]
    return textwrap.wrap("; ".join(words) + ".", WIDTH, initial_indent="  ", subsequent_indent="  ")


def _headline(posterior: results.Posterior, moved: pd.DataFrame, seed: int) -> str:
    first = moved.iloc[0]
    middle, low, high = sensitivity.over_posterior(posterior, seed=seed)
    lines = [
        f"Strong less weak bond, MADRS change at 25 mg: {first['base']:.2f} ± {first['base_mcse']:.2f} at the "
        f"defaults;\n  over the posterior {middle:.2f}, 90 % from {low:.2f} to {high:.2f}."
    ]
    lines.append("What moves it most, one number at a time (calibrated: 90 % of the posterior; assumed: ± a third):")
    for _, row in moved.head(SHOWN).iterrows():
        lines.append(
            f"  {row['key'].removeprefix('parameters.'):34}{row['source']:11}{row['low']:>9.3g}: {row['at_low']:.2f} ± "
            f"{row['low_mcse']:.2f}{row['high']:>10.3g}: {row['at_high']:.2f} ± {row['high_mcse']:.2f}"
        )
    return "\n".join(lines).replace("-", "\N{MINUS SIGN}")


def _conflicts() -> str:
    known = rows("context")
    lines = ["In conflict, shown and not counted:"]
    for conflict in KNOWN["conflicts"]:
        found = (known[key] for key in conflict["keys"])
        said = "; ".join(f"{row.id}: {row.quantity} ({row.statistic} {row.value:g})" for row in found)
        lines += _item(f"{conflict['what']}. {said}")
    return "\n".join(lines)


def _checked(posterior: results.Posterior, path: Path) -> str:
    """What the checks beside a posterior say, if they are of it."""
    known = outcome.read(path.with_name(outcome.FILE), posterior)
    return outcome.UNCHECKED if known is None else "\n".join(in_words.lines(known))


def _draw(folder: Path, table: pd.DataFrame, related: pd.DataFrame, moved: pd.DataFrame) -> None:
    from alliance_sim.figures import evidence, theme
    from alliance_sim.figures.tornado import tornado

    figures = {
        "forest": evidence.forest_figure(table),
        "courses": evidence.courses_figure(table),
        "behaviours": theme.figure_of(evidence.behaviours(related, table)),
        "tornado": theme.figure_of(
            tornado(moved, "Strong less weak bond, COMP001 at 25 mg", "difference in MADRS change (points)")
        ),
    }
    for name, figure in figures.items():
        theme.write(figure, folder, name)
