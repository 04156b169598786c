"""Validate a crate against Process Run Crate 0.5 without a network: `python -m tests.crate_validator FOLDER LEVEL`.

The validator reads the JSON-LD contexts that a crate names from the network, or from its cache. Here the cache is
filled with the terms that our crates use, each with the address that these contexts give it; a term that is not among
them is an error, as it is with the whole contexts.
"""

import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import services
from rocrate_validator.models import Severity
from urllib3 import HTTPResponse

SCHEMA = """
    Dataset CreativeWork SoftwareApplication CreateAction PropertyValue Person
    name description datePublished license identifier keywords hasPart mentions author about version
    url softwareVersion softwareRequirements instrument object result agent startTime endTime actionStatus error
    encodingFormat contentSize propertyID value
"""
CONTEXTS: dict[str, dict[str, Any]] = {
    "https://w3id.org/ro/crate/1.1/context": {
        **{term: f"http://schema.org/{term}" for term in SCHEMA.split()},
        "File": "http://schema.org/MediaObject",
        "conformsTo": "http://purl.org/dc/terms/conformsTo",
    },
    "https://w3id.org/ro/terms/workflow-run/context": {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
}
LEVELS = {"must": Severity.REQUIRED, "should": Severity.RECOMMENDED}


class Contexts(HTTPAdapter):
    """Answers with the contexts above, as the network would."""

    def send(self, request, *arguments, **more):
        content = json.dumps({"@context": CONTEXTS[request.url]}).encode()
        about = {"Content-Type": "application/ld+json", "Content-Length": str(len(content))}
        answer = HTTPResponse(io.BytesIO(content), about, 200, preload_content=False, request_url=request.url)
        return self.build_response(request, answer)


def issues(folder: Path, level: str) -> list[str]:
    """What is wrong with a crate, a sentence each."""
    with tempfile.TemporaryDirectory() as room:
        cache = Path(room) / "contexts"
        session = CachedSession(str(cache), backend="sqlite", allowable_methods=("GET",), expire_after=-1)
        session.mount("https://", Contexts())
        for address in CONTEXTS:
            session.get(address, headers={"Accept": "application/ld+json, application/json"})
        session.close()
        settings = services.ValidationSettings(
            rocrate_uri=str(folder.resolve()),
            profile_identifier="process-run-crate",
            requirement_severity=LEVELS[level],
            offline=True,
            cache_path=cache,
            abort_on_first=False,
        )
        found = services.validate(settings)
        return [f"{issue.check.identifier}: {issue.message}" for issue in found.get_issues()]


if __name__ == "__main__":
    print(json.dumps(issues(Path(sys.argv[1]), sys.argv[2])))
