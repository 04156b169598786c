"""`alliance-sim calibrate` and `alliance-sim validate`, as a person would type them."""

import pandas as pd
import pytest

from alliance_sim.calibration import calibrate as command, likelihood, posterior, results, search
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


@pytest.mark.slow
def test_calibrating_twice_gives_the_same_bytes_and_a_stopped_run_goes_on(tiny, tmp_path, monkeypatch, capsys):
    one, two = tmp_path / "one", tmp_path / "two"
    assert main(["calibrate", *QUICK, f"out={one}"]) == 0
    said = capsys.readouterr().out
    assert "draws of" in said
    whole = posterior._step

    def stopped(cloud, *rest):
        if cloud.step == 1:
            raise KeyboardInterrupt
        return whole(cloud, *rest)

    monkeypatch.setattr(posterior, "_step", stopped)
    assert main(["calibrate", *QUICK, f"out={two}"]) == 130
    assert not (two / "posterior.parquet").exists()
    monkeypatch.setattr(posterior, "_step", whole)
    capsys.readouterr()
    assert main(["calibrate", *QUICK, f"out={two}"]) == 0
    again = capsys.readouterr().out
    assert "step 1:" not in again
    assert "search 1" not in again
    assert (one / "posterior.parquet").read_bytes() == (two / "posterior.parquet").read_bytes()
    assert (one / "best.yaml").read_text() == (two / "best.yaml").read_text()


@pytest.mark.slow
def test_validating_counts_and_explains(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert main(["validate", "batches=3", f"out={tmp_path}"]) == 0
    said = capsys.readouterr().out.splitlines()
    table = pd.read_csv(tmp_path / "targets.csv")
    counts = table.groupby("role")["within"].agg(["sum", "count"])
    assert said[-1] == (
        f"fitted: {counts.loc['fitted', 'sum']}/{counts.loc['fitted', 'count']} within 95 %; "
        f"predicted: {counts.loc['predicted', 'sum']}/{counts.loc['predicted', 'count']} within 95 %"
    )
    for key in table.loc[~table["within"], "key"]:
        assert any(line.strip().startswith(f"{key}:") for line in said), key
    for name in ("forest", "courses", "behaviours", "tornado"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    assert max(len(line) for line in said) <= 110


def test_a_posterior_of_other_numbers_is_refused(tmp_path, monkeypatch, capsys):
    packed = results.read()
    path = tmp_path / "other.parquet"
    results.write(path, packed._replace(keys=packed.keys[1:], values=packed.values[:, 1:], best=packed.best[1:]))
    assert main(["validate", f"posterior={path}"]) == 2
    assert "alliance-sim calibrate" in capsys.readouterr().err
