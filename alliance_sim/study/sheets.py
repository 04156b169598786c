"""Tables for other programs: CSV, a workbook of Excel, or Parquet, written part by part in bounded memory."""

import contextlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow
from pyarrow import compute, csv, parquet, types

from alliance_sim.errors import AnswerError
from alliance_sim.study.describing import ANSWERS

DICTIONARY = "columns"  # the table that says what the columns of the others are
# What a sheet of Excel takes.
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL, LONGEST_TITLE = 1_048_575, 16_384, 32_767, 31
SPECIAL = "=#"  # a text that begins so could be taken for a formula or an error
PROGRAM = "alliance-sim"  # author of a workbook


class Writer(Protocol):
    """Takes tables one after the other; what it wrote counts once it is closed."""

    def table(self, name: str, parts: Iterable[pd.DataFrame], about: pd.DataFrame) -> int:
        """Write one table.

        Args:
            name: Its name; one of answers has a folder of its own.
            parts: At least one, all with the same columns.
            about: Its columns as `describing.described` has them.

        Returns:
            How many rows it has.
        """

    def close(self) -> None:
        """Finish what was written."""

    def discard(self) -> None:
        """Let go of what was begun."""


class CsvFiles:
    """A folder of CSV files as RFC 4180 has them: UTF-8, one header, words in quotes, what is missing empty.

    Lines end in a line feed. Numbers read back exactly as they are; true and false are 1 and 0.
    """

    ending = ".csv"

    def __init__(self, place: Path, about: Mapping[str, str]) -> None:
        """Take the folder, which is there; `about` is of files that can say such things."""
        self._place = place

    def table(self, name: str, parts: Iterable[pd.DataFrame], about: pd.DataFrame) -> int:
        """Write one table to a file of its name."""
        rows = 0
        with self._file(name).open("wb") as file:
            for number, part in enumerate(parts):
                options = csv.WriteOptions(include_header=number == 0, quoting_style="needed")
                csv.write_csv(_plain(arrow(part)), file, options)
                rows += len(part)
        return rows

    def _file(self, name: str) -> Path:
        path = self._place / f"{name}{self.ending}"
        path.parent.mkdir(exist_ok=True)
        return path

    def close(self) -> None:
        """Nothing is left to do."""

    def discard(self) -> None:
        """Likewise."""


class ParquetFiles(CsvFiles):
    """A folder of Parquet files; words are categories, and each column carries its unit and meaning."""

    ending = ".parquet"

    def __init__(self, place: Path, about: Mapping[str, str]) -> None:
        """Take the folder, which is there, and what each file says of the study."""
        super().__init__(place, about)
        self._about = dict(about)

    def table(self, name: str, parts: Iterable[pd.DataFrame], about: pd.DataFrame) -> int:
        """Write one table to a file of its name."""
        rows, writer = 0, None
        try:
            for part in parts:
                held = arrow(part)
                if writer is None:
                    schema = self._schema(held.schema, about)
                    writer = parquet.ParquetWriter(self._file(name), schema, compression="zstd")
                writer.write_table(held.cast(schema))
                rows += len(part)
        finally:
            if writer is not None:
                writer.close()
        return rows

    def _schema(self, schema: Any, about: pd.DataFrame) -> Any:
        said = {
            row.column: {"unit": row.unit, "meaning": row.meaning}
            for row in about.itertuples()
            if row.unit or row.meaning
        }
        fields = [field.with_metadata(said.get(field.name, {})) for field in schema]
        units = {name: held["unit"] for name, held in said.items() if held["unit"]}
        return pyarrow.schema(fields, {**self._about, "units": json.dumps(units, ensure_ascii=False)})


class Workbook:
    """A workbook of Excel, a sheet each table; infinite numbers, which it has not, are words."""

    def __init__(self, place: Path, about: Mapping[str, str]) -> None:
        """Take the file's path, and what its properties say of the study."""
        import openpyxl

        self._place, self._book = place, openpyxl.Workbook(write_only=True)
        self._book.properties.creator = self._book.properties.lastModifiedBy = PROGRAM
        self._book.properties.description = json.dumps(about, ensure_ascii=False)
        self._titles: list[str] = []

    def table(self, name: str, parts: Iterable[pd.DataFrame], about: pd.DataFrame) -> int:
        """Write one table to a sheet of its name.

        Raises:
            AnswerError: A sheet does not take it.
        """
        sheet, rows = self._book.create_sheet(self._title(name)), 0
        sheet.freeze_panes = "A2"
        for number, part in enumerate(parts):
            if not number:
                if len(part.columns) > MOST_COLUMNS:
                    raise too_large(name, f"has {len(part.columns):,} columns", f"{MOST_COLUMNS:,}")
                sheet.append([self._cell(sheet, name, str(head)) for head in part])
            rows += len(part)
            if rows > MOST_ROWS:
                raise too_large(name, f"has more than {MOST_ROWS:,} rows", f"{MOST_ROWS:,}")
            for cells in zip(*(self._cells(sheet, name, column) for column in arrow(part).columns), strict=True):
                sheet.append(cells)
        return rows

    def _cells(self, sheet: Any, name: str, column: Any) -> list[Any]:
        """Values of a column as cells: a float32 as the shortest number that reads back as it."""
        if types.is_dictionary(column.type):
            held = column.combine_chunks()
            words = [self._cell(sheet, name, word) for word in held.dictionary.to_pylist()]
            return [None if code is None else words[code] for code in held.indices.to_pylist()]
        if types.is_float32(column.type):
            column = compute.cast(compute.cast(column, pyarrow.string()), pyarrow.float64())
        cells: list[Any] = column.to_pylist()
        if types.is_floating(column.type):
            return [cell if cell is None or math.isfinite(cell) else str(cell) for cell in cells]
        return cells

    def _cell(self, sheet: Any, name: str, text: str) -> Any:
        """A text as a cell that nothing computes."""
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        if len(text) > LONGEST_CELL:
            raise too_large(name, f"holds a text of {len(text):,} characters", f"{LONGEST_CELL:,} in a cell")
        if ILLEGAL_CHARACTERS_RE.search(text):
            raise too_large(name, "holds a control character", "none")
        if text[:1] not in SPECIAL or not text:
            return text
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"
        return cell

    def _title(self, name: str) -> str:
        """A name that a sheet may have, and no other sheet has."""
        bare = name.removeprefix(ANSWERS)[:LONGEST_TITLE]
        title, number = bare, 2
        while title.lower() in self._titles:
            title, number = f"{bare[: LONGEST_TITLE - 3]}_{number}", number + 1
        self._titles.append(title.lower())
        return title

    def close(self) -> None:
        """Write the file."""
        self._book.save(self._place)

    def discard(self) -> None:
        """Close the sheets that were begun; the program's end removes what openpyxl kept of them aside."""
        with contextlib.suppress(Exception):
            for sheet in self._book.worksheets:
                sheet.close()


WRITERS: dict[str, Any] = {"csv": CsvFiles, "xlsx": Workbook, "parquet": ParquetFiles}


def too_large(name: str, why: str, most: str) -> AnswerError:
    """What to type where Excel does not take a table."""
    return AnswerError(
        f"{name} {why}, and Excel takes {most}; type to=csv or to=parquet, or leave it out with tables='[…]'."
    )


def arrow(frame: pd.DataFrame) -> Any:
    """A part of a table: numbers as they are, words as categories, what is missing as nothing."""
    held = pyarrow.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    for place, field in enumerate(held.schema):
        words = field.type.value_type if types.is_dictionary(field.type) else field.type
        if types.is_null(words) or types.is_string(words) or types.is_large_string(words):
            column = held.column(place).cast(pyarrow.string()).dictionary_encode()
            held = held.set_column(place, field.name, column)
    return held


def _plain(held: Any) -> Any:
    """A table whose words are words again, and whose true and false are 1 and 0, which every program reads."""
    kinds = []
    for field in held.schema:
        is_truth, is_words = types.is_boolean(field.type), types.is_dictionary(field.type)
        kinds.append(pyarrow.int8() if is_truth else pyarrow.string() if is_words else field.type)
    return held.cast(pyarrow.schema(list(zip(held.column_names, kinds, strict=True))))
