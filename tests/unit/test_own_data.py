"""One's own data: read to the letter, laid out as trials of the same size and schedule, summarised by one function."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from alliance_sim import Scenario, simulate, with_values
from alliance_sim.calibration.own import data, summaries, trials
from alliance_sim.calibration.own.schedule import Measure
from alliance_sim.calibration.own.source import Source
from alliance_sim.errors import ScenarioError
from alliance_sim.study.engines import EngineName
from alliance_sim.world.protocol import Anchor

WIDE = "ID;Tag;Arm;Therapist;MADRS total;WAI\nP1;0;A;T1;31;\nP1;7;A;T1;;3,5\nP2;0;B;T2;28;NA\nP2;7;B;T2;.;4,25\n"


@pytest.fixture
def own(tmp_path):
    """Write a file; returns its path."""

    def written(text, name="own.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def simulated_trial(number=24, seed=5, arms="AB", world=None):
    """One simulated trial as a table of one's own: two arms, clinicians, days from enrolment."""
    world = with_values(world or Scenario(), {"patients.number": number, "clinicians.number": 6})
    visits = simulate(world, replicates=1, keep="sessions", seed=seed)
    people = simulate(world, replicates=1, keep="patients", seed=seed).set_index("patient")
    visits = visits[["patient", "patient_day", "score_primary", "wai"]].rename(
        columns={"patient_day": "day", "score_primary": "madrs"}
    )
    entry = pd.DataFrame({"patient": people.index, "day": 0, "madrs": people["baseline"].to_numpy(), "wai": np.nan})
    whole = pd.concat([entry, visits[visits["madrs"].notna() | visits["wai"].notna()]])
    who = whole["patient"].to_numpy()
    return whole.assign(
        patient=[f"P{place:03d}" for place in who],
        arm=np.array(list(arms))[who % len(arms)],
        clinician=[f"T{people['lead'][place]}" for place in who],
    )


def test_wide_tables_with_semicolons_and_decimal_commas_are_read(own):
    read = data.read(Source(file=own(WIDE)))
    assert read.arms == ("A", "B")
    assert read.instruments == ["madrs", "wai_sr"]
    held = read.scores.dropna(subset="value")
    assert held["value"].tolist() == [31.0, 28.0, 3.5, 4.25]
    assert held["patient"].tolist() == [0, 1, 0, 1]
    assert read.clinicians == 2


def test_long_wide_parquet_and_spreadsheet_give_the_same_scores(own, tmp_path):
    wide = simulated_trial(6)
    long = wide.melt(["patient", "arm", "clinician", "day"], ["madrs", "wai"], "instrument", "score")
    paths = {name: str(tmp_path / name) for name in ("wide.csv", "long.csv", "wide.parquet", "wide.xlsx")}
    wide.to_csv(paths["wide.csv"], index=False)
    long.to_csv(paths["long.csv"], index=False)
    wide.to_parquet(paths["wide.parquet"], index=False)
    wide.to_excel(paths["wide.xlsx"], index=False)
    frames = [data.read(Source(file=path)).scores.dropna(subset="value") for path in paths.values()]
    keys = ["patient", "day", "instrument"]
    first, *others = (frame.sort_values(keys).reset_index(drop=True) for frame in frames)
    assert len(first) > 50
    for other in others:
        pd.testing.assert_frame_equal(first, other, check_dtype=False, rtol=1e-6)


def test_names_are_mapped_in_one_place(own):
    path = own("Fall,T,X\na,0,30\na,21,12\n")
    with pytest.raises(ScenarioError, match="no column that names patients"):
        data.read(Source(file=path))
    read = data.read(Source(file=path, columns={"patient": "Fall", "day": "T", "MADRS": "x"}))
    assert read.scores["value"].tolist() == [30.0, 12.0]


@pytest.mark.parametrize("form", ["2024-03-{:02d}", "{:02d}.03.2024", "{:02d}/03/2024"])
def test_dates_of_one_form_become_days(own, form):
    rows = "".join(f"a,{form.format(day)},{score}\n" for day, score in ((14, 30), (21, 20)))
    assert data.read(Source(file=own(f"patient,date,madrs\n{rows}"))).scores["day"].tolist() == [0.0, 7.0]


def test_a_trial_is_laid_out_as_the_data_are(tmp_path):
    path = tmp_path / "own.csv"
    simulated_trial().to_csv(path, index=False)
    source = Source(file=str(path), arms={"A": "base", "B": "base"}, entry=True)
    plan = trials.layout(data.read(source), source, {"base": Scenario()}, "base")
    one = plan.arms[0]
    assert [len(arm.patients) for arm in plan.arms] == [12, 12]
    assert one.scenario.patients.number == 24
    assert one.scenario.clinicians.number == 6
    assert Measure("madrs", "day 37") in one.measures  # 21 days after dosing on day 16
    assert Measure("wai_sr", "session 4") in one.measures
    assert plan.entry == "madrs"
    assert not plan.unused
    led = one.scenario.clinicians.number
    assert all(place % led == whom for place, whom in zip(one.places, one.observed.clinicians, strict=True))


def test_days_from_the_last_dose_are_those_of_the_protocol(own):
    rows = "".join(f"p{place},{day},{30 - day}\n" for place in range(6) for day in (-1, 7, 21))
    path = own(f"patient,day,madrs\n{rows}")
    with pytest.raises(ScenarioError, match=r"line 2, day: -1 lies before day 0.*anchor=last_dose"):
        data.read(Source(file=path))
    source = Source(file=path, anchor=Anchor.last_dose, entry=False)
    plan = trials.layout(data.read(source), source, {"base": Scenario()}, "base")
    assert [measure.occasion for measure in plan.arms[0].measures] == ["baseline", "day 23", "day 37"]


def test_the_same_numbers_come_of_the_data_and_of_a_simulated_trial_with_its_scores(tmp_path):
    """Identity: the data laid into the shape of a simulated trial give the same summaries, missing cells included."""
    path = tmp_path / "own.csv"
    simulated_trial().to_csv(path, index=False)
    source = Source(file=str(path), arms={"A": "base", "B": "base"}, entry=False)
    plan = trials.layout(data.read(source), source, {"base": Scenario()}, "base")
    listed = summaries.listed(plan.observed)
    ours = summaries.summarised(plan.observed, listed)
    stacked = {
        arm: scores._replace(
            values={
                measure: np.stack([values, values], axis=1)[:, :, None] for measure, values in scores.values.items()
            }
        )
        for arm, scores in plan.observed.items()
    }
    assert summaries.summarised(stacked, listed)[:, 1, 0] == pytest.approx(ours)
    kinds = {summary.statistic for summary in listed}
    assert {summaries.MEAN, summaries.RESPONSE, summaries.CORRELATION, summaries.DIFFERENCE, summaries.BETWEEN} <= kinds


def test_trials_come_out_alike_in_batches_and_whole(tmp_path, monkeypatch):
    path = tmp_path / "own.csv"
    simulated_trial(12).to_csv(path, index=False)
    source = Source(file=str(path), arms={"A": "base", "B": "base"})
    plan = trials.layout(data.read(source), source, {"base": Scenario()}, "base")
    listed = summaries.listed(plan.observed)

    def run():
        worlds = {arm.name: [arm.scenario] for arm in plan.arms}
        return trials.simulate(
            plan, worlds, range(5), 1, lambda made: summaries.summarised(made, listed), EngineName.numpy
        )

    whole = run()
    monkeypatch.setattr(trials, "NUMBERS", 1)
    assert np.array_equal(whole, run(), equal_nan=True)
    assert np.ptp(whole[:, 0], axis=1).min() > 0


def test_the_spread_between_groups_is_that_of_a_one_way_analysis():
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(8), [3, 5, 2, 6, 4, 4, 7, 3])
    values = rng.normal(size=8)[groups] * 2.0 + rng.normal(size=len(groups))
    frame = pd.DataFrame({"group": groups, "value": values})
    each = frame.groupby("group")["value"]
    sizes, n, k = each.size(), len(frame), 8
    within = (frame["value"] - each.transform("mean")).pow(2).sum() / (n - k)
    across = (sizes * (each.mean() - frame["value"].mean()) ** 2).sum() / (k - 1)
    wanted = np.sqrt(max((across - within) / ((n - (sizes**2).sum() / n) / (k - 1)), 0))
    assert summaries.between(values[:, None], groups)[0] == pytest.approx(wanted)


def test_nothing_of_fewer_than_five_patients_is_summarised(own):
    rows = "".join(f"p{place},{arm},{day},30\n" for place, arm in enumerate("aaaaaabbb") for day in (0, 37))
    source = Source(file=own(f"patient,arm,day,madrs\n{rows}"), arms={"a": "base", "b": "base"})
    read = data.read(source)
    with pytest.raises(ScenarioError, match="of arm 'b' of the data nothing can be compared"):
        trials.layout(read, source, {"base": Scenario()}, "base")


def test_spreadsheets_with_formulas_are_refused(tmp_path):
    book = openpyxl.Workbook()
    for row in (("patient", "day", "madrs"), ("a", 0, 30), ("a", 7, "=C2-5")):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    with pytest.raises(ScenarioError, match="sheet Sheet, cell C3: it holds a formula"):
        data.read(Source(file=str(tmp_path / "own.xlsx")))


def test_gaps_between_ratings_are_gaps_and_what_follows_leaving_is_not():
    first, second, score = Measure("wai_sr", "session 1"), Measure("wai_sr", "session 2"), Measure("madrs", "day 37")
    held = {first: np.array([3, np.nan, 3, np.nan]), second: np.array([np.nan, 3, np.nan, np.nan])}
    left = {Measure("dropout", "course"): np.array([1.0, 0, 0, 1])}
    found = trials.gaps(trials.Scores({**held, **left}, None, (1,), 37))
    assert found[first].tolist() == [False, True, False, True]
    assert found[second].tolist() == [False, False, True, True]  # the third stayed, the last never rated
    assert trials.gaps(trials.Scores(held, None, (1,), 37))[second].tolist() == [False, False, False, True]
    assert trials.gaps(trials.Scores({score: held[first]}, None, (1,), 37))[score].tolist() == [
        False,
        True,
        False,
        True,
    ]
