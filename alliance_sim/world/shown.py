"""A scenario in a few words, for consoles and notebooks."""

from html import escape
from typing import TYPE_CHECKING

from alliance_sim.world.protocol import DrugName

if TYPE_CHECKING:
    from alliance_sim.world.scenario import Scenario


def summary(scenario: "Scenario") -> dict[str, str]:
    """What is done, who is treated and who treats, in a few words each."""
    plan, people, staff = scenario.protocol, scenario.patients, scenario.clinicians
    doses = ", ".join(f"{dose:g}" for dose in plan.doses)
    given = plan.drug is not DrugName.none and plan.doses
    drug = f"{plan.drug.value} {doses} {'mg/kg' if plan.dose_per_kg else 'mg'}" if given else "no drug"
    bond = f", common factor {staff.factor_shift:+g} SD" if staff.factor_shift else ""
    return {
        "protocol": f"{plan.name or 'of its own'}, {drug}",
        "patients": f"{people.number} with {people.condition.value}, {scenario.instrument(scenario.primary).name}",
        "clinicians": f"{staff.number}{bond}",
    }


def html(scenario: "Scenario") -> str:
    """The same as a table in HTML."""
    rows = "".join(f"<tr><th>{name}</th><td>{escape(said)}</td></tr>" for name, said in summary(scenario).items())
    return f"<table><caption>Scenario</caption><tbody>{rows}</tbody></table>"
