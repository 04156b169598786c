"""A table of points from a file, read to the letter: every cell means what it says, or one sentence names it.

CSV may be separated by commas, semicolons or tabs and hold decimal commas where nothing else can be meant; what could
mean two things is refused. Only files of this machine are opened.
"""

import codecs
import csv
import io
import json
import math
import re
import stat
from collections.abc import Container, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import numpy as np

from alliance_sim.errors import ScenarioError
from alliance_sim.study.columns import Column, small

MOST_POINTS = 1_000_000
MOST_BYTES = 300_000_000  # of a file, and of what is packed in it
MOST_COLUMNS, LONGEST_HEAD, SHOWN = 10_000, 200, 40  # the last two: characters
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# Byte order marks, the longer ones first, and what they say.
MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"", "utf-8-sig"),
)
WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
DECIMAL = {sign: re.compile(rf"[+-]?(?:[0-9]+[{sign}][0-9]*|[{sign}][0-9]+)(?:[eE][+-]?[0-9]+)?") for sign in ".,"}
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")  # one sign and three digits: may be either
LIKE_A_NUMBER = re.compile(r"[+-]?[.,]?\d[\d.,'’_\s]*")
# A table that is read column by column has these bytes alone, and such numbers; any other is read row by row.
PLAIN_BYTES = bytes({*range(32, 127)} - {ord('"')}) + b"\n"
LONGEST_CELL = 1000  # characters
WHOLE_TEXT = "^-?[0-9]{1,18}$"
BROKEN_TEXT = r"^-?[0-9]{1,40}(\.[0-9]{1,40}([eE][+-]?[0-9]{1,4})?|[eE][+-]?[0-9]{1,4})$"
WORDS = {"true": True, "false": False}
NO_INDEX = re.compile(r"__index_level_\d+__")  # what pandas writes for row numbers


class Wanted(NamedTuple):
    """What a file is read for: how it is called in a sentence, and what its cells may be beside the usual."""

    key: str = "design.file"  # that names the file
    what: str = "points"
    heads: str = "dotted keys as columns"
    rows: str = "a row for each point"
    endings: tuple[str, ...] = (".csv", ".parquet")
    missing: frozenset[str] = frozenset()  # cells that say that there is no value, in small letters
    dates: bool = False  # cells may be dates


OF_DESIGNS = Wanted()


class Null(Enum):
    """What a cell holds that says that there is no value; an empty cell does not say that."""

    NULL = "null"

    def __str__(self) -> str:
        return self.value


class Row(NamedTuple):
    """One row: where it stands, such as `line 3`, and its cells; an empty one is None."""

    place: str
    cells: list[Any]


class Table(NamedTuple):
    """Names of the columns, each once, and their cells below them; an empty one is None."""

    heads: list[str]
    columns: list[Column]
    places: Sequence[str]  # where each row stands, such as `line 3`


class UnreadableError(ValueError):
    """A cell or a row that cannot be read, said without its place."""


def read(name: str, words: Container[str] = (), wanted: Wanted = OF_DESIGNS, sheet: str = "") -> Table:
    """Read a table.

    Args:
        name: A file that ends in .csv (its columns' names stand in line 1), .parquet or, where wanted, .xlsx.
        words: Columns whose cells are words, whatever they look like.
        wanted: What it is read for.
        sheet: Of a spreadsheet; may be left out where only one holds anything.

    Returns:
        Cells are numbers, true or false, lists, words, and the word `null`, which stands for no value, as `Null`.

    Raises:
        ScenarioError: The file cannot be read, or a cell of it could not be read in one way only.
    """
    said = f"{wanted.key}={name if name.isprintable() else repr(name)}"
    if ADDRESS.match(name):
        raise ScenarioError(f"{said} is an address, and only local files are read; save it and type its path.")
    ending = Path(name).suffix.lower()
    if ending not in wanted.endings:
        *others, last = wanted.endings
        raise ScenarioError(
            f"{said} is neither {', '.join(others)} nor {last}; save the {wanted.what} as one of these."
        )
    try:
        about = Path(name).stat()
        if not stat.S_ISREG(about.st_mode):
            raise ScenarioError(f"{said} is no file but {_kind(about.st_mode)}; type the path of a table.")
        if about.st_size > MOST_BYTES:
            raise ScenarioError(f"{said} has {about.st_size:,} bytes; use at most {MOST_BYTES:,}.")
        with Path(name).open("rb") as file:
            if ending == ".parquet":
                return _parquet(file, words, wanted)
            if ending == ".xlsx":
                return _xlsx(file, words, wanted, sheet)
            content = file.read(about.st_size)
            return _clean_csv(content, words, wanted) or _csv(content, words, wanted)
    except ScenarioError:
        raise
    except UnreadableError as error:
        raise ScenarioError(f"{said}{error}") from error
    except (OSError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise ScenarioError(f"{said} cannot be read ({reason(error)}); save it anew and type its path.") from error


def shown(cell: Any) -> str:
    """A cell in a sentence: short, and on one line."""
    text = str(cell)
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


def reason(error: Exception) -> str:
    """Why a file could not be read, as a part of a sentence: short, and on one line."""
    said = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    return "".join(filter(str.isprintable, said))[:120].rstrip(" .")


def _kind(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "a pipe or device"


# --------------------------------------------------------------------------------------------------------- CSV


def _csv(content: bytes, words: Container[str], wanted: Wanted = OF_DESIGNS) -> Table:
    text = _decoded(content)
    separator = _separator(text)
    lines = _lines(text, separator)
    place, heads = next(lines, ("", []))
    if not heads:
        raise UnreadableError(f" is empty; give {wanted.heads} and {wanted.rows}.")
    rows: list[Row] = []
    for place, cells in lines:
        if len(rows) == MOST_POINTS:
            raise UnreadableError(f" has more than {MOST_POINTS:,} rows; use fewer.")
        more = [cell for cell in cells[len(heads) :] if cell]
        if more or len(cells) < len(heads):
            raise UnreadableError(
                f", {place}: it has {_count(cells, 'cell')} for {_count(heads, 'column')}; give each column one, "
                f'and put a cell that holds a comma in quotes, such as "[10, 25]".'
            )
        rows.append(Row(place, cells[: len(heads)]))
    _drop_unnamed(heads, rows)
    _check_heads(heads, wanted)
    if separator != ",":
        _with_points(heads, rows, words)
    return _table(heads, rows, words, wanted)


def _clean_csv(content: bytes, words: Container[str], wanted: Wanted = OF_DESIGNS) -> Table | None:
    """Read a table in which nothing is odd, column by column; None for any other, which is read row by row."""
    import pyarrow
    from pyarrow import csv as columns_of

    content = content.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    head, _, _ = content.partition(b"\n")
    if content.translate(None, PLAIN_BYTES) or not head.strip() or b";" in head or b"\n\n" in content:
        return None
    heads = [name.strip() for name in head.decode("ascii").split(",")]
    names = list(map(str, range(len(heads))))
    try:
        table = columns_of.read_csv(
            io.BytesIO(content),
            read_options=columns_of.ReadOptions(column_names=names, skip_rows=1),
            parse_options=columns_of.ParseOptions(quote_char=False, double_quote=False, ignore_empty_lines=False),
            convert_options=columns_of.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False
            ),
        )
        if not 0 < table.num_rows <= MOST_POINTS or not all(heads):
            return None
        _check_heads(heads, wanted)
        found = [
            _clean_column(table.column(name), head in words, wanted) for name, head in zip(names, heads, strict=True)
        ]
    except (pyarrow.ArrowException, UnreadableError):
        return None
    columns = [column for column in found if column is not None]
    return Table(heads, columns, _Lines(table.num_rows)) if len(columns) == len(heads) else None


class _Lines(Sequence[str]):
    """Where rows stand that follow one another below the names of the columns."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, place: Any) -> Any:
        return f"line {range(2, self._rows + 2)[place]}"


def _clean_column(texts: Any, is_word: bool, wanted: Wanted) -> Column | None:
    """The values that a column of texts writes down; None if a text is odd."""
    import pyarrow
    from pyarrow import compute

    texts = compute.ascii_trim_whitespace(texts)
    lengths = compute.min_max(compute.binary_length(texts)).as_py()
    if lengths["min"] == 0 or lengths["max"] > LONGEST_CELL:
        return None
    for pattern, kind in ((WHOLE_TEXT, pyarrow.int64()), (BROKEN_TEXT, pyarrow.float64())):
        if not is_word and compute.all(compute.match_substring_regex(texts, pattern)).as_py():
            values = compute.cast(texts, kind).to_numpy()
            return Column(values) if np.isfinite(values).all() else None
    coded = texts.combine_chunks().dictionary_encode()
    values = [_value(text, "", "", is_word, wanted) for text in coded.dictionary.to_pylist()]
    return Column(values, small(coded.indices.to_numpy()))


def _decoded(content: bytes) -> str:
    encoding = next(encoding for mark, encoding in MARKS if content.startswith(mark))
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableError(f", line {line}: its letters are not UTF-8; save the table as CSV UTF-8.") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableError(f", line {line}: it holds a byte that no text has (NUL); save the table as CSV UTF-8.")
    return text


def _separator(text: str) -> str:
    """What stands between the names of the columns, outside of quotes."""
    header = next(filter(None, map(str.strip, text.splitlines())), "")
    found = [sign for sign in SEPARATORS if sign in re.sub(r'"[^"]*"', "", header)]
    if len(found) > 1:
        names = " and ".join(SEPARATORS[sign] for sign in found)
        raise UnreadableError(f", line 1: it separates columns by {names}; use one of them.")
    return found[0] if found else ","


def _lines(text: str, separator: str) -> Iterator[tuple[str, list[str]]]:
    """Rows that hold anything, with the line in which each begins; spaces around cells are left out."""
    source = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    first = 1
    try:
        for cells in source:
            held = [cell.strip() for cell in cells]
            if any(held):
                yield f"line {first}", held
            first = source.line_num + 1
    except csv.Error as error:
        raise UnreadableError(f", line {first}: it cannot be split into cells ({error}); check its quotes.") from error


def _count(things: list[str], name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) > 1)}"


def _drop_unnamed(heads: list[str], rows: list[Row]) -> None:
    """Leave out columns without a name and without a cell, which separators at the end of lines make."""
    idle = [
        place for place, head in enumerate(heads) if not head and all(row.cells[place] in (None, "") for row in rows)
    ]
    for place in reversed(idle):
        for cells in (heads, *(row.cells for row in rows)):
            del cells[place]


def _with_points(heads: list[str], rows: list[Row], words: Container[str]) -> None:
    """Write decimal commas as points, where numbers have commas.

    Raises:
        UnreadableError: Some have commas and some points, or what a sign means cannot be told.
    """
    numbers = [place for place, head in enumerate(heads) if head not in words]
    cells = [(row, place, row.cells[place]) for row in rows for place in numbers]
    points, commas = ([one for one in cells if DECIMAL[sign].fullmatch(one[2])] for sign in ".,")
    signs = points or commas
    if not signs:
        return
    row, place, cell = commas[0] if commas else points[0]
    if points and commas:
        raise UnreadableError(
            f", {row.place}, {heads[place]}: it holds {cell} and another cell {points[0][2]}; write points."
        )
    if all(THOUSANDS.fullmatch(cell) for _, _, cell in signs):
        raise UnreadableError(
            f", {row.place}, {heads[place]}: {cell} may be a thousand or a decimal; save the table with commas "
            "between columns and points in numbers."
        )
    for row, place, cell in commas:
        row.cells[place] = cell.replace(",", ".")


# ----------------------------------------------------------------------------------------------------- Parquet


def _parquet(file: BinaryIO, words: Container[str], wanted: Wanted) -> Table:
    import pyarrow
    from pyarrow import parquet

    try:
        source = parquet.ParquetFile(file)
        about, schema = source.metadata, source.schema_arrow
        size = sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups))
        if about.num_rows > MOST_POINTS or size > MOST_BYTES or about.num_columns > MOST_COLUMNS:
            raise UnreadableError(
                f" has {about.num_rows:,} rows of {about.num_columns:,} columns, {size:,} bytes; use at most "
                f"{MOST_POINTS:,} rows, {MOST_COLUMNS:,} columns and {MOST_BYTES:,} bytes."
            )
        heads = [head for head in schema.names if not NO_INDEX.fullmatch(head)]
        _check_heads([head.strip() for head in heads], wanted)
        for head in heads:
            _check_type(head, schema.field(head).type, wanted)
        held = [source.read([head]).column(head) for head in heads]
    except pyarrow.ArrowException as error:
        raise ValueError(str(error)) from error
    names, places = [head.strip() for head in heads], [f"row {number}" for number in range(1, about.num_rows + 1)]
    numbers = [_numbers(column) for column in held]
    if all(column is not None for column in numbers):
        return Table(names, [column for column in numbers if column is not None], places)
    cells = zip(*(column.to_pylist() for column in held), strict=True)
    rows = [
        Row(place, [cell.strip() if isinstance(cell, str) else cell for cell in row])
        for place, row in zip(places, cells, strict=False)
    ]
    return _table(names, rows, words, wanted)


def _numbers(column: Any) -> Column | None:
    """A column of finite numbers without an empty cell as it is; None for any other."""
    from pyarrow import types

    if column.null_count or not (types.is_signed_integer(column.type) or types.is_floating(column.type)):
        return None
    values = column.to_numpy()
    if not np.isfinite(values).all():
        return None
    return Column(values.astype(np.int64 if types.is_integer(column.type) else np.float64))


def _check_type(head: str, kind: Any, wanted: Wanted) -> None:
    from pyarrow import types

    inner = kind.value_type if types.is_dictionary(kind) or types.is_list(kind) or types.is_large_list(kind) else kind
    plain = (types.is_integer, types.is_floating, types.is_boolean, types.is_string, types.is_large_string)
    if wanted.dates and (types.is_timestamp(kind) or types.is_date(kind)):
        return
    if not any(fits(inner) for fits in (*plain, types.is_null, types.is_string_view)):
        raise UnreadableError(f", {head}: it holds {kind}; use numbers, words, true or false, or lists of these.")


# ------------------------------------------------------------------------------------------------- spreadsheets


def _xlsx(file: BinaryIO, words: Container[str], wanted: Wanted, sheet: str) -> Table:
    from alliance_sim.study import spreadsheet

    try:
        lines = spreadsheet.lines(file, sheet, MOST_BYTES, MOST_POINTS, MOST_COLUMNS)
    except spreadsheet.SheetError as error:
        raise UnreadableError(str(error)) from error
    if not lines:
        raise UnreadableError(f" is empty; give {wanted.heads} and {wanted.rows}.")
    (_, first), *rest = lines
    heads = ["" if cell is None else str(cell).strip() for cell in first]
    rows = [Row(place, [cell.strip() if isinstance(cell, str) else cell for cell in cells]) for place, cells in rest]
    for row in rows:
        row.cells.extend([None] * (len(heads) - len(row.cells)))
        heads.extend([""] * (len(row.cells) - len(heads)))
    for row in rows:
        row.cells.extend([None] * (len(heads) - len(row.cells)))
    _drop_unnamed(heads, rows)
    _check_heads(heads, wanted)
    return _table(heads, rows, words, wanted)


# ------------------------------------------------------------------------------------------------------- cells


def _table(heads: list[str], rows: list[Row], words: Container[str], wanted: Wanted) -> Table:
    """The same rows with texts as the values they write down."""
    for row in rows:
        for place, head in enumerate(heads):
            row.cells[place] = _value(row.cells[place], head, row.place, head in words, wanted)
    columns = [Column.of(list(cells)) for cells in zip(*(row.cells for row in rows), strict=True)]
    return Table(heads, columns or [Column([]) for _ in heads], [row.place for row in rows])


def _check_heads(heads: list[str], wanted: Wanted = OF_DESIGNS) -> None:
    for place, head in enumerate(heads, 1):
        if not head:
            raise UnreadableError(f": column {place} has no name; name it or leave it out.")
        if len(head) > LONGEST_HEAD or not head.isprintable():
            raise UnreadableError(f": column {place} is called {shown(head)}; use {wanted.heads}.")
    if len(set(heads)) < len(heads):
        twice = next(head for head in heads if heads.count(head) > 1)
        raise UnreadableError(f": it has two columns {twice}; leave one of them out.")
    if len(heads) > MOST_COLUMNS:
        raise UnreadableError(f" has {len(heads):,} columns; use at most {MOST_COLUMNS:,}.")


def _value(cell: Any, head: str, place: str, is_word: bool, wanted: Wanted = OF_DESIGNS) -> Any:
    """What a cell says; None if it is empty."""
    if not is_word and isinstance(cell, str) and cell.lower() in wanted.missing:
        return None
    try:
        if isinstance(cell, str) and cell:
            return cell if is_word else _said(cell)
        if isinstance(cell, float) and math.isinf(cell):
            raise UnreadableError(f"{cell} is no finite number; type one that is")
        if isinstance(cell, list) and not all(map(_is_plain, cell)):
            raise UnreadableError(f"{shown(cell)} has an item without a finite value; give every item one")
    except UnreadableError as error:
        raise UnreadableError(f", {place}, {head}: {error}.") from error
    return None if cell == "" or cell != cell else cell  # a number that is not itself is missing


def _is_plain(item: Any) -> bool:
    return isinstance(item, str | bool | int) or (isinstance(item, float) and math.isfinite(item))


def _said(text: str) -> Any:
    if WHOLE.fullmatch(text):
        return int(text)
    if NUMBER.fullmatch(text):
        return _finite(text)
    if text[0] in '["':
        return _json(text)
    if text == "null":
        return Null.NULL
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if LIKE_A_NUMBER.fullmatch(text) or _is_read_by_python(text):
        raise UnreadableError(f"{shown(text)} is no number; write it with a point alone, such as 1000.5")
    if not text.isprintable():
        raise UnreadableError(f"{shown(text)} holds a line break or another sign that is not shown; leave it out")
    return text


def _is_read_by_python(text: str) -> bool:
    """True for what only a programming language takes for a number, such as `nan` or `1_000`."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise UnreadableError(f"{shown(text)} is larger than any number; type a smaller one")
    return number


def _json(text: str) -> Any:
    def none(sign: str) -> NoReturn:
        raise ValueError(sign)

    try:
        held = json.loads(text, parse_constant=none, parse_float=_finite)
    except UnreadableError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{shown(text)} is no list; write one as [10, 25]") from error
    if isinstance(held, list) and not all(map(_is_plain, held)):
        raise UnreadableError(f"{shown(text)} holds more than numbers and words; write a list as [10, 25]")
    return held
