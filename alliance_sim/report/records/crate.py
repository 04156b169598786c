"""The results folder as a Process Run Crate 0.5 on RO-Crate 1.1: which run of which software made which file.

Written by our own lines: the library `rocrate` would add packages to an installation to write one JSON file, stamps
the time of day into it, and has no notion of a run. The tests read it back with that library and with the validator of
the profile.
"""

import datetime
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from alliance_sim.report import wording
from alliance_sim.report.records.facts import Facts, Run
from alliance_sim.report.records.files import CRATE, FOLDERS, File
from alliance_sim.study.stored_batches import BATCHES
from alliance_sim.study.tables import KINDS

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"
CONTEXT = [f"{SPECIFICATION}/context", "https://w3id.org/ro/terms/workflow-run/context"]
STATUS = "http://schema.org/{}ActionStatus"
CONTENT, UNLICENSED = "#content", "#license"
SIMULATED = "Simulated people only: nothing here is clinical advice."
HOMES = {"python": "https://www.python.org/", "numpy": "https://numpy.org/", "pyarrow": "https://arrow.apache.org/"}
NAMES = {"python": "Python", "numpy": "NumPy", "pyarrow": "Apache Arrow for Python"}
OF_BATCHES = (BATCHES, *KINDS)
OF_LAST_RUN = (
    "config.yaml",
    "manifest.json",
    "design.parquet",
    "summary.csv",
    "columns.csv",
    "answers/",
    "planned/",
    "figures/",
)
Entity = dict[str, Any]


def crate(facts: Facts, files: Mapping[str, File]) -> str:
    """The metadata file of the crate.

    Args:
        facts: The study.
        files: The files that it describes, by path.
    """
    graph = [
        {"@id": CRATE, "@type": "CreativeWork", "conformsTo": _to(SPECIFICATION), "about": _to("./")},
        _root(facts, files),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        *_license(facts),
        *_people(facts),
        _content(facts),
        *_software(facts),
        *_actions(facts, files),
        *_folders(files),
        *map(_file, files.values()),
    ]
    return json.dumps({"@context": CONTEXT, "@graph": graph}, ensure_ascii=False, indent=1) + "\n"


def _root(facts: Facts, files: Mapping[str, File]) -> Entity:
    top = [path for path in files if "/" not in path] + [f"{name}/" for name in _own_folders(files)]
    study = facts.study
    about = [wording.question(study) or f"Results of the study {study.experiment}.", _size(facts), SIMULATED]
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": _to(PROFILE),
        "name": f"{study.experiment}: simulated trials of {facts.base.protocol.name}",
        "description": _line(" ".join(about)),
        "datePublished": facts.day,
        "license": _to(facts.given.license or UNLICENSED),
        "identifier": _to(CONTENT),
        "keywords": "agent-based model, simulation, psychotherapy, therapeutic alliance",
        "hasPart": _all(top),
        "mentions": _all(_action_id(run) for run in facts.runs),
    }
    if facts.given.authors:
        root["author"] = _all(_ids_of_people(facts))
    return {key: value for key, value in root.items() if value != []}


def _size(facts: Facts) -> str:
    verdict, what = facts.verdict, "arms" if facts.study.design.of_arms else "points"
    patients = facts.base.patients.number
    said = f"{verdict.trials} simulated trials of {patients} patients each; {what}: {facts.points}."
    if facts.missing:
        said += f" Incomplete: {facts.missing} of {verdict.wanted} trials are not there."
    return said


def _license(facts: Facts) -> list[Entity]:
    if facts.given.license:
        name = facts.given.license.rsplit("/", 1)[-1] or facts.given.license
        about = "The license under which the results may be used."
        return [{"@id": facts.given.license, "@type": "CreativeWork", "name": name, "description": about}]
    about = (
        "Whoever ran the study has not said under which license its results may be used; ask them. "
        "alliance-sim records FOLDER license=CC-BY-4.0 states one."
    )
    return [{"@id": UNLICENSED, "@type": "CreativeWork", "name": "No license stated", "description": about}]


def _ids_of_people(facts: Facts) -> list[str]:
    return [person.orcid or f"#author-{place}" for place, person in enumerate(facts.given.authors, 1)]


def _people(facts: Facts) -> list[Entity]:
    known = dict(zip(_ids_of_people(facts), facts.given.authors, strict=True))
    return [{"@id": name, "@type": "Person", "name": person.name} for name, person in known.items()]


def _content(facts: Facts) -> Entity:
    return {
        "@id": CONTENT,
        "@type": "PropertyValue",
        "name": "Digest of the trials",
        "description": "SHA-256 of the content of all trials, however they were computed and stored, as "
        "alliance-sim verify prints it",
        "propertyID": "SHA-256",
        "value": facts.digest,
    }


def _software(facts: Facts) -> list[Entity]:
    made: dict[str, Entity] = {}
    for run in facts.runs:
        version, commit = run.software
        needs = {name: str(run.held["machine"].get(name) or "") for name in HOMES}
        for name, number in needs.items():
            own = {"@type": "SoftwareApplication", "name": NAMES[name], "url": HOMES[name], "softwareVersion": number}
            made[_library(name, number)] = own
        about = "Agent-based model of the therapeutic alliance"
        about += f"; git commit {commit}" if commit else ""
        own = {"@type": "SoftwareApplication", "name": "alliance_sim", "softwareVersion": version or "unknown"}
        own |= {"description": about, "url": facts.given.code}
        own |= {"softwareRequirements": _all(_library(*one) for one in needs.items())}
        made[_software_id(facts, run)] = {key: value for key, value in own.items() if value}
    return [{"@id": name, **own} for name, own in made.items()]


def _library(name: str, number: str) -> str:
    return f"{HOMES[name]}#{_slug(number)}"


def _software_id(facts: Facts, run: Run) -> str:
    """The address at which the code is kept, where all runs were of one version; else a name of its own."""
    if facts.given.code and len({other.software for other in facts.runs}) == 1:
        return facts.given.code
    version, commit = run.software
    return "#" + "-".join(filter(None, ("alliance_sim", _slug(version) or "unknown", _slug(commit)[:12])))


def _actions(facts: Facts, files: Mapping[str, File]) -> list[Entity]:
    made, last = [], len(facts.runs)
    results = _results(facts, files)
    line, whole = facts.command
    for place, run in enumerate(facts.runs, 1):
        about = [f"{run.held['trials']} trials computed in {run.held['seconds']:g} seconds"]
        about += [f"shard {run.held['shard']}"] if run.held.get("shard") else []
        machine = run.held["machine"]
        about += [f"{machine['system']} {machine['processor']}, Python {machine['python']}"]
        about += [f"the study again: {line}"] if line and whole else ["the study: config.yaml"]
        own, shared = results[run.name]
        about += ["it ran beside others: each file listed was written by one of them"] if shared else []
        action: Entity = {
            "@id": _action_id(run),
            "@type": "CreateAction",
            "name": f"Run {place} of {last} of the study {facts.study.experiment}",
            "description": _line("; ".join(about)),
            "instrument": _to(_software_id(facts, run)),
            "object": _all(path for path in ("config.yaml",) if path in files),
            "result": _all(map(_address, own)),
            "startTime": _time(run.began),
            "endTime": _time(run.ended),
            "actionStatus": STATUS.format("Completed"),
        }
        if facts.given.authors:
            action["agent"] = _all(_ids_of_people(facts))
        if place == last and facts.missing and not run.held.get("shard"):
            action["actionStatus"] = STATUS.format("Failed")
            action["error"] = f"{facts.missing} of {facts.verdict.wanted} trials are not there."
        made.append({key: value for key, value in action.items() if value not in ("", [], None)})
    return made


def _results(facts: Facts, files: Mapping[str, File]) -> dict[str, tuple[list[str], bool]]:
    """For each run the files that it wrote, and whether a run beside it may have written some of them."""
    runs, last = facts.runs, max((run.name for run in facts.runs), default="")
    made: dict[str, list[str]] = {run.name: [f"runs/{run.name}.json"] for run in runs}
    beside = set()
    for batch in facts.held.batches:
        written = batch.written
        possible = [run.name for run in runs if _at_work(run, written)] or [run.name for run in runs if len(runs) == 1]
        beside |= set(possible) if len(possible) > 1 else set()
        for name in possible:
            made[name] += [f"{kind}/{batch.name}.{ending}" for kind, ending in _endings()]
    if last:
        made[last] += [path for path in files if path.startswith(OF_LAST_RUN)]
    return {name: ([path for path in sorted(own) if path in files], name in beside) for name, own in made.items()}


def _endings() -> Iterable[tuple[str, str]]:
    return [(kind, "json" if kind == BATCHES else "parquet") for kind in OF_BATCHES]


def _at_work(run: Run, written: float | None) -> bool:
    """Whether a run was at work when a batch was written."""
    if written is None or run.began is None or run.ended is None:
        return False
    return run.began.timestamp() - 1 <= written <= run.ended.timestamp() + 1


def _own_folders(files: Mapping[str, File]) -> list[str]:
    there = {path.split("/")[0] for path in files if "/" in path}
    return [name for name in FOLDERS if name in there]


def _folders(files: Mapping[str, File]) -> list[Entity]:
    return [
        {
            "@id": f"{name}/",
            "@type": "Dataset",
            "name": name,
            "description": FOLDERS[name],
            "hasPart": _all(_address(path) for path in files if path.startswith(f"{name}/")),
        }
        for name in _own_folders(files)
    ]


def _file(file: File) -> Entity:
    return {
        "@id": _address(file.path),
        "@type": "File",
        "name": file.path,
        "description": file.about,
        "encodingFormat": file.media,
        "contentSize": str(file.size),
        "sha256": file.sha256,
    }


def _address(path: str) -> str:
    return quote(path, safe="/+")


def _action_id(run: Run) -> str:
    return f"#run-{quote(run.name, safe='')}"


def _time(moment: datetime.datetime | None) -> str:
    return "" if moment is None else moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds")


def _to(name: str) -> Entity:
    return {"@id": name}


def _all(names: Iterable[str]) -> Any:
    """References; a single one stands alone, as JSON-LD in compact form has it."""
    made = [_to(name) for name in dict.fromkeys(names)]
    return made[0] if len(made) == 1 else made


def _slug(text: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in ".-") else "-" for sign in text)


def _line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
