"""Compare the two answers of one exchange. Pure: values in, values out; no clock, no I/O, nothing raised by traffic."""

from shadow.compare.comparer import Comparer, Pair
from shadow.compare.renaming import Names, NoNames

__all__ = ["Comparer", "Names", "NoNames", "Pair"]
