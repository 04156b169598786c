"""How a value is typed on a command line, in the grammar of overrides."""

import json
import math
import re
from typing import Any

PLAIN_WORD = re.compile(r"[A-Za-z_][\w./-]*")
OF_GRAMMAR = re.compile(r"[\\()\[\]{}:=, \t]")  # signs that a key of a mapping holds behind a backslash
READ_OTHERWISE = ("null", "none", "true", "false", "yes", "no", "on", "off", "nan", "inf")


def spelled(value: Any) -> str:
    """A value in the grammar of overrides."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, list):
        return f"[{','.join(map(spelled, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{_key(key)}:{spelled(item)}' for key, item in value.items())}}}"
    text = str(value)
    known = PLAIN_WORD.fullmatch(text) and text.lower() not in READ_OTHERWISE
    return text if known else json.dumps(text, ensure_ascii=False)


def _key(name: Any) -> str:
    """A key of a mapping in the grammar of overrides."""
    return OF_GRAMMAR.sub(lambda sign: f"\\{sign[0]}", str(name))
