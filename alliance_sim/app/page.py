"""The page as HTML: controls made from the registry, nothing loaded from elsewhere."""

import json
from pathlib import Path
from typing import Any

import jinja2

from alliance_sim.app import experiment, state
from alliance_sim.app.clinics import LEVEL, MOST_CASELOAD, PRESETS
from alliance_sim.app.lessons import LESSONS
from alliance_sim.app.state import State
from alliance_sim.model.behaviours import DECLARED
from alliance_sim.model.registry import hints, quantity
from alliance_sim.world.places import names

ADVICE = "These are simulated people: nothing here is clinical advice."
TEMPLATES = Path(__file__).parent / "templates"
CONDITIONS = {"depression": "Depression", "anxiety": "Anxiety", "ptsd": "PTSD"}


def html() -> str:
    """The whole document; Shiny adds its own scripts where the placeholder stands."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    templates = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return templates.get_template("classroom.html").render(
        advice=ADVICE,
        behaviours={name: declared.meaning for name, declared in DECLARED.items()},
        level=LEVEL,
        bounds={name: about for name, hint in hints(State).items() if (about := quantity(hint)) is not None},
        most_caseload=MOST_CASELOAD,
        presets=list(PRESETS),
        protocols={name: experiment.protocol(name).name for name in names("protocol")},
        conditions={name: CONDITIONS.get(name, name) for name in state.CONDITIONS},
        lessons=LESSONS,
        trials=state.TRIALS,
        setup=json.dumps(setup()).replace("<", "\\u003c"),
    )


def setup() -> dict[str, Any]:
    """What the page's scripts need to know: defaults of a link, ready-made clinicians, doses of each protocol."""
    plans = {name: experiment.protocol(name) for name in names("protocol")}
    return {
        "defaults": state.defaults(),
        "presets": {name: {**clinic.skills(), "caseload": clinic.caseload} for name, clinic in PRESETS.items()},
        "protocols": {
            name: {
                "drug": plan.drug.value.replace("mdma", "MDMA"),
                "doses": plan.doses,
                "unit": "mg/kg" if plan.dose_per_kg else "mg",
            }
            for name, plan in plans.items()
        },
        "trials": state.TRIALS,
    }
