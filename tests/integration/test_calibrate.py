"""`alliance-sim calibrate` and `alliance-sim validate`, as a person would type them."""

import pandas as pd
import pytest

from alliance_sim.calibration import calibrate as command, likelihood, posterior, results, search
from alliance_sim.calibration.checks import left_out, outcome, run, synthetic, words
from alliance_sim.calibration.evidence.rows import rows
from alliance_sim.calibration.evidence.targets import FITTED, PREDICTED, targets
from alliance_sim.cli.entry import main

QUICK = ["particles=100"]


@pytest.fixture
def tiny(monkeypatch):
    """A calibration that keeps every step and hardly any trials."""
    monkeypatch.setattr(likelihood, "TRIALS", dict.fromkeys(likelihood.TRIALS, 1))
    monkeypatch.setattr(likelihood, "LONG", 48)
    monkeypatch.setattr(command, "TRIALS", likelihood.TRIALS)
    monkeypatch.setattr(command, "ANCHORED", 1)
    monkeypatch.setattr(search, "ROUNDS", 1)
    monkeypatch.setattr(posterior, "SWEEPS", 1)
    monkeypatch.setattr(posterior, "KEEP", 0.1)
    monkeypatch.setattr(synthetic, "SETS", 16)
    monkeypatch.setattr(run, "BATCHES", 2)


@pytest.mark.slow
def test_a_calibration_stopped_twice_goes_on_and_gives_the_same_bytes_and_leaves_every_trial_out(
    tiny, tmp_path, monkeypatch, capsys
):
    """Stopped while it samples and again while it checks, beside one that nobody stops."""
    one, two = tmp_path / "one", tmp_path / "two"
    assert main(["calibrate", *QUICK, f"out={one}"]) == 0
    assert "draws of" in capsys.readouterr().out
    step, without = posterior._step, left_out.without
    searched = []

    def stopped_step(cloud, *rest):
        if cloud.step == 1:
            raise KeyboardInterrupt
        return step(cloud, *rest)

    def stopped_check(study, *rest):
        searched.append(study)
        if len(searched) == 2:
            raise KeyboardInterrupt
        return without(study, *rest)

    with monkeypatch.context() as sampling:
        sampling.setattr(posterior, "_step", stopped_step)
        assert main(["calibrate", *QUICK, f"out={two}"]) == 130
    assert not (two / "posterior.parquet").exists()
    capsys.readouterr()
    monkeypatch.setattr(left_out, "without", stopped_check)
    assert main(["calibrate", *QUICK, f"out={two}"]) == 130
    assert (two / "posterior.parquet").exists()
    assert not (two / outcome.FILE).exists()
    again = capsys.readouterr().out
    assert "step 1:" not in again
    assert "search 1" not in again
    assert main(["calibrate", *QUICK, f"out={two}"]) == 0
    said = capsys.readouterr().out
    fitted = dict.fromkeys(target.measure.study for target in likelihood.fitted())
    assert "check, line" not in said
    assert searched == [*list(fitted)[:2], *list(fitted)[1:]]  # only what was not done before
    assert (one / "posterior.parquet").read_bytes() == (two / "posterior.parquet").read_bytes()
    assert (one / "best.yaml").read_text() == (two / "best.yaml").read_text()
    for name in (outcome.FILE, *(f"{table}.csv" for table in TABLES)):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    read = results.read(two / "posterior.parquet")
    found = outcome.read(two / outcome.FILE, read)
    assert "\n".join(words.lines(found)) in said
    loto = pd.read_csv(two / "loto.csv")
    assert list(loto.columns) == left_out.COLUMNS
    of_key = dict(zip(loto["key"], loto["left_out"], strict=True))
    expected = {target.key: target.measure.study for target in targets(FITTED)}
    assert of_key == expected | {target.key: left_out.NEVER for target in targets(PREDICTED)}
    assert pd.read_csv(two / "implausibility.csv")["key"].nunique() == len(expected)


TABLES = ("recovery", "ranks", "implausibility", "loto")


@pytest.mark.slow
def test_validating_says_that_a_posterior_without_checks_has_none(tmp_path, capsys):
    """What checks that lie beside a posterior found is in the test below."""
    packed, quick = results.read(), ["batches=2", "figures=false"]
    path = tmp_path / "posterior.parquet"
    results.write(path, packed)
    wanted = ["validate", f"posterior={path}", *quick, f"out={tmp_path / 'out'}"]
    assert main(wanted) == 0
    said = capsys.readouterr().out
    assert said.count(outcome.UNCHECKED) == 1
    assert "Frozen yardstick, " in said
    beside = results.PACKED.with_name(outcome.FILE).read_bytes()
    (tmp_path / outcome.FILE).write_bytes(beside)
    assert outcome.read(tmp_path / outcome.FILE, packed) is not None


def test_the_packed_checks_are_of_the_packed_posterior():
    assert outcome.read(results.PACKED.with_name(outcome.FILE), results.read()) is not None


@pytest.mark.slow
def test_validating_counts_and_explains(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert main(["validate", "batches=3", f"out={tmp_path}"]) == 0
    whole = capsys.readouterr().out
    assert outcome.UNCHECKED not in whole
    assert "\n".join(words.lines(outcome.read(results.PACKED.with_name(outcome.FILE), results.read()))) in whole
    said = whole.splitlines()
    table = pd.read_csv(tmp_path / "targets.csv")
    apart = table["key"].str.startswith("CL")
    counts = table[~apart].groupby("role")["within"].agg(["sum", "count"])
    clinicians = table[apart].groupby("role")["within"].agg(["sum", "count"])
    assert said[-2] == (
        f"clinicians and blinding, fitted: {clinicians.loc['fitted', 'sum']}/{clinicians.loc['fitted', 'count']}, "
        f"predicted: {clinicians.loc['predicted', 'sum']}/{clinicians.loc['predicted', 'count']}"
    )
    assert said[-1] == (
        f"fitted: {counts.loc['fitted', 'sum']}/{counts.loc['fitted', 'count']} within 95 %; "
        f"predicted: {counts.loc['predicted', 'sum']}/{counts.loc['predicted', 'count']} within 95 %"
    )
    for key in table.loc[~table["within"], "key"]:
        assert any(line.strip().startswith(f"{key}:") for line in said), key
    staff = pd.read_csv(tmp_path / "clinicians.csv").set_index("key")
    assert list(staff.index) == list(rows("clinicians"))
    shown = staff.loc[staff["within"].notna(), "within"]
    assert shown.astype(bool).to_dict() == table[apart].set_index("key")["within"].to_dict()
    for key in staff.index[staff["use"] == "context"]:
        assert any(line.strip().startswith(key) for line in said), key
    for name in ("forest", "courses", "behaviours", "tornado"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    assert max(len(line) for line in said) <= 110


def test_a_posterior_of_other_numbers_is_refused(tmp_path, monkeypatch, capsys):
    packed = results.read()
    path = tmp_path / "other.parquet"
    results.write(path, packed._replace(keys=packed.keys[1:], values=packed.values[:, 1:], best=packed.best[1:]))
    assert main(["validate", f"posterior={path}"]) == 2
    assert "alliance-sim calibrate" in capsys.readouterr().err
