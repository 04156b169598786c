"""Give a posterior's columns their present names: `python -m alliance_sim.calibration.rename_keys FILE`.

Draws, weights and likelihoods stay equal to the last bit.
"""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq

from alliance_sim.aliases import present
from alliance_sim.calibration.results import ABOUT


def rename(path: Path) -> list[str]:
    """Rename the columns of a posterior file in place; returns the old names of those renamed."""
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[ABOUT])
    about["best"] = {present(key): value for key, value in about["best"].items()}
    named = table.rename_columns([present(name) for name in table.column_names])
    named = named.replace_schema_metadata({ABOUT: json.dumps(about, sort_keys=True).encode()})
    spare = path.with_suffix(".tmp")
    pq.write_table(named, spare, compression="zstd")
    spare.replace(path)
    return [name for name in table.column_names if present(name) != name]


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"{argument}: {', '.join(rename(Path(argument))) or 'nothing to rename'}")
