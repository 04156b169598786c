"""Rows of a spreadsheet (.xlsx): values alone; formulas, passwords, links and files that unfold are refused."""

import zipfile
from typing import Any, BinaryIO

OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"  # how an old .xls, or a workbook with a password, begins
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")  # what a workbook never has, and what a file that unfolds has
FIRST = 4096  # bytes in which they would stand


class SheetError(ValueError):
    """A workbook that cannot be read, said without its name."""


def lines(
    file: BinaryIO, sheet: str, most_bytes: int, most_rows: int, most_columns: int
) -> list[tuple[str, list[Any]]]:
    """Rows that hold anything, each with its place, such as `row 3`.

    Args:
        file: The workbook, opened.
        sheet: Name of its sheet; may be empty where only one holds anything.
        most_bytes: Of all its parts, unpacked.
        most_rows: Of the sheet.
        most_columns: Of the sheet.

    Returns:
        Cells as numbers, words, true or false, dates, or None.

    Raises:
        SheetError: It is no workbook, is locked, is too large, or a cell holds a formula or an error.
    """
    _check_parts(file, most_bytes)
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        found = {one.title: one for one in book.worksheets}
    except Exception as error:  # openpyxl raises whatever it stumbles over
        raise SheetError(" is no workbook that can be read; save it anew as .xlsx.") from error
    if sheet and sheet not in found:
        raise SheetError(f" has no sheet {sheet!r}; type data.sheet= with one of: {', '.join(found)}.")
    held = {}
    for name in [sheet] if sheet else found:
        rows = _rows(found[name], name, most_rows, most_columns)
        if rows:
            held[name] = rows
    if len(held) > 1:
        raise SheetError(f" has several sheets: {', '.join(held)}; name one, such as data.sheet={next(iter(held))!r}.")
    return next(iter(held.values()), [])


def _check_parts(file: BinaryIO, most_bytes: int) -> None:
    """Look at the parts of the file before anything reads them."""
    if file.read(4) == OLD_OR_LOCKED:
        raise SheetError(" is locked by a password or an old .xls; save it as .xlsx without a password.")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as parts:
            about = parts.infolist()
            size = sum(part.file_size for part in about)
            if size > most_bytes:
                raise SheetError(f" unpacks to {size:,} bytes; use at most {most_bytes:,}.")
            if any(part.flag_bits & 1 for part in about):
                raise SheetError(" is locked by a password; save it without one.")
            for part in about:
                if part.filename.endswith((".xml", ".rels")):
                    with parts.open(part) as inner:
                        first = inner.read(FIRST)
                    if any(sign in first for sign in DECLARATIONS):
                        raise SheetError(" declares entities, which no spreadsheet has; save it anew as .xlsx.")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise SheetError(" is no workbook that can be read; save it anew as .xlsx.") from error
    file.seek(0)


def _rows(sheet: Any, name: str, most_rows: int, most_columns: int) -> list[tuple[str, list[Any]]]:
    found: list[tuple[str, list[Any]]] = []
    try:
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells = [cell.value for cell in row]
            while cells and cells[-1] is None:
                del cells[-1]
            if not cells:
                continue
            if len(found) > most_rows or len(cells) > most_columns:
                raise SheetError(f" has more than {most_rows:,} rows or {most_columns:,} columns; use fewer.")
            for cell in row[: len(cells)]:
                if cell.data_type == "f":
                    raise SheetError(
                        f", sheet {name}, cell {cell.coordinate}: it holds a formula; paste values and save again."
                    )
                if cell.data_type == "e":
                    raise SheetError(
                        f", sheet {name}, cell {cell.coordinate}: it holds the error {cell.value}; leave it empty."
                    )
            found.append((f"row {number}", cells))
    except SheetError:
        raise
    except Exception as error:
        raise SheetError(f", sheet {name}: it cannot be read; save it anew as .xlsx.") from error
    return found
