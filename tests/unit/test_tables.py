"""Tables as people read them."""

import io

import pandas as pd
import pytest

from alliance_sim.report.tables import estimates_table

ROWS = "quantity,estimate,mcse,lower,upper,unit\nshare,0.052,0.007,0.037,0.066,{}\n"


@pytest.mark.parametrize(("unit", "said"), [("1", ""), ("MADRS points", "MADRS points")])
def test_a_pure_number_has_no_unit_also_where_the_table_came_from_a_file(unit, said):
    frame = pd.read_csv(io.StringIO(ROWS.format(unit)))
    assert estimates_table(frame, "Shares", ["quantity"]).rows == [["share", "0.052 ± 0.007", "0.037 to 0.066", said]]
