"""Names that older results folders and posteriors hold, and what they are called now."""

from typing import Any

COLUMNS = {
    "leaning": "log_response_propensity",
    "restlessness": "symptom_volatility",
    "hopefulness": "placebo_responsiveness",
    "match": "dyad_effect",
}
# Columns of trials that folders of earlier versions lack, those of a version together.
ADDED = (("guess", "certainty"), ("clinician_hours",))
KEYS = {  # each stays in its group
    "patients.restlessness": "patients.symptom_volatility",
    "parameters.delivery.view_noise": "parameters.delivery.rating_bias_spread",
    "parameters.delivery.view_memory": "parameters.delivery.rating_bias_memory",
    "parameters.perception.match_spread": "parameters.perception.dyad_spread",
}

MISSING = {"assessed": "none", "lost": "dropout"}  # of a planned trial: who is not assessed


def present(key: str) -> str:
    """The present name of a dotted key, which may belong to the patients of a condition as in `ptsd:patients.…`."""
    condition, colon, bare = key.rpartition(":")
    return f"{condition}{colon}{KEYS.get(bare, bare)}"


def renamed(values: Any, path: str = "") -> Any:
    """A stored configuration, or a part of it at a dotted path, with the present names of its keys.

    Keys are found nested, dotted (as what an arm changes) and as words (as what a design varies).
    """
    if isinstance(values, dict):
        return {
            present(present(f"{path}{key}").removeprefix(path)): renamed(value, f"{path}{key}.")
            for key, value in values.items()
        }
    if isinstance(values, list):
        return [renamed(value, path) for value in values]
    return present(values) if isinstance(values, str) else values


def planned(config: dict[str, Any]) -> dict[str, Any]:
    """A stored study, its planned trial as it is written now: lists of clinicians and caseloads, an allocation."""
    plan = dict(config.get("power") or {})
    if not isinstance(plan.get("clinicians", []), list):
        caseload = plan.get("caseload")
        plan["clinicians"] = [] if caseload or not plan.get("sizes") else [plan["clinicians"]]
        plan["caseload"] = [caseload] if caseload else []
    if "shared" in plan:
        plan["allocation"] = "patient" if plan.pop("shared") else "clinician"
    if "missing" in plan:
        plan["missing"] = MISSING.get(plan["missing"], plan["missing"])
    return {**config, "power": plan} if plan else config
