"""The answer to a question in a sentence: numbers with their errors, and no more than these allow."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest

from alliance_sim import Scenario, questions
from alliance_sim.analysis import printing
from alliance_sim.questions import _wording
from alliance_sim.report import wording

NAN = math.nan
OPENED = SimpleNamespace(
    study=SimpleNamespace(base_arm="usual"), scenarios={"usual": None, "kind": None}, pair=("kind", "usual")
)
CLEAR, NOISE, UNKNOWN = (-2.0, 0.1, -2.2, -1.8), (-0.1, 0.2, -0.5, 0.3), (-0.5, NAN, NAN, NAN)
POINTS = "MADRS points"


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    """Rows of words, then estimate, mcse, lower, upper, unit."""
    flat = [[*words, *numbers, unit] for words, numbers, unit in rows]
    return pd.DataFrame(flat, columns=[*columns.split(), "estimate", "mcse", "lower", "upper", "unit"])


def said(name: str, **tables: pd.DataFrame) -> str:
    parts = {"" if part == "main" else part: frame for part, frame in tables.items()}
    return questions.question(name).sentence(OPENED, parts)


@pytest.mark.parametrize(
    ("numbers", "share", "text"),
    [
        (CLEAR, False, "−2.00 ± 0.10 MADRS points"),
        (UNKNOWN, False, "−0.50 MADRS points (its error is not known)"),
        ((0.0, 0.0, 0.0, 0.0), False, "0.00 MADRS points (without error)"),
        ((NAN, NAN, NAN, NAN), False, "not known"),
        ((0.25, 0.004, 0.24, 0.26), True, "25.00 ± 0.40 %"),
    ],
)
def test_a_number_stands_with_its_error_and_unit(numbers, share, text):
    row = dict(zip(("estimate", "mcse", "lower", "upper"), numbers, strict=True), unit=POINTS)
    assert _wording.number(row, share) == text


def behaviours(*base, elsewhere=NOISE):
    rows = [((f"b_{place}", "effect", "change", "usual"), one, POINTS) for place, one in enumerate(base)]
    return table(
        "behaviour kind measure arm", *rows, (("b_0", "effect", "change", "kind"), elsewhere, POINTS)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "value", "way"),
    [
        ("change", -2.0, "symptoms fell more"),
        ("standardised_change", -2.0, "(better)"),
        ("standardised_change", 2.0, "(worse)"),
        ("response", 0.2, "(better)"),
        ("response", -0.2, "(worse)"),
        ("dropout", 0.2, "(worse)"),
        ("adverse", -0.2, "(better)"),
    ],
)
def test_a_difference_is_said_to_be_better_or_worse(measure, value, way):
    world = Scenario()
    opened = SimpleNamespace(scenarios={}, base=world)
    named = printing.labels(world)
    row = {"difference": value, "mcse": 0.01, "lower": value - 0.02, "upper": value + 0.02}
    assert way in wording._compared(opened, measure, row, named)
    noise = row | {"mcse": 9.0, "lower": -9.0, "upper": 9.0}
    assert wording._compared(opened, measure, noise, named).endswith("is better)")
    assert wording._compared(opened, measure, row | {"mcse": NAN, "lower": NAN, "upper": NAN}, named).endswith(
        "is better)"
    )


def test_the_largest_and_the_smallest_effect_are_named_and_noise_is_called_so():
    text = said("behaviours", main=behaviours(CLEAR, NOISE))
    assert "most for b 0, −2.00 ± 0.10 MADRS points" in text
    assert "least for b 1, −0.10 ± 0.20 MADRS points (Monte Carlo error alone can make it)" in text
    assert "1 of 2 effects are not beyond Monte Carlo error" in text
    assert "kind none beyond Monte Carlo error" in text


def test_what_may_be_as_large_as_the_largest_is_named():
    near, far = (-1.8, 0.1, -2.0, -1.6), (-1.0, 0.1, -1.2, -0.8)
    assert "(not surely more than for b 1), and least for b 2" in said("behaviours", main=behaviours(CLEAR, near, far))
    assert "not surely" not in said("behaviours", main=behaviours(CLEAR, far))
    several = said("behaviours", main=behaviours(CLEAR, near, near, UNKNOWN))
    assert "(not surely more than for b 1, b 2 and 1 more)" in several


@pytest.mark.parametrize("numbers", [NOISE, UNKNOWN])
def test_where_nothing_is_beyond_noise_no_effect_is_claimed(numbers):
    text = said("behaviours", main=behaviours(numbers, numbers))
    assert "beyond Monte Carlo error nowhere in arm usual" in text
    assert "most for" not in text
    phases = table(
        "arm behaviour phase measure", (("usual", "empathy", "dosing", "change"), numbers, POINTS)
    )  # fmt: skip
    assert "nowhere" in said("phases", main=phases)


@pytest.mark.parametrize(("total", "parts"), [(CLEAR, True), (NOISE, False)])
def test_parts_of_an_effect_that_may_be_none_are_not_named(total, parts):
    frame = table(
        "effect", (("total",), total, POINTS), (("direct",), CLEAR, POINTS), (("felt_empathy",), CLEAR, POINTS)
    ).assign(share=[1.0, 0.25, 0.75], share_mcse=[0.0, 0.01, 0.01])
    text = said("mediation", main=frame)
    assert ("felt empathy 75.0 ± 1.0 %" in text) is parts
    assert ("say nothing about what it runs through" in text) is not parts


def test_a_share_of_an_effect_that_may_be_none_is_not_given():
    def worded(whole, share):
        kinds = ("as run", "as run less perfect")
        rows = [
            (("kind", "usual", "change", kind), one, POINTS) for kind, one in zip(kinds, (whole, NOISE), strict=True)
        ]
        of = table("arm versus measure blinding", (("kind", "usual", "change", "as run"), share, "of the effect"))
        return said("blinding", main=table("arm versus measure blinding", *rows), share=of)

    assert "−10.0 ± 1.0 % of it" in worded(CLEAR, (-0.1, 0.01, -0.12, -0.08))
    assert "so no share of it is given" in worded(NOISE, (NAN,) * 4)


def test_keys_of_a_design_are_ranked_by_their_total_index():
    keys = [("one", "total", 0.2), ("two", "total", 0.7), ("two", "first", 0.9), ("three", "total", 0.01)]
    rows = [((key, index), (value, 0.02, value - 0.04, value + 0.04), 1) for key, index, value in keys]
    parts = table("part", (("parameters",), CLEAR, "points²")).assign(share=0.4)
    text = said("sobol", main=table("key index", *rows), parts=parts)
    assert "most on two, total index 0.70 ± 0.02; then on one (0.20 ± 0.02), three" in text
    assert "1 of 3 keys have no index beyond its error" in text
    assert "40 %" in text
    assert "noise counts" in said("sobol", main=table("key index", *rows))


def test_moderators_within_noise_are_not_named():
    rows = [(("mean effect",), CLEAR, POINTS), (("SD of individual effects",), (1.0, 0.1, 0.8, 1.2), POINTS)]
    rows.append((("share better off",), (0.9, 0.02, 0.86, 0.94), 1))
    joint = table("moderator kind", (("fit", "joint"), NOISE, POINTS), (("fit", "alone"), CLEAR, POINTS))
    assert "Nothing that patients brought" in said("heterogeneity", main=table("quantity", *rows), moderation=joint)
    joint.loc[0, ["estimate", "mcse", "lower", "upper"]] = CLEAR
    assert "differs most with fit" in said("heterogeneity", main=table("quantity", *rows), moderation=joint)


def test_the_error_of_a_difference_between_cases_is_bounded_by_both():
    rows = [
        (("usual", case, measure), (value, 0.25, value - 1, value + 1), POINTS)
        for case, value in ((1, -5.0), (4, -7.0))
        for measure in ("skill", "change")
    ]
    assert "the primary score (lower is better) by −2.00 ± 0.50 MADRS points (errors are upper bounds)" in said(
        "cases", main=table("arm case measure", *rows)
    )


def test_clinicians_share_within_noise_is_called_so():
    share = table("arm quantity", (("usual", "clinicians' share"), (0.02, 0.03, -0.04, 0.08), 1))
    slopes = table("slope view", *(((slope, "model"), CLEAR, "points per point") for slope in ("within", "between")))
    text = said("clinicians", main=share, slopes=slopes)
    assert "2.0 ± 3.0 % of the outcome's variance" in text
    assert "not beyond Monte Carlo error" in text


def test_two_arms_of_different_scales_are_not_said_to_differ():
    empty = table("arm versus measure")
    assert "not measured on one scale" in said("distributions", main=empty)
