"""A mistake in a configuration file of one's own is said with file, line, key, what is allowed and what is nearest."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from alliance_sim import AllianceError, run as run_study
from alliance_sim.compose.files import OWNERS
from alliance_sim.model.configurable import keys
from alliance_sim.world.places import GROUPS, folder
from tests.robustness.commands import SMALL, refusal, run
from tests.robustness.own_files import ARM, HEADER, ran, refused, written

# kind of file, what it says, the line that is named, what is said
REFUSED = {
    "a mistyped group": ("protocol", "name: x\npreperation: {sessions: 3}\n", 2, "did you mean preparation"),
    "a mistyped key": (
        "protocol",
        "preparation:\n  hours: 1.0\n  sesions: 3\n",
        3,
        "did you mean preparation.sessions",
    ),
    "no choice": ("protocol", "name: x\ndrug: ketamine\n", 2, "choose one of: none, psilocybin, mdma"),
    "out of range": ("protocol", "preparation: {sessions: 300}\n", 1, "outside [0, 60] sessions"),
    "a number for a group": ("protocol", "preparation: 5\n", 1, "preparation is a group of keys"),
    "a word in a list": ("protocol", "defaults: [comp001]\ndoses: [ten]\n", 2, "is not a number"),
    "a day too late": ("protocol", "dosing:\n  days: [3000000000]\n", 2, "outside [0, 36500] days"),
    "another package": ("protocol", "# @package clinicians\nname: x\n", 1, "leave the line out"),
    "a mistyped number": ("patients", "source: mine\nseverity_maen: 0.4\n", 2, "did you mean severity_mean"),
    "no condition": ("patients", "condition: depresion\n", 1, "choose one of: depression"),
    "no executor": ("executor", "kind: thread\n", 1, "choose one of: threads, dask"),
    "a mistyped key of a study": ("experiment", HEADER + "replicate: 5\n", 2, "did you mean replicates"),
    "no package": ("experiment", "replicates: 5\n", 1, "let the first be '# @package _global_'"),
    "a package below a comment": ("experiment", "# mine\n" + HEADER + ARM, 1, "let the first be"),
    "bad YAML": ("experiment", HEADER + "replicates: [5\nbase_arm: x", 3, "this is no YAML"),
    "a tab": ("experiment", HEADER + "design:\n\tkind: grid\n", 3, "this is no YAML"),
    "a list": ("experiment", HEADER + "- a\n- b\n", 1, "write key: value"),
    "a word": ("experiment", HEADER + "hello\n", 1, "write key: value"),
    "two documents": ("experiment", HEADER + "replicates: 2\n---\nreplicates: 3\n", 3, "this is no YAML"),
    "a key twice": ("experiment", HEADER + "replicates: 5\nreplicates: 6\n", 3, "stands on line 2 already"),
    "an arm twice": ("experiment", HEADER + "base_arm: a\narms:\n  a: {}\n  a: {}\n", 5, "stands on line 4 already"),
    "an arm's key twice": (
        "experiment",
        HEADER + "base_arm: a\narms:\n  a: {clinicians.number: 3, clinicians.number: 4}\n",
        4,
        "stands on line 4 already",
    ),
    "an arm's key dotted and nested": (
        "experiment",
        HEADER + "base_arm: a\narms:\n  a: {clinicians.number: 3, clinicians: {number: 4}}\n",
        4,
        "is set twice",
    ),
    "an arm called true": ("experiment", HEADER + "arms:\n  true: {}\n", 3, "keys are words"),
    "a sign that is not shown": ("protocol", 'defaults: [mapp]\nname: "\\e[31mRED"\n', 2, "cannot be printed"),
    "bytes": ("protocol", "name: !!binary aGk=\n", 1, "binary is none of"),
    "a package of the group": ("protocol", "# @package _group_\nname: x\n", 1, "leave the line out"),
    "defaults as a word": ("protocol", "defaults: mapp\n", 1, "defaults takes a list"),
    "defaults of nothing": ("protocol", "defaults:\n", 1, "defaults takes a list"),
    "a choice in a protocol": ("protocol", "defaults: [{override /patients: ptsd}]\n", 1, "files of protocol"),
    "a merge in an arm": ("experiment", HEADER + "arms:\n  a: &a {}\n  b: {<<: *a}\n", 4, "write the keys out"),
    "a number as key": ("experiment", HEADER + "5: 6\n", 2, "keys are words"),
    "a dotted key": ("experiment", HEADER + "patients.number: 5\n", 2, "write patients: {number: …}"),
    "a choice in the body": ("experiment", HEADER + ARM + "protocol: mapp\n", 4, "override /protocol: mapp"),
    "arms as a list": ("experiment", HEADER + "arms: [a, b]\n", 2, "arms takes a mapping"),
    "an arm of nothing": ("experiment", HEADER + "base_arm: a\narms:\n  a:\n", 4, "write a: {} for none"),
    "an arm's mistyped key": (
        "experiment",
        HEADER + "base_arm: a\narms:\n  a: {}\n  b: {clinicians.empaty.mean: 0.5}\n",
        5,
        "did you mean clinicians.empathy.mean",
    ),
    "an arm out of range": (
        "experiment",
        HEADER + "base_arm: a\narms:\n  a:\n    clinicians: {empathy: {mean: 5}}\n",
        5,
        "outside [0, 1] behaviour points",
    ),
    "a level out of range": (
        "design",
        HEADER + "design:\n  kind: grid\n  levels:\n    clinicians.empathy.mean: [0.4, 4]\n",
        5,
        "outside [0, 1]",
    ),
    "a mistyped choice": ("design", HEADER + "design: {kind: grid}\nkeep: trails\n", 3, "choose one of: trials"),
    "an absent file in defaults": (
        "experiment",
        HEADER + "defaults:\n  - override /protocol: mappp\n",
        2,
        "there is no protocol 'mappp'; choose one of: mapp",
    ),
    "an entry of defaults without override": (
        "experiment",
        HEADER + "defaults:\n  - protocol: mapp\n",
        2,
        "'override /protocol: mapp'",
    ),
    "defaults that name themselves": ("experiment", HEADER + "defaults: [mine]\n", 2, "names itself"),
    "a date": ("experiment", HEADER + "question: 2020-01-01\n", 2, "is no text; put it in quotes"),
    "a number of 5,000 digits": ("experiment", HEADER + "seed: " + "9" * 5000, 1, "this is no YAML"),
    "a NUL": ("experiment", HEADER + "question: a\0b\n", 1, "this is no YAML"),
}
WHOLE = {
    "latin-1": ((HEADER + "question: é\n").encode("latin-1"), "is not written in UTF-8"),
    "UTF-16": ((HEADER + "question: é\n").encode("utf-16"), "is not written in UTF-8"),
    "a byte order mark": (("\ufeff" + HEADER + ARM).encode(), "save it as UTF-8 without one"),
    "a book": (HEADER.encode() + b"# x\n" * 300_000, "at most 1,000,000 bytes"),
}
GOOD = {
    "arms": ("experiment", HEADER + "base_arm: a\narms:\n  a: {}\n  b: {clinicians: {empathy: {mean: 0.8}}}\n"),
    "choices": ("experiment", HEADER + "defaults:\n  - override /protocol: mapp\n  - override /patients: ptsd\n" + ARM),
    "a built-in to build on": ("experiment", HEADER + "defaults: [alliance, _self_]\nseed: 3\n"),
    "a protocol to build on": ("protocol", "defaults: [comp001, _self_]\ndoses: [10.0]\n"),
    "another key of the study": ("experiment", HEADER + "question: n is ${replicates}\n" + ARM),
    "an anchor": ("experiment", HEADER + "base_arm: a\narms:\n  a: &a {}\n  b: *a\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_is_said_with_its_line(case: str, here: Path) -> None:
    kind, text, line, said = REFUSED[case]
    sentence = refused(here, kind, text)
    assert sentence.startswith(f", line {line}: ")
    assert said in sentence


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_that_is_no_text_is_said_to_be_none(case: str, here: Path) -> None:
    text, said = WHOLE[case]
    assert said in refused(here, "experiment", text)


@pytest.mark.parametrize("case", GOOD)
def test_a_file_without_mistakes_runs(case: str, here: Path) -> None:
    ended = ran(here, *GOOD[case])
    assert ended.code == 0, ended.err


def test_the_files_of_the_package_pass_the_same_checks(tmp_path: Path) -> None:
    from alliance_sim.compose.files import checked_file

    found = [(kind, path) for kind in GROUPS for path in sorted((folder() / kind).glob("*.yaml"))]
    assert len(found) > 25
    for kind, path in found:
        checked_file(path, kind)


@pytest.mark.parametrize("kind", GROUPS)
def test_any_key_with_a_letter_left_out_is_refused_by_name(kind: str, here: Path) -> None:
    owner = OWNERS[kind]
    header = HEADER if "experiment" in keys(owner) else ""  # type: ignore[arg-type]
    for key in [key for key in keys(owner) if "." not in key and len(key) > 4]:  # type: ignore[arg-type]
        mistyped = key[:2] + key[3:]
        sentence = refused(here, kind, f"{header}{mistyped}: 1\n")
        assert f"there is no key {mistyped!r}; did you mean" in sentence
        assert key in sentence


@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["arms", "design", "seed", "x", "defaults", "power"]), inner, max_size=4),
    max_leaves=8,
))  # fmt: skip
def test_any_yaml_is_refused_in_one_sentence_or_composed(value: object, here: Path) -> None:
    written(here, "experiment", HEADER + yaml.safe_dump(value, allow_unicode=True))
    ended = run("run", "--config-dir", "my", "experiment=mine", "--cfg", "job")
    assert ended.code in (0, 2), (value, ended)
    assert ended.code == 0 or len(ended.err.splitlines()) == 1


def test_own_names_are_listed_beside_the_built_in_ones(here: Path) -> None:
    written(here, "protocol", "defaults: [comp001]\n", "brief")
    assert "brief" in refusal("run", "--config-dir", "my", "protocol=zzz")
    assert refusal("run", "--config-dir", "my", "protocol=breif").endswith("choose one of: brief.")


def test_the_folder_that_is_missing_is_named(here: Path) -> None:
    assert "there is no folder 'nowhere'" in refusal("run", "--config-dir", "nowhere", "protocol=mine")
    (here / "empty").mkdir()
    assert "holds none of protocol/" in refusal("run", "--config-dir", "empty", "protocol=mine")
    written(here, "patients", "severity_mean: 0.5\n")
    assert "my/protocol is no folder" in refusal("run", "--config-dir", "my", "protocol=qqq")


def test_without_a_folder_the_sentence_says_how_to_name_one(here: Path) -> None:
    sentence = refusal("run", "protocol=qqq")
    assert "comp001" in sentence
    assert "--config-dir FOLDER" in sentence


def test_a_file_with_the_name_of_a_built_in_is_not_passed_over_in_silence(here: Path) -> None:
    written(here, "protocol", "defaults: [mapp]\n", "comp001")
    assert "rename it" in refusal("run", "--config-dir", "my", "protocol=comp001")


def test_python_finds_own_files_too(here: Path) -> None:
    written(here, "protocol", "defaults: [comp001]\nname: Mine\n", "brief")
    words = ["protocol=brief", *SMALL, "keep=trials"]
    assert run_study("alliance", words, config_dir="my").study.protocol.name == "Mine"
    with pytest.raises(AllianceError, match="there is no protocol 'brief'"):
        run_study("alliance", words)


def test_a_protocol_brings_its_population_and_one_that_is_not_chosen_does_not_matter(here: Path) -> None:
    for kind in ("protocol", "patients"):
        (here / "my" / kind).mkdir(parents=True, exist_ok=True)
    built_in = (folder() / "protocol" / "vonrotz2023.yaml").read_text(encoding="utf-8")
    (here / "my" / "protocol" / "ours.yaml").write_text(built_in.replace("patients: vonrotz2023", "patients: clinic"))
    (here / "my" / "protocol" / "damaged.yaml").write_bytes(b"\xff\xfe")
    assert "there is no patients 'clinic'" in refusal("run", *SMALL, "--config-dir", "my", "protocol=ours")
    (here / "my" / "patients" / "clinic.yaml").write_text("condition: depression\nentry: {mean: 24.0, sd: 5.0}\n")
    written(here, "protocol", "defaults: [ours]\nname: Another\n", "another")  # has what it is made of
    for protocol in ("ours", "another"):
        results = run_study("alliance", [*SMALL, f"protocol={protocol}", "keep=trials"], config_dir="my")
        assert results.study.patients.entry.mean == 24.0
    written(here, "protocol", "defaults: [davis2021]\n", "davis")
    found = run_study("alliance", [*SMALL, "protocol=davis", "keep=trials"], config_dir="my").study.patients
    assert found.entry.mean == 22.8
