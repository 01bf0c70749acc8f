"""What changed from one release to another: edges, and the evidence that is told of them.

An edge is its two ends. It is added, removed, or changed: then its reports tell other things. Who
reports them is not compared, so that releases built with different names for the same data set
show only what really changed.
"""

from rdfconv.diffing.comparison import Comparison, Difference
from rdfconv.diffing.patch import ADDED, REMOVED, Patch
from rdfconv.diffing.sheets import COLUMNS, lines, table
from rdfconv.diffing.summary import Counts, Summary
from rdfconv.diffing.values import Change, Kind, State, Value, change_of

__all__ = [
    "ADDED",
    "COLUMNS",
    "REMOVED",
    "Change",
    "Comparison",
    "Counts",
    "Difference",
    "Kind",
    "Patch",
    "State",
    "Summary",
    "Value",
    "change_of",
    "lines",
    "table",
]
