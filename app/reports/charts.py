"""Small bar charts drawn on the server as SVG. Each stands above its table: it repeats figures, never replaces them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT, FOOT, HEAD = 360, 120, 20, 16


def bar_chart(bars: Sequence[tuple[str, int]], *, title: str, every: int = 1) -> str:
    """Upright bars with their figure above and, at every n-th, their name below. Nothing to show: no chart."""
    most = max((value for _, value in bars), default=0)
    if most == 0:
        return ""
    step = WIDTH / len(bars)
    drawn = [
        _bar(at, name, value, step=step, most=most, is_named=at % every == 0) for at, (name, value) in enumerate(bars)
    ]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label={quoteattr(title)}>'
        f'<line x1="0" y1="{HEIGHT - FOOT}" x2="{WIDTH}" y2="{HEIGHT - FOOT}"/>{"".join(drawn)}</svg>'
    )


def _bar(at: int, name: str, value: int, *, step: float, most: int, is_named: bool) -> str:
    height = round((HEIGHT - FOOT - HEAD) * value / most, 1)
    left, top, middle = round(at * step + step * 0.15, 1), round(HEIGHT - FOOT - height, 1), round((at + 0.5) * step, 1)
    words = f'<text x="{middle}" y="{HEIGHT - 5}" text-anchor="middle">{escape(name)}</text>' if is_named else ""
    figure = f'<text x="{middle}" y="{top - 3}" text-anchor="middle">{value}</text>' if value else ""
    return f'<rect x="{left}" y="{top}" width="{round(step * 0.7, 1)}" height="{height}"/>{figure}{words}'
