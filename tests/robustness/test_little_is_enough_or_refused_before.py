"""However little a study has, all that it can be asked works, or is refused before anything is run."""

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import alliance_sim
from alliance_sim import questions
from alliance_sim.analysis import printing
from alliance_sim.analysis.monte_carlo import FEW, known, reported
from alliance_sim.analysis.precision import needed, replicates
from alliance_sim.analysis.screening import trajectories
from alliance_sim.cli.entry import main
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.figures import parts
from alliance_sim.report import console, tables
from alliance_sim.report.drawings import drawings
from alliance_sim.report.page import page
from alliance_sim.study import runner
from alliance_sim.study.config import Estimand

BEHAVIOURS = ("boundaries", "active_listening", "authenticity", "empathy", "collaboration")
SMALL = {
    "patients.number": 3,
    "clinicians.number": 2,
    "keep": "trials",
    "engine": "numpy",
    "executor.workers": 1,
    "figures": "false",
}
OVER = {"design.over": "[clinicians.empathy.mean,parameters.rupture.base]"}
STUDIES = {
    "plain": {"keep": "patients"},
    "one patient": {"patients.number": 1, "keep": "sessions"},
    "no sessions": {"protocol": "waitlist", "keep": "sessions"},
    "no drug": {"protocol": "psychotherapy", "keep": "patients"},
    "one arm": {"~arms.weak": None, "~arms.strong": None},
    "equal arms": {"~arms.weak": None, "~arms.strong": None, "arms.first": "{}", "arms.second": "{}"},
    "no spread": {f"clinicians.{name}.spread": 0 for name in BEHAVIOURS},
    "all leave": {"parameters.retention.base": 4, "keep": "sessions"},
    "one draw": {"posterior.draws": 1},
    "two draws": {"posterior.draws": 2},
    "grid of one": {"design": "grid", "design.levels": "{clinicians.empathy.mean:[0.5]}"},
    "grid": {"design": "grid", **OVER},
    "one at a time": {"design": "one_at_a_time", **OVER},
    "one point": {"design": "latin_hypercube", "design.points": 1, **OVER},
    "two points": {"design": "latin_hypercube", "design.points": 2, **OVER},
    "sobol of one": {"design": "sobol", "design.points": 1, **OVER},
    "sobol of two": {"design": "sobol", "design.points": 2, **OVER},
    "trajectory": {"design": "file"},
}
ASKED = {  # in which every question is answered too
    ("plain", 1): {"patients.number": 2},
    ("equal arms", 2): {"patients.number": 5, "keep": "patients"},
    ("sobol of two", 1): {},
    ("trajectory", 1): {},
}
NO_NUMBER = re.compile(r"\b(nan|inf)\b|± 0\.0+\b(?! to)", re.IGNORECASE)


class Words(HTMLParser):
    """The words of a page that a person reads, without the configuration."""

    def __init__(self, text):
        super().__init__()
        self.words, self._skipped = [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._skipped += tag in ("style", "details")

    def handle_endtag(self, tag):
        self._skipped -= tag in ("style", "details")

    def handle_data(self, text):
        if not self._skipped:
            self.words.append(text)


def words_of(values):
    return [key if value is None else f"{key}={value}" for key, value in values.items()]


def ran(name, count, folder, **more):
    values = SMALL | {"replicates": count} | STUDIES[name] | more
    if name == "trajectory":
        path = folder.with_suffix(".csv")
        base = alliance_sim.Scenario()
        trajectories(base, ["clinicians.empathy.mean", "parameters.rupture.base"], count, 1).to_csv(path, index=False)
        values["design.file"] = path
    return alliance_sim.run("alliance", words_of(values), out=folder)


def everything_said(opened):
    """All that is shown of a study: on the console, in its page with all its figures, and by `precision`."""
    yield "\n".join(map(console.text, tables.outcomes(opened, brief=True)))
    yield " ".join(Words(page(opened)).words)
    for measure in ("change", "dropout"):
        target = opened.largest_error(measure, Estimand.mean)
        yield console.text(tables.precision(needed(opened.found, measure, target), measure, target, "points"))
    for question in opened.study.ask:
        yield "\n".join(map(console.text, tables.answered(opened, question)))


TWICE = ("plain", "equal arms", "all leave", "two draws", "sobol of two", "trajectory")


@pytest.mark.parametrize(("name", "count"), [*((name, 1) for name in STUDIES), *((name, 2) for name in TWICE)])
def test_whatever_is_run_can_be_read_drawn_and_asked(name, count, tmp_path, monkeypatch):
    monkeypatch.setattr("alliance_sim.report.page.command", lambda study: ("alliance-sim run", True))  # takes its time
    results = ran(name, count, tmp_path / "mine", **ASKED.get((name, count), {}))
    opened = results._opened
    if (name, count) in ASKED:
        for question in questions.names():
            opened.study.power.sizes, opened.study.power.clinicians = [4], [2]
            if (question not in ("behaviours", "phases") or name == "plain") and not refused(opened.study, question):
                results.answer(question)
        assert opened.study.ask
    for said in everything_said(opened):
        assert not NO_NUMBER.search(said), NO_NUMBER.search(said)
    stored = pd.read_csv(results.folder / "summary.csv")
    assert not (stored["mcse"] == 0).where(stored["estimate"] != 0).any()


def refused(study, question):
    """Why a question is refused before the run; empty if it is not."""
    try:
        questions.check(dataclasses.replace(study, ask=[question]))
    except ScenarioError as refusal:
        return str(refusal)
    return ""


def test_a_trial_that_failed_is_left_out_and_the_rest_is_answered(tmp_path, monkeypatch):
    whole = runner.simulate

    def failing(engine, arms, replicates, seed, keep):
        if 1 in replicates and any(arm.clinicians.factor_shift > 0 for arm in arms):
            raise FloatingPointError("lost")
        return whole(engine, arms, replicates, seed, keep)

    monkeypatch.setattr(runner, "simulate", failing)
    with pytest.warns(RuntimeWarning, match="1 trial failed"):
        results = ran("plain", 3, tmp_path / "mine", **{"patients.number": 5, "ask": "[distributions]"})
    results.answer("heterogeneity")
    for said in everything_said(results._opened):
        assert not NO_NUMBER.search(said)


# ------------------------------------------------------------------------------------------ refused before the run


REFUSED = {
    "sobol of one": ("sobol", {}, "type design.points=2 or more"),
    "no sessions": ("behaviours", {}, "choose a protocol that has some"),
    "no sessions too": ("mediation", {}, "choose a protocol that has some"),
    "no drug": ("blinding", {}, "choose a protocol that has a dosing session"),
    "one patient": ("heterogeneity", {}, "type patients.number=7 or replicates=7"),
    "plain": ("distributions", {"keep": "trials"}, "type keep=patients"),
    "few patients": ("clinicians", {"keep": "patients", "patients.number": 4}, "patients.number=5 or more"),
    "one clinician": (
        "clinicians",
        {"keep": "patients", "protocol": "psychotherapy", "clinicians.number": 1},
        "clinicians.number=2",
    ),
    "one arm": ("mediation", {}, "2 arms; add one"),
    "no spread": ("behaviours", {}, "type a spread above 0"),
    "no spread too": ("phases", {}, "type a spread above 0"),
    "one draw": ("distributions", {}, "leave one of them out"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_refused_before_anything_is_written(name, tmp_path, capsys):
    question, more, said = REFUSED[name]
    values = SMALL | {"replicates": 1} | STUDIES.get(name.removesuffix(" too"), {}) | more
    assert main(["run", *words_of(values), f"ask=[{question}]", f"out={tmp_path / 'mine'}"]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1
    assert not (tmp_path / "mine").exists()


def test_what_only_results_can_tell_ends_in_one_sentence_with_all_else_written(tmp_path, monkeypatch, capsys):
    answer = questions.answer

    def some(name, opened):
        if name == "heterogeneity":
            raise AnswerError("nobody differs; run more.")
        return answer(name, opened)

    monkeypatch.setattr(questions, "answer", some)
    values = SMALL | {"replicates": 2, "patients.number": 4, "keep": "patients", "figures": "true"}
    assert main(["run", *words_of(values), "ask=[heterogeneity,distributions]", f"out={tmp_path / 'mine'}"]) == 2
    assert capsys.readouterr().err.endswith("nobody differs; run more.\n")
    assert (tmp_path / "mine" / "answers" / "distributions.csv").is_file()
    assert (tmp_path / "mine" / "figures" / "outcomes.png").is_file()


# ------------------------------------------------------------------------------------------------- unknown errors


def test_an_error_is_known_only_where_replicates_differ_or_nothing_can():
    assert np.isnan(known(np.array([np.nan, 0.0, 1e-9]), 2)).all()
    assert known(np.array([0.0, 0.0, 0.3]), 2, np.array([True, False, False])).tolist()[::2] == [0.0, 0.3]
    rows = [(0.0, 0.0, "points"), (0.0, 0.0, "1"), (2.0, 0.0, "points"), (2.0, 0.1, "points")]
    frame = pd.DataFrame(rows, columns=["estimate", "mcse", "unit"]).assign(lower=0.0, upper=0.0)
    assert reported(frame, FEW)["mcse"].isna().tolist() == [False, True, True, False]
    assert reported(frame, FEW - 1)["mcse"].isna().tolist() == [True, True, True, False]
    shares = frame[1:2].assign(estimate=1.0, lower=0.7, upper=1.0)
    assert reported(shares, 9)[["lower", "upper"]].to_numpy().tolist() == [[0.7, 1.0]]


def test_a_sign_stands_for_an_unknown_error_and_a_line_says_what_it_means():
    assert printing.estimate("change", -8.53, float("nan")) == "−8.53 ± ?"
    assert printing.estimate("dropout", 0.1, float("nan"), "pp") == "10.0 ± ? pp"
    assert printing.estimate("change", 0.0, 0.0) == "0.00 exactly"
    assert printing.signs(["−8.53 ± 0.10"]) == ""
    assert printing.signs(["−8.53 ± ?"]).startswith("± ?: the error is not known")
    assert parts.number(-8.53, float("nan")) == "−8.53 (?)"
    assert parts.unknown([0.1, float("nan")]).startswith("\n?: its error is not known")
    assert parts.unknown([0.1]) == ""


def test_one_replicate_knows_no_error_and_says_so_everywhere(tmp_path, monkeypatch):
    results = ran("plain", 1, tmp_path / "mine", keep="sessions")
    monkeypatch.setattr("alliance_sim.report.page.drawings", lambda opened: {})  # drawn below
    whole = page(results._opened)
    assert "± ?: the error is not known" in whole
    text = "\n".join(map(console.text, tables.outcomes(results._opened)))
    assert text.count("± ?: the error is not known") == len(tables.outcomes(results._opened))
    assert not re.search(r"± \d", text)
    stored = (results.folder / "summary.csv").read_text(encoding="utf-8")
    assert pd.read_csv(results.folder / "summary.csv")["mcse"].isna().all()
    assert "nan" not in stored.lower()
    for name in ("outcomes", "bond", "contrasts"):
        drawing = drawings(results._opened).get(name)
        if drawing:
            assert any("not known" in text.get_text() for text in drawing.draw().findobj(Text)), name


def trials(dropouts, changes):
    """Two arms in as many trials as numbers are given, with the same numbers in both."""
    few = alliance_sim.with_values(alliance_sim.Scenario(), {"patients.number": 2, "clinicians.number": 2})
    frame = alliance_sim.simulate({"a": few, "b": few}, len(dropouts), keep="trials")
    return frame.assign(dropout=[*dropouts, *dropouts], change=[*changes, *changes])


def test_replicates_that_agree_by_chance_know_no_error():
    frame = trials([0.5, 0.5], [-3.0, -4.0])
    found = alliance_sim.contrasts(frame, [("b", "a")]).set_index("measure")
    assert found.loc[["dropout", "change"], "mcse"].isna().all()
    assert found.loc["dropout", "estimate"] == 0


def test_many_replicates_without_any_difference_in_scores_have_none_by_construction():
    frame = trials(np.tile([0.0, 0.5], FEW // 2), np.arange(FEW) - 9.0)
    found = alliance_sim.contrasts(frame, [("b", "a")]).set_index("measure")
    assert found.loc["change", ["estimate", "mcse", "lower", "upper"]].tolist() == [0, 0, 0, 0]
    assert np.isnan(found.loc["dropout", "mcse"])  # dropouts may agree by chance


@pytest.mark.parametrize("count", [1, 2])
def test_one_and_the_same_world_twice_differs_in_nothing_by_construction(count, tmp_path):
    found = ran("equal arms", count, tmp_path / "mine", keep="trials").contrasts()
    own = found[found["measure"].isin(["change", "dropout", "response", "wai_final"])]
    assert len(own) == 8
    assert (own[["estimate", "mcse", "lower", "upper"]] == 0).all(axis=None)


def test_who_meets_nobody_has_no_dropout_by_construction(tmp_path):
    results = ran("no sessions", 2, tmp_path / "mine", keep="trials")
    found = results.summary().set_index("measure")
    assert (found.loc[["dropout", "adverse", "ruptures"], "mcse"] == 0).all()
    assert (found.loc["change", "mcse"] > 0).all()
    assert "0.0 % exactly" in "\n".join(map(console.text, tables.outcomes(results._opened)))


def test_a_wished_precision_is_not_reached_by_replicates_that_agree(tmp_path):
    results = ran("plain", 2, tmp_path / "mine", keep="trials")
    study = dataclasses.replace(results.study, replicates=2)
    study.precision.target, study.precision.measure, study.precision.max_replicates = 0.5, "adverse", 50
    errors = results._opened.errors("adverse", Estimand.difference)
    assert np.isnan(errors).all()
    assert replicates(study, errors) == FEW
    assert "not known" in console.reached(study, float("nan"))
