"""What the documentation quotes from the code: parameters, sources, evidence, configuration, help texts, modules.

A page holds `<!-- quote: NAME ARGUMENTS -->` and `<!-- end quote -->`; what stands between them is written here and
never by hand. `python -m docs.quotes PAGE …` writes it into pages that keep it.
"""

import csv
import io
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import alliance_sim
from alliance_sim.cli import entry as cli
from alliance_sim.cli.texts import COMMANDS
from alliance_sim.model.behaviours import DECLARED
from alliance_sim.model.instruments import Instrument
from alliance_sim.model.parameters import Parameters
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, Parameter, Quantity, hints, parameters, quantity
from alliance_sim.study import dictionary, dictionary_of_answers
from alliance_sim.study.config import Study
from alliance_sim.study.designs import CHOICE
from alliance_sim.world.places import GROUPS, folder, names
from alliance_sim.world.protocol import Phase, Protocol
from alliance_sim.world.scenario import Scenario, load_protocol

QUOTE = re.compile(r"(<!-- quote: (\w+)((?: [\w.]+)*) -->\n).*?(<!-- end quote -->)", re.DOTALL)
PACKAGE = Path(alliance_sim.__file__).parent
LETTERS = (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi o pi rho sigma tau upsilon varphi"
)
GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφ", LETTERS.split(), strict=True)) | {"χ": "chi", "ψ": "psi", "ω": "omega"}
GREEK |= {"ϱ": "varrho", "ς": "varsigma"}
GREEK |= {"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Φ": "Phi", "Ω": "Omega"}
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₋₊", "0123456789-+", strict=True))
# Kinds of sources, and the words that tell them; what has none of these words is published.
KINDS = {"assumed": ASSUMPTION, "fitted": CALIBRATED, "chosen": CHOICE}
COLUMN_MODULES = {"rows": dictionary, "answers": dictionary_of_answers}
SCALES = {"primary": "primary scale's", "secondary": "second scale's"}  # which a protocol chooses
PLACED = ("parameters.instruments.", "protocol.")  # their sources stand with the questionnaire and the protocol file


def filled(text: str) -> str:
    """Fill every quote of a page.

    Raises:
        KeyError: The page asks for a quote that is not in `QUOTES`.
    """
    return QUOTE.sub(lambda found: f"{found[1]}\n{QUOTES[found[2]](*found[3].split())}\n\n{found[4]}", text)


def tex(symbol: str) -> str:
    r"""A registry symbol as LaTeX: `σ_q` is `\sigma_{q}`, `T₀` is `T_{0}`, `ED50` stays upright."""
    head, _, tail = symbol.partition("_")
    if head[-1] in LOWERED:
        head, tail = head[:-1], LOWERED[head[-1]]
    letters = "".join(f"\\{GREEK[letter]} " if letter in GREEK else letter for letter in head).strip()
    if len(head) > 1 and head[0] not in GREEK:
        letters = rf"\mathrm{{{letters}}}"
    return f"{letters}_{{{tail}}}" if tail else letters


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar inside a cell does not split it."""
    lines = [list(head), *([cell.replace("|", r"\|") for cell in row] for row in rows)]
    text = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([text[0], f"| {' | '.join('---' for _ in lines[0])} |", *text[1:]])


def parameter_table(*prefixes: str, short: str = "") -> str:
    """Parameters below dotted keys; keys that differ in name only share a row.

    Args:
        prefixes: The keys; all of a study's if none is given.
        short: What is left out of each key.
    """
    alike: dict[Parameter, list[str]] = {}
    for row in parameters(Study()):
        if not prefixes or row.key.startswith(prefixes):
            alike.setdefault(row._replace(key=""), []).append(f"`{row.key.removeprefix(short)}`")
    body = [
        (
            f"${tex(row.symbol)}$",
            f"{', '.join(keys)}: {row.meaning}",
            f"{row.default:g}",
            row.unit,
            _span(row),
            row.source,
        )
        for row, keys in alike.items()
    ]
    return table(("symbol", "parameter", "default", "unit", "range; prior", "source"), body)


def law_table(group: str) -> str:
    """Parameters of one group of laws, by their short names."""
    return parameter_table(f"parameters.{group}.", short=f"parameters.{group}.")


def study_table() -> str:
    """Parameters of a study that are none of its scenario's."""
    of_scenario = {row.key for row in parameters(Scenario())}
    return parameter_table(*(row.key for row in parameters(Study()) if row.key not in of_scenario))


def _span(row: Parameter) -> str:
    span = f"{row.lower:g} … {row.upper:g}"
    return span if row.prior == "uniform" else f"{span}; {row.prior}"


def drug_table() -> str:
    """The drugs side by side, and their sources."""
    held = Parameters()
    rows = {row.key: row for row in parameters(held)}
    drugs = ("psilocybin", "mdma")
    first = [row for key, row in rows.items() if key.startswith("psilocybin.")]
    body = []
    for row in first:
        name = row.key.removeprefix("psilocybin.")
        own = {drug: rows[f"{drug}.{name}"] for drug in drugs}
        spans = {drug: _span(held_by) for drug, held_by in own.items()}
        alike = len(set(spans.values())) == 1
        span = spans[drugs[0]] if alike else "; ".join(f"{drug}: {said}" for drug, said in spans.items())
        values = [f"{held_by.default:g}" for held_by in own.values()]
        body.append((f"${tex(row.symbol)}$", f"`{name}`: {row.meaning}", *values, row.unit, span))
    sources = "\n".join(f"- `{drug}`: {_sources(rows, f'{drug}.')}" for drug in drugs)
    return f"{table(('symbol', 'parameter', *drugs, 'unit', 'range; prior'), body)}\n\nSources:\n\n{sources}"


def _sources(rows: dict[str, Parameter], prefix: str) -> str:
    """Sources of the parameters below a key; one that not all of them share names those it is of."""
    alike: dict[str, list[str]] = {}
    for key, row in rows.items():
        if key.startswith(prefix):
            alike.setdefault(row.source, []).append(f"`{key.removeprefix(prefix)}`")
    if len(alike) == 1:
        return next(iter(alike))
    return "; ".join(f"{', '.join(keys)} {source}" for source, keys in alike.items())


def instrument_table() -> str:
    """The questionnaires, a row each with a column a number."""
    scales: list[Instrument] = list(vars(Parameters().instruments).values())
    columns: dict[str, Quantity] = {}
    for scale in scales:
        owner: Any = type(scale)
        known = {name: quantity(hint) for name, hint in hints(owner).items()}
        columns |= {name: about for name, about in known.items() if about is not None}
    head = ["questionnaire", *(f"${tex(about.symbol)}$" for about in columns.values()), "source"]
    body = [
        [scale.name, *(f"{getattr(scale, name):g}" if hasattr(scale, name) else "" for name in columns), scale.source]
        for scale in scales
    ]
    meanings = [f"- ${tex(about.symbol)}$ `{name}`: {about.meaning} ({about.unit})" for name, about in columns.items()]
    return table(head, body) + "\n\n" + "\n".join(meanings)


def sourced(kind: str) -> list[Parameter]:
    """Parameters of one kind of source, one of `KINDS` or `published`; a source may be of several kinds."""
    rows = [row for row in parameters(Scenario()) if not row.key.startswith(PLACED)]
    if kind in KINDS:
        return [row for row in rows if KINDS[kind] in row.source]
    return [row for row in rows if not any(word in row.source for word in KINDS.values())]


def source_list(kind: str) -> str:
    """Parameters of one kind of source, an item each group."""
    groups: dict[str, list[str]] = {}
    for row in sourced(kind):
        group, _, name = row.key.removeprefix("parameters.").partition(".")
        groups.setdefault(group, []).append(f"${tex(row.symbol)}$ `{name}`")
    total = sum(map(len, groups.values()))
    return f"{total} numbers:\n\n" + "\n".join(f"- `{group}`: {', '.join(held)}" for group, held in groups.items())


def evidence(file: str) -> list[dict[str, str]]:
    """Rows of one file of published numbers, such as `validation`."""
    with (PACKAGE / "calibration" / "evidence" / f"{file}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def evidence_table(file: str, *keys: str) -> str:
    """Published numbers: the named rows of a file in that order, or all of it."""
    rows = {row["id"]: row for row in evidence(file)}
    body = []
    for key in keys or rows:
        row = rows[key]
        interval = f" [{row['lower']}, {row['upper']}]" if row["lower"] and row["upper"] else ""
        error = f" ± {row['se']}" if row["se"] else ""
        body.append(
            (key, row["quantity"], f"{row['statistic']} {row['value']}{error}{interval}", row["n"], row["source"])
        )
    return table(("key", "what", "published", "n", "source"), body)


def protocol_table() -> str:
    """The protocols that come with the package: sessions, doses, clinicians, primary day."""
    body = []
    for name in names("protocol"):
        plan = load_protocol(name)
        phases = [f"{phase} {_sessions(plan, phase)}" for phase in PHASES if _sessions(plan, phase)]
        unit = "mg/kg" if plan.dose_per_kg else "mg"
        doses = f"{plan.drug.value} {', '.join(f'{dose:g}' for dose in plan.doses)} {unit}" if plan.doses else "none"
        day = f"day {plan.assessments.primary_day} from {plan.assessments.anchor.value.replace('_', ' ')}"
        body.append((f"`{name}`", "; ".join(phases) or "none", doses, f"{plan.entry.scale.value}, {day}", plan.source))
    return table(("protocol", "sessions × hours (clinicians)", "drug", "primary outcome", "source"), body)


PHASES = ("preparation", "therapy", "dosing", "integration")


def _sessions(plan: Protocol, phase: str) -> str:
    part: Phase = getattr(plan, phase)
    count = len(part.days) if part.days is not None else part.sessions
    each = " after each dose" if phase == "integration" and plan.dosing.sessions > 1 else ""
    return f"{count} × {part.hours:g} h ({part.clinicians}){each}" if count else ""


def groups() -> str:
    """The files of every configuration group, whole."""
    texts = []
    for group in GROUPS:
        texts.append(f"## `{group}=`")
        texts += [f"### `{group}={name}`\n\n```yaml\n{_file(group, name)}```" for name in names(group)]
    return "\n\n".join(texts)


def _file(group: str, name: str) -> str:
    return (folder() / group / f"{name}.yaml").read_text(encoding="utf-8")


def help_text(*command: str) -> str:
    """What `alliance-sim COMMAND --help` prints."""
    said = io.StringIO()
    with redirect_stdout(said):
        cli.main([*command, "--help"])
    return f"```text\n{said.getvalue()}```"


def all_help() -> str:
    """The help of every command, a section each."""
    return "\n\n".join(f"## `alliance-sim {command}`\n\n{help_text(command)}" for command in COMMANDS)


def modules() -> dict[str, list[str]]:
    """Every module of the package by room; what lies at the top is in room `alliance_sim`."""
    rooms: dict[str, list[str]] = {}
    for found in pkgutil.walk_packages([str(PACKAGE)], "alliance_sim."):
        room = found.name if found.ispkg else found.name.rpartition(".")[0]
        if not found.name.endswith("__main__"):
            rooms.setdefault(room, []).append(found.name)
    return dict(sorted(rooms.items()))


def behaviour_table() -> str:
    """The behaviours as they are declared."""
    body = [
        (
            f"${tex(one.symbol)}$",
            f"`{name}`",
            one.meaning.rstrip("."),
            one.evidence,
            one.serves.replace("_", " "),
            one.dimmed_by.replace("_", " "),
        )
        for name, one in DECLARED.items()
    ]
    return table(("symbol", "behaviour", "meaning", "evidence", "serves", "dimmed by"), body)


def column_table(of: str, *groups: str) -> str:
    """Columns of results as they are declared.

    Args:
        of: `rows`, or `answers`, which are also of designs and of `summary.csv`.
        groups: Names of the groups of columns in its module.
    """
    body = []
    for group in groups:
        for name, column in getattr(COLUMN_MODULES[of], group).items():
            low, high = ("" if bound is None else f"{bound:g}" for bound in (column.lowest, column.highest))
            bounds = f"{low} … {high}" if low and high else f"from {low}" if low else ""
            unit, span = column.unit.removesuffix(", from 0 to 1"), bounds
            if column.scale:
                unit, span = f"{SCALES.get(column.scale) or scale_name(column.scale)} points", bounds or "of the scale"
            if column.difference:
                span = "± length of the scale"
            body.append((f"`{name}`", column.type, unit, span, column.meaning))
    return table(("column", "type", "unit", "range", "meaning"), body)


def scale_name(scale: str) -> str:
    """A questionnaire by its published name."""
    return str(getattr(Parameters().instruments, scale).name)


QUOTES: dict[str, Callable[..., str]] = {
    "behaviours": behaviour_table,
    "columns": column_table,
    "parameters": parameter_table,
    "law": law_table,
    "study": study_table,
    "drugs": drug_table,
    "instruments": instrument_table,
    "sources": source_list,
    "evidence": evidence_table,
    "protocols": protocol_table,
    "groups": groups,
    "help": help_text,
    "commands": all_help,
}


def main(pages: list[str]) -> None:
    """Write the quotes of pages that keep them."""
    for page in map(Path, pages):
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
