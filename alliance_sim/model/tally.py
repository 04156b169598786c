"""A patient's outcomes, kept as they come in, and what a trial sums: one definition for every engine."""

from typing import NamedTuple

from alliance_sim.model.instruments import remitted, responded
from alliance_sim.model.maths import Value, each, law, maximum, sqrt, where
from alliance_sim.model.parameters import Numbers
from alliance_sim.model.state import Assessment, Encounter, Entry, Experience, Ratings


class Views(NamedTuple):
    """Ratings of the alliance, WAI-SR points; NaN until given."""

    early: Value  # the patient's last before the first dosing session, or of the early sessions without dosing
    final: Value  # the patient's last
    clinician_final: Value  # the lead clinician's last


class Counts(NamedTuple):
    """What happened how often."""

    ruptures: Value
    repairs: Value
    sessions: Value
    adverse_events: Value
    dropout: Value  # 1 once the patient has left treatment


class Tally(NamedTuple):
    """What one patient's outcomes rest on so far; scores are NaN until first given."""

    entry: Entry
    end: Assessment  # on the primary day
    views: Views
    peaks: Experience  # highest of all dosing sessions
    belief: Value  # after the latest dosing session: chance given to having got the drug
    counts: Counts


class Outcome(NamedTuple):
    """One patient's outcomes at the primary day."""

    baseline: Value
    endpoint: Value
    change: Value
    response: Value
    remission: Value
    dropout: Value
    adverse: Value  # 1 with at least one adverse event
    secondary_baseline: Value
    secondary_change: Value
    wellbeing_baseline: Value
    wellbeing_change: Value
    star_p: Value
    wai_early: Value
    wai_final: Value
    wai_clinician_final: Value
    ebi: Value
    meq30: Value
    asc_boundlessness: Value
    ceq: Value
    guess: Value  # 1 who believes to have got the drug, 0 who does not; NaN who was never dosed
    certainty: Value  # of the guess, [0, 1]: 0 even, 1 without a doubt
    ruptures: Value
    repairs: Value
    sessions: Value
    adverse_events: Value


@law
def opened(entry: Entry, missing: Value) -> Tally:
    """Open a tally with the scores at entry; `missing` is NaN."""
    return Tally(
        entry=entry,
        end=Assessment(primary=missing, secondary=missing, wellbeing=missing, star_p=missing),
        views=Views(early=missing, final=missing, clinician_final=missing),
        peaks=Experience(ebi=missing, meq30=missing, asc_boundlessness=missing, ceq=missing),
        belief=missing,
        counts=Counts(ruptures=0.0, repairs=0.0, sessions=0.0, adverse_events=0.0, dropout=0.0),
    )


@law
def after_session(tally: Tally, met: Encounter, ratings: Ratings, early: Value) -> Tally:
    """Add what any session brought; `early` is 1 for the sessions whose rating may be the early one."""
    here = met.attended > 0.5
    views = Views(
        early=where(here & (early > 0.5), ratings.patient, tally.views.early),
        final=where(here, ratings.patient, tally.views.final),
        clinician_final=where(here, ratings.clinician, tally.views.clinician_final),
    )
    counts = Counts(
        ruptures=tally.counts.ruptures + met.rupture,
        repairs=tally.counts.repairs + met.repaired,
        sessions=tally.counts.sessions + met.attended,
        adverse_events=tally.counts.adverse_events + met.adverse,
        dropout=tally.counts.dropout + met.left,
    )
    return tally._replace(views=views, counts=counts)


@law
def higher(so_far: Value, now: Value, counts: Value) -> Value:
    """The higher of two scores where `counts` is true; a missing score gives way to any."""
    return where(counts, where(so_far >= now, so_far, now), so_far)


@law
def after_experience(tally: Tally, met: Encounter, answers: Experience) -> Tally:
    """Add the questionnaires of a dosing session."""
    here = met.attended > 0.5
    return tally._replace(peaks=each(higher, tally.peaks, answers, here), belief=where(here, met.belief, tally.belief))


@law
def after_primary(tally: Tally, scores: Assessment) -> Tally:
    """Add the assessment on the primary day."""
    return tally._replace(end=scores)


@law
def outcome(tally: Tally, p: Numbers) -> Outcome:
    """Turn a tally into the patient's outcomes; everyone counts, in treatment or not."""
    return Outcome(
        baseline=tally.entry.primary,
        endpoint=tally.end.primary,
        change=tally.end.primary - tally.entry.primary,
        response=where(responded(tally.entry.primary, tally.end.primary, p.primary), 1.0, 0.0),
        remission=where(remitted(tally.end.primary, p.primary), 1.0, 0.0),
        dropout=tally.counts.dropout,
        adverse=where(tally.counts.adverse_events > 0.5, 1.0, 0.0),
        secondary_baseline=tally.entry.secondary,
        secondary_change=tally.end.secondary - tally.entry.secondary,
        wellbeing_baseline=tally.entry.wellbeing,
        wellbeing_change=tally.end.wellbeing - tally.entry.wellbeing,
        star_p=tally.end.star_p,
        wai_early=tally.views.early,
        wai_final=tally.views.final,
        wai_clinician_final=tally.views.clinician_final,
        ebi=tally.peaks.ebi,
        meq30=tally.peaks.meq30,
        asc_boundlessness=tally.peaks.asc_boundlessness,
        ceq=tally.peaks.ceq,
        guess=where(tally.belief == tally.belief, where(tally.belief > 0.5, 1.0, 0.0), tally.belief),
        certainty=maximum(2.0 * tally.belief - 1.0, 1.0 - 2.0 * tally.belief),
        ruptures=tally.counts.ruptures,
        repairs=tally.counts.repairs,
        sessions=tally.counts.sessions,
        adverse_events=tally.counts.adverse_events,
    )


@law
def given(score: Value) -> Value:
    """1 where a score was given, 0 where it is missing (NaN)."""
    return where(score == score, 1.0, 0.0)


@law
def or_nothing(score: Value) -> Value:
    """The score, or 0 where it is missing (NaN): what a sum over patients adds."""
    return where(score == score, score, 0.0)


@law
def spread(squares: Value, count: Value) -> Value:
    """Standard deviation from a sum of squared deviations of `count` values; NaN for one."""
    return sqrt(squares / (count - 1.0))
