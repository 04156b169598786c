"""What each column of a design, of `summary.csv` and of the answers to questions is, said once."""

from alliance_sim.study.dictionary import NUMBER, TRUTH, WHOLE, WORD, Column

IN_UNIT = "as in `unit`"
POINTS = "points of the primary scale, or share of patients"
SHARE = Column("", "1", 0, 1)


def _word(meaning: str) -> Column:
    return Column(meaning, type=WORD)


def _whole(meaning: str, first: int = 0) -> Column:
    return Column(meaning, lowest=first, type=WHOLE)


DESIGN = {
    "point": _whole("number of the point; of an arm its place"),
    "arm": _word("name of the arm"),
    "of": Column("the arm or point of which this is a draw of the posterior", type=f"{WORD} or {WHOLE}"),
    "draw": _whole("which draw of the posterior"),
    "base": Column("the point or arm that others are compared with", type=TRUTH),
    "varied": _word("the key in which this point differs from the base, or from the point before in its trajectory"),
    "block": _word("matrix of a Sobol design: A, B, or A with one column of B"),
    "row": _whole("row of the matrix of a Sobol design, or number of the trajectory"),
    "changes": _word("the keys that the arm changes and their values, as JSON"),
    "id": _word("content address of its world: 16 hexadecimal digits; equal worlds have equal ones"),
}
NUMBERS = {
    "estimate": Column("the number asked for: over simulated trials", IN_UNIT),
    "mcse": Column("its Monte Carlo standard error; missing where it is unknown", IN_UNIT, 0),
    "lower": Column("lower end of its 95 % Monte Carlo interval; missing where it is unknown", IN_UNIT),
    "upper": Column("upper end of its 95 % Monte Carlo interval; missing where it is unknown", IN_UNIT),
    "unit": _word("unit of the row's numbers; 1 for shares, counts and pure numbers"),
    "replicates": _whole("on how many simulated trials the row rests", 1),
}
COMPARED = {
    "arm": _word("name of the arm"),
    "point": _whole("number of the point of the design"),
    "versus": Column("the arm or point that it is compared with", type=f"{WORD} or {WHOLE}"),
    "measure": _word(
        "the outcome, by its column in `trials`, or an effect size; where scales differ `standardised_change`: a "
        "trial's `change` over its `change_sd`"
    ),
    "key": _word("the parameter that the design varies"),
    "level": Column("the level of the key, of the behaviour or of the quantile", type=f"{NUMBER} or {WORD}"),
    "reference": Column("the level that it is compared with", type=f"{NUMBER} or {WORD}"),
    "by": _word("the levels of other keys at which the effect is taken"),
    "by_reference": _word("of an interaction: the levels of other keys where the subtracted effect is taken"),
    "variance_reduction": Column("how many times smaller shared draws make the variance of a difference", "1", 0),
    "paired": Column("whether the difference is taken trial by trial; else of independent means", type=TRUTH),
    "same_patients": Column(
        "whether both admit the same patients; else the difference also holds what these differ in", type=TRUTH
    ),
}
SUMMARY = {
    "table": _word(
        "what kind of answer the row is: `outcome`, `contrast`, `median_split`, `main_effect`, and "
        "where `contrast=` names a key `effect` and `interaction`"
    ),
    **COMPARED,
    "half": _word("of a median split: `low`, `high`, or `high - low`"),
    **NUMBERS,
    "parameter_sd": Column("standard deviation between draws of the posterior, noise taken out", IN_UNIT, 0),
    "parameter_lower": Column("lower end of the 95 % interval between draws of the posterior", IN_UNIT),
    "parameter_upper": Column("upper end of the 95 % interval between draws of the posterior", IN_UNIT),
}
ANSWERS = {
    **COMPARED,
    **NUMBERS,
    "behaviour": _word("the clinicians' behaviour"),
    "blinding": _word("how well patients are blinded: as run, perfect, or open"),
    "case": _word("which case of their clinician the patients are"),
    "caseload": Column("patients of a clinician in the control arm of the planned trial", "1", 0, type=NUMBER),
    "clinicians": Column("clinicians of the control arm of the planned trial", "1", 0, type=NUMBER),
    "differs": _word("in what the two arms differ"),
    "effect": _word("which part of the effect"),
    "formula": Column("the same by a closed formula, where one holds", "1", 0),
    "gained": Column("the gain from the lowest to the highest level, in its own Monte Carlo errors", "1", 0),
    "held": _word("what stays the same along the curve of power: `caseload` or `clinicians`"),
    "hours": Column("hours of a session of that phase", "h", 0),
    "index": _word("which sensitivity index"),
    "kind": _word("which kind of effect; the report says which are shown"),
    "lowest": Column("smallest value over the orders of the mediators", IN_UNIT),
    "highest": Column("largest value over the orders of the mediators", IN_UNIT),
    "mediator": _word("the state through which the effect runs"),
    "moderator": _word("what patients brought"),
    "note": _word("why a number is missing, or how far it holds"),
    "part": _word("from where the variance comes"),
    "patients": Column("how many patients the row rests on", "1", 0, type=NUMBER),
    "phase": _word("the phase of treatment"),
    "quantity": _word("what is estimated"),
    "rows": _whole("base points of the design that were used", 1),
    "sessions": Column("sessions of the phase", "1", 0, type=NUMBER),
    "share": Column("share of the total", "1"),
    "share_mcse": Column("Monte Carlo standard error of the share", "1", 0),
    "size": _whole("patients of the control arm of the planned trial", 1),
    "treated_size": _whole("patients of its treated arm", 1),
    "slope": _word("within or between clinicians"),
    "statistic": _word("which statistic of the elementary effects"),
    "target": SHARE._replace(meaning="the power wanted"),
    "which": Column("the caseload, or the number of clinicians, that stays the same", "1", 0, type=NUMBER),
    "view": _word("whose rating of the alliance"),
}
PLANNED = {
    **{name: ANSWERS[name] for name in ("clinicians", "caseload", "size", "treated_size")},
    "truth": _word("`effect`: the treated arm is treated; `null`: it is not, or is worse by the margin"),
    "replicate": _whole("which simulated trial of its size"),
    "estimate": Column("the effect that the analysis of the trial finds: treated − control arm, or a slope", POINTS),
    "error": Column("its standard error, as the analysis has it", POINTS, 0),
    "free": Column("degrees of freedom of its t distribution; infinite of a normal one", "1", 0),
    "p": Column("two-sided p; of a non-inferiority trial twice the one-sided p, up to 2", "1", 0, 2),
    "covered": Column("1 if the trial's 95 % interval holds the true effect; missing for a slope", "1", 0, 1),
    "true_effect": Column("mean over the trial's patients of what treatment did to each; 0 under `null`", POINTS),
    "icc": Column("share of the variance between clinicians, given baseline; may be below 0", "1", -1, 1),
    "variance": Column("variance between and within clinicians, given the other terms", "square of those", 0),
    "unclustered": Column("squared standard error if patients were independent", "square of those", 0),
    "analysed": Column("patients analysed, of both arms", "1", 0),
    "moved": Column("whether it is the trial with the effect, its estimate less the mean true effect", type=TRUTH),
}
