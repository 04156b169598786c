"""Fits to simulated data whose truth is known: what is found, how often intervals hold it, what is informed."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alliance_sim.calibration.own import posterior
from alliance_sim.calibration.own.blocks import usable
from alliance_sim.calibration.own.fit import Fit, Fitted, Problem, fit, problem
from alliance_sim.calibration.own.source import Source, of_study
from alliance_sim.compose.studies import composed
from alliance_sim.study.config import Study

FOLDER = Path(__file__).parents[2] / "examples" / "data"
SEED = 411  # of truths and of fresh data
REPEATS = 100  # fresh data sets at the example's truth, and as many at draws of the priors
SURE = 3.3  # standard errors of a share
COVERED = (85, 96)  # of 100 intervals of 90 %


def _module() -> Any:
    about = importlib.util.spec_from_file_location("examples_data_make", FOLDER / "make.py")
    assert about is not None
    assert about.loader is not None
    made = importlib.util.module_from_spec(about)
    about.loader.exec_module(made)
    return made


make = _module()


def fitted(example: Any, path: Path, draws: int, *words: str) -> Fitted:
    """Fit an example's keys to a file."""
    study = composed([*of_study(example.words, (), "fit"), *words], Study)
    return fit(study, Source(file=str(path)), Fit(over=list(example.truth), draws=draws))


def small(example: Any) -> Any:
    """The same with a third of the patients."""
    arms = {arm: (count // 3, changes) for arm, (count, changes) in example.arms.items()}
    return example._replace(arms=arms, clinicians=example.clinicians // 2)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    example = small(make.EXAMPLES["clinic"])
    path = tmp_path_factory.mktemp("data") / "clinic.csv"
    make.scores(example, example.truth, 0, SEED).to_csv(path, index=False)
    return example, path


@pytest.fixture(scope="module")
def found(clinic: tuple[Any, Path]) -> Fitted:
    return fitted(*clinic, 2048, "engine=lanes")


def test_a_key_that_scores_show_is_informed_and_one_that_they_do_not_is_not(found):
    """The rate of leaving, from who left; the spread of misjudgements, from nothing that is rated."""
    rows = found.found.table.set_index("key")
    assert rows.loc["parameters.retention.base", "width_ratio"] < 0.7
    assert rows.loc["parameters.delivery.rating_bias_spread", "width_ratio"] > 0.8
    assert not rows.loc["parameters.delivery.rating_bias_spread", "informed"]
    assert found.found.trusted


def test_the_same_seed_gives_the_same_answer_with_any_number_of_threads(clinic, found):
    again = fitted(*clinic, 2048, "engine=lanes", "executor.workers=1")
    pd.testing.assert_frame_equal(again.found.table, found.found.table, rtol=1e-9)
    pd.testing.assert_frame_equal(again.found.draws, found.found.draws, rtol=1e-9)


@pytest.mark.full
@pytest.mark.parametrize("name", list(make.EXAMPLES))
def test_ninety_percent_intervals_hold_the_truth_in_ninety_of_a_hundred_data_sets(name, tmp_path, monkeypatch, capsys):
    """Fresh data sets through reading, summaries and posterior; minutes.

    Of a key that no data tell, the interval always holds a truth that lies inside the prior's: it counts at draws of
    the priors alone.
    """
    monkeypatch.setattr(posterior, "RESAMPLED", 2)  # errors are looked at elsewhere
    monkeypatch.setattr(posterior, "EXPLAINED", 100)
    rows = repeats(name, tmp_path)
    with capsys.disabled():
        print(f"\n{name}\n{counted(rows).to_string()}")
    every = rows[rows["drawn"]]
    assert COVERED[0] <= 100 * every["held"].mean() <= COVERED[1]
    for row in counted(rows).to_dict("records"):
        assert row["held_drawn"] >= 90 - SURE * 3.0, row["key"]  # one key in a thousand by chance
        assert row["held_drawn"] <= 90 + SURE * 3.0, row["key"]
        if row["informed"] > 50:
            assert COVERED[0] <= row["held_fixed"] <= 100
    assert (rows.loc[rows["informed"], "width_ratio"] <= posterior.HALF).all()
    assert rows["informed"].any()


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Of a hundred data sets each: intervals that hold the truth, and how often a key was said to be informed."""
    found = []
    for key, own in rows.groupby("key", sort=False):
        drawn, fixed = own[own["drawn"]], own[~own["drawn"]]
        found.append(
            {
                "key": key,
                "held_drawn": 100 * drawn["held"].mean(),
                "held_fixed": 100 * fixed["held"].mean(),
                "informed": 100 * fixed["informed"].mean(),
                "width_fixed": fixed["width_ratio"].mean(),
            }
        )
    return pd.DataFrame(found)


def repeats(name: str, folder: Path, count: int = REPEATS) -> pd.DataFrame:
    """Explain so many data sets at the example's truth and so many at draws of the priors.

    Trials are simulated once, of the size and schedule of the shipped data set and with its scores missing; patients
    have the study's own severity.
    """
    example = make.EXAMPLES[name]
    study = composed(of_study([*example.words, "engine=lanes"], (), "fit"), Study)
    wanted = Fit(over=list(example.truth), draws=16384)

    def asked(path: Path) -> Problem:
        return problem(study, Source(file=str(path), entry=False), wanted)

    shipped = asked(FOLDER / f"{name}.csv")
    prior, trials = shipped.maker.priors, shipped.maker.simulated(wanted.draws)
    draws = np.random.default_rng(SEED)
    made = []
    for repeat in range(2 * count):
        drawn = repeat % 2 == 1
        values = {one.key: float(one.values(draws.standard_normal())) for one in prior}
        truth: Mapping[str, float] = values if drawn else example.truth
        path = folder / f"{name}-{repeat}.csv"
        make.scores(example, truth, 0, SEED + 1000 * (repeat + 1)).to_csv(path, index=False)
        fresh = asked(path)
        shown = dict(zip(fresh.names, fresh.observed, strict=True))
        observed = np.array([shown.get(one, np.nan) for one in shipped.names])
        table = posterior.posterior(prior, *usable(trials, observed, shipped.names), study.seed).table
        whose = np.array([truth[key] for key in table["key"]])
        held = (table["lower"] <= whose) & (whose <= table["upper"])
        made.append(table[["key", "width_ratio", "informed"]].assign(drawn=drawn, held=held))
    return pd.concat(made, ignore_index=True)
