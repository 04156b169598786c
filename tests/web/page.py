"""The comparison of `equal.js` as a page for browsers: opened from a file, it leaves its counts in `window.COUNTED`."""

import base64
import json
from collections.abc import Sequence

import numpy as np

from alliance_sim.web import program
from tests.web.node import HERE
from tests.web.worlds import Case

COMPARE = """
const text = atob(TRUTH), bytes = new Uint8Array(text.length);
for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
window.COUNTED = JSON.stringify(equalDoubles(Alliance, CASES, bytes.buffer));
"""


def page(found: Sequence[Case], truth: np.ndarray, engine: str = "") -> str:
    """A page that runs worlds in a browser and compares them with the doubles of Python.

    Args:
        found: Worlds, as `worlds.cases` gives them.
        truth: Their doubles.
        engine: The text of another engine, such as one with a fault.
    """
    doubles = base64.b64encode(truth.astype("<f8").tobytes()).decode()
    given = f'const TRUTH = "{doubles}", CASES = {json.dumps([case._asdict() for case in found])};'
    scripts = (engine or program.whole(), (HERE / "equal.js").read_text(encoding="utf-8"), given + COMPARE)
    written = "".join(f"<script>{script.replace('</', '<\\/')}</script>\n" for script in scripts)
    return f"<!doctype html><meta charset=utf-8><title>Equal doubles</title>\n{written}"
