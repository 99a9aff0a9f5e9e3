"""What a measurement says: one figure, its unit, what it may be at most or at least, and what stood beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One line of the results. `at_most` and `at_least` are the budget of docs/budgets, in the figure's own unit."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    beside: str = ""

    @property
    def is_within(self) -> bool:
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def budget(self) -> str:
        if self.at_most is not None:
            return f"≤ {_number(self.at_most)} {self.unit}".strip()
        if self.at_least is not None:
            return f"≥ {_number(self.at_least)} {self.unit}".strip()
        return ""


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| what | measured | budget | within | beside it |", "| --- | ---: | --- | --- | --- |"]
    for each in figures:
        within = "" if not each.budget else "yes" if each.is_within else "**no**"
        lines.append(f"| {each.what} | {_number(each.value)} {each.unit} | {each.budget} | {within} | {each.beside} |")
    return "\n".join(lines)


def share(values: Sequence[float], fraction: float) -> float:
    """The value that `fraction` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


def spread(values: Sequence[float]) -> str:
    """Least, middle and most of several rounds: how far a figure may be trusted."""
    return f"rounds {_number(min(values))} / {_number(median(values))} / {_number(max(values))}"


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"
