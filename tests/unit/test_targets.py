"""The published numbers: every row is bound to an executable measure, or says why it is not counted."""

import math

import pytest

from alliance_sim.calibration.columns import _DERIVED
from alliance_sim.calibration.evidence.rows import TABLES, rows
from alliance_sim.calibration.evidence.targets import (
    CONTEXT,
    FITTED,
    NOT_COUNTED,
    PREDICTED,
    SCALES,
    TABLE_OF,
    USE_OF,
    Judged,
    bindings,
    of_clinicians,
    targets,
    to_scale,
)
from alliance_sim.calibration.studies import STUDIES


@pytest.mark.parametrize("role", [FITTED, PREDICTED])
def test_every_row_is_bound_or_says_why_it_is_not_counted(role):
    apart = {key: row for key, row in rows("clinicians").items() if row.use == USE_OF[role]}
    table = {**rows(TABLE_OF[role]), **apart}
    assert apart
    assert len(table) > len(apart)
    unbound = set(table) - set(bindings()) - set(NOT_COUNTED)
    assert unbound == set()
    assert set(bindings()) & set(NOT_COUNTED) == set()


def test_no_binding_is_of_a_row_that_does_not_exist():
    context = {key for key, row in rows("clinicians").items() if row.use == "context"}
    shown = {target.row.id for target in of_clinicians(CONTEXT)}
    assert shown == context & set(bindings())
    known = set(rows("calibration")) | set(rows("validation")) | set(rows("clinicians")) - (context - shown)
    assert set(bindings()) | set(NOT_COUNTED) <= known


def test_no_row_is_both_fitted_and_predicted():
    assert {target.row.id for target in targets(FITTED)} & {target.row.id for target in targets(PREDICTED)} == set()
    assert {"PT014", "AP010"} <= {target.row.id for target in targets(PREDICTED)}


def test_the_likelihood_sees_nothing_but_what_is_to_be_fitted():
    from alliance_sim.calibration.likelihood import fitted

    apart = {key for key, row in rows("clinicians").items() if row.use == "fit"}
    assert {target.row.id for target in fitted()} <= set(rows("calibration")) | apart
    assert {target.row.id for target in fitted()} & set(rows("validation")) == set()


def test_what_clinicians_do_otherwise_tells_the_posterior_nothing():
    """Rows of paired studies stand apart: their numbers are those of a policy, not of the posterior."""
    for role in (FITTED, PREDICTED):
        of_posterior, apart = targets(role), of_clinicians(role)
        assert not any(STUDIES[one.measure.study].paired for one in of_posterior if one.measure.study in STUDIES)
        assert apart
        assert all(STUDIES[one.measure.study].paired for one in apart)
    assert {target.key for target in of_clinicians(FITTED)} >= {"CL001"}
    assert {target.key for target in of_clinicians(PREDICTED)} >= {"CL002", "CL003"}


def test_an_odds_ratio_is_compared_by_its_logarithm():
    found = {target.key: target for target in of_clinicians(PREDICTED)}["CL003"]
    assert to_scale(found.value, found.scale) == pytest.approx(math.log(1.19))
    assert found.error == pytest.approx(math.log(1.38 / 1.03) / 3.92, rel=0.01)


def test_every_measure_names_a_study_an_arm_and_a_statistic_that_exist():
    for key, (measure, *_) in bindings().items():
        assert measure.statistic in SCALES, key
        if measure.study != "pooled":
            arms = {arm.name for arm in STUDIES[measure.study].arms}
            assert measure.arm in arms, key
            assert measure.versus in {"", *arms}, key


def test_standard_deviations_named_in_notes_are_targets_of_their_own():
    found = {target.key: target for target in targets(FITTED)}
    assert found["TD088.sd"].value == 12.02
    assert found["TD088.sd"].error == pytest.approx(1 / math.sqrt(2 * 78))
    assert found["TM007.change_sd"].value == 11.6
    assert found["TM007.change_sd"].measure.of == ("change.126",)
    assert found["TM007.sd"].value == 13.61


def test_completers_are_measured_where_the_paper_had_completers():
    found = {target.key: target.measure for target in targets(FITTED)}
    assert found["TM007"].who == "stayed"
    assert found["TM001"].who == "all"
    assert found["TD088"].who == "all"


def test_every_target_has_a_finite_value_and_error_on_its_scale():
    for role in (FITTED, PREDICTED, CONTEXT):
        for target in (*targets(role), *of_clinicians(role)):
            assert math.isfinite(to_scale(target.value, target.scale)), target.key
            if target.judged is not Judged.sign:
                assert target.error > 0, target.key
                assert target.n > 0 or target in of_clinicians(role), target.key  # whose errors are published


def test_a_g_of_a_correlational_study_is_compared_as_a_correlation():
    found = {target.key: target for target in targets(FITTED)}
    assert found["PT010"].value == pytest.approx(0.14, abs=0.005)


def test_every_table_of_the_evidence_can_be_read():
    assert all(rows(table) for table in TABLES)


def test_derived_columns_have_names_that_no_outcome_has():
    from alliance_sim.model.tally import Outcome

    assert set(_DERIVED) & set(Outcome._fields) == set()
