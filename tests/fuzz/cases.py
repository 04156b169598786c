"""What is tried, drawn from the schema itself: every key with valid, edge and invalid values; files; damage."""

import dataclasses
from enum import Enum
from typing import Any

import yaml
from hypothesis import strategies as st

from alliance_sim import questions
from alliance_sim.compose.files import OWNERS
from alliance_sim.model.configurable import bare, hint, keys
from alliance_sim.model.registry import Parameter, parameters
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind
from alliance_sim.study.tables import KINDS
from alliance_sim.world.places import GROUPS, names
from alliance_sim.world.scenario import Scenario

STUDY = ("patients.number=3", "clinicians.number=3", "replicates=2", "engine=numpy", "figures=false", "keep=trials")
# What makes a study large: only small values of these are run.
SIZES = ("number", "replicates", "sessions", "points", "steps", "draws", "workers", "max_replicates", "caseload")
SLOW = ("executor.kind", "executor.address", "executor", "posterior.draws", "parameters")  # tried in the suite
FEW = 4
FIGURES = ("outcomes", "outcomes_cumulative", "contrasts", "bond", "heterogeneity", "points", "main_effects", "x")
ROWS = {row.key: row for row in parameters(Study())}
OF_SCENARIO = [row.key for row in parameters(Scenario())]
ODD = (
    *("", " ", "nan", "inf", "-inf", "1e-300", "1e400", "9" * 400, "0x10", "1_000", "1,5", "1.5.2", "--1", "٣", "½"),
    *("null", "none", "true", "yes", "x", "é", "结果", "a b", "a,b", "a=b", "it's", '"x"', "'", '"', "\\", "x\\"),
    *("[", "]", "[]", "[1]", "[1,2", "{", "{}", "{a: 1}", "{a: {b: 1}}", "${x}", "${oc.env:HOME}", "$x", "<b>", "*"),
    *("-", "~", "../x", "a:b", "C:/x", "\t", "\n", "\x00", "\x1b[1m", "\u202e", "\udcff", "😀", "x" * 300, "[[[[1]]]]"),
)
words = st.sampled_from(ODD) | st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)


@dataclasses.dataclass(frozen=True)
class Case:
    """One case: files to write, damage to do, and commands to type one after the other."""

    kind: str
    commands: list[list[str]]
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    damage: list[tuple[str, str, int]] = dataclasses.field(default_factory=list)  # kind of file, what is done, where


def number(row: Parameter) -> st.SearchStrategy[Any]:
    """Valid, edge and invalid values of a parameter."""
    whole = isinstance(row.default, int)
    size = row.key.rsplit(".", 1)[-1] in SIZES
    high = min(row.upper, FEW) if size else row.upper
    low = min(row.lower, high)
    inside = st.integers(int(low), int(high)) if whole else st.floats(low, high)
    edges = [low, high, row.lower - 1, row.upper + 1, -row.upper - 1, row.upper * 1e6 + 1, low + 0.5, -0.0]
    return st.one_of(inside, inside, inside, st.sampled_from(edges))


def value(owner: type, key: str) -> st.SearchStrategy[Any]:
    """Values of a key, most of them such as it takes."""
    kind = bare(hint(owner, key))
    row = ROWS.get(key) or ROWS.get(next((name for name in ROWS if name.endswith(f".{key}")), ""))
    if row is not None:
        return st.one_of(number(row), number(row), words)
    if isinstance(kind, type) and issubclass(kind, Enum):
        choices = st.sampled_from([choice.value for choice in kind])
        return st.one_of(choices, choices, words)
    if kind is bool:
        return st.booleans() | words
    if getattr(kind, "__origin__", None) is list:
        numbers = st.lists(st.integers(-1, 60) | st.floats(0, 60), max_size=4)
        return st.one_of(numbers, numbers, st.lists(words, max_size=2))
    return words


def typed(given: Any) -> str:
    """A value as it is typed."""
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, list):
        return f"[{','.join(map(typed, given))}]"
    if isinstance(given, dict):
        return f"{{{','.join(f'{key}: {typed(own)}' for key, own in given.items())}}}"
    return str(given)


def mistyped(draw: Any, key: str) -> str:
    """A key, now and then with a letter left out."""
    if len(key) > 3 and draw(st.integers(0, 19)) == 0:
        place = draw(st.integers(0, len(key) - 1))
        return key[:place] + key[place + 1 :]
    return key


def assignment(draw: Any, known: list[str], owner: type) -> tuple[str, Any]:
    key = draw(st.sampled_from(known))
    return mistyped(draw, key), draw(value(owner, key))


def after(draw: Any) -> list[list[str]]:
    """Now and then a command about what a run left; pictures and pages take longest."""
    chance = draw(st.integers(0, 19))
    if chance < 12:
        return []
    if chance < 18:
        return [["verify", "x"] if chance < 15 else ["precision", "x"]]
    return [["report", "x"] if chance == 18 else ["plot", "x", f"figure={draw(st.sampled_from(FIGURES))}"]]


@st.composite
def of_words(draw: Any) -> Case:
    """A study with a few keys set."""
    known = [key for key in keys(Study) if key not in SLOW and key != "out"]  # type: ignore[arg-type]
    own = [assignment(draw, known, Study) for _ in range(draw(st.integers(1, 3)))]
    extra = draw(st.lists(words, max_size=1)) if draw(st.integers(0, 7)) == 0 else []
    sign = draw(st.sampled_from(["", "", "", "", "+", "++", "~"]))
    given = [f"{sign}{key}={typed(one)}" for key, one in own]
    return Case("words", [["run", *STUDY, "out=x", *given, *extra], *after(draw)])


@st.composite
def of_groups(draw: Any) -> Case:
    """Choices between files, several at once now and then."""
    given = []
    for kind in draw(st.lists(st.sampled_from([kind for kind in GROUPS if kind not in SLOW]), min_size=1, max_size=2)):
        choices = st.sampled_from(names(kind)) | st.sampled_from(names(kind)) | words
        given.append(f"{mistyped(draw, kind)}={draw(choices)}")
    several = draw(st.sampled_from([[], [], [], ["-m", "seed=1,2"], ["--cfg", "job"], ["dry_run=true"]]))
    small = [*STUDY, "ask=[]", "power.sizes=[]", *several]
    return Case("groups", [["run", *small, "out=x", *given], *after(draw)])


@st.composite
def of_arms(draw: Any) -> Case:
    """Arms of any name that change any keys."""
    arms = {}
    for name in draw(st.lists(words.filter(bool), min_size=1, max_size=3, unique=True)):
        changes = [assignment(draw, OF_SCENARIO, Scenario) for _ in range(draw(st.integers(0, 2)))]
        arms[name] = dict(changes)
    base = draw(st.sampled_from([*arms, "base"]))
    whole = draw(st.booleans())
    given = [f"arms={typed(arms)}"] if whole else [f"arms.{name}={typed(changes)}" for name, changes in arms.items()]
    return Case("arms", [["run", *STUDY, "out=x", *given, f"base_arm={base}"], *after(draw)])


@st.composite
def of_designs(draw: Any) -> Case:
    """Designs of points, over any keys, with questions about them."""
    kind = draw(st.sampled_from([kind.value for kind in Kind if kind is not Kind.file]))
    over = draw(
        st.lists(
            st.sampled_from([*OF_SCENARIO, "protocol", "keep", "x"]),
            min_size=draw(st.sampled_from([0, 1, 1])),
            max_size=2,
            unique=True,
        )
    )
    given = [f"design={kind}", f"design.over={typed(over)}"]
    if draw(st.booleans()):
        given.append(f"design.points={draw(st.sampled_from([0, 1, 1, 2, 2, 4, 4, 3, -1]))}")
    if draw(st.booleans()):
        levels = dict([assignment(draw, OF_SCENARIO, Scenario) for _ in range(draw(st.integers(0, 2)))])
        listed = {key: [one] for key, one in levels.items()} if draw(st.booleans()) else levels
        given.append(f"design.{draw(st.sampled_from(['levels', 'ranges']))}={typed(listed)}")
    asked = draw(st.lists(st.sampled_from(questions.names()), max_size=1))
    return Case("designs", [["run", *STUDY, "out=x", *given, f"ask={typed(asked)}"], *after(draw)])


@st.composite
def of_questions(draw: Any) -> Case:
    """Every question at the smallest sizes."""
    asked = draw(st.sampled_from([name for name in questions.names() if name != "power"]))
    sizes = {key: draw(st.integers(1, 2)) for key in ("replicates", "patients.number")}
    sizes["clinicians.number"] = draw(st.sampled_from([1, 2, 2, 2, 3]))
    kept = draw(st.sampled_from(KINDS))
    protocol = draw(st.sampled_from(names("protocol")))
    given = [f"ask=[{asked}]", *(f"{key}={one}" for key, one in sizes.items()), f"keep={kept}", f"protocol={protocol}"]
    design = draw(st.sampled_from([[], [], ["design=sobol", "design.over=[clinicians.loading]", "design.points=1"]]))
    return Case("questions", [["run", *STUDY, "out=x", *given, *design], *after(draw)])


@st.composite
def of_tables(draw: Any) -> Case:
    """A table of points that somebody saved somehow."""
    known = st.sampled_from([*OF_SCENARIO, "point", "base", "id"])
    heads = draw(st.lists(st.one_of(known, known, known, known, words), min_size=1, max_size=3))
    separator = draw(st.sampled_from([",", ",", ",", ",", ";", "\t", "|"]))
    rows = [heads]
    for _ in range(draw(st.integers(0, 3))):
        row = [draw(number(ROWS[head]) if head in ROWS else words | st.integers(0, 3)) for head in heads]
        rows.append([typed(cell) for cell in row] + draw(st.lists(words, max_size=1)) * (draw(st.integers(0, 9)) == 0))
    text = draw(st.sampled_from(["\n", "\r\n"])).join(separator.join(map(str, row)) for row in rows)
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    content = text.encode(encoding, "replace")
    name = draw(st.sampled_from([*["points.csv"] * 10, "points.parquet", "points.txt"]))
    run = ["run", *STUDY, "out=x", "design=file", f"design.file={name}"]
    return Case("tables", [run, *after(draw)], {name: content})


@st.composite
def of_own_files(draw: Any) -> Case:
    """A configuration file of one's own."""
    kind = draw(st.sampled_from([kind for kind in GROUPS if kind not in SLOW]))
    owner = OWNERS[kind]
    tree: dict[str, Any] = {}
    for _ in range(draw(st.integers(0, 3))):
        known = [key for key in keys(owner) if key not in SLOW and key != "out"]  # type: ignore[arg-type]
        key, given = assignment(draw, known, owner)
        branch = tree
        *path, last = key.split(".")
        for part in path:
            branch = branch.setdefault(part, {})
            if not isinstance(branch, dict):
                branch = {}
        branch[last] = given
    if draw(st.integers(0, 3)) == 0:
        tree["defaults"] = [draw(st.sampled_from(["_self_", "_self_", "mine", "comp001", "alliance", "x"]))]
    text = yaml.safe_dump(tree, allow_unicode=True) if tree else ""
    header = "# @package _global_\n" * (owner is Study) if draw(st.integers(0, 9)) else draw(words)
    if draw(st.integers(0, 5)) == 0:
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(words) + text[place:]
    content = (header + text).encode("utf-8", "surrogatepass")
    return Case(
        "own files",
        [["run", "--config-dir", "my", f"{kind}=mine", *STUDY, "out=x", "ask=[]", "power.sizes=[]"], *after(draw)],
        {f"my/{kind}/mine.yaml": content},
    )


DAMAGED = ("manifest.json", "design.parquet", "config.yaml", "summary.csv", "batches", "runs", "answers", *KINDS)
DONE = ("flip", "truncate", "empty", "delete", "garbage", "double", "json", "folder")


@st.composite
def of_folders(draw: Any) -> Case:
    """A folder of results, damaged, then read and run again."""
    damage = draw(
        st.lists(
            st.tuples(st.sampled_from(DAMAGED), st.sampled_from(DONE), st.integers(0, 10_000)), min_size=1, max_size=2
        )
    )
    return Case("folders", [["verify", "x"], *after(draw), ["run"], ["verify", "x"]], damage=damage)


@st.composite
def of_commands(draw: Any) -> Case:
    """The other commands, and words that are none."""
    name = draw(st.sampled_from(["story", "parameters", "verify", "precision", "report", "plot", "warmup", "app", "x"]))
    if name == "story":
        own = [assignment(draw, ["patients.number", "seed", *OF_SCENARIO], Study)]
        given = [f"{draw(st.sampled_from(['patient', 'replicate', 'arm', 'counterfactual']))}={draw(words)}"]
        return Case("commands", [["story", "figures=false", *given, *(f"{key}={typed(one)}" for key, one in own)]])
    given = draw(st.lists(words.filter(lambda word: word not in ("--help", "-h")), min_size=1, max_size=2))
    return Case("commands", [[name, *given]] if name != "app" else [["app", "port=x", *given]])


cases = st.one_of(
    of_words(), of_groups(), of_arms(), of_designs(), of_questions(), of_tables(), of_own_files(), of_folders(),
    of_commands(),
)  # fmt: skip
