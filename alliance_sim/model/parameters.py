"""Every number the laws use, with unit, symbol, range, prior and source: the one home of its default."""

from dataclasses import field
from typing import Annotated

from pydantic.dataclasses import dataclass

from alliance_sim.model.instruments import Instruments
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, Quantity as Q

SHARES = "assumption: equal or near-equal weights; which behaviour feeds which bond is from the PT rows"
SPAN = "assumption: clinicians' lower and upper tenth about span the published range of PT049"
HALF_DOSE = "Dose that gives half the full intensity in the median patient."
SENSITIVITY = "Spread of the log half-dose between patients."
RELIEF = "Transient relief at full intensity."
INSIGHT = "Insight from a complete experience."


@dataclass
class Delivery:
    """How skill becomes what is delivered in a session."""

    noise: Annotated[
        float,
        Q(
            "σ_q",
            "behaviour points",
            0,
            0.4,
            "assumption: nothing published here tells it",
            "Session-to-session noise of each behaviour.",
        ),
    ] = 0.10
    fatigue_cost: Annotated[
        float,
        Q("κ_f", "behaviour points", 0, 1, ASSUMPTION, "Behaviour lost at full fatigue."),
    ] = 0.30
    correction: Annotated[
        float,
        Q(
            "ρ_c",
            "1",
            0,
            2,
            ASSUMPTION,
            "Extra behaviour per point of bond that seems lacking, at full responsiveness.",
        ),
    ] = 0.50
    need: Annotated[
        float,
        Q("A_n", "bond points", 0, 1, ASSUMPTION, "Bond at which a clinician sees no lack."),
    ] = 0.70
    rating_bias_spread: Annotated[
        float,
        Q(
            "σ_v",
            "bond points",
            0,
            0.5,
            "calibrated to PT024",
            "Spread of the clinician's misjudgement of the bond.",
            "normal(0.28, 0.08)",
        ),
    ] = 0.327
    rating_bias_memory: Annotated[
        float,
        Q("φ_v", "1", 0, 0.99, ASSUMPTION, "Share of that misjudgement carried to the next session."),
    ] = 0.60


@dataclass
class Perception:
    """How what is delivered becomes what this patient perceives."""

    halo: Annotated[
        float,
        Q("η_h", "1", 0, 1, CALIBRATED, "How much a good bond brightens what is perceived.", "normal(0.45, 0.15)"),
    ] = 0.523
    halo_level: Annotated[float, Q("A_h", "bond points", 0, 1, ASSUMPTION, "Bond at which the halo is neutral.")] = 0.55
    anxiety_shift: Annotated[
        float,
        Q(
            "a_x",
            "behaviour points per SD",
            0,
            0.3,
            "calibrated to PT027",
            "Attachment anxiety's cost to perceived boundaries and authenticity.",
            "normal(0.03, 0.015)",
        ),
    ] = 0.0275
    avoidance_shift: Annotated[
        float,
        Q(
            "a_v",
            "behaviour points per SD",
            0,
            0.3,
            "calibrated to PT027",
            "Attachment avoidance's cost to perceived listening, empathy and collaboration.",
            "normal(0.03, 0.015)",
        ),
    ] = 0.027
    dyad_spread: Annotated[
        float,
        Q(
            "σ_m",
            "behaviour points per SD",
            0,
            0.4,
            CALIBRATED,
            "How much dyads differ in fit, beyond skill and attachment.",
            "normal(0.11, 0.03)",
        ),
    ] = 0.108


@dataclass
class Bond:
    """Trust, felt empathy and rapport: their start, pace and mix."""

    trust_start: Annotated[float, Q("T₀", "bond points", 0, 1, ASSUMPTION, "Trust on the first day.")] = 0.48
    felt_empathy_start: Annotated[float, Q("E₀", "bond points", 0, 1, ASSUMPTION, "Felt empathy on the first day.")] = (
        0.46
    )
    rapport_start: Annotated[float, Q("R₀", "bond points", 0, 1, ASSUMPTION, "Rapport on the first day.")] = 0.43
    start_spread: Annotated[
        float, Q("σ_0", "bond points", 0, 0.3, ASSUMPTION, "Spread of the first-day bond between patients.")
    ] = 0.06
    start_anxiety: Annotated[
        float,
        Q("b_x", "bond points per SD", 0, 0.2, ASSUMPTION, "Attachment anxiety's cost to first-day trust."),
    ] = 0.03
    start_avoidance: Annotated[
        float,
        Q(
            "b_v",
            "bond points per SD",
            0,
            0.2,
            ASSUMPTION,
            "Attachment avoidance's cost to first-day felt empathy and rapport.",
        ),
    ] = 0.03
    start_expectancy: Annotated[
        float, Q("b_e", "bond points per SD", 0, 0.2, ASSUMPTION, "Expectancy's gift to the first-day bond.")
    ] = 0.02
    rate: Annotated[
        float,
        Q("η", "1/√h", 0, 2, CALIBRATED, "Pace at which the bond moves toward what is perceived.", "normal(0.3, 0.1)"),
    ] = 0.288
    trust_boundaries: Annotated[
        float, Q("w_T", "1", 0, 1, SHARES, "Share of boundaries in trust; authenticity has the rest.")
    ] = 0.50
    felt_empathy_empathy: Annotated[
        float, Q("w_E", "1", 0, 1, SHARES, "Share of empathy in felt empathy; active listening has the rest.")
    ] = 0.55
    rapport_collaboration: Annotated[float, Q("w_R", "1", 0, 0.7, SHARES, "Share of collaboration in rapport.")] = 0.45
    rapport_listening: Annotated[
        float,
        Q("w_L", "1", 0, 0.3, SHARES, "Share of active listening in rapport; authenticity has the rest."),
    ] = 0.28
    rapport_limit: Annotated[
        float,
        Q("λ", "1", 0, 1, ASSUMPTION, "How far rapport is held by the weaker of trust and felt empathy."),
    ] = 0.25
    felt_improvement: Annotated[
        float,
        Q(
            "ρ_s",
            "bond points per unit severity",
            0,
            1,
            "assumption; direction from PT041",
            "Rapport gained per unit of improvement since the last session; disputed by PT042.",
            "uniform",
        ),
    ] = 0.05


@dataclass
class Rupture:
    """When the bond tears, and what mends it."""

    base: Annotated[
        float,
        Q(
            "r₀",
            "log odds",
            -8,
            4,
            "calibrated to PT049",
            "Log odds of a rupture when nothing pulls either way.",
            "normal(-2.4, 0.5)",
        ),
    ] = -2.33
    misattunement: Annotated[float, Q("r_m", "log odds", 0, 10, SPAN, "Effect of complete misattunement.")] = 2.2
    boundaries: Annotated[float, Q("r_b", "log odds", 0, 10, SPAN, "Effect of no perceived boundaries.")] = 1.1
    fear: Annotated[float, Q("r_f", "log odds", 0, 5, ASSUMPTION, "Effect of full fear.")] = 1.0
    anxiety: Annotated[float, Q("r_x", "log odds per SD", 0, 2, ASSUMPTION, "Effect of attachment anxiety.")] = 0.25
    repair_base: Annotated[
        float, Q("p₀", "log odds", -8, 4, ASSUMPTION, "Log odds that a rupture is mended without any skill.")
    ] = -2.4
    repair_collaboration: Annotated[
        float, Q("p_c", "log odds", 0, 8, ASSUMPTION, "Effect of full collaboration on repair.")
    ] = 2.0
    repair_empathy: Annotated[float, Q("p_e", "log odds", 0, 8, ASSUMPTION, "Effect of full empathy on repair.")] = 1.5
    repair_authenticity: Annotated[
        float, Q("p_a", "log odds", 0, 8, ASSUMPTION, "Effect of full authenticity on repair.")
    ] = 1.0
    depth: Annotated[
        float,
        Q(
            "δ",
            "1",
            0,
            1,
            "calibrated; direction from PT003",
            "Share of trust and rapport lost in an unrepaired rupture.",
            "normal(0.12, 0.05)",
        ),
    ] = 0.132
    gain: Annotated[
        float,
        Q(
            "γ",
            "1",
            0,
            0.5,
            "calibrated; direction from PT003",
            "Share of the missing trust and rapport won in a repaired rupture.",
            "normal(0.04, 0.02)",
        ),
    ] = 0.0376


@dataclass
class Openness:
    """How the bond opens a patient and quiets fear."""

    base: Annotated[float, Q("o₀", "log odds", -6, 6, ASSUMPTION, "Openness at middling bond and fear.")] = 0.2
    trust: Annotated[float, Q("o_T", "log odds", 0, 8, CALIBRATED, "Effect of trust.", "normal(2.0, 0.7)")] = 2.28
    felt_empathy: Annotated[
        float, Q("o_E", "log odds", 0, 8, CALIBRATED, "Effect of felt empathy.", "normal(1.5, 0.7)")
    ] = 1.63
    rapport: Annotated[float, Q("o_R", "log odds", 0, 8, CALIBRATED, "Effect of rapport.", "normal(1.5, 0.7)")] = 1.76
    fear: Annotated[
        float, Q("o_F", "log odds", 0, 8, CALIBRATED, "Effect of fear, against openness.", "normal(1.8, 0.7)")
    ] = 1.8
    absorption: Annotated[float, Q("o_a", "log odds per SD", 0, 2, ASSUMPTION, "Effect of absorption.")] = 0.2
    fear_level: Annotated[
        float,
        Q(
            "F₀",
            "fear points",
            0,
            1,
            ASSUMPTION,
            "Fear of an averagely attached patient before the bond tells.",
        ),
    ] = 0.38
    fear_anxiety: Annotated[
        float, Q("f_x", "fear points per SD", 0, 0.3, ASSUMPTION, "Effect of attachment anxiety on fear.")
    ] = 0.09
    fear_spread: Annotated[
        float, Q("σ_F", "fear points", 0, 0.3, ASSUMPTION, "Spread of first-day fear between patients.")
    ] = 0.06
    fear_trust: Annotated[
        float,
        Q("f_T", "fear points", 0, 2, ASSUMPTION, "Fall of the fear level from no trust to full trust."),
    ] = 0.60
    fear_rate: Annotated[
        float, Q("η_F", "1/√h", 0, 2, ASSUMPTION, "Pace at which fear follows trust in a session.")
    ] = 0.25
    fear_days: Annotated[
        float,
        Q(
            "τ_F",
            "days",
            1,
            365,
            ASSUMPTION,
            "Time in which fear between sessions returns to its usual level.",
        ),
    ] = 40.0


@dataclass
class Drug:
    """One drug's dose response and its own paths."""

    half_dose: Annotated[float, Q("ED50", "mg", 0.1, 500, ASSUMPTION, HALF_DOSE)] = 10.0
    steepness: Annotated[float, Q("h", "1", 0.1, 6, ASSUMPTION, "Steepness of the dose response.")] = 1.0
    sensitivity_spread: Annotated[float, Q("σ_d", "log mg", 0, 2, ASSUMPTION, SENSITIVITY)] = 0.3
    fear_relief: Annotated[float, Q("g_F", "1", 0, 1, ASSUMPTION, "Share of fear taken away at full intensity.")] = 0.0
    trust_gain: Annotated[
        float, Q("g_T", "1", 0, 1, ASSUMPTION, "Share of the missing trust given at full intensity.")
    ] = 0.0
    relief: Annotated[float, Q("ψ", "log units of severity", 0, 2, ASSUMPTION, RELIEF)] = 0.0
    insight: Annotated[float, Q("φ", "log units of severity", 0, 10, ASSUMPTION, INSIGHT)] = 0.0


@dataclass
class Psilocybin(Drug):
    """Psilocybin."""

    half_dose: Annotated[
        float, Q("ED50", "mg", 0.1, 500, "calibrated to TD277, TD278", HALF_DOSE, "normal(9.7, 2.5)")
    ] = 8.69
    steepness: Annotated[float, Q("h", "1", 0.1, 6, "TD277, TD278", "Steepness of the dose response.")] = 1.16
    sensitivity_spread: Annotated[
        float, Q("σ_d", "log mg", 0, 2, "calibrated to the SD in TD277, TD278", SENSITIVITY, "normal(1.2, 0.3)")
    ] = 1.25
    relief: Annotated[float, Q("ψ", "log units of severity", 0, 2, CALIBRATED, RELIEF, "normal(0.4, 0.25)")] = 0.471
    insight: Annotated[float, Q("φ", "log units of severity", 0, 10, CALIBRATED, INSIGHT, "normal(1.8, 0.8)")] = 1.76


@dataclass
class Mdma(Drug):
    """MDMA: less fear and more trust in the room."""

    half_dose: Annotated[float, Q("ED50", "mg", 0.1, 500, ASSUMPTION, HALF_DOSE)] = 75.0
    steepness: Annotated[float, Q("h", "1", 0.1, 6, ASSUMPTION, "Steepness of the dose response.")] = 2.0
    fear_relief: Annotated[float, Q("g_F", "1", 0, 1, ASSUMPTION, "Share of fear taken away at full intensity.")] = 0.81
    trust_gain: Annotated[
        float, Q("g_T", "1", 0, 1, ASSUMPTION, "Share of the missing trust given at full intensity.")
    ] = 0.15
    relief: Annotated[float, Q("ψ", "log units of severity", 0, 2, CALIBRATED, RELIEF, "normal(0.2, 0.2)")] = 0.134
    insight: Annotated[float, Q("φ", "log units of severity", 0, 10, CALIBRATED, INSIGHT, "normal(1.8, 0.8)")] = 1.7


@dataclass
class Dosing:
    """The dosing day: challenge, breakthrough, mystical-type experience and what they leave."""

    occasion: Annotated[
        float,
        Q("σ_I", "log odds", 0, 2, ASSUMPTION, "Occasion-to-occasion spread of intensity in one patient."),
    ] = 0.35
    challenge_base: Annotated[
        float, Q("c₀", "log odds", -8, 8, ASSUMPTION, "Challenge per intensity at no fear and no support.")
    ] = 0.6
    challenge_fear: Annotated[float, Q("c_F", "log odds", 0, 10, ASSUMPTION, "Effect of fear on challenge.")] = 3.0
    challenge_support: Annotated[
        float, Q("c_S", "log odds", 0, 10, ASSUMPTION, "Effect of support, against challenge.")
    ] = 3.0
    challenge_noise: Annotated[
        float, Q("σ_c", "log odds", 0, 3, ASSUMPTION, "Spread of challenge beyond fear and support.")
    ] = 0.8
    resolve_base: Annotated[
        float, Q("q₀", "log odds", -8, 8, ASSUMPTION, "Log odds that challenge is resolved without support.")
    ] = -3.6
    resolve_support: Annotated[
        float, Q("q_S", "log odds", 0, 12, ASSUMPTION, "Effect of support on resolving challenge.")
    ] = 6.0
    support_bond: Annotated[
        float,
        Q(
            "s_A",
            "1",
            0,
            1,
            ASSUMPTION,
            "Share of the bond in support; what clinicians deliver has the rest.",
        ),
    ] = 0.60
    breakthrough_base: Annotated[
        float,
        Q(
            "b₀",
            "log odds",
            -8,
            8,
            "assumption: nothing published here tells it",
            "Breakthrough per intensity when nothing pulls either way.",
        ),
    ] = -2.65
    breakthrough_openness: Annotated[
        float,
        Q(
            "b_O",
            "log odds",
            0,
            10,
            "assumption: nothing published here tells it",
            "Effect of openness on breakthrough.",
        ),
    ] = 3.58
    breakthrough_resolved: Annotated[
        float, Q("b_C", "log odds", 0, 10, ASSUMPTION, "Effect of resolved challenge on breakthrough.")
    ] = 3.0
    breakthrough_propensity: Annotated[
        float,
        Q(
            "b_P",
            "log odds",
            0,
            5,
            "calibrated to AE001",
            "Effect of the log response propensity on breakthrough.",
            "normal(1.2, 0.5)",
        ),
    ] = 1.35
    mystical_base: Annotated[
        float,
        Q(
            "m₀",
            "log odds",
            -8,
            8,
            "assumption: nothing published here tells it",
            "Mystical-type experience per intensity when nothing pulls either way.",
        ),
    ] = -1.2
    mystical_trust: Annotated[float, Q("m_T", "log odds", 0, 10, ASSUMPTION, "Effect of surrender, here trust.")] = 2.0
    mystical_fear: Annotated[float, Q("m_F", "log odds", 0, 10, ASSUMPTION, "Effect of fear, against.")] = 1.5
    mystical_absorption: Annotated[float, Q("m_a", "log odds per SD", 0, 3, ASSUMPTION, "Effect of absorption.")] = 0.4
    mystical_propensity: Annotated[
        float,
        Q("m_P", "log odds", 0, 5, "calibrated to AE003", "Effect of the log response propensity.", "normal(1, 0.5)"),
    ] = 1.02
    experience_noise: Annotated[
        float,
        Q(
            "σ_e",
            "log odds",
            0,
            3,
            "calibrated to AE001, AE003",
            "Spread of both experiences beyond their causes.",
            "normal(0.7, 0.25)",
        ),
    ] = 0.678
    breakthrough_share: Annotated[
        float,
        Q(
            "w_B",
            "1",
            0,
            1,
            "calibrated to AE001, AE003",
            "Share of breakthrough in insight; the mystical-type experience has the rest.",
            "normal(0.6, 0.1)",
        ),
    ] = 0.605
    insight_noise: Annotated[
        float,
        Q(
            "σ_Z",
            "log units",
            0,
            1.5,
            "calibrated to the SD of change at 25 mg",
            "Spread of what the same experience yields.",
            "normal(0.4, 0.15)",
        ),
    ] = 0.443
    at_once: Annotated[
        float, Q("ζ", "1", 0, 1, ASSUMPTION, "Share of insight that changes the set-point on the dosing day.")
    ] = 0.35
    breakthrough_bond: Annotated[
        float,
        Q(
            "b_A",
            "1",
            0,
            1,
            "calibrated: hardly narrowed, AP010 is predicted",
            "Share of the missing bond given by a complete breakthrough.",
            "normal(0.15, 0.08)",
        ),
    ] = 0.155
    harm_trust: Annotated[
        float, Q("u_T", "1", 0, 1, ASSUMPTION, "Share of trust lost at full unresolved challenge.")
    ] = 0.40
    harm_fear: Annotated[
        float,
        Q("u_F", "1", 0, 1, ASSUMPTION, "Share of the missing fear gained at full unresolved challenge."),
    ] = 0.50
    harm_severity: Annotated[
        float,
        Q(
            "u_x",
            "log units of severity",
            0,
            2,
            ASSUMPTION,
            "Lasting worsening at full unresolved challenge.",
        ),
    ] = 0.35
    adverse_intensity: Annotated[
        float,
        Q(
            "ae_I",
            "events",
            0,
            2,
            ASSUMPTION,
            "Expected psychological adverse events at full intensity, all challenge resolved.",
        ),
    ] = 0.08
    adverse_unresolved: Annotated[
        float,
        Q(
            "ae_U",
            "events",
            0,
            10,
            "calibrated to SA016",
            "Expected psychological adverse events at full unresolved challenge.",
            "normal(0.8, 0.4)",
        ),
    ] = 0.756
    between_trials: Annotated[
        float,
        Q(
            "τ_g",
            "log units",
            0,
            1,
            "TAU001: SD .346 of g about .9 (TP001), as the log-normal that varies as much: √log(1 + (.346/.9)²)",
            "Spread of the drug's effect between trials.",
        ),
    ] = 0.371


@dataclass
class Integration:
    """What turns insight, hope and shared work into lasting change."""

    window: Annotated[
        float,
        Q(
            "τ_Z",
            "days",
            2,
            365,
            "assumption: plasticity window of 2-4 weeks",
            "Time in which unintegrated insight fades.",
        ),
    ] = 21.0
    rate: Annotated[
        float, Q("ι", "1/h", 0, 5, CALIBRATED, "Pace of integration at full openness and bond.", "normal(0.9, 0.4)")
    ] = 0.788
    common: Annotated[
        float,
        Q(
            "ω",
            "log units of severity per √h",
            0,
            0.5,
            CALIBRATED,
            "Lasting change per session of shared work at full openness and bond.",
            "normal(0.05, 0.02)",
        ),
    ] = 0.0624
    placebo: Annotated[
        float,
        Q(
            "ω_0",
            "log units of severity per session",
            0,
            0.2,
            CALIBRATED,
            "Lasting change per session whatever the bond.",
            "normal(0.005, 0.004)",
        ),
    ] = 0.00167
    hope_session: Annotated[
        float,
        Q(
            "χ",
            "log units of severity",
            0,
            0.5,
            CALIBRATED,
            "Transient hope from one talking session.",
            "normal(0.02, 0.015)",
        ),
    ] = 0.0217
    hope_dosing: Annotated[
        float,
        Q(
            "χ_d",
            "log units of severity",
            0,
            2,
            CALIBRATED,
            "Transient hope from a dosing day, drug or not.",
            "normal(0.2, 0.1)",
        ),
    ] = 0.254
    hope_expectancy: Annotated[
        float,
        Q(
            "χ_e",
            "1 per SD",
            0,
            2,
            "calibrated: hardly narrowed, PT014 is predicted",
            "Effect of expectancy on log hope.",
            "normal(0.4, 0.2)",
        ),
    ] = 0.479


@dataclass
class Symptoms:
    """How severity and wellbeing move between sessions, and how patients differ in response."""

    days: Annotated[
        float, Q("τ_s", "days", 0.5, 120, CALIBRATED, "Time in which severity relaxes to target.", "normal(4, 3)")
    ] = 3.22
    fluctuation: Annotated[
        float,
        Q("σ_s", "severity", 0, 0.4, CALIBRATED, "Spread of the momentary deviation of severity.", "normal(0.1, 0.03)"),
    ] = 0.102
    drift: Annotated[
        float,
        Q(
            "σ_w",
            "log units per √day",
            0,
            0.2,
            CALIBRATED,
            "Random drift of the set-point by life beside therapy.",
            "normal(0.02, 0.01)",
        ),
    ] = 0.0349
    relief_days: Annotated[
        float,
        Q("τ_D", "days", 2, 365, CALIBRATED, "Time in which drug relief fades (weeks to months).", "normal(30, 15)"),
    ] = 23.1
    hope_days: Annotated[
        float, Q("τ_H", "days", 0.5, 120, CALIBRATED, "Time in which hope fades.", "normal(10, 7)")
    ] = 3.61
    resistance_effect: Annotated[
        float,
        Q(
            "k_r",
            "log units per SD",
            0,
            2,
            CALIBRATED,
            "Effect of treatment resistance against response propensity.",
            "normal(0.6, 0.2)",
        ),
    ] = 0.652
    absorption_effect: Annotated[
        float, Q("k_a", "log units per SD", 0, 2, ASSUMPTION, "Effect of absorption on response propensity.")
    ] = 0.15
    expectancy_effect: Annotated[
        float,
        Q(
            "k_e",
            "log units per SD",
            0,
            2,
            "calibrated: hardly narrowed, PT014 is predicted",
            "Effect of expectancy on response propensity.",
            "normal(0.2, 0.1)",
        ),
    ] = 0.313
    wellbeing_level: Annotated[
        float,
        Q(
            "W₀",
            "wellbeing",
            0,
            1,
            "assumption; the population's mean is .67 of the range (SC013), symptoms included",
            "Wellbeing of a person without symptoms.",
        ),
    ] = 0.75
    wellbeing_spread: Annotated[
        float,
        Q(
            "σ_W",
            "wellbeing",
            0,
            0.4,
            "assumption; the population's SD is .16 of the range (SC013), symptoms included",
            "Spread of usual wellbeing between patients.",
        ),
    ] = 0.10
    wellbeing_severity: Annotated[
        float, Q("W_s", "wellbeing per unit severity", 0, 2, ASSUMPTION, "Cost of severity to wellbeing.")
    ] = 0.75
    wellbeing_insight: Annotated[
        float,
        Q("W_Z", "wellbeing per log unit", 0, 2, ASSUMPTION, "Gift of integrated insight to wellbeing."),
    ] = 0.15
    wellbeing_days: Annotated[float, Q("τ_W", "days", 0.5, 120, ASSUMPTION, "Time in which wellbeing follows.")] = 14.0


@dataclass
class Retention:
    """Who stays and who leaves."""

    base: Annotated[
        float,
        Q(
            "d₀",
            "log odds",
            -12,
            4,
            "calibrated to PT028, TD265a-c, TM053a-b",
            "Log odds of leaving after a session at a middling bond and no fear.",
            "normal(-4.7, 0.7)",
        ),
    ] = -4.73
    bond: Annotated[
        float, Q("d_A", "log odds", 0, 20, "calibrated to PT029", "Effect of the bond, against.", "normal(2.5, 1)")
    ] = 2.28
    fear: Annotated[float, Q("d_F", "log odds", 0, 10, CALIBRATED, "Effect of fear.", "normal(1.5, 0.6)")] = 1.93
    harm: Annotated[
        float, Q("d_u", "log odds", 0, 10, CALIBRATED, "Effect of unresolved challenge met so far.", "normal(0.6, 0.4)")
    ] = 0.564
    benefit: Annotated[
        float,
        Q(
            "d_Z",
            "log odds per log unit",
            0,
            10,
            "calibrated; direction from TD265a-c, TM053a-b",
            "Effect of benefit so far, against.",
            "normal(1, 0.7)",
        ),
    ] = 1.36


@dataclass
class Strain:
    """How clinicians tire and recover."""

    hours: Annotated[
        float,
        Q("k_h", "1/h", 0, 0.5, ASSUMPTION, "Share of the missing fatigue gained in an hour of therapy."),
    ] = 0.012
    challenge: Annotated[
        float, Q("k_c", "1/h", 0, 0.5, ASSUMPTION, "The same per hour of full challenge met on a dosing day.")
    ] = 0.03
    recovery: Annotated[float, Q("τ_f", "days", 0.1, 365, ASSUMPTION, "Time in which fatigue recovers.")] = 5.0
    start: Annotated[float, Q("f_0", "1", 0, 1, ASSUMPTION, "Fatigue when the trial begins.")] = 0.10


@dataclass
class Parameters:
    """All parameters of the laws, a group a law file."""

    delivery: Delivery = field(default_factory=Delivery)
    perception: Perception = field(default_factory=Perception)
    bond: Bond = field(default_factory=Bond)
    rupture: Rupture = field(default_factory=Rupture)
    openness: Openness = field(default_factory=Openness)
    psilocybin: Psilocybin = field(default_factory=Psilocybin)
    mdma: Mdma = field(default_factory=Mdma)
    dosing: Dosing = field(default_factory=Dosing)
    integration: Integration = field(default_factory=Integration)
    symptoms: Symptoms = field(default_factory=Symptoms)
    retention: Retention = field(default_factory=Retention)
    strain: Strain = field(default_factory=Strain)
    instruments: Instruments = field(default_factory=Instruments)
