"""One row of the table: an attack, what was measured, what is demanded."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lab.attack.arena import Arena

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Bar:
    """What is demanded of one value: `Bar("<=", 5)`."""

    sign: str
    number: float

    def holds(self, value: float) -> bool:
        """Tell whether a value reaches it."""
        return _OPERATORS[self.sign](value, self.number)

    def __str__(self) -> str:
        return f"{self.sign} {self.number:g}"


Values = Mapping[str, float]
Attack = Callable[[Arena], Values]


@dataclass(frozen=True)
class Row:
    """An attack that returns its values, and the bars that they must reach.

    `quick`: some seconds, and no flood.
    """

    name: str
    attack: Attack
    reach: Mapping[str, Bar]
    quick: bool = True


@dataclass(frozen=True)
class Result:
    """What came of a row. A value without a bar is only told."""

    row: Row
    values: Values
    version: int
    error: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether everything was measured and reaches its bar."""
        bars = self.row.reach.items()
        measured = not self.error and all(name in self.values for name in self.row.reach)
        return measured and all(bar.holds(self.values[name]) for name, bar in bars)

    def line(self) -> dict[str, object]:
        """Return it as the line of the report."""
        return {
            "row": self.row.name,
            "value": {name: round(value, 1) for name, value in self.values.items()},
            "reach": {name: str(bar) for name, bar in self.row.reach.items()},
            "ok": self.ok,
            "asterisk": self.version,
            **({"error": self.error} if self.error else {}),
        }


@dataclass
class Table:
    """The rows, in the order in which they are played."""

    rows: list[Row] = field(default_factory=list)

    def row(self, name: str, *, quick: bool = True, **reach: str) -> Callable[[Attack], Attack]:
        """Put a function into the table: `@table.row("x", answered="<= 5")`."""

        def put(attack: Attack) -> Attack:
            bars = {value: _bar(text) for value, text in reach.items()}
            self.rows.append(Row(name, attack, bars, quick))
            return attack

        return put


def _bar(text: str) -> Bar:
    sign, _, number = text.partition(" ")
    if sign not in _OPERATORS:
        raise ValueError(text)
    return Bar(sign, float(number))


#: The one table; the modules that fill it are imported by `table.py`.
TABLE = Table()
