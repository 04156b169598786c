"""The same laws as a good Mesa user would write them: agents with attributes, `math`, a NumPy generator, daily steps.

Nothing here comes from the package but the scenario: its numbers and its timetable. The equations are those of
`alliance_sim.model`, in the same order; draws come from `model.rng` as they are needed. The trial steps by days
because one Mesa event for each contact would cost it half as much again.
"""

import math
from collections import defaultdict
from functools import partial
from statistics import fmean, stdev
from typing import Any

import numpy as np
from mesa import Agent, DataCollector, Model

from alliance_sim.model.timetable import Kind, Planned
from alliance_sim.world.protocol import Allocation, Baseline, Blinding
from alliance_sim.world.scenario import Rule, Scenario

SKILLS = ("boundaries", "active_listening", "authenticity", "empathy", "collaboration")
QUESTIONNAIRES = ("ebi", "meq30", "asc_boundlessness", "ceq")
DECILES = {"change_q10": 0.1, "change_q50": 0.5, "change_q90": 0.9}
OUTCOMES = (
    "baseline",
    "endpoint",
    "change",
    "response",
    "remission",
    "dropout",
    "adverse",
    "secondary_baseline",
    "secondary_change",
    "wellbeing_baseline",
    "wellbeing_change",
    "star_p",
    "wai_early",
    "wai_final",
    "wai_clinician_final",
    *QUESTIONNAIRES,
    "guess",
    "certainty",
    "ruptures",
    "repairs",
    "sessions",
    "adverse_events",
    "clinician_hours",
)


def unit(x: float) -> float:
    """Hold x in [0, 1]."""
    return min(max(x, 0.0), 1.0)


def logistic(x: float) -> float:
    """Logistic function."""
    return 1.0 / (1.0 + math.exp(-x))


def blend(lead: float, co: float, share: float) -> float:
    """What a lead and a co-therapist of weight `share` hold together."""
    return lead + share * (co - lead)


class Clinician(Agent):
    """Five skills around a common factor, responsiveness, and fatigue."""

    def __init__(self, model: "Trial") -> None:
        """Hire a clinician."""
        super().__init__(model)
        rng, levels = model.rng, model.world.clinicians
        factor = levels.loading * (rng.standard_normal() + levels.factor_shift)
        rest = math.sqrt(1.0 - levels.loading**2)
        for name in SKILLS:
            skill = getattr(levels, name)
            setattr(self, name, unit(skill.mean + skill.spread * (factor + rest * rng.standard_normal())))
        self.responsiveness = unit(rng.normal(levels.responsiveness.mean, levels.responsiveness.spread))
        self.fatigue = model.p.strain.start
        self.last_day = 0.0

    def rest(self, day: float) -> None:
        """Recover since the last session."""
        self.fatigue *= math.exp(-(day - self.last_day) / self.model.p.strain.recovery)
        self.last_day = day

    def tire(self, hours: float, challenge: float) -> None:
        """Tire from a session."""
        p = self.model.p.strain
        self.fatigue = 1.0 - (1.0 - self.fatigue) * math.exp(-hours * (p.hours + p.challenge * challenge))


class Patient(Agent):
    """Traits, a state that sessions change, and what was measured of it."""

    def __init__(self, model: "Trial", day: float, lead: Clinician, co: Clinician) -> None:
        """Admit a patient on `day`."""
        super().__init__(model)
        rng, people, p = model.rng, model.world.patients, model.p
        self.lead, self.co = lead, co
        self.last_day = day
        self.baseline_day, self.dosed_day = day + model.baseline_day, day + model.first_dose
        self.appointments = iter(model.course)

        z = rng.standard_normal()
        self.attachment_anxiety = people.attachment_anxiety + z
        link = people.attachment_link
        self.attachment_avoidance = (
            people.attachment_avoidance + link * z + math.sqrt(1.0 - link**2) * rng.standard_normal()
        )
        self.expectancy = rng.normal(people.expectancy, 1.0)
        self.absorption = rng.normal(people.absorption, 1.0)
        self.resistance = rng.normal(people.resistance, 1.0)
        self.weight = max(rng.normal(people.weight_mean, people.weight_spread), people.weight_lowest)
        self.sensitivity = rng.standard_normal()
        self.match = rng.standard_normal()
        self.wellbeing_level = rng.standard_normal()
        s = p.symptoms
        self.propensity = self.readily(s.resistance_effect)
        self.readiness = self.readily(s.resistance_common * s.resistance_effect)
        effect = p.integration.hope_expectancy
        self.placebo_responsiveness = math.exp(effect * self.expectancy - 0.5 * effect**2)

        # Entry on the observed score; what lies behind it is drawn given that score.
        primary = model.primary
        error = primary.noise / primary.slope
        self.symptom_volatility = people.symptom_volatility
        mean, spread = model.referred
        state_variance = (s.fluctuation * self.symptom_volatility) ** 2
        if spread > 0.0:  # a published spread holds set-points and momentary deviations together
            usual, state_variance = state_variance, min(state_variance, s.momentary_share * spread**2)
            set_variance = spread**2 - state_variance
            if usual > 0.0:
                self.symptom_volatility *= math.sqrt(state_variance / usual)
        else:
            mean, set_variance = people.severity_mean, people.severity_spread**2
        momentary_variance = state_variance + error**2
        total_variance = set_variance + momentary_variance
        lowest, highest = model.world.entry_bounds
        lowest, highest = (lowest - 0.5 * primary.step) / primary.slope, (highest + 0.5 * primary.step) / primary.slope
        while True:
            observed = rng.normal(mean, math.sqrt(total_variance))
            if lowest <= observed <= highest:
                break
        excess = observed - mean
        share = set_variance / total_variance
        own = rng.normal(share * excess, math.sqrt(set_variance * (1.0 - share)))
        share = state_variance / momentary_variance
        momentary = rng.normal(share * (excess - own), math.sqrt(state_variance * (1.0 - share)))
        self.set_point = max(mean + own, error)
        self.severity = self.severity_at_entry = max(self.set_point + momentary, 0.0)

        b, z = p.bond, rng.standard_normal()
        gift = b.start_spread * z + b.start_expectancy * self.expectancy
        self.trust = unit(b.trust_start + gift - b.start_anxiety * self.attachment_anxiety)
        distance = b.start_avoidance * self.attachment_avoidance
        self.felt_empathy = unit(b.felt_empathy_start + gift - distance)
        self.rapport = unit(b.rapport_start + gift - distance)
        o = p.openness
        self.fear = unit(
            o.fear_level + o.fear_anxiety * self.attachment_anxiety + o.fear_spread * rng.standard_normal()
        )
        self.integrated = self.insight = self.relief = self.hope = self.harm = 0.0
        self.belief_relief = self.relief_by(0.0) if model.waits else 0.0
        self.alliance_rating_bias = unit(0.5 + p.delivery.rating_bias_spread * rng.standard_normal()) - 0.5
        self.wellbeing = self.wellbeing_target()
        self.felt_severity = self.severity
        self.in_treatment = True

        self.entry = self.score(observed, primary, 0.0)
        self.entry_secondary = self.score(self.severity, model.secondary)
        self.entry_wellbeing = self.score(self.wellbeing, p.instruments.wemwbs)
        self.end = self.end_secondary = self.end_wellbeing = self.star_p = math.nan
        self.wai_early = self.wai_final = self.wai_clinician_final = math.nan
        self.ebi = self.meq30 = self.asc_boundlessness = self.ceq = self.belief = math.nan
        self.ruptures = self.repairs = self.sessions = self.adverse_events = 0
        self.clinician_hours = 0.0

    # ----------------------------------------------------------------------------------------- what it rests on

    def readily(self, against: float) -> float:
        """How readily the patient responds where treatment resistance counts by `against`."""
        p = self.model.p.symptoms
        return math.exp(
            p.absorption_effect * self.absorption
            + p.expectancy_effect * self.expectancy
            - against * self.resistance
            - 0.5 * (against**2 + p.absorption_effect**2 + p.expectancy_effect**2)
        )

    @property
    def alliance(self) -> float:
        """Mean of the three bonds."""
        return (self.trust + self.felt_empathy + self.rapport) / 3.0

    @property
    def openness(self) -> float:
        """How open the bond and fear leave the patient."""
        p = self.model.p.openness
        return logistic(
            p.base
            + p.trust * (self.trust - 0.5)
            + p.felt_empathy * (self.felt_empathy - 0.5)
            + p.rapport * (self.rapport - 0.5)
            - p.fear * (self.fear - 0.5)
            + p.absorption * self.absorption
        )

    @property
    def usual_fear(self) -> float:
        """Level that fear returns to."""
        p = self.model.p.openness
        return unit(p.fear_level + p.fear_anxiety * self.attachment_anxiety - p.fear_trust * (self.trust - 0.5))

    @property
    def transient(self) -> float:
        """Relief that will fade: by the drug, by hope and by belief."""
        return self.relief + self.hope + self.belief_relief

    @property
    def colour(self) -> float:
        """What improvement beyond what is usual adds to the patient's ratings of the bond."""
        p = self.model.p.ratings
        usual = p.usual_dosed if self.model.day >= self.dosed_day else p.usual_talk
        return p.colour * (self.severity_at_entry - self.severity - usual)

    def wellbeing_target(self) -> float:
        """Level that wellbeing returns to."""
        p = self.model.p.symptoms
        return unit(
            p.wellbeing_level
            + p.wellbeing_spread * self.wellbeing_level
            - p.wellbeing_severity * self.severity
            + p.wellbeing_insight * self.integrated
        )

    def score(self, latent: float, scale: Any, z: float | None = None) -> float:
        """Score on a questionnaire: noise, range and grid."""
        error = self.model.rng.standard_normal() if z is None else z
        raw = scale.intercept + scale.slope * latent + scale.noise * error
        raw = min(max(raw, scale.lowest), scale.highest)
        return scale.lowest + scale.step * round((raw - scale.lowest) / scale.step)

    # ------------------------------------------------------------------------------------------------ contacts

    def live_on(self) -> None:
        """Let the days since the last contact pass; until the baseline symptoms stand still, fear does not."""
        model = self.model
        rng, p, day = model.rng, model.p.symptoms, model.day
        usual = self.usual_fear
        self.fear = usual + (self.fear - usual) * math.exp(-(day - self.last_day) / model.p.openness.fear_days)
        days = max(day - max(self.last_day, self.baseline_day), 0.0)
        self.last_day = day
        deviation = self.severity - self.set_point * math.exp(-self.transient)
        lag = self.wellbeing - self.wellbeing_target()
        self.relief *= math.exp(-days / p.relief_days)
        self.hope *= math.exp(-days / p.hope_days)
        self.belief_relief *= math.exp(-days / model.p.blinding.days)
        drift = p.drift * self.symptom_volatility
        self.set_point *= math.exp(drift * math.sqrt(days) * rng.standard_normal() - 0.5 * drift**2 * days)
        target = self.set_point * math.exp(-self.transient)
        left = math.exp(-days / p.days)
        noise = p.fluctuation * self.symptom_volatility * math.sqrt(1.0 - left**2) * rng.standard_normal()
        self.severity = max(target + deviation * left + noise, 0.0)
        self.wellbeing = unit(self.wellbeing_target() + lag * math.exp(-days / p.wellbeing_days))
        self.insight *= math.exp(-days / model.p.integration.window)

    def keep_appointment(self) -> None:
        """Keep the next appointment of the course."""
        planned = next(self.appointments)
        if planned.kind is Kind.ASSESSMENT:
            self.assess(planned)
        else:
            self.attend(planned)

    def assess(self, planned: Planned) -> None:
        """Fill in the questionnaires of an assessment day."""
        self.live_on()
        model = self.model
        scores = (
            self.score(self.severity, model.primary),
            self.score(self.severity, model.secondary),
            self.score(self.wellbeing, model.p.instruments.wemwbs),
            self.score(self.rapport + self.colour, model.p.instruments.star_p),
        )
        if planned.number == model.world.protocol.assessments.primary_day:
            self.end, self.end_secondary, self.end_wellbeing, self.star_p = scores

    def attend(self, planned: Planned) -> None:
        """Attend a session, unless the patient has left."""
        self.live_on()
        staff = [self.lead, self.co] if planned.clinicians > 1 else [self.lead]
        for clinician in staff:
            clinician.rest(self.model.day)
        if not self.in_treatment:
            return
        self.sessions += 1
        self.clinician_hours += planned.hours * planned.clinicians
        felt_severity, self.felt_severity = self.felt_severity, self.severity
        held = self.meet(planned, felt_severity)
        if planned.kind is Kind.DOSE:
            challenge = self.experience(planned, held)
        else:
            challenge = 0.0
            self.work(planned)
        for clinician in staff:
            clinician.tire(planned.hours, challenge)
        self.rate(planned)

    def meet(self, planned: Planned, felt_severity: float) -> float:
        """Receive what is delivered, bond, rupture and repair, calm; returns how well the patient was held."""
        model, lead, co = self.model, self.lead, self.co
        rng, p = model.rng, model.p.delivery
        share = model.world.protocol.co_share if planned.clinicians > 1 else 0.0

        tired = p.fatigue_cost * blend(lead.fatigue, co.fatigue, share)
        care = p.correction * blend(lead.responsiveness, co.responsiveness, share)
        for_trust = care * max(p.need - (self.trust + self.alliance_rating_bias), 0.0)
        for_felt_empathy = care * max(p.need - (self.felt_empathy + self.alliance_rating_bias), 0.0)
        for_rapport = care * max(p.need - (self.rapport + self.alliance_rating_bias), 0.0)
        z = rng.normal(0.0, p.noise, 5).tolist()
        boundaries = unit(blend(lead.boundaries, co.boundaries, share) - tired + z[0] + for_trust)
        listening = unit(blend(lead.active_listening, co.active_listening, share) - tired + z[1] + for_felt_empathy)
        authenticity = unit(blend(lead.authenticity, co.authenticity, share) - tired + z[2] + for_trust)
        empathy = unit(blend(lead.empathy, co.empathy, share) - tired + z[3] + for_felt_empathy)
        collaboration = unit(blend(lead.collaboration, co.collaboration, share) - tired + z[4] + for_rapport)
        held = (boundaries + listening + empathy) / 3.0
        p = model.p.rupture
        repair = logistic(
            p.repair_base
            + p.repair_collaboration * collaboration
            + p.repair_empathy * empathy
            + p.repair_authenticity * authenticity
        )

        p = model.p.perception
        light = p.halo * (self.alliance - p.halo_level) + p.dyad_spread * self.match
        guarded = light - p.anxiety_shift * self.attachment_anxiety
        distant = light - p.avoidance_shift * self.attachment_avoidance
        boundaries = unit(boundaries + guarded)
        listening = unit(listening + distant)
        authenticity = unit(authenticity + guarded)
        empathy = unit(empathy + distant)
        collaboration = unit(collaboration + distant)

        p = model.p.bond
        step = 1.0 - math.exp(-p.rate * math.sqrt(planned.hours))
        toward = p.trust_boundaries * boundaries + (1.0 - p.trust_boundaries) * authenticity
        self.trust += step * (toward - self.trust)
        toward = p.felt_empathy_empathy * empathy + (1.0 - p.felt_empathy_empathy) * listening
        self.felt_empathy += step * (toward - self.felt_empathy)
        toward = (
            p.rapport_collaboration * collaboration
            + p.rapport_listening * listening
            + (1.0 - p.rapport_collaboration - p.rapport_listening) * authenticity
        )
        toward += p.rapport_limit * (min(self.trust, self.felt_empathy) - toward)
        rapport = self.rapport + step * (toward - self.rapport)
        self.rapport = unit(rapport + p.felt_improvement * (felt_severity - self.severity))

        p = model.p.rupture
        missed = 1.0 - (listening + empathy + collaboration) / 3.0
        chance = logistic(
            p.base
            + p.misattunement * missed
            + p.boundaries * (1.0 - boundaries)
            + p.fear * self.fear
            + p.anxiety * self.attachment_anxiety
        )
        if rng.random() < chance:
            self.ruptures += 1
            if rng.random() < repair:
                self.repairs += 1
                self.trust += p.gain * (1.0 - self.trust)
                self.rapport += p.gain * (1.0 - self.rapport)
            else:
                self.trust *= 1.0 - p.depth
                self.rapport *= 1.0 - p.depth

        p = model.p.openness
        self.fear += (1.0 - math.exp(-p.fear_rate * math.sqrt(planned.hours))) * (self.usual_fear - self.fear)
        p = model.p.delivery
        fresh = p.rating_bias_spread * math.sqrt(1.0 - p.rating_bias_memory**2) * rng.standard_normal()
        self.alliance_rating_bias = unit(0.5 + p.rating_bias_memory * self.alliance_rating_bias + fresh) - 0.5
        return held

    def work(self, planned: Planned) -> None:
        """Work together in a talking session: integrate insight and, once there is a baseline, gain a little, hope."""
        p, together, open_now = self.model.p.integration, self.alliance, self.openness
        hours = planned.hours
        made = self.insight * (1.0 - math.exp(-p.rate * open_now * together * hours))
        work = won = 0.0
        if self.model.day >= self.baseline_day:
            work = self.readiness * (p.common * open_now * together * math.sqrt(hours) + p.placebo)
            won = self.hope_from(p.hope_session)
        self.severity *= math.exp(-(made + work + won))
        self.set_point *= math.exp(-(made + work))
        self.insight -= made
        self.integrated += made
        self.hope += won
        self.decide(planned)

    def experience(self, planned: Planned, held: float) -> float:
        """Go through a dosing day; returns how challenging it was."""
        model = self.model
        rng, p, drug = model.rng, model.p.dosing, model.world.drug
        dose = planned.dose * (self.weight if model.world.protocol.dose_per_kg else 1.0)
        intensity = 0.0
        if dose > 0.0:
            odds = drug.steepness * (math.log(dose / drug.half_dose) + drug.sensitivity_spread * self.sensitivity)
            intensity = logistic(odds + p.occasion * rng.standard_normal())
        fear, trust = self.fear, self.trust  # what the drug adds in the room stays there
        self.fear *= 1.0 - drug.fear_relief * intensity
        self.trust += drug.trust_gain * intensity * (1.0 - self.trust)

        support = held + p.support_bond * (self.alliance - held)
        challenge = intensity * logistic(
            p.challenge_base
            + p.challenge_fear * self.fear
            - p.challenge_support * support
            + p.challenge_noise * rng.standard_normal()
        )
        resolved = challenge * logistic(p.resolve_base + p.resolve_support * support)
        unresolved = challenge - resolved
        breakthrough = intensity * logistic(
            p.breakthrough_base
            + p.breakthrough_openness * self.openness
            + p.breakthrough_resolved * resolved
            + p.breakthrough_propensity * math.log(self.propensity)
            + p.experience_noise * rng.standard_normal()
        )
        mystical = intensity * logistic(
            p.mystical_base
            + p.mystical_trust * self.trust
            - p.mystical_fear * self.fear
            + p.mystical_absorption * self.absorption
            + p.mystical_propensity * math.log(self.propensity)
            + p.experience_noise * rng.standard_normal()
        )

        depth = mystical + p.breakthrough_share * (breakthrough - mystical)
        noise = math.exp(p.insight_noise * rng.standard_normal() - 0.5 * p.insight_noise**2)
        insight = drug.insight * model.drug_effect * intensity * depth * noise
        at_once = p.at_once * insight
        relief = drug.relief * model.drug_effect * self.propensity * intensity
        won = self.hope_from(model.p.integration.hope_dosing)
        self.belief = self.believe(dose, intensity)
        believed = self.relief_by(self.belief)
        lasting = at_once - p.harm_severity * unresolved
        self.severity *= math.exp(-(lasting + relief + won + believed - self.belief_relief))
        self.set_point *= math.exp(-lasting)
        self.insight += insight - at_once
        self.integrated += at_once
        self.relief += relief
        self.hope += won
        self.belief_relief = believed

        self.fear, self.trust = fear, trust
        gift = p.breakthrough_bond * breakthrough
        self.trust += gift * (1.0 - self.trust)
        self.trust *= 1.0 - p.harm_trust * unresolved
        self.felt_empathy += gift * (1.0 - self.felt_empathy)
        self.rapport += gift * (1.0 - self.rapport)
        self.fear += p.harm_fear * unresolved * (1.0 - self.fear)
        self.harm += unresolved
        if rng.random() < 1.0 - math.exp(-(p.adverse_intensity * intensity + p.adverse_unresolved * unresolved)):
            self.adverse_events += 1
        self.decide(planned)

        latent = (breakthrough, mystical, mystical, challenge)
        for name, value in zip(QUESTIONNAIRES, latent, strict=True):
            score, before = self.score(value, getattr(model.p.instruments, name)), getattr(self, name)
            setattr(self, name, before if before >= score else score)
        return challenge

    def hope_from(self, amount: float) -> float:
        """Transient hope won from a session."""
        return self.readiness * self.placebo_responsiveness * amount

    def believe(self, dose: float, intensity: float) -> float:
        """Guess after a dosing session whether it was the drug: the chance the patient gives to that."""
        model, p, plan = self.model, self.model.p.blinding, self.model.world.protocol
        guess = p.noise * model.rng.standard_normal()
        if plan.blinding is Blinding.perfect:
            return plan.active_share
        if plan.blinding is Blinding.open or plan.allocation is Allocation.open:
            # Who is told the dose knows whether most people feel it.
            drug = model.world.drug
            usual = logistic(drug.steepness * math.log(dose / drug.half_dose)) if dose > 0.0 else 0.0
            return 1.0 if usual > p.threshold else 0.0
        before = math.log(plan.active_share / (1.0 - plan.active_share))
        return logistic(before + p.slope * (intensity - p.threshold) + guess)

    def relief_by(self, belief: float) -> float:
        """Relief by hope to have got the drug, or disappointment."""
        return self.model.p.blinding.gain * self.placebo_responsiveness * (belief - 0.5)

    def decide(self, planned: Planned) -> None:
        """Stay in treatment, or leave it while there is any left."""
        if planned.code == self.model.last:
            return
        p = self.model.p.retention
        odds = p.base - p.bond * (self.alliance - 0.5) + p.fear * self.fear + p.harm * self.harm
        odds -= p.benefit * (self.integrated + self.transient)
        if self.model.rng.random() < logistic(odds):
            self.in_treatment = False

    def rate(self, planned: Planned) -> None:
        """Let patient and clinician rate the alliance."""
        scales, together = self.model.p.instruments, self.alliance
        self.wai_final = self.score(together + self.colour, scales.wai_sr)
        self.wai_clinician_final = self.score(together + self.alliance_rating_bias, scales.wai_sr_clinician)
        if planned.code in self.model.early:
            self.wai_early = self.wai_final

    # ------------------------------------------------------------------------------------------------ outcomes

    @property
    def baseline(self) -> float:
        """Primary score at entry."""
        return self.entry

    @property
    def endpoint(self) -> float:
        """Primary score on the primary day."""
        return self.end

    @property
    def change(self) -> float:
        """Primary score, endpoint less baseline."""
        return self.end - self.entry

    @property
    def response(self) -> bool:
        """Whether the score fell by the response rule."""
        scale, fall = self.model.primary, self.entry - self.end
        return fall >= scale.response_share * self.entry and fall >= scale.response_points

    @property
    def remission(self) -> bool:
        """Whether the score is at or below the cut-off."""
        return self.end <= self.model.primary.remission

    @property
    def dropout(self) -> bool:
        """Whether the patient left."""
        return not self.in_treatment

    @property
    def adverse(self) -> bool:
        """Whether there was an adverse event."""
        return self.adverse_events > 0

    @property
    def secondary_baseline(self) -> float:
        """Secondary score at entry."""
        return self.entry_secondary

    @property
    def secondary_change(self) -> float:
        """Secondary score, endpoint less baseline."""
        return self.end_secondary - self.entry_secondary

    @property
    def wellbeing_baseline(self) -> float:
        """Wellbeing score at entry."""
        return self.entry_wellbeing

    @property
    def wellbeing_change(self) -> float:
        """Wellbeing score, endpoint less baseline."""
        return self.end_wellbeing - self.entry_wellbeing

    @property
    def guess(self) -> float:
        """Whether the patient believes to have got the drug; nothing without a dosing session."""
        return math.nan if math.isnan(self.belief) else float(self.belief > 0.5)

    @property
    def certainty(self) -> float:
        """How sure of that."""
        return abs(2.0 * self.belief - 1.0)


def trial_mean(trial: "Trial", name: str) -> float:
    """Mean of an outcome over the patients who have it."""
    given = [value for value in trial.agents_by_type[Patient].get(name) if not math.isnan(value)]
    return fmean(given) if given else math.nan


def change_sd(trial: "Trial") -> float:
    """Standard deviation of the change between patients."""
    return stdev(trial.agents_by_type[Patient].get("change"))


def change_quantile(trial: "Trial", share: float) -> float:
    """A point of the distribution of change over patients."""
    return float(np.quantile(trial.agents_by_type[Patient].get("change"), share))


class Trial(Model):
    """One trial; `run_model()` runs it to its end."""

    def __init__(self, world: Scenario | None = None, rng: Any = None) -> None:
        """Hire, admit and schedule."""
        super().__init__(rng=rng)
        self.world = world if world is not None else Scenario()
        self.p = self.world.parameters
        self.primary = self.world.instrument(self.world.primary)
        self.secondary = self.world.instrument(self.world.secondary)
        self.course = self.world.course()
        self.early, self.last = self.world.early_codes(), self.world.last_code()
        self.referred, plan = self.world.referred, self.world.protocol
        self.first_dose = min((planned.day for planned in self.course if planned.kind is Kind.DOSE), default=math.inf)
        late = plan.assessments.baseline is Baseline.before_dosing and self.first_dose < math.inf
        self.baseline_day = max(self.first_dose - 1, 0) if late else 0
        self.waits = plan.allocation is Allocation.waitlist and plan.blinding is not Blinding.perfect
        if self.world.assignment.rule is not Rule.balanced:
            raise NotImplementedError("only balanced assignment is written here")
        if self.world.cohorts.size > 1:
            raise NotImplementedError("patients share no sessions here")
        spread = self.p.dosing.between_trials
        self.drug_effect = math.exp(self.rng.normal(-0.5 * spread**2, spread))
        self.datacollector = DataCollector(
            model_reporters={
                **{name: partial(trial_mean, name=name) for name in OUTCOMES},
                "change_sd": change_sd,
                **{name: partial(change_quantile, share=share) for name, share in DECILES.items()},
            }
        )
        self.day = 0
        self.agenda: dict[int, list[Patient]] = defaultdict(list)
        staff = Clinician.create_agents(self, self.world.clinicians.number).to_list()
        spacing = self.world.assignment.enrolment_spacing
        for number in range(self.world.patients.number):
            lead, co = staff[number % len(staff)], staff[(number + 1) % len(staff)]
            patient = Patient(self, float(number * spacing), lead, co)
            for planned in self.course:
                self.agenda[number * spacing + planned.day].append(patient)
        self.end_day = (self.world.patients.number - 1) * spacing + self.course[-1].day

    def step(self) -> None:
        """Hold the day's sessions and assessments; after the last day collect the trial's summary and stop."""
        self.day = self.steps - 1
        for patient in self.agenda.get(self.day, ()):
            patient.keep_appointment()
        if self.day >= self.end_day:
            self.datacollector.collect(self)
            self.running = False


def run(world: Scenario, seed: int) -> dict[str, float]:
    """Run one trial and return its summary."""
    trial = Trial(world, rng=seed)
    trial.run_model()
    return {name: float(values[-1]) for name, values in trial.datacollector.model_vars.items()}
