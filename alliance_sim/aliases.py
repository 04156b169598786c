"""Names that older results folders and posteriors hold, and what they are called now."""

COLUMNS = {
    "leaning": "log_response_propensity",
    "restlessness": "symptom_volatility",
    "hopefulness": "placebo_responsiveness",
    "match": "dyad_effect",
}
KEYS = {
    "patients.restlessness": "patients.symptom_volatility",
    "parameters.delivery.view_noise": "parameters.delivery.rating_bias_spread",
    "parameters.delivery.view_memory": "parameters.delivery.rating_bias_memory",
    "parameters.perception.match_spread": "parameters.perception.dyad_spread",
}


def present(key: str) -> str:
    """The present name of a dotted key, which may belong to the patients of a condition as in `ptsd:patients.…`."""
    condition, colon, bare = key.rpartition(":")
    return f"{condition}{colon}{KEYS.get(bare, bare)}"
