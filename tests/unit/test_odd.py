"""The ODD: it is complete, it names every law, and each law's formula holds the symbols that the law reads."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

import alliance_sim.model.admission
import alliance_sim.model.draws
import alliance_sim.model.visit  # noqa: F401  (with these all laws are listed)
from alliance_sim.calibration.evidence.rows import TABLES
from alliance_sim.model import state
from alliance_sim.model.behaviours import NAMES
from alliance_sim.model.maths import LAWS
from alliance_sim.model.registry import parameters
from alliance_sim.study.config import Study
from alliance_sim.world.scenario import Scenario
from docs.quotes import evidence, filled, sourced, tex

PAGES = Path(__file__).parents[2] / "docs"
ODD = PAGES / "odd.md"
TEXT = ODD.read_text(encoding="utf-8")
ELEMENTS = [
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialisation",
    "Input data",
    "Submodels",
]
CONCEPTS = [
    *("Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction"),
    *("Sensing", "Interaction", "Stochasticity", "Collectives", "Observation"),
]
SYMBOLS = {row.key: tex(row.symbol) for row in parameters(Scenario())}
KEY = re.compile(r"\b(?:[A-Z]{2}|TAU)\d{3}[a-c]?\b")
FORMULA = re.compile(r"\$\$(.*?)\$\$|\$(.*?)\$", re.DOTALL)
WORDS = re.compile(r"\\(?:text|operatorname)\{[^}]*\}")
TOKEN = re.compile(r"(\\mathrm\{\w+\}|\\Delta [A-Za-z]|\\[A-Za-z]+|[A-Za-z])(?:_(\{[^}]*\}|[A-Za-z0-9+-]))?")
# Files in which a law is one formula; admission and session put them in order.
LAW_FILES = (
    *("bond.", "delivery.", "rupture.", "openness.", "dosing."),
    *("integration.", "blinding.", "symptoms.", "retention.", "strain.", "ratings."),
)
# Records of traits and states, as laws write them.
RECORDS = ("traits", "patient", "lead", "bond", "view", "patient.bond", "patient.symptoms")
# What laws call their numbers, where it is not the group of their own file.
GROUPS = {
    "perceive": "perception",
    "acting": "sensing",
    "drug": "psilocybin",
    "primary": "instruments.madrs",
    "instruments": "instruments.madrs",
}


def section(title: str) -> str:
    """Text of one element of the ODD."""
    found = re.search(rf"^## \d\. {title}\n(.*?)(?=^## |\Z)", TEXT, flags=re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def law_name(law: object) -> str:
    """A law as the ODD names it: file and function."""
    return f"{law.__module__.rpartition('.')[2]}.{law.__name__}"


def blocks(text: str) -> dict[tuple[str, ...], str]:
    """What is said about laws: names in bold, and the text up to the next ones or the next table."""
    parts = re.split(r"^\*\*((?:`[\w.]+`,?\s*)+)\*\*", text, flags=re.MULTILINE)
    ends = re.compile(r"^(?:### |<!-- quote)", flags=re.MULTILINE)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return {tuple(re.findall(r"`([\w.]+)`", names)): ends.split(said)[0] for names, said in pairs}


def written(head: str, tail: str) -> str:
    """A symbol with its index, written as the registry's."""
    return f"{head}_{{{tail.strip('{}')}}}" if tail else head


def shown(text: str) -> set[str]:
    """Symbols of laws' numbers in the formulas of a text, written as the registry's."""
    formulas = " ".join(block or inline for block, inline in FORMULA.findall(text))
    tokens = TOKEN.findall(WORDS.sub(" ", formulas))
    return {written(*token) for token in tokens} & OF_LAWS


def read(law: object) -> set[str]:
    """Symbols of the numbers that a law reads, from its source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(law)))
    module = law.__module__.rpartition(".")[2]
    keys = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        match ast.unparse(node).split("."):
            case ["p", group, name] | [("drug") as group, name]:
                keys.add(f"parameters.{GROUPS.get(group, group)}.{name}")
            case ["p", "policies", policy, name]:
                keys.add(f"parameters.policies.{policy}.{name}")
            case ["p", name]:
                keys.add(f"parameters.{GROUPS.get(law.__name__, GROUPS.get(module, module))}.{name}")
            case ["sample", name]:
                keys |= {f"patients.{name}", name.replace("entry_", "protocol.entry.")}
            case ["levels", name]:
                keys |= {f"clinicians.{name}", f"clinicians.{name}.mean", f"clinicians.{name.replace('_', '.')}"}
    return {SYMBOLS[key] for key in keys if key in SYMBOLS}


OF_LAWS = {symbol for key, symbol in SYMBOLS.items() if key.startswith("parameters.")}.union(*map(read, LAWS))


def quantities() -> dict[str, str]:
    """Symbols of traits, states and what happens on a dosing day, by the names that laws have for them."""
    rows = re.findall(r"^\| (\$[^|]*\$) \| (`[^|]*`) \|", section(ELEMENTS[1]), flags=re.MULTILINE)
    reported = {}
    for symbols, names in rows:
        own = (re.sub(r"e\^\{(.*)\}|\^-", r"\1", symbol) for symbol in re.findall(r"\$(.*?)\$", symbols))
        reported |= dict(
            zip(re.findall(r"`(\w+)`", names), (written(*TOKEN.findall(one)[0]) for one in own), strict=False)
        )
    happened = {"alliance": "A", "intensity": "I", "breakthrough": "B", "mystical": "M", "support": "S", "target": "x"}
    kept = {name: symbol for name, symbol in reported.items() if name not in NAMES}
    return kept | happened | {"unresolved": "u"}


def varied(text: str) -> set[str]:
    """Symbols of traits and states on the right sides of the formulas of a text."""
    parts = [
        part for block, _ in FORMULA.findall(text) for part in re.sub(r"\\(?:begin|end)\{\w+\}", "", block).split(r"\\")
    ]
    right = " ".join(WORDS.sub(" ", part.split("=", 1)[-1]) for part in parts)
    return {written(*token) for token in TOKEN.findall(right)} & set(VARIABLES.values())


def used(law: object) -> set[str]:
    """Symbols of the traits and states that a law takes, by the names of its arguments and what it reads of them."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(law)))
    names = {argument.arg for argument in ast.walk(tree) if isinstance(argument, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in RECORDS:
            names.add({"clinician_view": "alliance_rating_bias"}.get(node.attr, node.attr))
    if law.__name__ == "wellbeing_target":
        names.add("wellbeing_level")  # which it calls level
    return {VARIABLES[name] for name in names if name in VARIABLES}


VARIABLES = quantities()
SUBMODELS = section("Submodels")
BLOCKS = blocks(SUBMODELS)
NAMED = {law_name(law): law for law in LAWS}


def test_the_seven_elements_stand_in_order():
    assert re.findall(r"^## \d\. (.+)$", TEXT, flags=re.MULTILINE)[: len(ELEMENTS)] == ELEMENTS


def test_the_eleven_design_concepts_stand_in_order():
    assert re.findall(r"^\*\*([\w ]+)\.\*\*", section("Design concepts"), flags=re.MULTILINE) == CONCEPTS


@pytest.mark.parametrize("holder", [state.Clinician, state.Traits, state.Patient], ids=lambda holder: holder.__name__)
def test_every_state_variable_stands_in_the_tables(holder):
    reported = set(re.findall(r"`(\w+)`", section("Entities, state variables and scales")))
    assert set(holder._fields) <= reported


def test_every_law_has_its_place_and_no_other_is_named():
    reported = [name for names in BLOCKS for name in names]
    assert sorted(reported) == sorted(NAMED)


@pytest.mark.parametrize("names", BLOCKS, ids=lambda names: names[0])
def test_a_formula_holds_exactly_the_symbols_that_its_laws_read(names):
    assert shown(BLOCKS[names]) == set().union(*(read(NAMED[name]) for name in names))


@pytest.mark.parametrize(
    "names", [names for names in BLOCKS if names[0].startswith(LAW_FILES)], ids=lambda names: names[0]
)
def test_a_formula_holds_exactly_the_traits_and_states_that_its_laws_read(names):
    assert varied(BLOCKS[names]) == set().union(*(used(NAMED[name]) for name in names))


def test_a_formula_that_lost_or_gained_a_state_is_noticed():
    said, wanted = BLOCKS["dosing.mystical",], used(NAMED["dosing.mystical"])
    assert varied(said.replace("T -", "-")) == wanted - {"T"}
    assert varied(said.replace("m_F F", "m_F F O")) == wanted | {"O"}


def test_a_formula_that_lost_or_gained_a_symbol_is_noticed():
    names = ("retention.leaving_chance",)
    wanted, said = read(NAMED[names[0]]), BLOCKS[names]
    assert "d_{F}" in wanted
    assert shown(said.replace("d_F", "d")) < wanted
    assert shown(said.replace("d_F", r"d_F + \eta_h")) > wanted


def test_every_number_of_a_law_stands_in_a_formula():
    """Only what figures draw and no law reads may be missing from the laws' own blocks."""
    reported = set().union(*map(shown, BLOCKS.values()))
    assert OF_LAWS - reported == {r"\mathrm{MCID}"}
    assert shown(SUBMODELS) == OF_LAWS


def test_the_tables_are_those_of_the_registry():
    assert filled(TEXT) == TEXT, "type: make docs"
    assert f"| {Scenario().parameters.bond.rate:g} | 1/√h |" in TEXT


def test_every_number_is_assumed_fitted_published_or_chosen():
    kinds = {kind: {row.key for row in sourced(kind)} for kind in ("assumed", "fitted", "published", "chosen")}
    assert all(kinds.values())
    others = [key for key in SYMBOLS if key.startswith(("parameters.instruments.", "protocol."))]
    assert set().union(*kinds.values()) == SYMBOLS.keys() - set(others)
    assert not kinds["published"] & (kinds["assumed"] | kinds["fitted"] | kinds["chosen"])


@pytest.mark.parametrize("page", sorted(PAGES.rglob("*.md")), ids=lambda page: page.stem)
def test_every_evidence_key_of_a_page_exists(page):
    known = {row["id"] for file in TABLES for row in evidence(file)}
    cited = set(KEY.findall(page.read_text(encoding="utf-8"))) - {"COMP001"}
    ranges = {key for key in cited if key not in known and not any(f"{key}{part}" in known for part in "abc")}
    assert ranges == set()


@pytest.mark.parametrize(
    ("symbol", "written"),
    [
        *(("σ_q", r"\sigma_{q}"), ("T₀", "T_{0}"), ("w₋", "w_{-}"), ("η", r"\eta"), ("s_co", "s_{co}")),
        *(("ED50", r"\mathrm{ED50}"), ("ae_I", r"\mathrm{ae}_{I}"), ("Δy", r"\Delta y"), ("Δ₁", r"\Delta_{1}")),
    ],
)
def test_symbols_become_latex(symbol, written):
    assert tex(symbol) == written


def test_every_symbol_of_a_study_is_plain_latex():
    assert all(tex(row.symbol).isascii() for row in parameters(Study()))
