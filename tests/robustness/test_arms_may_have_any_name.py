"""Whatever an arm is called, its name comes through all that is made of a study, or is refused before the run."""

import io
import json
import shlex
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from matplotlib.figure import Figure

import alliance_sim
from alliance_sim import figures
from alliance_sim.analysis.opened import opened
from alliance_sim.analysis.story import tell
from alliance_sim.compose.studies import composed
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.figures import theme
from alliance_sim.report import console, tables, templates, width
from alliance_sim.report.command import command
from alliance_sim.report.drawings import drawings
from alliance_sim.report.page import page
from alliance_sim.study import names
from alliance_sim.study.config import Study
from alliance_sim.world.scenario import with_values

REFUSED = (
    *("", " ", "null", "NULL", "nan", "NaN", "-nan", "NA", "N/A", "n/a", "None", "none", "#N/A", "<NA>", "1.#IND"),
    *("1", "01", "1e3", "-1", "0.5", "inf", "Infinity", "true", "True", "FALSE", "1_0", "٣"),
    *(
        "=cmd()",
        "=1+1",
        "+1 mg",
        "-weak",
        "@SUM(A1)",
        "a\nb",
        "a\tb",
        "a\r",
        "\x00",
        "a\x1b[31m",
        "a\u202eb",
        "\ufeffa",
    ),
    *(" a", "a ", "a\u00a0", "a" * 101, "a" * 300, "\ud800"),
)
STRANGE = (
    *(
        "<b>",
        "a & b",
        "**x**",
        "$x$",
        "a $",
        "$\\frac{",
        "_private",
        "__",
        'say "so"',
        "it's",
        "a,b",
        "a;b",
        "{}",
        "{x}",
    ),
    *(
        "%s",
        "100 %",
        "a/b",
        "..",
        "../up",
        "~",
        "😀",
        "👩‍⚕"[:1],
        "שלום",
        "مرحبا",
        "漢字",
        "ab́c",
        "Weak",
        "weak",
        "WEAK",
    ),
    *("arm", "change", "base", "all", "d", "dropout", "all behaviours", "parameters.x", "a − b", "a × b", "a: b", "#x"),
    *(
        "${x}",
        "\\n",
        "'",
        '"',
        "`rm`",
        "<script>alert(1)</script>",
        "</code>",
        "x" * 100,
        "25 mg",
        "a.b",
        "a=b",
        "!x",
        "?",
    ),
)
NAMES = tuple(dict.fromkeys(STRANGE))
ON_A_LINE = (
    "weak",
    "_private",
    "漢字",
    "a.b",
    "${x}",
    "{}",
    "25 mg",
    "a/b",
    "..",
    "a=b",
    "'",
    "a,b",
    "a: b",
    "x" * 100,
)
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "id", "class", "href", "src", "alt", "scope", "colspan"),
    *("tabindex", "role", "aria-label", "download"),
}
IN_ONE_LINE = st.text(st.characters(exclude_categories=("Cs",)), max_size=110)


class Parsed(HTMLParser):
    """The tags of a page, its words, and how often each name stands there as a whole cell."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.attributes = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, text):
        self.words.append(text.strip())


def study(arms, **more):
    made = Study(arms={name: {"clinicians.factor_shift": place / 100} for place, name in enumerate(arms)},
                 base_arm=arms[0], replicates=2, engine="numpy", **more)  # fmt: skip
    made.patients.number, made.clinicians.number, made.executor.workers = 3, 2, 1
    return made


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """All names in one study."""
    made = study(NAMES, ask=["distributions"], keep="patients", figures=False)
    return alliance_sim.run(made, out=tmp_path_factory.mktemp("named") / "mine")


# ------------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_a_name_that_would_not_come_through_is_refused_in_one_sentence(name):
    few = with_values(alliance_sim.Scenario(), {"patients.number": 2, "clinicians.number": 2})
    for way in (
        lambda: alliance_sim.run(Study(arms={"base": {}, name: {}})),
        lambda: alliance_sim.run(Study(arms={name: {}}, base_arm=name)),
        lambda: alliance_sim.simulate({name: few}, 1),
    ):
        with pytest.raises(ScenarioError, match="an arm cannot be called") as caught:
            way()
        said = str(caught.value)
        assert said.isprintable()
        assert len(said) < 300
        assert "type 1 to 100 printable characters" in said


@settings(derandomize=True, deadline=None, max_examples=200)
@given(IN_ONE_LINE)
def test_an_allowed_name_is_read_back_from_a_table_as_it_was(name):
    try:
        names.checked([name])
    except ScenarioError as refusal:
        assert str(refusal).isprintable()  # noqa: PT017  (either of two ways is right)
        return
    table = pd.DataFrame({"arm": [name], "versus": [name]}).to_csv(index=False)
    back = pd.read_csv(io.StringIO(table))
    assert back["arm"].tolist() == back["versus"].tolist() == [name]


def test_names_that_are_no_text_are_refused():
    with pytest.raises(ScenarioError, match="no text"):
        alliance_sim.simulate({1: alliance_sim.Scenario()}, 1)


# ------------------------------------------------------------------------------------------------------- tables


def test_summary_and_answers_are_read_back_with_the_same_names(ran):
    whole = pd.read_csv(ran.folder / "summary.csv")
    assert whole.loc[whole["table"] == "outcome", "arm"].unique().tolist() == list(NAMES)
    compared = whole[whole["table"] == "contrast"]
    assert set(compared["arm"]) == set(NAMES[1:])
    assert set(compared["versus"]) == {NAMES[0]}
    answer = pd.read_csv(ran.folder / "answers" / "distributions.csv")
    assert set(answer["arm"]) == set(NAMES[1:])
    assert opened(ran.folder).answered("distributions")[""]["arm"].unique().tolist() == list(NAMES[1:])


def test_parquet_manifest_and_frames_hold_the_same_names(ran):
    assert pd.read_parquet(ran.folder / "design.parquet")["arm"].tolist() == list(NAMES)
    assert list(json.loads((ran.folder / "manifest.json").read_text("utf-8"))["config"]["arms"]) == list(NAMES)
    again = alliance_sim.load(ran.folder)
    assert again.patients["arm"].cat.categories.tolist() == list(NAMES)
    assert again.trials.groupby("arm", observed=True).size().tolist() == [2] * len(NAMES)
    assert again.summary()["arm"].unique().tolist() == list(NAMES)


def test_files_are_called_as_in_any_study(ran):
    assert {path.name for path in (ran.folder / "answers").iterdir()} == {
        "about.json", "distributions.csv", "distributions_quantiles.csv",
    }  # fmt: skip
    assert not [path for path in ran.folder.rglob("*") if not path.name.isascii()]


def test_simulated_frames_and_contrasts_hold_the_same_names():
    few = with_values(alliance_sim.Scenario(), {"patients.number": 2, "clinicians.number": 2})
    arms = dict.fromkeys(NAMES, few)
    trials = alliance_sim.simulate(arms, 2, keep="trials")
    assert trials["arm"].cat.categories.tolist() == list(NAMES)
    found = alliance_sim.contrasts(trials, [(name, NAMES[0]) for name in NAMES[1:]])
    assert found["arm"].unique().tolist() == list(NAMES[1:])
    with pytest.raises(AnswerError, match="there is no 'nobody'"):
        alliance_sim.contrasts(trials, [("nobody", NAMES[0])])


# ----------------------------------------------------------------------------------------- console, page and story


def test_the_console_keeps_to_its_width_and_to_lines(ran):
    for table in tables.outcomes(ran._opened, brief=True):
        for line in console.text(table).split("\n"):
            assert line.isprintable()
            assert len(line) <= width.WIDEST


def test_the_page_holds_names_as_words_and_no_tag_of_theirs(ran, monkeypatch):
    one = {"quantiles": drawings(ran._opened)["quantiles"]}  # its caption names arms; the others are drawn below
    monkeypatch.setattr("alliance_sim.report.page.drawings", lambda opened: one)
    whole = page(ran._opened)
    parsed = Parsed(whole)
    assert not {"b", "script"} & set(parsed.tags)
    assert parsed.tags.count("html") == parsed.tags.count("body") == parsed.tags.count("main") == 1
    assert parsed.attributes <= ATTRIBUTES
    for name in NAMES[1:]:
        assert name in parsed.words, name
    assert "No command line can say this study" in whole
    cells = Parsed(templates.html(tables.outcomes(ran._opened))).words
    assert {f"{name} − {NAMES[0]}" for name in NAMES[1:]} <= set(cells)


@pytest.mark.parametrize("name", ON_A_LINE, ids=ascii)
def test_the_printed_command_makes_the_same_arms_or_none_is_printed(name):
    line, _ = command(study(["usual", name]))
    assert line or name not in ("weak", "_private")
    if line:
        again = composed(shlex.split(line)[2:], Study)
        assert set(again.arms) == {"usual", name}
        assert again.arms[name] == {"clinicians.factor_shift": 0.01}


@pytest.mark.parametrize("name", ["<b>", "$x$", "x" * 100, "漢字", "{}"])
def test_a_story_names_the_arm_as_it_is(name):
    story = tell(study(["usual", name]), 1, arm=name, counterfactual="usual")
    assert f"arm {name}" in story
    assert max(map(len, story.split("\n"))) <= 260


# ------------------------------------------------------------------------------------------------------- figures


def test_every_figure_is_drawn_with_all_names_as_they_are(ran):
    for name, drawing in drawings(ran._opened).items():
        figure = drawing.draw()
        figure.draw_without_rendering()
        legend = figure.axes[0].get_legend()
        if name.startswith("outcomes"):
            said = " ".join(text.get_text().replace("\n", "") for text in legend.get_texts())
            assert len(legend.get_texts()) == len(NAMES) + 1
            assert all(theme.literal(one).replace(" ", "") in said.replace(" ", "") for one in NAMES)


@pytest.mark.parametrize("name", ["$x$", "a$", "_private", "$\\frac{", "漢字", "<b>"])
def test_a_figure_in_axes_of_ones_own_takes_any_name(name, ran):
    people = ran.patients[ran.patients["arm"].isin([name if name in NAMES else "$x$"])]
    ax = Figure().subplots()
    figures.outcome_distribution(people.assign(arm=name), alliance_sim.Scenario(), ax)
    ax.figure.canvas.draw()
    assert ax.get_legend().get_texts()[0].get_text().startswith(theme.literal(name))


def test_what_the_font_lacks_is_written_as_its_code_point():
    assert theme.literal("漢 x") == "U+6F22 x"
    assert theme.literal("a b", 0) == "a b"
    assert theme.literal("x" * 40, 20).count("\n") >= 2
