"""From a study to frames and back: batches, groups of arms, failures, and what a results folder holds."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyarrow import parquet

import alliance_sim
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import FolderError
from alliance_sim.study import runner
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Design, Kind
from alliance_sim.study.engines import EngineName, pick
from alliance_sim.study.store import Store
from alliance_sim.study.work import compute
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario

SHIFTS = {
    "weak": {"clinicians.factor_shift": -1.28},
    "typical": {},
    "strong": {"clinicians.factor_shift": 1.28},
}
FRAMES = ("trials", "patients", "sessions")


def small(replicates: int = 4, **values: Any) -> Study:
    keys = {"patients.number": 5, "clinicians.number": 3, "experiment": "small", **values}
    study = Study(arms=SHIFTS, base_arm="typical", replicates=replicates)
    return changed(study, keys)


def with_arms(study: Study, arms: dict[str, dict[str, Any]]) -> Study:
    return Study(
        protocol=study.protocol,
        patients=study.patients,
        clinicians=study.clinicians,
        arms=arms,
        base_arm=next(iter(arms)),
        replicates=study.replicates,
        seed=study.seed,
    )


def of_arm(frame: pd.DataFrame, arm: str) -> pd.DataFrame:
    return frame[frame["arm"] == arm].drop(columns="arm").reset_index(drop=True)


def failing(monkeypatch: pytest.MonkeyPatch, error: type[BaseException], replicate: int) -> None:
    """Let every simulation that holds one replicate of an arm with better clinicians raise."""
    simulate = runner.simulate

    def broken(engine: EngineName, arms: Sequence[Scenario], replicates: Sequence[int], *others: Any) -> Any:
        if replicate in replicates and any(arm.clinicians.factor_shift > 1 for arm in arms):
            raise error("the bond\nbroke")
        return simulate(engine, arms, replicates, *others)

    monkeypatch.setattr(runner, "simulate", broken)


@pytest.fixture(scope="module")
def results() -> alliance_sim.Results:
    return alliance_sim.run(small())


@pytest.mark.parametrize("rows", [1, 400, 10**6])
def test_results_do_not_depend_on_the_size_of_a_batch(tmp_path: Path, results: alliance_sim.Results, rows: int) -> None:
    study = small(out=str(tmp_path / "out"))
    done(study, rows)
    for name in FRAMES:
        found = getattr(alliance_sim.load(study.out), name)
        pd.testing.assert_frame_equal(found, getattr(results, name), check_exact=True)


def test_more_replicates_change_none_that_were_there(results: alliance_sim.Results) -> None:
    fewer = alliance_sim.run(small(replicates=2))
    kept = results.patients[results.patients["replicate"] < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(fewer.patients, kept, check_exact=True)


def test_arms_with_other_timetables_run_beside_each_other_as_they_would_alone() -> None:
    arms = {"plain": {}, "longer": {"protocol.preparation.sessions": 4}, "kind": {"clinicians.empathy.mean": 0.9}}
    study = with_arms(small(replicates=2), arms)
    assert runner.groups(study.scenarios()) == [["plain", "kind"], ["longer"]]
    together = alliance_sim.run(study)
    for arm, values in arms.items():
        alone = alliance_sim.run(with_arms(study, {arm: values}))
        pd.testing.assert_frame_equal(of_arm(together.trials, arm), of_arm(alone.trials, arm), check_exact=True)
        pd.testing.assert_frame_equal(of_arm(together.patients, arm), of_arm(alone.patients, arm), check_exact=True)


def test_a_trial_that_raises_is_a_row_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, results: alliance_sim.Results
) -> None:
    failing(monkeypatch, RuntimeError, replicate=2)
    with pytest.warns(RuntimeWarning, match="1 trial failed"):
        found = alliance_sim.run(small())
    assert found.failures.to_dict("records") == [
        {"arm": "strong", "replicate": 2, "error": "RuntimeError: the bond broke"}
    ]
    assert len(found.trials) == len(results.trials)
    lost = (results.trials["arm"] == "strong") & (results.trials["replicate"] == 2)
    assert found.trials.loc[lost, "change"].isna().all()
    pd.testing.assert_frame_equal(found.trials[~lost], results.trials[~lost], check_exact=True)
    assert len(found.patients) == len(results.patients) - 5


def test_a_study_whose_trials_all_raise_still_has_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, RuntimeError, replicate=0)
    with pytest.warns(RuntimeWarning, match="1 trial failed"):
        found = alliance_sim.run(with_arms(small(replicates=1), {"strong": SHIFTS["strong"]}))
    assert found.trials["status"].tolist() == ["failed"]
    assert len(found.patients) == len(found.sessions) == 0


def test_the_design_names_what_differs_between_arms() -> None:
    design = runner.design(small())
    assert design["point"].tolist() == [0, 1, 2]
    assert design["arm"].tolist() == list(SHIFTS)
    assert [json.loads(changes) for changes in design["changes"]] == list(SHIFTS.values())
    assert design["clinicians.factor_shift"].tolist() == [-1.28, 0.0, 1.28]
    assert set(design.columns) == {"point", "arm", "base", "changes", "clinicians.factor_shift"}


def test_points_run_as_arms_would_and_rows_carry_their_numbers() -> None:
    grid = Design(Kind.grid, levels={"clinicians.factor_shift": [-1.28, 0.0, 1.28]})
    found, arms = alliance_sim.run(replace(small(), design=grid)), alliance_sim.run(small())
    assert found.trials["point"].dtype == "int32"
    for kind in FRAMES:
        points = getattr(found, kind).drop(columns="point")
        pd.testing.assert_frame_equal(points, getattr(arms, kind).drop(columns="arm"), check_exact=True)
    assert found.design["clinicians.factor_shift"].tolist() == [-1.28, 0.0, 1.28]


@pytest.mark.parametrize("rows", [1, 20, 100])
def test_every_trial_of_a_design_is_in_one_batch(rows: int) -> None:
    levels = {"clinicians.empathy.mean": [0.4, 0.5, 0.6] * 9, "protocol.preparation.sessions": [2, 3]}
    study = replace(small(), design=Design(Kind.grid, levels=levels), keep=Keep.trials)
    cut = runner.batches(study, study.worlds(), EngineName.lanes, rows)
    cells = [(label, replicate) for batch in cut for label in batch.labels for replicate in batch.replicates]
    assert len(cells) == len(set(cells)) == 54 * 4
    assert max(batch.trials for batch in cut) <= rows


def test_points_that_cannot_run_together_share_a_batch_and_give_what_they_give_alone() -> None:
    sizes = [4, 5, 6, 7]
    levels = {"patients.number": sizes, "clinicians.empathy.mean": [0.4, 0.6], "protocol.preparation.sessions": [2, 3]}
    study = replace(small(replicates=2), design=Design(Kind.grid, levels=levels), keep=Keep.patients)
    assert len(runner.groups(study.worlds())) == 2 * len(sizes)
    assert len(runner.batches(study, study.worlds(), EngineName.numpy)) == 1
    found = alliance_sim.run(study)
    for place, size in enumerate(sizes):
        alone = alliance_sim.run(replace(study, design=Design(Kind.grid, levels={**levels, "patients.number": [size]})))
        for kind in ("trials", "patients"):
            own = getattr(found, kind)
            own = own[own["point"] // 4 == place].reset_index(drop=True)
            own["point"] -= 4 * place
            pd.testing.assert_frame_equal(own, getattr(alone, kind), check_exact=True)


def done(made: Study, rows: int = 50, most: int | None = None) -> list[runner.Batch]:
    """Run what is missing of a study, at most so many batches; the batches that were run."""
    held, worlds = Store(made), made.worlds()
    engine = pick(made.engine, list(worlds.values()), made.replicates)
    cut = runner.batches(made, worlds, engine, rows, held.begin())[:most]
    for given in held.inputs(cut, engine):
        held.put(compute(given))
    held.commit()
    return cut


def stored(study: Study) -> Path:
    done(study, rows=400)
    return Path(study.out)


def test_a_results_folder_gives_back_what_was_found(tmp_path: Path, results: alliance_sim.Results) -> None:
    folder = stored(small(out=str(tmp_path / "deep" / "out")))
    loaded = alliance_sim.load(folder)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(results, name), check_exact=True)
    pd.testing.assert_frame_equal(loaded.design, results.design, check_exact=True)
    held = [".lock", ".lock-set-up", "batches", "columns.csv", "config.yaml", "design.parquet", "manifest.json", "runs"]
    held += FRAMES
    assert sorted(path.name for path in folder.iterdir()) == sorted(held)


def test_every_part_says_where_it_comes_from(tmp_path: Path) -> None:
    folder = stored(small(out=str(tmp_path / "out")))
    parts = [part for kind in FRAMES for part in (folder / kind).iterdir()]
    assert len(parts) > len(FRAMES)
    for part in parts:
        about = parquet.read_schema(part).metadata
        assert about[b"seed"] == b"20261122"
        assert about[b"experiment"] == b"small"
        assert about[b"alliance_sim"] == alliance_sim.__version__.encode()
        units = json.loads(about[b"units"])
        assert units["change"] == "MADRS points"
        assert units["weight"] == "kg"


def test_every_measured_column_has_a_unit(results: alliance_sim.Results) -> None:
    from alliance_sim.study.units import units

    known = units(small().base())
    for name in FRAMES:
        frame = getattr(results, name)
        assert set(frame.select_dtypes("float").columns) <= known.keys()


def test_outcomes_are_single_floats_split_by_byte(tmp_path: Path) -> None:
    folder = stored(small(out=str(tmp_path / "out")))
    group = parquet.ParquetFile(next((folder / "patients").iterdir())).metadata.row_group(0)
    columns = {group.column(place).path_in_schema: group.column(place) for place in range(group.num_columns)}
    assert columns["change"].physical_type == "FLOAT"
    assert "BYTE_STREAM_SPLIT" in columns["change"].encodings
    assert {column.compression for column in columns.values()} == {"ZSTD"}


def test_the_same_study_with_more_replicates_adds_to_the_fewer(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    stored(small(out=out, replicates=2))
    (tmp_path / "out" / "notes.txt").write_text("mine")
    folder = stored(small(out=out))
    assert len(alliance_sim.load(folder).trials) == 4 * len(SHIFTS)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="holds no results"):
        alliance_sim.load(tmp_path)
