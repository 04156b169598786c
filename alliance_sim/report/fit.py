"""What a fit to one's own data says: a sentence, tables, files and a page. No row of the data is in any of them."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from markupsafe import Markup

from alliance_sim.analysis import printing
from alliance_sim.calibration.own.fit import Fitted
from alliance_sim.calibration.own.posterior import ALIKE, HALF, ODD, Posterior
from alliance_sim.calibration.own.source import without_folders
from alliance_sim.errors import FolderError, command
from alliance_sim.figures import theme
from alliance_sim.figures.posterior import posterior as drawn
from alliance_sim.report import templates, wording
from alliance_sim.report.tables import Table
from alliance_sim.study.folders import unwritable, whole, writable
from alliance_sim.study.posterior import Posterior as Draws

NAME = "fit"  # of the parameters file: parameters=fit
OWN = "conf"  # folder of that file: a group of its own, apart from folders that Hydra would take for groups
PARAMETERS = Path(OWN) / "parameters" / f"{NAME}.yaml"
DIGITS = 6  # significant digits of numbers in files
VARIED = 100  # draws of the calibrated posterior that a run takes, where the fit took them too
Row = dict[Any, Any]


def sentence(fitted: Fitted) -> str:
    """The answer in one or two sentences, with its numbers and errors."""
    found = fitted.found
    rows = found.table.to_dict("records")
    known, unknown = ([row for row in rows if bool(row["informed"]) is one] for one in (True, False))
    said = []
    if not found.trusted:
        share, count = found.odd
        said.append(
            f"Do not trust this fit: only {_percent(share)} % of {count:,} simulated trials near your data are as odd "
            f"as they are, furthest in {_farthest(found)}."
        )
    if known:
        each = "; ".join(f"{row['key']} {_with_error(row, 'mean')} (90 % interval {_interval(row)})" for row in known)
        said.append(f"Your data inform {len(known)} of {len(rows)} keys: {each}.")
    else:
        said.append(f"Your data inform {'none of the ' + str(len(rows)) + ' keys' if len(rows) > 1 else 'no key'}.")
    if unknown:
        each = ", ".join(
            f"{row['key']} (interval {_whole(row['width_ratio'])} % as wide as the prior's)" for row in unknown
        )
        said.append(f"They do not tell {each}.")
    alike = _alike(found)
    if alike:
        said.append(alike)
    return " ".join(said)


def _farthest(found: Posterior) -> str:
    rows = found.odd_summaries.to_dict("records")
    return ", ".join(f"{row['summary']} ({printing.number(row['away'], 1)} SD)" for row in rows)


def _alike(found: Posterior) -> str:
    close = found.pairs[found.pairs["correlation"].abs() >= ALIKE].to_dict("records")
    said = [
        f"{row['key']} and {row['other']} (correlation {printing.number(row['correlation'], 2)} ± {row['mcse']:.2f})"
        for row in close
    ]
    return f"They cannot tell apart {'; '.join(said)}." if said else ""


def _with_error(row: Row, name: str) -> str:
    error = row[f"{name}_mcse"]
    places = printing.digits([error])
    return printing.number(row[name], places) + printing.behind(error, places)


def _interval(row: Row) -> str:
    places = printing.digits([row["lower_mcse"], row["upper_mcse"]])
    return " to ".join(printing.number(row[name], places) for name in ("lower", "upper"))


def tables(fitted: Fitted, brief: bool = False) -> list[Table]:
    """The posterior of each key and its recovery; unless brief also correlations and what was fitted to."""
    found = fitted.found
    rows = found.table.to_dict("records")
    caption = "What your data leave of each key (± Monte Carlo standard error)"
    heads = ["Key", "Mean", "90 % interval", "Width", "Informed", "Prior"]
    made = Table(
        caption,
        heads,
        [0, 1, 1, 1, 0, 0],
        [
            [
                row["key"],
                _with_error(row, "mean"),
                _interval(row),
                f"{100 * row['width_ratio']:.0f} ± {100 * row['width_ratio_mcse']:.0f} %",
                "yes" if row["informed"] else "no",
                f"prior {row['prior']}; 90 % {_short(row['prior_lower'])} to {_short(row['prior_upper'])}",
            ]
            for row in rows
        ],
        _note(fitted),
    )
    if brief:
        return [made, _recovery(found)]
    return [made, _recovery(found), *([_pairs(found)] if len(found.pairs) else []), _priors(found)]


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", printing.number(-1, 0)[0])


def _note(fitted: Fitted) -> str:
    found = fitted.found
    share, count = found.odd
    error = max((share * (1 - share) / count) ** 0.5, 1 / count)  # a share of one or none is not known exactly
    lines = [
        f"Width: of the interval, beside the prior's. Informed: at most {_whole(HALF)} %, and recovery, below, agrees.",
        f"{_percent(share)} ± {_percent(error)} % of simulated trials near your data are at least as odd as they are"
        + (f"; below {_whole(ODD)} % no fit can be trusted." if not found.trusted else ": they can look like yours."),
    ]
    assumed = [one.key for one in found.priors if one.assumed]
    if assumed:
        lines.append(
            f"Assumed, as the registry has no prior: every value of its range is as likely for {', '.join(assumed)}."
        )
    return "\n".join(lines)


def _whole(share: float) -> str:
    return f"{100 * share:.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _recovery(found: Posterior) -> Table:
    rows = [
        [
            row["key"],
            f"{printing.number(row['recovery_correlation'], 2)} ± {row['recovery_correlation_mcse']:.2f}",
            f"{_percent(row['recovery'])} ± {_percent(row['recovery_mcse'])} %",
            f"{100 * row['usual_width_ratio']:.0f} %",
        ]
        for row in found.table.to_dict("records")
    ]
    caption = f"Recovery: known keys sought in {found.explained} simulated trials of your trial's size"
    heads = ["Key", "Correlation", "Intervals right", "Usual width"]
    note = (
        "Correlation: of posterior means with the truth. Intervals right: 90 % intervals that hold it. Usual width: of "
        "the interval, beside the prior's. Near 0 and near 100 % trials of this size cannot tell the key."
    )
    return Table(caption, heads, [0, 1, 1, 1], rows, note)


def _pairs(found: Posterior) -> Table:
    rows = [
        [f"{row['key']} and {row['other']}", f"{printing.number(row['correlation'], 2)} ± {row['mcse']:.2f}"]
        for row in found.pairs.to_dict("records")
    ]
    note = f"From ±{ALIKE} on two keys cannot be told apart: what one has more the other has less, or more too."
    return Table("Posterior correlations", ["Keys", "Correlation"], [0, 1], rows, note)


def _priors(found: Posterior) -> Table:
    rows = [
        [one.key, one.meaning, one.unit, one.text + (" (range narrowed)" if one.narrowed else "")]
        for one in found.priors
    ]
    return Table("What was believed before", ["Key", "Meaning", "Unit", "Prior"], [0, 0, 0, 0], rows)


# ------------------------------------------------------------------------------------------------------------ files


def run_command(out: str, words: Sequence[str], own_folder: str) -> str:
    """The command that runs the study at the posterior's means.

    Args:
        out: The fit's folder.
        words: Words of the study that was fitted.
        own_folder: The folder of one's own files that it was composed with; empty for none.
    """
    last = {word.partition("=")[0]: word for word in words}  # what is typed goes before what stands there without it
    kept = [word for key, word in last.items() if key not in ("parameters", "out", "engine")]
    return command(
        "run",
        "--config-dir",
        own_folder or str(Path(out) / OWN),
        f"parameters={NAME}",
        *kept,
        f"out={out.rstrip('/')}-run",
    )


def parameters(fitted: Fitted) -> str:
    """The file `parameters=fit`: means of the posterior."""
    tree: dict[str, Any] = {}
    for one, mean in zip(fitted.found.priors, fitted.found.table["mean"], strict=True):
        branch = tree
        *path, last = one.key.split(".")
        for name in path:
            branch = branch.setdefault(name, {})
        branch[last] = float(min(max(float(f"{mean:.{DIGITS}g}"), one.lower), one.upper))
    if fitted.varied:
        tree |= {"posterior": {"draws": Draws(draws=VARIED).draws}, "keep": "trials", "figures": False}
    text: str = yaml.safe_dump(tree, sort_keys=False)
    return f"# @package _global_\n# Means of the posterior that alliance-sim fit found.\n{text}"


def write(
    fitted: Fitted, out: str, typed: Sequence[str], words: Sequence[str], own_folder: str, figures: bool
) -> list[str]:
    """Write everything into a folder, each file whole.

    Args:
        fitted: The fit.
        out: The folder.
        typed: Words after the command that made it.
        words: Words of the study, as `run_command` takes them; on the page folders have their names alone.
        own_folder: As `run_command` takes it.
        figures: Draw one.

    Returns:
        Names of the files.

    Raises:
        FolderError: It cannot be written.
    """
    folder, found = writable(out), fitted.found
    again = run_command(Path(out).name, without_folders(words), Path(own_folder).name)
    picture = drawn(found.curves, found.table) if figures else None
    content: dict[str, bytes] = {
        "posterior.csv": _csv(found.table),
        "correlations.csv": _csv(found.pairs),
        "densities.csv": _csv(found.curves),
        "draws.parquet": _parquet(found.draws),
        str(PARAMETERS): parameters(fitted).encode(),
        "report.html": page(fitted, command("fit", *without_folders(typed)), again, picture).encode(),
    }
    if picture is not None:
        content |= {f"figures/posterior{ending}": _drawn(picture, ending) for ending in (".png", ".svg")}
    try:
        for name, held in content.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            whole(place, lambda spare, held=held: spare.write_bytes(held))  # type: ignore[misc]
    except OSError as error:
        raise FolderError(unwritable(folder, error)) from error
    return list(content)


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n").encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    room = io.BytesIO()
    frame.to_parquet(room, index=False)
    return room.getvalue()


def _drawn(figure: Any, ending: str) -> bytes:
    room = io.BytesIO()
    theme.save(figure, room, ending)
    return room.getvalue()


def page(fitted: Fitted, typed: str, again: str, picture: Any) -> str:
    """The page: complete in itself."""
    address = ""
    if picture is not None:
        address = f"data:image/svg+xml;base64,{base64.b64encode(_drawn(picture, '.svg')).decode()}"
    arms = [{"name": arm.name or arm.of, "of": arm.of, "patients": len(arm.patients)} for arm in fitted.plan.arms]
    first = fitted.plan.arms[0].scenario
    return templates.read("fit.html.j2").render(
        style=Markup(templates.text("page.css")),
        advice=wording.ADVICE,
        sentence=sentence(fitted),
        trusted=fitted.found.trusted,
        tables=tables(fitted),
        address=address,
        arms=arms,
        protocol=first.protocol.name,
        condition=first.patients.condition.value,
        patients=fitted.plan.patients,
        simulated=fitted.simulated,
        kept=fitted.found.kept,
        names=fitted.names,
        notes=fitted.plan.notes,
        unused=fitted.plan.unused,
        varied=fitted.varied,
        typed=typed,
        again=again,
    )
