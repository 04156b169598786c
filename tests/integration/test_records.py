"""Records of a results folder: every item filled from the study, a valid crate, what is dirty refused or escaped."""

import csv
import getpass
import hashlib
import io
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from rocrate.rocrate import ROCrate

import alliance_sim
from alliance_sim.analysis.opened import opened
from alliance_sim.calibration.evidence.rows import TABLES
from alliance_sim.cli.entry import main
from alliance_sim.errors import FolderError, ScenarioError
from alliance_sim.model.registry import plain
from alliance_sim.report.command import command
from alliance_sim.report.records import ademp, calibrated, citations, crate, sources, stress
from alliance_sim.report.records.files import CRATE
from alliance_sim.report.records.given import given
from alliance_sim.report.records.markdown import code, escaped, rows
from alliance_sim.report.records.stale import stale
from alliance_sim.results import Results
from alliance_sim.study.engines import EngineName
from alliance_sim.study.reading import Stored
from alliance_sim.study.verify import verify
from tests.robustness.commands import refusal, run

SMALL = ["patients.number=8", "clinicians.number=3", "replicates=3", "engine=numpy", "figures=false"]
ASK = ["ask=[distributions,power]", "power.sizes=[6]", "power.clinicians=[2]"]
GIVEN = [
    "author=Ada Example 0000-0002-1825-0097; Ben Roe",
    "license=cc-by-4.0",
    "code=https://example.org/a/b?c=d",
    "date=2027-01-31",
]
NAMES = {"ademp.md", "stress-abs.md", "calibration.md", "methods.md", "parameters.csv", "references.bib"}


_lines: dict[str, tuple[str, bool]] = {}


@pytest.fixture(autouse=True, scope="module")
def _composed_once():
    """The command of a study takes a second to find, and is tested with the page: here once for each study."""

    def known(study):
        key = repr(plain(study))
        if key not in _lines:
            _lines[key] = command(study)
        return _lines[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alliance_sim.report.records.facts.command", known)
        yield


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """The case study, small, with its records."""
    folder = tmp_path_factory.mktemp("case") / "outputs" / "alliance"
    assert main(["run", "experiment=alliance", *SMALL, *ASK, f"out={folder}"]) == 0
    assert main(["records", str(folder), *GIVEN]) == 0
    return folder


@pytest.fixture
def folder(case, tmp_path):
    """A copy of it that a test may change."""
    return shutil.copytree(case, tmp_path / "mine")


def record(folder: Path, name: str) -> str:
    return (folder / "records" / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Headings of a record and what stands below each, with what stands below its own headings."""
    marks = list(re.finditer(r"^(#+) (.+)$", text, flags=re.MULTILINE))
    ends = [
        next((other.start() for other in marks[place + 1 :] if len(other[1]) <= len(mark[1])), len(text))
        for place, mark in enumerate(marks)
    ]
    return {mark[2]: text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)}


def graph(folder: Path) -> dict[str, dict]:
    return {one["@id"]: one for one in json.loads((folder / CRATE).read_text(encoding="utf-8"))["@graph"]}


def ids(value: object) -> list[str]:
    return [one["@id"] for one in (value if isinstance(value, list) else [value])]


# ------------------------------------------------------------------------------------------------- each is filled


def test_every_record_is_there(case):
    assert {path.name for path in (case / "records").iterdir()} == NAMES


SAYS = {
    "Aims": ["lower tenth, the middle and the upper tenth", "How many patients a trial needs (power)"],
    "Data-generating mechanism": [
        "9 simulated trials, 3 replicates of each of 3 arms (weak, typical, strong)",
        "strong − weak, weak − typical and strong − typical; findings begin with strong − weak",
    ],
    "Protocol": ["COMP001, psilocybin 25 mg", "3 of preparation", "primary day 21", "SH007"],
    "Population": ["8 patients a trial with depression", "24 to 60 on MADRS", "TD079-TD083"],
    "Clinicians": ["3 clinicians a trial", "in turn", "policy usual"],
    "What arms or points change": ["| weak | Shift of the factor", "−1.28", r"clinicians.factor\_shift"],
    "Model": [alliance_sim.__version__, "f77113ed00f49130"],
    "Parameters": [
        "| fitted | ",
        "| assumed | ",
        "Every number of an arm or point stands at one value",
        r"The arms set 1 key (clinicians.factor\_shift), by which 1 number in force differs between arms",
    ],
    "Estimands": [
        "all 8 patients",
        "| MADRS change, 21 days after the last dose | change | mean over patients: ",
        "| standard deviation of change over the trial's patients | MADRS points |",
        "share of patients: response by the rule",
        r"| number\_needed\_to\_treat | ratio of means: ",
        "a fall by at least 50 % of baseline",
        "1.75",
    ],
    "Methods": [
        "common random numbers",
        "-fold (median over comparisons)",
        "Student's t",
        "power.analysis",
        "for strong − weak, weak − typical and strong − typical: the difference in mean change",
        "on the primary day, treated − control. Its parts: control arm: ",
        "who leaves treatment: does not matter: the score counts whether or not a patient left (treatment policy)",
    ],
    "Performance measures": [
        "type I error",
        "| bias |",
        "6 patients an arm",
        "of a difference",
        "strong − weak",
    ],
    "Number of replicates, and why": [
        "Each arm or point has 3 replicates",
        "no precision was asked for",
        "half of the present largest error",
    ],
    "Seeds": ["`20261122`", "from 0 to 2"],
    "Software and machine": [
        f"Python {platform.python_version()}",
        "1 run on 20",
        "seconds to answer further questions (distributions ",
    ],
    "Failed and missing trials": ["No trial failed", "None of the 9 trials is missing"],
    "Reporting": ["summary.csv and answers/", "alliance-sim run experiment=alliance"],
}


def test_ademp_of_the_case_study_has_every_item_filled_from_the_study(case):
    text = record(case, "ademp.md")
    found = sections(text)
    assert list(found)[1:] == list(ademp.ITEMS) == list(SAYS)
    laws = opened(case).held.manifest["laws"]
    for item, wanted in SAYS.items():
        for words in wanted:
            assert words.replace("f77113ed00f49130", laws) in found[item], (item, words)
    assert verify(case).digest in text


def test_every_item_of_stress_is_answered_and_says_where_more_stands(case):
    found = sections(record(case, "stress-abs.md"))
    odd = sections((Path(__file__).parents[2] / "docs" / "odd.md").read_text(encoding="utf-8"))
    numbers = {name.split(" ")[0].rstrip(".") for name in odd}
    for number, item in stress.ITEMS.items():
        where, answer = found[f"{number} {item}"].split("\n", 1)
        assert where.startswith("*Where: ")
        assert len(answer.split()) > 7, item
        assert "%" not in where
        assert set(re.findall(r"\b\d+(?:\.\d+)?\b", "".join(re.findall(r"ODD ([\d., andto]+)", where)))) <= numbers, (
            where
        )
    assert len(stress.ITEMS) == 23


def test_the_calibration_is_counted_and_each_changed_or_varied_number_named(tmp_path):
    folder = tmp_path / "changed"
    words = ["patients.resistance=0", "parameters.bond.rate=0.25", "arms.kind={clinicians.empathy.mean: 0.8}"]
    assert main(["run", *SMALL, *words, f"out={folder}"]) == 0
    assert main(["records", str(folder)]) == 0
    found = sections(record(folder, "calibration.md"))
    changed = found["What the study changed from the model's defaults"]
    assert "| `patients.resistance` | 0 | 1 |" in changed
    assert "| `parameters.bond.rate` | 0.25 | 0.302 |" in changed
    assert re.search(r"\| `clinicians.empathy.mean` \| 0.8 \| [\d.]+ \| kind \|", changed)
    assert changed.count("\n| `") == 3
    varied = found["What the study varies, and what that rests on"]
    assert "`clinicians.factor_shift` | chosen" in varied
    assert "`clinicians.empathy.mean`" in varied
    sets = "2 numbers away from the model's default are set alike everywhere (patients.resistance and"
    assert sets in found["How much"]
    assert "| changed by the study | 3 |" in found["How much"]
    assert "49 numbers together to 106 published statistics" in found["How much"]
    fit = calibrated.known()
    others = fit.predicted - fit.apart_predicted
    assert f"of clinicians and blinding, and {others} others" in found["What is predicted"]
    assert f"{fit.inside} of the {fit.yardstick} lay in their 95 %" in found["What is predicted"]
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert f"of {others} predicted ones" in readme
    assert f"holds the {fit.yardstick} of the {others}" in readme
    assert f"{fit.inside} did with an earlier calibration" in readme
    assert "`parameters.bond.rate`" not in found["What is fitted"]


def test_estimands_have_the_names_and_units_of_the_summary(case):
    listed = re.findall(
        r"^\| .* \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", sections(record(case, "ademp.md"))["Estimands"], re.M
    )
    known = {name.strip().replace("\\_", "_"): unit for name, unit in listed}
    for row in pd.read_csv(case / "summary.csv").drop_duplicates("measure").itertuples():
        assert known[row.measure] in (row.unit, "share of patients", "count"), row.measure
        assert row.table in ("outcome", "median_split") or "contrast" in known


def test_the_methods_paragraph_has_version_seed_digest_and_replicates(case):
    text = record(case, "methods.md")
    for words in (alliance_sim.__version__, "20261122", verify(case).digest, "3 independent replicates", "engine"):
        assert words in text


# ------------------------------------------------------------------------------------------------------- references

SET = ("changed by the study", "varied by the design", "differs between arms")  # these rest on the study alone


def test_references_hold_every_work_that_parameters_rest_on_and_no_other(case):
    listed = set(re.findall(r"^@\w+\{(\w+),", record(case, "references.bib"), flags=re.MULTILINE))
    table = list(csv.DictReader(io.StringIO(record(case, "parameters.csv"))))
    named = {work for row in table for work in row["works"].split()}
    fit = {citations.work_of(key) for key in sources.fitted_rows()}
    assert named <= listed
    assert listed == named | fit | set(citations.OF_METHODS)
    assert "" not in fit
    for row in table:
        rests = bool(row["works"]) or (row["kind"] == "fitted" and row["key"] in sources.calibrated())
        assert rests or row["kind"] in ("assumed", "chosen", "of the protocol", *SET), row["key"]


def test_every_row_of_the_evidence_has_its_work():
    assert [key for key in sources.evidence() if citations.work_of(key) not in citations.works()] == []
    assert set(citations.OF_METHODS) <= set(citations.works())


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("calibrated to TD265a-c, TM053a-b", ["TD265a", "TD265b", "TD265c", "TM053a", "TM053b"]),
        ("calibrated to TD079-TD083", ["TD079", "TD080", "TD081", "TD082", "TD083"]),
        ("left of the SD in TAU001 (a.py)", ["TAU001"]),
        ("XX999, PT007; no key: A4 COVID19", ["PT007"]),
        ("TD001-TD999999999", []),
        ("", []),
    ],
)
def test_keys_of_the_evidence_are_found_in_a_source(text, keys):
    found = sources.evidence_keys(text)
    assert set(keys) <= set(found)
    assert len(found) == len(keys) or text.startswith("TD001")


def test_a_population_rests_on_what_its_own_file_says():
    worlds = {name: alliance_sim.Scenario(patients=name) for name in ("comp001", "ptsd", "anxiety")}
    found = {(one.arms, one.row.key): one for one in sources.grounds(worlds)}
    severity = "patients.severity_mean"
    kinds = {arms: one.kind.value for (arms, key), one in found.items() if key == severity}
    assert kinds == {("comp001",): "fitted", ("ptsd",): "fitted", ("anxiety",): "assumed"}
    assert found[("ptsd",), severity].keys[0] == "TM001"
    assert found[("comp001",), "patients.resistance"].kind.value == "assumed"


def test_the_bibliography_reaches_an_installed_package():
    build = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    place = citations.KEPT[0].relative_to(Path(alliance_sim.__file__).parents[1])
    assert f'"docs" = "{place.parent.as_posix()}"' in build
    assert '"docs/references.bib"' in build


# ------------------------------------------------------------------------------------------------------------ crate


def test_the_crate_is_valid(case):
    # What only a person knows is lacking of what should be there: who publishes it, and where authors work.
    found = validated(case, "should")
    assert [issue for issue in found if not re.search("`publisher`|affiliation", issue)] == []
    assert not [issue for issue in found if "MUST" in issue]


@pytest.mark.full
def test_the_validator_finds_what_is_wrong(folder):
    """The control of the test above."""
    held = json.loads((folder / CRATE).read_text(encoding="utf-8"))
    for entity in held["@graph"]:
        entity.pop("instrument", None)
    held["@graph"][1]["invented"] = "x"
    (folder / CRATE).write_text(json.dumps(held), encoding="utf-8")
    found = " ".join(validated(folder, "must"))
    assert "instrument" in found
    assert "invented" in found


def validated(folder: Path, level: str) -> list[str]:
    words = [sys.executable, "-m", "tests.crate_validator", str(folder), level]
    ended = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_crate_is_read_back_by_its_library(case):
    read = ROCrate(str(case))
    assert read.root_dataset["conformsTo"].id == crate.PROFILE
    assert [action.type for action in read.get_by_type("CreateAction")] == ["CreateAction"]
    (action,) = read.get_by_type("CreateAction")
    assert action["instrument"]["softwareVersion"] == alliance_sim.__version__
    assert {person["name"] for person in action["agent"]} == {"Ada Example", "Ben Roe"}


def test_every_file_of_the_crate_is_there_with_its_size_and_checksum(case):
    held = graph(case)
    files = {name: one for name, one in held.items() if one["@type"] == "File"}
    for name, one in files.items():
        content = (case / unquote(name)).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["contentSize"] == str(len(content))
        assert one["encodingFormat"]
        assert one["description"]
    there = {path.relative_to(case).as_posix() for path in case.rglob("*") if path.is_file()}
    assert {unquote(name) for name in files} == {name for name in there if not name.startswith(".lock")} - {CRATE}
    known = set(held) | {"./"}
    referred = set(re.findall(r'"@id": "([^"]*)"', (case / CRATE).read_text(encoding="utf-8")))
    assert {name for name in referred if not name.startswith("http")} <= known


def test_each_run_is_an_action_with_its_own_batches_and_the_last_with_what_it_wrote_last(folder):
    assert main(["run", "experiment=alliance", *SMALL, "replicates=5", f"out={folder}"]) == 0
    assert (folder / "records" / "ademp.md").is_file()
    assert "of another state" in stale(folder)
    assert main(["records", str(folder), "overwrite=false"]) == 0
    held = graph(folder)
    first, last = (held[name] for name in ids(held["./"]["mentions"]))
    assert first["startTime"] < first["endTime"] <= last["startTime"] < last["endTime"]
    assert "agent" not in first
    wrote = [{name for name in ids(one["result"]) if name.startswith("trials/")} for one in (first, last)]
    assert wrote[0]
    assert wrote[1]
    assert not wrote[0] & wrote[1]
    assert "summary.csv" in ids(last["result"])
    assert "summary.csv" not in ids(first["result"])
    assert ids(first["object"]) == ["config.yaml"]
    assert {one["actionStatus"] for one in (first, last)} == {"http://schema.org/CompletedActionStatus"}


def test_without_licence_and_author_the_crate_says_so_and_the_command_what_to_type(folder):
    (folder / "records" / "methods.md").unlink()
    ended = run("records", str(folder))
    assert "license=CC-BY-4.0" in ended.out
    assert "author=" in ended.out
    held = graph(folder)
    assert "author" not in held["./"]
    assert "not said" in held[held["./"]["license"]["@id"]]["description"]
    assert held["./"]["datePublished"] == held[ids(held["./"]["mentions"])[0]]["endTime"][:10]


def test_no_record_names_a_place_a_host_or_a_user(case):
    texts = [(case / CRATE).read_text(encoding="utf-8"), *(record(case, name) for name in NAMES)]
    for text in texts:
        assert str(case.parents[1]) not in text
        assert platform.node() not in text
        assert f"/{getpass.getuser()}/" not in text


def test_the_same_folder_gives_the_same_bytes(case, tmp_path):
    other = shutil.copytree(case, tmp_path / "elsewhere" / "copy")
    assert main(["records", str(other), *GIVEN]) == 0
    for path in [CRATE, *(f"records/{name}" for name in NAMES)]:
        assert (other / path).read_bytes() == (case / path).read_bytes(), path


# ------------------------------------------------------------------------------- what is not whole, or was changed


def test_records_break_neither_verify_nor_load(folder):
    assert run("verify", str(folder)).out.count("\n") == 2
    assert alliance_sim.load(folder).verify() == verify(folder).digest


def test_verify_says_that_records_are_of_another_state_until_they_are_written_anew(folder):
    assert "records" not in run("verify", str(folder)).out.splitlines()[-1]
    (folder / "summary.csv").write_text("other")
    (folder / "report.html").write_text("new")
    assert "report.html and 1 more" in run("verify", str(folder)).out
    assert main(["records", str(folder)]) == 0
    assert "Note" not in run("verify", str(folder)).out


def test_a_record_that_was_edited_is_kept_unless_asked_for(folder):
    place = folder / "records" / "methods.md"
    place.write_text("mine", encoding="utf-8")
    before = (folder / CRATE).read_bytes()
    said = refusal("records", str(folder))
    assert "methods.md was changed" in said
    assert "overwrite=true" in said
    assert (place.read_text(encoding="utf-8"), (folder / CRATE).read_bytes()) == ("mine", before)
    assert main(["records", str(folder), "overwrite=true"]) == 0
    assert place.read_text(encoding="utf-8") != "mine"


def test_records_may_lie_elsewhere_and_the_crate_stays(folder, tmp_path):
    shutil.rmtree(folder / "records")
    ended = run("records", str(folder), f"out={tmp_path / 'paper'}")
    assert ended.code == 0
    assert "outside of the crate" in ended.out
    assert {path.name for path in (tmp_path / "paper").iterdir()} == NAMES
    assert not [name for name in graph(folder) if name.startswith("records/")]


def test_a_damaged_folder_is_refused_and_nothing_written(folder):
    (batch,) = (folder / "trials").glob("*.parquet")
    batch.write_bytes(batch.read_bytes()[:-9])
    before = (folder / CRATE).read_bytes()
    assert "trials/" in refusal("records", str(folder))
    assert (folder / CRATE).read_bytes() == before


def test_missing_trials_are_said_everywhere(folder, monkeypatch):
    found = verify(folder)._replace(trials=7)
    monkeypatch.setattr("alliance_sim.report.records.facts.verify", lambda place: found)
    assert "Incomplete: 2 trials are not there" in run("records", str(folder)).out
    for name in ("ademp.md", "stress-abs.md", "calibration.md", "methods.md"):
        assert "**Incomplete: 7 of 9 trials are there" in record(folder, name)
    held = graph(folder)
    assert "2 of 9 trials are not there" in held["./"]["description"]
    action = held[ids(held["./"]["mentions"])[0]]
    assert action["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert action["error"] == "2 of 9 trials are not there."


@pytest.mark.full
def test_a_shard_alone_is_incomplete_and_no_failed_run(tmp_path):
    folder = tmp_path / "part"
    assert main(["run", *SMALL, "shard=1/2", f"out={folder}"]) == 0
    assert "Incomplete" in run("records", str(folder)).out
    held = graph(folder)
    assert held[ids(held["./"]["mentions"])[0]]["actionStatus"] == "http://schema.org/CompletedActionStatus"


def test_failed_trials_are_said(folder, monkeypatch):
    failures = pd.DataFrame({"arm": ["a*b"], "replicate": [1], "error": ["the bond\nbroke"]})
    monkeypatch.setattr(Stored, "failures", property(lambda self: failures))
    assert main(["records", str(folder)]) == 0
    said = sections(record(folder, "ademp.md"))["Failed and missing trials"]
    assert "1 trial failed" in said
    assert "a\\*b, replicate 1: the bond" in said


def test_results_of_other_laws_are_named(folder, monkeypatch):
    monkeypatch.setattr("alliance_sim.report.records.facts.laws_key", lambda: "0" * 16)
    assert main(["records", str(folder)]) == 0
    assert "computed by other sources of the model" in record(folder, "calibration.md")


# ------------------------------------------------------------------------------------------- other kinds of studies

DESIGNS = {
    "grid": [
        "design=grid",
        "design.levels={clinicians.boundaries.mean: [0.4, 0.6], protocol.drug: [psilocybin, none]}",
    ],
    "sobol": ["design=sobol", "design.over=[clinicians.factor_shift,parameters.bond.rate]", "design.points=4"],
    "posterior": ["posterior.draws=3"],
    "one arm": ["arms={base: {}}", "base_arm=base"],
    "one replicate": ["replicates=1"],
    "trials alone": ["keep=trials", "protocol=mapp", "patients=ptsd"],
    "waitlist": ["protocol=waitlist", "question=''"],
    "files": ["design=grid", "design.levels={protocol: [comp001, mapp], policy: [usual, manual]}", "keep=trials"],
    "precise": ["precision.target=3", "precision.max_replicates=4"],
}
SAID = {
    "grid": "4 points, the combinations of the levels of clinicians.boundaries.mean and protocol.drug",
    "sobol": "clinicians.factor_shift",
    "posterior": "3 draws of the posterior",
    "one arm": "No arm or point is compared",
    "one replicate": "not known",
    "trials alone": "CAPS-5",
    "waitlist": "no sessions",
    "files": "Response on CAPS-5 is a fall by at least 10 points",
    "precise": "Replicates were added until",
}


VARIED = {
    "grid": {"clinicians.boundaries.mean": "0.4; 0.6", "protocol.drug": "psilocybin; none"},
    "sobol": {"clinicians.factor_shift": " to ", "parameters.bond.rate": " to "},
    "files": {"protocol": "comp001; mapp", "policy": "usual; manual"},
}
FULL = set(DESIGNS) - {"grid"}  # by themselves, on request


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.full) if kind in FULL else kind for kind in DESIGNS]
)
def test_every_kind_of_study_has_its_records(kind, tmp_path):
    folder = tmp_path / "study"
    assert main(["run", *SMALL, *DESIGNS[kind], f"out={folder}"]) == 0
    assert main(["records", str(folder)]) == 0
    text = record(folder, "ademp.md")
    assert list(sections(text))[1:] == list(ademp.ITEMS)
    assert SAID[kind] in text.replace("\\_", "_")
    assert all(sections(text).values())
    assert "nan" not in re.findall(r"\w+", text)
    table = list(csv.DictReader(io.StringIO(record(folder, "parameters.csv"))))
    held = {row["key"]: row for row in table}
    for key, levels in VARIED.get(kind, {}).items():
        assert (held[key]["value"], held[key]["kind"]) == ("varied", "varied by the design")
        assert levels in held[key]["levels"]
        assert f"The design varies {len(VARIED[kind])} keys" in text
    assert "not stated" not in text


# ------------------------------------------------------------------------------------------- what is dirty


def test_names_and_questions_that_mean_something_elsewhere_come_through_as_words(tmp_path):
    folder = tmp_path / "odd"
    odd = ["a | b", "<b>&amp;", "`x` **y**", "[a](http://a.b)", "$x$", 'say "so"', "# one"]
    arms = json.dumps({name: {"clinicians.factor_shift": place / 10} for place, name in enumerate(odd)})
    study = alliance_sim.Study(arms=json.loads(arms), base_arm=odd[0], replicates=2, keep="trials")
    study.question = "<script>alert(1)</script> | **what**\n\n# Aims\n\n- x `y` \x1b[31m?"
    study.patients.number, study.clinicians.number, study.experiment = 4, 2, "../<odd>"
    study.engine = EngineName.numpy
    alliance_sim.run(study, out=folder)
    assert main(["records", str(folder)]) == 0
    root = graph(folder)["./"]
    assert "\x1b" not in root["description"]
    for name in ("ademp.md", "stress-abs.md", "calibration.md", "methods.md"):
        text = record(folder, name)
        assert "\x1b" not in text
        outside = re.sub(r"(`+).*?\1", "", text)
        assert not re.search(r"(?<!\\)<(?:script|b|odd)", outside)
        assert not re.search(r"(?<!\\)\[a\]", outside)
    text = record(folder, "ademp.md")
    assert list(sections(text))[1:] == list(ademp.ITEMS)
    for line in text.splitlines():
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 4, 5, 7, 2 + len(odd) - 1, 2 + len(odd)), line
    table = pd.read_csv(folder / "records" / "parameters.csv")
    assert not table.map(lambda cell: isinstance(cell, str) and cell[:1] in "=@").to_numpy().any()


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("a*b_c`d`", r"a\*b\_c\`d\`"),
        ("- x\n\n# y", r"\- x \# y"),
        ("<a href=x>", r"\<a href=x\>"),
        ("a\x00\u202eb", "a b"),
        ("\\|", "\\\\\\|"),
        (0.5, "0.5"),
    ],
)
def test_a_value_is_escaped(given_text, shown):
    assert escaped(given_text) == shown


def test_code_and_cells_cannot_be_left():
    assert code("a`b``c") == "```a`b``c```"
    assert code("`") == "`` ` ``"
    assert rows(["a|b"], [["x\n| y |", code("p|q")]]).count("\n") == 2


WRONG = {
    "author=": "names nobody",
    "author=0000-0002-1825-0097": "names nobody",
    "author=Ada 0000-0002-1825-0098": "no ORCID",
    "author=Ada;;Ben": "names nobody",
    "author=A\x1b[31mda": "names nobody",
    "license=": "SPDX",
    "license=mine": "SPDX",
    "license=MIT OR Apache-2.0": "SPDX",
    "license=javascript:alert(1)": "SPDX",
    "date=31.1.2027": "no day",
    "date=": "no day",
    "code=example.org": "no address",
    "code=https://a b": "no address",
    "overwrite=yes": "overwrite=true",
    "licence=MIT": "records takes one folder",
    "other": "records takes one folder",
}


@pytest.mark.parametrize("word", WRONG)
def test_a_word_that_cannot_be_read_is_one_sentence_and_nothing_is_written(word, case):
    before = {path: path.stat().st_mtime_ns for path in case.rglob("*")}
    said = refusal("records", str(case), word)
    assert WRONG[word] in said
    assert said.isprintable()
    assert {path: path.stat().st_mtime_ns for path in case.rglob("*")} == before


def test_an_orcid_whose_check_is_x_is_read():
    assert given({"author": "Ada https://orcid.org/0000-0002-9079-593X"}).authors[0].orcid.endswith("593X")


def test_a_folder_without_results_is_refused(tmp_path):
    assert "holds no results" in refusal("records", str(tmp_path))


def test_a_crate_from_elsewhere_may_say_anything(folder):
    strange = '{"@graph": [3, {"name": {}}, {"name": "../x", "sha256": "y"}, {"name": "a\\u001b", "sha256": "y"}]}'
    for held in ("", "[]", "{", '{"@graph": 3}', strange):
        (folder / CRATE).write_text(held)
        assert stale(folder).endswith("records " + str(folder) + ".")
        assert stale(folder).isprintable()
    assert main(["records", str(folder)]) == 0
    assert stale(folder) == ""


def test_links_and_strange_files_are_neither_read_nor_written_through(folder, tmp_path):
    secret = tmp_path / "secret.html"
    secret.write_text("mine")
    (folder / "report.html").symlink_to(secret)
    (folder / "answers" / "a b\n.csv").write_text("x")
    (folder / "mine.csv").write_text("own rows")
    shutil.rmtree(folder / "records")
    (folder / CRATE).unlink()
    (folder / CRATE).symlink_to(secret)
    assert main(["records", str(folder)]) == 0
    assert secret.read_text() == "mine"
    assert not {"report.html", "mine.csv"} & set(graph(folder))
    assert not [name for name in graph(folder) if "a%20b" in name]
    shutil.rmtree(folder / "records")
    (folder / "records").symlink_to(tmp_path, target_is_directory=True)
    assert "link to elsewhere" in refusal("records", str(folder))


def test_python_writes_them_too(folder):
    assert alliance_sim.load(folder).records(license="CC0-1.0") == folder / "records"
    with pytest.raises(ScenarioError, match="choose among"):
        alliance_sim.load(folder).records(licence="MIT")
    with pytest.raises(FolderError, match="in memory"):
        Results(opened(folder), temporary=True).records()


def test_every_table_of_the_evidence_is_read():
    assert len(sources.evidence()) == sum(len(sources.rows(table)) for table in TABLES)


# ----------------------------------------------------------------------------- performance measures of a planned trial


class _Planned:
    """A study that planned a trial, as far as `performance` reads it."""

    def __init__(self, frame):
        self.study = type("Study", (), {"ask": ["power"]})
        self.opened = type("Opened", (), {"answered": lambda self, name: {"": frame}})()


def test_performance_measures_are_read_by_the_names_of_columns():
    frame = pd.DataFrame(
        [
            (24, 6, "patient", "power", 0.8, 0.02, "1"),
            (24, 6, "patient", "type I error", 0.05, 0.01, "1"),
            (24, 6, "patient", "estimated effect", -2.1, 0.1, "points"),
            (24, 6, "patient", "true effect", -2.0, 0.05, "points"),
            (24, 6, "clinician", "coverage", 0.94, float("nan"), "1"),
            (24, 6, "clinician", "bias", 0.1, 0.2, "points"),
            (24, 6, "clinician", "ICC", 0.1, 0.2, "1"),
        ],
        columns=["size", "clinicians", "allocation", "quantity", "estimate", "mcse", "unit"],
    )
    assert ademp.performance(_Planned(frame)) == [
        ["24 patients an arm, 6 clinicians, patient", "power", "0.8 ± 0.02", "share"],
        ["24 patients an arm, 6 clinicians, patient", "type I error", "0.05 ± 0.01", "share"],
        ["24 patients an arm, 6 clinicians, patient", "bias", "-0.1 (error at most 0.15)", "points"],
        ["24 patients an arm, 6 clinicians, clinician", "coverage", "0.94 ± ?", "share"],
        ["24 patients an arm, 6 clinicians, clinician", "bias", "0.1 ± 0.2", "points"],
    ]
    assert ademp.performance(_Planned(frame.drop(columns="quantity"))) == []
