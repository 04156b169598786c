"""Sphinx builds the site with this: `make docs`. No page of it asks any other machine for anything."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util.inspect import signature, stringify_signature

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

import alliance_sim
from docs import quotes as reference

project = "alliance_sim"
author = "The alliance_sim developers"
version = release = alliance_sim.__version__
html_title = "alliance_sim"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # a page opened from a disk may not read others
html_theme_options = {"footer_icons": []}
html_math_renderer = "mathml"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 4

suppress_warnings = ["ref.python"]  # fields of different classes share names, and no page refers to one by name
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 100
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+([A-Z]+\.md)(?:#[\w-]+)?\)")
STUDY = re.compile(r"\]\((?:\.\./)+experiments/(\w+)/README\.md")
ROOMS = {
    "alliance_sim": "What a program imports, and the errors that a person can act on",
    "alliance_sim.model": "The science: one law file a noun, its parameters on top",
    "alliance_sim.world": "One simulated world as validated data, and the configuration it is composed from",
    "alliance_sim.engine": "The same laws for many worlds at once",
    "alliance_sim.trial": "The Mesa model",
    "alliance_sim.study": "From a question to a results folder",
    "alliance_sim.analysis": "From results to estimates",
    "alliance_sim.calibration.evidence": "Published numbers",
    "alliance_sim.calibration": "From published numbers to parameters",
    "alliance_sim.figures": "One figure, one function",
    "alliance_sim.questions": "One file a question: what it asks, its estimates, table, figure and wording",
    "alliance_sim.report": "One page from a results folder",
    "alliance_sim.web": "The laws in JavaScript, and the classroom in one file",
    "alliance_sim.cli": "The command line, one module a command",
}


def api_pages(folder: Path) -> None:
    """Write a page of the reference for each room of the package, new rooms included."""
    for room, modules in reference.modules().items():
        title = f"`{room}`"
        parts = [f"# {title}\n\n{ROOMS.get(room, '')}\n"]
        for name in modules:
            parts.append(f"## `{name}`\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```\n")
        (folder / f"{room}.md").write_text("\n".join(parts), encoding="utf-8")


def study_pages(folder: Path) -> None:
    """Write a page for each worked study."""
    for page in sorted((ROOT / "experiments").glob("*/README.md")):
        options = ":relative-docs: .\n:relative-images:\n"
        text = f"```{{include}} ../../experiments/{page.parent.name}/README.md\n{options}```\n"
        (folder / f"{page.parent.name}.md").write_text(text, encoding="utf-8")


def written(folder: str, write: Any) -> None:
    """Bring a folder of generated pages up to date; two builds at once disturb one another in nothing."""
    place = HERE / folder
    place.mkdir(exist_ok=True)
    (HERE / "_build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HERE / "_build") as aside:
        write(Path(aside))
        made = {page.name: page for page in Path(aside).iterdir()}
        for old in place.glob("*.md"):
            if old.name not in made:
                old.unlink(missing_ok=True)
        for name, page in made.items():
            if not (place / name).is_file() or (place / name).read_bytes() != page.read_bytes():
                page.replace(place / name)


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Fill the quotes of a page as it is read; a link to a worked study leads to its page here, none out of here."""
    text = STUDY.sub(r"](/studies/\1.md", reference.filled(source[0]))
    source[0] = OUTSIDE.sub(r"\1 (`\2`)", text)


def without_types(app: Sphinx, what: str, name: str, thing: Any, options: Any, given: str, returned: str) -> Any:
    """Leave types out where they say nothing: laws take any number, and a class's are in the parameter tables."""
    if given and (what in ("class", "exception") or name.startswith("alliance_sim.model.")):
        try:
            return stringify_signature(signature(thing), show_annotation=False, show_return_annotation=False), None
        except (TypeError, ValueError):
            return None
    return None


def no_aliases(app: Sphinx, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the fields of named tuples, of which Python says no more than a number; the signature names them."""
    return True if type(thing).__name__ == "_tuplegetter" else None


def as_restructured(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Make a docstring's single backticks literals, and keep the bars of |x| from being read as a substitution."""
    parts = CODE.split("\n".join(lines))
    parts[::2] = [text.replace("|", r"\|") for text in parts[::2]]
    parts[1::2] = [f"``{code.strip()}``\\ " for code in parts[1::2]]
    lines[:] = "".join(parts).splitlines()


def mathml(formula: str, as_block: bool = False) -> str:
    """A formula as MathML, which browsers draw by themselves; primes are raised."""
    text = formula.replace("''", r"^{\prime\prime}").replace("'", r"^{\prime}")
    return str(tex2mathml(text, as_block=as_block))


def inline_math(translator: Any, node: Any) -> None:
    """Write a formula inside a line."""
    translator.body.append(mathml(node.astext()))
    raise SkipNode


def block_math(translator: Any, node: Any) -> None:
    """Write a formula of its own."""
    translator.body.append(f'<div class="math">{mathml(node.astext(), as_block=True)}</div>\n')
    raise SkipNode


def setup(app: Sphinx) -> None:
    """Write what is generated before pages are looked for; fill quotes as pages are read."""
    written("reference/api", api_pages)
    written("studies", study_pages)
    app.connect("source-read", fill)
    app.connect("autodoc-skip-member", no_aliases)
    app.connect("autodoc-process-signature", without_types)
    app.connect("autodoc-process-docstring", as_restructured)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
