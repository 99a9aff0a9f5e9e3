"""Scripts and the style sheet made as small as they get, once, when they are first asked for.

A kept minifier does it where its wheel exists (docs/dependencies.md); elsewhere comments and indentation go, which
weighs a third more and works the same.
"""

from __future__ import annotations

import re

try:
    import minify
except ImportError:
    minify = None

OLDEST_SYNTAX = 2015  # of JavaScript; nothing newer is put in by the minifier


def small_script(text: str) -> str:
    """The same program in fewer letters."""
    if minify is None:
        lines = (line.strip() for line in text.splitlines())
        return "\n".join(line for line in lines if line and not line.startswith("//"))
    minify.config({"js-version": OLDEST_SYNTAX})
    return str(minify.string("application/javascript", text))


def small_style(text: str) -> str:
    """The same style in fewer letters."""
    if minify is None:
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        return re.sub(r"\s*([{};:,>])\s*", r"\1", " ".join(text.split())).replace(";}", "}").strip()
    return str(minify.string("text/css", text))
