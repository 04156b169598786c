"""Why does the model miss a published number? What is known of each miss, by evidence key."""

MIDDLE = "the middle dose keeps more of its effect here than in COMP001, where 10 mg ended near 1 mg"
SPREADS = (
    "the spread of change grew more over twelve weeks than here; published spreads rest on models with missing scores, "
    "computed back with all patients"
)
LEAVING = "COMP001 counts who left its twelve weeks of follow-up; here only sessions can be left, six of them"
REASONS = {
    "TD006": "PsiloDep2's patients came with milder symptoms; one population, separated by cut-offs only, stands for "
    "all trials of depression, and it was fitted to the treatment-resistant patients of COMP001",
    "TD018": "PsiloDep2's patients came with milder symptoms than the fitted population",
    "TD018.sd": "PsiloDep2's patients were more alike in MADRS at entry than a population cut off on the QIDS is",
    "TD019.sd": "PsiloDep2's patients were more alike at entry, which leaves less to differ by in change",
    "TD033": "milder patients than the fitted population reach the cut-off more easily",
    "TD225": "von Rotz 2023 recruited milder patients than the fitted population, which is that of COMP001",
    "TD225.sd": "chance of 26 patients: the placebo arm of the same trial had 6.75, inside the interval",
    "TD227": "von Rotz 2023 recruited milder patients than the fitted population",
    "TD235": "milder patients, and a larger effect of the drug than COMP001's, to which it was fitted",
    "TD236": "milder patients than the fitted population",
    "TD238": "a larger effect of the drug than COMP001's, to which it was fitted",
    "TD240": "milder patients, and a larger effect of the drug than COMP001's",
    "TD251": "Davis 2021 (24 patients, unblinded, against a waitlist) found a larger effect than COMP001, as small "
    "early trials do",
    "TD252": "Davis 2021 (24 patients, unblinded, against a waitlist) found a larger effect than COMP001; on its "
    "waitlist nobody improved, here regression to the mean lets some",
    "PT001": "variance of outcome that COMP001's standard deviations demand dilutes every correlation with it",
    "PT003": "here a repaired rupture helps through the bond only; studies that count repaired episodes may count good "
    "therapy at large (published interval .10 to .47)",
    "PT007": "variance of outcome that COMP001's standard deviations demand dilutes the correlation",
    "PT009": "the real relationship has no instrument here; STAR-P at the end stands for it",
    "PT010": "the row's g of .28 stands beside a multilevel g of .36 in the paper's abstract (r = .18)",
    "PT012": "perceived behaviours share one halo, so that their correlations with outcome cannot lie as far apart as "
    "PT010 and PT012 do",
    "PT014": "expectancy acts through hope and propensity at about their priors; nothing was fitted to it",
    "PT033": "the fit weighs it against the behaviours' correlations; published shares range from .002 to .29",
    "TD095": MIDDLE,
    "TD098": MIDDLE,
    "TD101": MIDDLE,
    "TD110": MIDDLE,
    "TD119": MIDDLE,
    "TD099.sd": SPREADS,
    "TD102.sd": SPREADS,
    "TD096.sd": SPREADS,
    "TD265c": LEAVING,
    "TD265b": LEAVING,
    "TD277.sd": "twelve patients: half of all ratings would have to lie near 0 or 1; the law spreads them less",
    "AE001": "here more of the change comes from chance and from the momentary state, which no experience predicts",
    "TM010": "the trial's patients improved later: therapy without a drug acts here from the first session on",
    "TM053a": "fifteen sessions lose more patients here than MAPP1 lost, though the drug keeps some",
    "TM007.change_sd": "with MDMA patients changed no more differently than without; here who is more open gains more",
    "TP001": "the twelve pooled trials stand here as four, and the drug's effect was fitted to COMP001, one of the "
    "least favourable of them",
}
UNKNOWN = "not understood"


def reason(key: str) -> str:
    """What is known of why a target is missed."""
    return REASONS.get(key, UNKNOWN)


# Evidence in conflict with other evidence: shown, never counted.
CONFLICTS = {
    ("PT035", "PT037"): "whether the alliance of clinicians or of their single patients carries outcome",
    ("PT041", "PT042"): "whether alliance and symptoms drive one another within patients, once trends are taken out",
    ("TP010",): "whether the type of psychological protocol moderates psilocybin's effect: it did not",
    ("PT022",): "whether trust predicts objective outcome: it did not",
}
