"""Figures inside a page: the picture and the numbers that it draws, both as addresses that need nothing outside."""

import base64
import io
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from alliance_sim.figures import theme
from alliance_sim.figures.drawing import Drawing

LARGEST_SVG = 150_000  # bytes; a larger drawing is embedded as PNG
LARGEST_DATA = 100_000  # bytes; more numbers than that stand in the folder's own tables
DIGITS = "%.8g"


class Picture(NamedTuple):
    """A figure inside a page."""

    name: str
    caption: str
    address: str  # a data URI
    data: str = ""  # a data URI of CSV; empty where there is none
    about_data: str = ""  # how many rows it has and what it sums up; or where the numbers are


def picture(name: str, drawing: Drawing) -> Picture:
    """Draw a figure for a page, with the numbers that it draws."""
    figure = drawing.draw()
    address, about = csv(drawing.data(), drawing.summed) if drawing.data else ("", "")
    return Picture(name, drawing.described(figure), embedded(figure), address, about)


def embedded(figure: Figure) -> str:
    """A figure as a data URI: SVG, or PNG where that would be large."""
    content, kind = _bytes(figure, ".svg"), "svg+xml"
    if len(content) > LARGEST_SVG:
        content, kind = _bytes(figure, ".png"), "png"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def csv(frame: pd.DataFrame, summed: str = "") -> tuple[str, str]:
    """Numbers as a data URI of CSV, and what it holds in words; no address where they would be many.

    Args:
        frame: The numbers that a figure draws.
        summed: What they sum up, where the figure draws more than they hold; empty if it does not.
    """
    content = frame.to_csv(index=False, float_format=DIGITS, lineterminator="\n").encode()
    said = f"{len(frame):,} row{'s' * (len(frame) != 1)}{f': {summed}' * bool(summed)}"
    if len(content) > LARGEST_DATA:
        return "", f"{said}, too many for this page; they stand in the folder's tables"
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(content).decode()}", said


def _bytes(figure: Figure, ending: str) -> bytes:
    room = io.BytesIO()
    theme.save(figure, room, ending)
    return room.getvalue()
