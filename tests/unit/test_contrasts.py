"""Contrasts and interactions: what they are worth is what a person would work out by hand from the trials."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim import questions
from alliance_sim.analysis.contrasts import EFFECT, INTERACTION, _straight, planned, worth
from alliance_sim.analysis.estimates import main_effects
from alliance_sim.analysis.levels import MOST_LEVELS, correlated, levels, together
from alliance_sim.analysis.running import NAMES, Running
from alliance_sim.compose.studies import composed
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.questions import contrasts
from alliance_sim.report import wording
from alliance_sim.study.config import Study

BOUNDARIES, DOSES, RULE = "clinicians.boundaries.mean", "protocol.doses", "assignment.rule"
SMALL = ["replicates=12", "patients.number=8", "clinicians.number=4", "keep=trials", "figures=false"]
GRID = "{clinicians.boundaries.mean: [0.3, 0.9], protocol.doses: [[1], [25]], assignment.rule: [random, balanced]}"


def no_base(design: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(design), dtype=bool)


def valued(design: pd.DataFrame, change: Any) -> pd.DataFrame:
    """Trials of one replicate whose change is a function of the row of the design."""
    rows = [
        {"point": place, "replicate": 0} | dict.fromkeys(NAMES, 0.0) | {"change": float(change(row))}
        for place, row in enumerate(design.to_dict("records"))
    ]
    return pd.DataFrame(rows)


def worked_out(design: pd.DataFrame, contrast: str, by: list[str], change: Any) -> dict[tuple[str, ...], float]:
    """Value of each contrast where a replicate's change is that function."""
    found = planned(design, list(design), contrast, by, no_base(design))
    weights = np.stack([one.weights for one in found])
    values = worth([valued(design, change)], list(range(len(design))), weights)[:, 0, NAMES.index("change")]
    return {(one.kind, one.level, one.by): float(value) for one, value in zip(found, values, strict=True)}


@pytest.fixture(scope="module")
def grid() -> alliance_sim.Results:
    return alliance_sim.run("alliance", [*SMALL, "design=grid", f"design.levels={GRID}"])


def test_an_interaction_is_the_difference_of_differences_worked_out_by_hand(grid: alliance_sim.Results) -> None:
    found = grid.contrasts(BOUNDARIES, by=DOSES)
    for measure in ("change", "response", "wai_final"):
        cells = grid.trials.merge(grid.design, on="point").pivot_table(
            index="replicate", columns=[BOUNDARIES, DOSES], values=measure
        )
        at = {dose: cells[0.9, dose] - cells[0.3, dose] for dose in ("[1]", "[25]")}
        both = at["[25]"] - at["[1]"]
        own = found[found["measure"] == measure].set_index(["kind", "by"])
        for key, values in {
            (EFFECT, f"{DOSES}=[1]"): at["[1]"],
            (EFFECT, f"{DOSES}=[25]"): at["[25]"],
            (INTERACTION, f"{DOSES}=[25]"): both,
        }.items():
            assert own.loc[key, "estimate"] == pytest.approx(values.mean(), abs=1e-6)
            if values.std() > 1e-4:
                assert own.loc[key, "mcse"] == pytest.approx(values.sem(), rel=1e-4)


def test_pairing_is_what_makes_it_sharp(grid: alliance_sim.Results) -> None:
    own = grid.contrasts(BOUNDARIES, by=DOSES)
    assert (own.loc[own["measure"] == "change", "variance_reduction"] > 10).all()


def test_words_and_lists_have_effects_and_the_drug_stands_first(grid: alliance_sim.Results) -> None:
    """Dose moves the change by points, boundaries by less than one: what is no number is not left out."""
    effects = grid.summary()  # the table exists without it too
    assert len(effects)
    first = grid._opened.answers.main_effects.iloc[0]
    assert (first["key"], first["level"], first["reference"]) == (DOSES, "[25]", "[1]")
    assert set(grid._opened.answers.main_effects["key"]) == {BOUNDARIES, DOSES, RULE}
    for key, (reference, level) in {DOSES: ("[1]", "[25]"), RULE: ("random", "balanced")}.items():
        own = grid.contrasts(key)
        assert set(own["reference"]) == {reference}
        assert set(own["level"]) == {level}


def test_console_report_and_summary_say_the_interaction(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from alliance_sim.cli.entry import main

    out = tmp_path / "grid"
    words = [*SMALL, "design=grid", f"design.levels={GRID}", f"contrast={BOUNDARIES}", f"by={DOSES}", f"out={out}"]
    assert main(["run", *words]) == 0
    said = capsys.readouterr().out
    assert f"Its effect at {DOSES}=[25] less that at {DOSES}=[1]" in " ".join(said.split())
    summary = pd.read_csv(out / "summary.csv")
    own = summary[(summary["table"] == INTERACTION) & (summary["measure"] == "change")]
    assert own[["key", "level", "reference", "by", "by_reference"]].to_numpy().tolist() == [
        [BOUNDARIES, "0.9", "0.3", f"{DOSES}=[25]", f"{DOSES}=[1]"]
    ]
    loaded = alliance_sim.load(out)
    assert "interaction" in loaded.figures
    loaded.plot("interaction")
    assert "less at" in loaded.report().read_text(encoding="utf-8")
    again = loaded.contrasts(BOUNDARIES, DOSES)
    assert own["estimate"].iloc[0] == pytest.approx(
        again.loc[(again["kind"] == INTERACTION) & (again["measure"] == "change"), "estimate"].iloc[0], abs=1e-12
    )


def test_known_answers_of_a_full_grid() -> None:
    design = pd.DataFrame([{"a": a, "b": b, "c": c} for a in (0.0, 1.0, 2.0) for b in ("x", "y") for c in (5, 6)])
    found = worked_out(design, "a", ["b"], lambda row: row["a"] * (3 if row["b"] == "y" else 1) + row["c"])
    assert found == pytest.approx(
        {
            (EFFECT, "1", "b=x"): 1.0,
            (EFFECT, "1", "b=y"): 3.0,
            (INTERACTION, "1", "b=y"): 2.0,
            (EFFECT, "2", "b=x"): 2.0,
            (EFFECT, "2", "b=y"): 6.0,
            (INTERACTION, "2", "b=y"): 4.0,
        }
    )


def test_only_combinations_that_hold_both_levels_are_compared_and_the_rest_is_said() -> None:
    """With a combination of other keys at one level alone, its other keys would be taken for the level's doing."""
    design = pd.DataFrame([{"a": a, "c": c} for a in (0, 1) for c in (1, 2, 3)][:-1])
    assert worked_out(design, "a", [], lambda row: row["a"] + 100 * row["c"]) == {(EFFECT, "1", ""): 1.0}
    (found,) = planned(design, ["a", "c"], "a", [], no_base(design))
    assert found.note == "over 2 of 3 combinations of the other keys"
    assert found.weights.sum() == pytest.approx(0)


def test_points_that_are_there_twice_count_once() -> None:
    design = pd.DataFrame({"a": [0, 1, 1, 1], "c": [1, 1, 1, 1]})
    assert worked_out(design, "a", [], lambda row: 5.0 * row["a"]) == {(EFFECT, "1", ""): pytest.approx(5.0)}


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_keys_that_vary_continuously_are_read_from_straight_lines(kind: str) -> None:
    points = alliance_sim.Study(
        design={"kind": kind, "over": [BOUNDARIES, "clinicians.empathy.mean", "parameters.bond.rate"], "points": 32}
    ).points()
    design = points.frame()[[BOUNDARIES, "clinicians.empathy.mean", "parameters.bond.rate"]]  # type: ignore[attr-defined]
    low, high = design.min(), design.max()

    def change(row: dict[str, float]) -> float:
        return 2 * row[BOUNDARIES] - 3 * row[BOUNDARIES] * row["clinicians.empathy.mean"] + row["parameters.bond.rate"]

    found = worked_out(design, BOUNDARIES, ["clinicians.empathy.mean"], change)
    step = high[BOUNDARIES] - low[BOUNDARIES]
    expected = [step * (2 - 3 * at["clinicians.empathy.mean"]) for at in (low, high)]
    assert list(found.values()) == pytest.approx([*expected, expected[1] - expected[0]])


def test_a_word_among_keys_that_vary_continuously_has_its_own_term() -> None:
    rng = np.random.default_rng(3)
    design = pd.DataFrame({"word": ["b", "a", "c"] * 5, "x": rng.uniform(size=15), "z": rng.uniform(size=15)})
    values = {"a": 1.0, "b": 2.0, "c": 5.0}
    found = worked_out(design, "word", [], lambda row: values[row["word"]] + 3 * row["x"] - row["z"])
    assert found == pytest.approx({(EFFECT, "a", ""): -1.0, (EFFECT, "c", ""): 3.0})


def test_few_points_that_lie_anywhere_show_no_effect_of_one_key() -> None:
    """As many terms as points would fit anything: the keys are said to change together instead."""
    design = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [3.0, 1.0, 2.0]})
    assert all("changes together with b" in one.note for one in planned(design, ["a", "b"], "a", [], no_base(design)))


def test_lines_say_how_well_they_fit() -> None:
    words = ["design=latin_hypercube", "design.points=24", f"design.over=[{BOUNDARIES}, parameters.bond.rate]"]
    results = alliance_sim.run("alliance", [*SMALL, *words])
    notes = results.contrasts(BOUNDARIES, by="parameters.bond.rate")["note"]
    assert notes.str.contains("straight lines, with 4 terms at 24 points, which explain ").all()


def test_arms_are_points_and_so_are_the_keys_that_they_set() -> None:
    arms = "{base: {}, kind: {clinicians.empathy.mean: 0.8}, dosed: {protocol.doses: [1]}, "
    arms += "both: {clinicians.empathy.mean: 0.8, protocol.doses: [1]}}"
    results = alliance_sim.run("alliance", [*SMALL, f"arms={arms}", "base_arm=base"])
    own = results.contrasts("clinicians.empathy.mean", by=DOSES)
    change = results.trials.pivot_table(index="replicate", columns="arm", values="change", observed=True)
    expected = (change["both"] - change["dosed"]) - (change["kind"] - change["base"])
    row = own[(own["kind"] == INTERACTION) & (own["measure"] == "change")].iloc[0]
    assert (row["level"], row["by"], row["by_reference"]) == ("0.8", f"{DOSES}=[1]", f"{DOSES}=[25]")
    assert row["estimate"] == pytest.approx(expected.mean(), abs=1e-6)
    each = results.contrasts("arm")
    assert list(dict.fromkeys(each["level"])) == ["kind", "dosed", "both"]


def test_keys_that_always_change_together_are_said_to_be_one() -> None:
    arms = "{base: {}, other: {clinicians.empathy.mean: 0.8, clinicians.boundaries.mean: 0.9}}"
    results = alliance_sim.run("alliance", [*SMALL, f"arms={arms}", "base_arm=base"])
    found = results.contrasts("clinicians.empathy.mean")
    assert found["note"].str.contains(f"changes together with {BOUNDARIES}: their effects cannot be told apart").all()


def test_confounding_in_a_file_of_points_is_said(tmp_path: Any) -> None:
    (tmp_path / "p.csv").write_text(f"{BOUNDARIES},{DOSES},{RULE}\n0.3,[1],random\n0.9,[25],random\n")
    results = alliance_sim.run("alliance", [*SMALL, "design=file", f"design.file={tmp_path / 'p.csv'}"])
    page = results.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"{BOUNDARIES} and {DOSES} always change together in this design" in page
    assert results.contrasts(BOUNDARIES)["note"].str.contains("cannot be told apart").all()


def test_numbers_that_fill_a_space_are_not_taken_for_one_key() -> None:
    """At few points each number comes once, so each key would say which point it is: no key may stand for all."""
    over = f"[{BOUNDARIES}, clinicians.empathy.mean, parameters.bond.rate]"
    words = ["design=latin_hypercube", "design.points=8", f"design.over={over}"]
    results = alliance_sim.run("alliance", [*SMALL, *words])
    assert wording.confounding(results._opened) == []
    effects = results._opened.answers.main_effects
    assert effects["level"].str.contains(" to ").all()
    assert effects["difference"].nunique() == 3
    found = results.contrasts(BOUNDARIES, by="parameters.bond.rate")
    assert found["note"].str.contains("straight lines").all()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.3, 0.5, 0.6, 0.9], "always change together in this design: their effects cannot be told apart"),
        ([0.3, 0.5, 0.6, 0.95], "mostly change together in this design: 0.21 % of the variance of each is left"),
    ],
)
def test_keys_that_correlate_say_what_variance_each_leaves_of_the_other(values: list[float], said: str) -> None:
    design = pd.DataFrame({"a": [0.6, 1.0, 1.2, 1.8], "b": values})
    opened = SimpleNamespace(design=design.assign(point=range(4)))
    (sentence,) = wording.confounding(opened)
    assert said in sentence
    notes = {one.note for one in planned(design, ["a", "b"], "a", [], no_base(design))}
    assert all(("cannot be told apart" in note) == ("always" in said) for note in notes)


def test_a_range_of_one_number_is_that_number() -> None:
    column = pd.Series([0.8, 0.8 + 1e-9, 0.41, 0.6])
    assert levels("a", column, beside=True).values == ["(0.41 to 0.6)", "0.8"]


def test_lines_that_leave_next_to_nothing_say_so() -> None:
    design = pd.DataFrame({"a": [1.0, 2.0, 4.0, 5.0], "b": [3.0, 1.0, 2.0, 5.0]})
    (found,) = planned(design, ["a", "b"], "a", [], no_base(design))
    assert found.lines is not None
    said = _straight(found.lines, np.array([1.0, 2.0, 0.0, 4.0]))
    assert "adjusted for all other keys" in said
    assert "1 degree of freedom is left, so nothing shows whether lines fit" in said
    assert "degree" not in _straight(np.ones((9, 1)), np.arange(9.0))


@pytest.mark.parametrize(
    ("arms", "by", "said"),
    [
        (
            "{a: {}, b: {clinicians.empathy.mean: 0.8, protocol.doses: [1]}, c: {protocol.doses: [1]}}",
            DOSES,
            "no arms hold both at two levels each, so how one changes the effect of the other cannot be seen; "
            "add 'arms.b_a={clinicians.empathy.mean:0.8}'.",
        ),
        (
            "{a: {}, b: {clinicians.empathy.mean: 0.8, protocol.doses: [1]}}",
            DOSES,
            "no two arms differ in it and agree in protocol.doses, so its effect cannot be told from what that does; "
            "add 'arms.a_b={protocol.doses:[1]}' 'arms.b_a={clinicians.empathy.mean:0.8}'.",
        ),
    ],
)
def test_the_arms_that_a_cross_lacks_are_named_ready_to_paste(arms: str, by: str, said: str) -> None:
    words = [*SMALL, f"arms={arms}", "base_arm=a", "contrast=clinicians.empathy.mean", f"by={by}"]
    with pytest.raises(ScenarioError) as refused:
        questions.check(composed(words, Study))
    assert str(refused.value).endswith(said)
    added = re.findall(r"'(arms\..*?)'", said)
    questions.check(composed([*words, *added], Study))


def test_keys_that_change_together_are_found_whatever_they_are() -> None:
    design = pd.DataFrame({"a": np.arange(8.0), "b": -np.arange(8.0) * np.array([1, 1.1] * 4), "c": [0, 1] * 4})
    design = design.assign(d=design["c"].map({0: "x", 1: "[1]"}), e=3 - design["c"], f=7)
    assert together(design, list("abcdef")) == [["c", "d", "e"]]
    ((one, two, size),) = correlated(design, list("abcdef"))
    assert (one, two) == ("a", "b")
    assert -1 < size < -0.9


def test_what_noise_alone_can_make_is_said_to_be_noise() -> None:
    words = ["replicates=3", *SMALL[1:], "design=grid", "design.levels={assignment.enrolment_spacing: [2, 3]}"]
    found = alliance_sim.run("alliance", words).contrasts("assignment.enrolment_spacing")
    within = (found["mcse"] > 0) & (found["lower"] <= 0) & (found["upper"] >= 0)
    assert within.any()
    assert (found["note"].str.startswith("may be noise") == within).all()


def test_effects_of_levels_picked_as_the_farthest_apart_are_not_taken_for_sure() -> None:
    """Of twelve equal means some pair always seems to differ: its interval holds 0 as often as was promised."""
    rng, surely = np.random.default_rng(5), 0
    for _ in range(200):
        running = Running(list(range(12)), levels={"key": np.eye(12)})
        means = {"key": rng.normal(size=(12, 25))}
        running.level_means = lambda means=means: means  # type: ignore[method-assign]
        (row,) = main_effects(running).to_dict("records")
        surely += not row["lower"] <= 0 <= row["upper"]
    assert surely <= 20  # of 200, at a level of .05: 4 SD above it would be 22


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["contrast=clinicians.bounderies.mean"], "is no key of this design; choose one that varies"),
        (["contrast=clinicians.empathy.mean"], "is no key of this design"),
        ([f"contrast={BOUNDARIES}", f"by={BOUNDARIES}"], "name clinicians.boundaries.mean twice"),
        ([f"by={DOSES}"], "type contrast=KEY too"),
        ([f"contrast={BOUNDARIES}", "by=protocol.drug"], "by=protocol.drug is no key of this design"),
        ([f"contrast={BOUNDARIES}", "parameters=posterior"], "leave out parameters=posterior"),
        ([f"contrast={BOUNDARIES}", "by=3"], "by=3 is no key; type by=KEY, or by='[KEY, KEY]' for several"),
    ],
)
def test_what_a_design_does_not_hold_is_refused_before_it_is_run(words: list[str], said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        alliance_sim.run("alliance", [*SMALL, "design=grid", f"design.levels={GRID}", *words])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_several_keys_are_given_as_a_list_or_with_commas_between(grid: alliance_sim.Results) -> None:
    for by in (f"[{DOSES}, {RULE}]", f"{DOSES}, {RULE}", [DOSES, RULE]):
        assert alliance_sim.Study(contrast=BOUNDARIES, by=by if isinstance(by, list) else by.strip("[]")).by == [
            DOSES,
            RULE,
        ]
    found = grid.contrasts([BOUNDARIES, DOSES], by=RULE)
    assert list(dict.fromkeys(found["key"])) == [BOUNDARIES, DOSES]
    assert found.groupby("key")["kind"].unique().map(list).tolist() == [[EFFECT, INTERACTION]] * 2
    at = grid.contrasts(BOUNDARIES, by=[DOSES, RULE])["by"]
    assert f"{DOSES}=[25], {RULE}=balanced" in set(at)


def test_more_levels_than_memory_holds_are_refused() -> None:
    design = pd.DataFrame({"a": [f"{place}" for place in range(3000) for _ in range(4)], "b": list("wxyz") * 3000})
    with pytest.raises(AnswerError, match=r"contrast=a has too many levels .* leave out by=, or a key\.$"):
        planned(design, ["a", "b"], "a", ["b"], no_base(design))


def test_one_trial_a_point_shows_no_error_and_is_not_called_noise() -> None:
    words = [f"design.levels={{{BOUNDARIES}: [0.3, 0.9], {DOSES}: [[1], [25]]}}", f"contrast=[{BOUNDARIES}, {DOSES}]"]
    results = alliance_sim.run("alliance", ["replicates=1", *SMALL[1:], "design=grid", *words])
    said = wording.findings(results._opened)
    assert any(
        "The error of what protocol.doses, clinicians.boundaries.mean seem to do is not known" in s for s in said
    )
    assert not any("Monte Carlo error alone" in sentence for sentence in said)
    answered = contrasts.sentence(results._opened, contrasts.answer(results._opened))
    assert answered.count("(its error is not known)") == 2
    assert {"interaction", "interaction_2"} <= set(results.figures)


def test_one_key_at_a_time_holds_no_interaction() -> None:
    words = ["design=one_at_a_time", "design.levels={clinicians.boundaries.mean: [0.3], protocol.doses: [[1]]}"]
    with pytest.raises(ScenarioError, match="run design=grid over both"):
        alliance_sim.run("alliance", [*SMALL, *words, f"contrast={BOUNDARIES}", f"by={DOSES}"])
    results = alliance_sim.run("alliance", [*SMALL, *words])
    assert set(results.contrasts(BOUNDARIES)["reference"]) == {"0.62"}
    with pytest.raises(AnswerError, match="name the key in contrast="):
        results.contrasts(by=DOSES)


def test_numbers_from_the_lowest_words_as_the_design_names_them() -> None:
    assert levels("a", pd.Series([3, 1, 2])).values == [1, 2, 3]
    assert levels("a", pd.Series(["late", "early"])).values == ["late", "early"]
    many = levels("a", pd.Series(np.linspace(0, 1, MOST_LEVELS + 4)))
    assert many.continuous
    assert np.bincount(many.codes).tolist() == [8, 8]


def test_people_of_different_conditions_are_not_paired_but_within_a_condition_they_are() -> None:
    arms = "{a: {}, b: {clinicians.empathy.mean: 0.8}, c: {protocol: mapp}, "
    arms += "d: {clinicians.empathy.mean: 0.8, protocol: mapp}}"
    results = alliance_sim.run("alliance", [*SMALL, f"arms={arms}", "base_arm=a"])
    trials = results.trials.pivot_table(index="replicate", columns="arm", values="wai_final", observed=True).astype(
        float
    )
    own = results.contrasts("clinicians.empathy.mean", by="protocol")
    own = own[own["measure"] == "wai_final"].set_index("kind")
    inside = [trials["b"] - trials["a"], trials["d"] - trials["c"]]
    assert own.loc[INTERACTION, "mcse"] == pytest.approx(np.hypot(*(one.sem() for one in inside)), rel=1e-4)
    assert "unpaired" in own.loc[INTERACTION, "note"]
    assert own.loc[EFFECT, "mcse"].tolist() == pytest.approx([one.sem() for one in inside], rel=1e-4)
    table = results.contrasts().set_index(["arm", "measure"])
    each = results.contrasts("arm").set_index(["level", "measure"])
    for arm in ("b", "c", "d"):
        assert each.loc[(arm, "wai_final"), "mcse"] == pytest.approx(table.loc[(arm, "wai_final"), "mcse"], rel=1e-6)
