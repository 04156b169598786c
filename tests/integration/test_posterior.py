"""Parameter uncertainty: any study at draws of the posterior, shown beside the Monte Carlo error."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim.analysis import uncertainty
from alliance_sim.analysis.estimates import by_arm
from alliance_sim.cli.entry import main
from alliance_sim.compose.studies import composed
from alliance_sim.study import posterior
from alliance_sim.study.config import Study
from alliance_sim.study.verify import verify

SMALL = ["run", "patients.number=8", "clinicians.number=3", "replicates=6", "engine=numpy", "out=out"]
RATE, DEPTH = "parameters.bond.rate", "parameters.rupture.depth"
DRAWS = pd.DataFrame(
    {
        RATE: [0.2, 0.3, 0.4, 0.5],
        DEPTH: [0.05, 0.1, 0.15, 0.2],
        "depression:patients.severity_mean": [0.45, 0.46, 0.47, 0.48],
        "ptsd:patients.severity_mean": [0.5, 0.5, 0.5, 0.5],
        "weight": [0.25, 0.25, 0.25, 0.25],
        "log_likelihood": [0.0, 0.0, 0.0, 0.0],
    }
)


@pytest.fixture(autouse=True)
def four_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A posterior of four draws, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    DRAWS.to_parquet(tmp_path / "posterior.parquet")
    monkeypatch.setattr(posterior, "FILE", tmp_path / "posterior.parquet")
    posterior.sample.cache_clear()
    yield
    posterior.sample.cache_clear()


def test_every_arm_is_run_at_every_draw(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "parameters=posterior", "posterior.draws=4"]) == 0
    said = capsys.readouterr().out
    assert "arms weak, typical, strong" in said
    assert "what the evidence leaves open" in said
    design = alliance_sim.load("out").design
    assert design.groupby("of")["draw"].nunique().to_dict() == {"weak": 4, "typical": 4, "strong": 4}
    assert sorted(design[RATE].unique()) == DRAWS[RATE].tolist()
    assert sorted(design["patients.severity_mean"].unique()) == [0.45, 0.46, 0.47, 0.48]
    assert set(design["clinicians.factor_shift"]) == {-1.28, 0.0, 1.28}


def test_one_draw_is_the_study_with_its_numbers() -> None:
    """What a draw gives is what setting its numbers by hand gives; estimates are means over draws."""
    assert main([*SMALL, "parameters=posterior", "posterior.draws=4"]) == 0
    found = alliance_sim.load("out")
    for draw, row in enumerate(DRAWS.to_dict("records")):
        own = [f"{RATE}={row[RATE]}", f"{DEPTH}={row[DEPTH]}"]
        own.append(f"patients.severity_mean={row['depression:patients.severity_mean']}")
        assert main([*SMALL[:-1], *own, "keep=trials", "figures=false", f"out=draw{draw}"]) == 0
        here = alliance_sim.load(f"draw{draw}").trials
        points = found.design.query(f"draw == {draw}").set_index("of")["point"]
        for arm in points.index:
            one = here.loc[here["arm"] == arm, "change"].tolist()
            assert one == found.trials.loc[found.trials["point"] == points[arm], "change"].tolist()
    table = pd.read_csv("out/summary.csv")
    row = table.query("table == 'outcome' and arm == 'weak' and measure == 'change'").iloc[0]
    weak = found.design.query("of == 'weak'")["point"]
    trials = found.trials[found.trials["point"].isin(weak)]
    by_replicate = trials.groupby("replicate")["change"].mean()
    assert row["estimate"] == pytest.approx(by_replicate.mean(), rel=1e-6)
    assert row["mcse"] == pytest.approx(by_replicate.sem(), rel=1e-5)
    means = by_arm(trials).query("measure == 'change'")["estimate"]
    assert means.min() - 0.1 <= row["parameter_lower"] <= row["parameter_upper"] <= means.max() + 0.1


def test_what_the_study_sets_stays_as_set() -> None:
    arms = f"arms.slow={{{RATE}: 0.1}}"
    assert main([*SMALL, "parameters=posterior", "posterior.draws=2", f"{DEPTH}=0.3", arms]) == 0
    design = alliance_sim.load("out").design
    assert design.loc[design["of"] == "slow", RATE].unique().tolist() == [0.1]
    assert design.loc[design["of"] == "weak", RATE].nunique() == 2
    assert DEPTH not in design.columns


def test_a_grid_is_run_at_draws_too(capsys: pytest.CaptureFixture[str]) -> None:
    grid = ["design=grid", "design.levels={clinicians.empathy.mean: [0.4, 0.62, 0.8]}"]
    assert main([*SMALL, *grid, "parameters=posterior", "posterior.draws=3"]) == 0
    said = capsys.readouterr().out
    assert "clinicians.empathy.mean=0.8" in said
    assert RATE not in said
    table = pd.read_csv("out/summary.csv")
    assert table.query("table == 'outcome'")["point"].nunique() == 3
    assert table.query("table == 'contrast' and measure == 'change'")["parameter_sd"].notna().all()


ACTING = [
    (["policy=usual"], False),
    (["policy=manual"], True),
    (["arms.mending={policy: repair_first}"], True),
    (["policy.other=manual", "policy.share=0.5"], True),
    (["policy.other=manual"], False),  # whom nobody follows
    (["clinicians.phases.dosing.empathy=0.1"], True),
    (["clinicians.effort.fatigue=0.1"], True),
    (["clinicians.supervision.sessions=0.25"], True),
    (["clinicians.practice.empathy=1"], True),
    (["protocol.preparation.group=4"], True),
    (["arms.calm={clinicians.after_rupture.empathy: -0.1}"], True),
    (["design=grid", "design.levels={protocol.preparation.group: [1, 4]}"], True),
    (["design=grid", "design.levels={policy: [usual, manual]}"], True),
    (["design=grid", "design.levels={clinicians.phases.dosing.empathy: [0, 0.1]}"], True),
    (["design=grid", "design.levels={clinicians.empathy.mean: [0.5, 0.6]}"], False),
]
FEW = [ACTING[place] for place in (0, 2, 9, 13)]  # of which console and page are read


@pytest.mark.parametrize(("words", "acting"), ACTING)
def test_what_clinicians_do_otherwise_is_no_part_of_the_posterior(words: list[str], acting: bool) -> None:
    """Found in arms, in the base world, and among the keys that points set."""
    study = composed([*SMALL[1:4], *words], Study)
    arms = study.design.of_arms
    worlds, keys = (study.scenarios().values(), ()) if arms else ([study.base()], study.design.levels)
    assert (posterior.fixed(worlds, keys) == posterior.FIXED) == acting


@pytest.mark.parametrize(("words", "acting"), FEW)
def test_a_study_whose_clinicians_act_says_that_this_is_no_part_of_the_posterior(
    words: list[str], acting: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the console and on the page, in one sentence."""
    small = [*SMALL, "keep=trials", "figures=false", *words]
    assert main([*small, "parameters=posterior", "posterior.draws=2"]) == 0
    assert (posterior.FIXED in " ".join(capsys.readouterr().out.split())) == acting
    assert main(["report", "out"]) == 0
    page = Path("out/report.html").read_text(encoding="utf-8").partition('<section id="uncertainty">')[2]
    assert (posterior.FIXED in page.partition("</section>")[0]) == acting


def test_without_draws_of_the_posterior_nothing_is_said_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "keep=trials", "figures=false", "policy=manual"]) == 0
    assert posterior.FIXED not in " ".join(capsys.readouterr().out.split())


def test_the_digest_does_not_depend_on_threads() -> None:
    for workers in (1, 3):
        words = ["parameters=posterior", "posterior.draws=4", f"executor.workers={workers}"]
        assert main([*SMALL[:-1], *words, f"out=out{workers}"]) == 0
    assert verify("out1").digest == verify("out3").digest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["posterior.draws=5"], "more than the posterior holds; use at most 4"),
        (
            ["posterior.draws=2", "design=sobol", "design.over=[clinicians.empathy.mean]"],
            "leave parameters=posterior out",
        ),
        (["parameters=posteriors"], "choose one of: posterior"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, *words]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert said in sentence
    assert not Path("out").exists()


def test_draws_come_as_often_as_they_weigh(tmp_path: Path) -> None:
    DRAWS.assign(weight=[0.0, 3.0, 1.0, 0.0]).to_parquet(tmp_path / "posterior.parquet")
    posterior.sample.cache_clear()
    assert [draw[RATE] for draw in posterior.chosen(4)] == [0.3, 0.3, 0.3, 0.4]


@pytest.mark.parametrize("replicates", [5, 50])
def test_the_spread_between_draws_is_estimated_without_the_noise_in_it(replicates: int) -> None:
    """Draws whose truth has a known spread of 1, seen through noise they share (2) and noise of their own (3).

    2,000 repeats of 20 draws; the mean of the estimated variance is within 4 of its own standard errors of 1, at few
    and at many replicates; the naive spread, which keeps the noise, is not.
    """
    noise, draws = np.random.default_rng(7), 20
    found, naive = [], []
    for _ in range(2000):
        truth = noise.normal(0, 1, draws)
        values = truth[:, None] + noise.normal(0, 2, replicates) + noise.normal(0, 3, (draws, replicates))
        errors = values.std(axis=1, ddof=1) / replicates**0.5
        common = values.mean(axis=0).std(ddof=1) / replicates**0.5
        means = values.mean(axis=1)
        left, low, high = uncertainty.spread(means, errors, common)
        assert low <= means.mean() <= high
        found.append(left**2)
        naive.append(means.var(ddof=1))
    error = np.std(found) / 2000**0.5
    bias = 0.06 if replicates == 5 else 0.0  # cut at zero, where noise is larger than the spread
    assert abs(np.mean(found) - 1) < 4 * error + bias
    assert np.mean(naive) > 1 + 6 * error
