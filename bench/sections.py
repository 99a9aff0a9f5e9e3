"""bench/RESULTS.md by its sections, so that one measurement can be written anew and the others stay."""

from __future__ import annotations

from pathlib import Path

MARK = "\n## "


def section_names(path: Path) -> list[str]:
    return [_name(part) for part in _parts(path)[1:]]


def kept_sections(path: Path, *, but: tuple[str, ...]) -> list[str]:
    """The sections whose names are not in `but`, as they stand."""
    return [f"## {part}".rstrip() for part in _parts(path)[1:] if _name(part) not in but]


def write_section(path: Path, name: str, text: str) -> None:
    """Put `text` (it begins with its heading) where the section `name` stands, or at the end."""
    head, *parts = _parts(path)
    sections = {_name(part): f"## {part}".rstrip() for part in parts} | {name: text.rstrip()}
    path.write_text("\n\n".join([head.rstrip(), *sections.values()]) + "\n", encoding="utf-8")


def _parts(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split(MARK) if path.exists() else ["# Results"]


def _name(part: str) -> str:
    return part.partition("\n")[0].strip()
