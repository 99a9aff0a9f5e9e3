"""A long form in parts, each small enough for one answer on a bad link; a short one is one part."""

from __future__ import annotations

from dataclasses import replace

from forms.render.web import WebField, WebForm, WebSection, Widget

Part = tuple[WebSection, ...]

# Letters of the form in one part. Brotli hardly needs more than a byte for a letter of text, in any script, and the
# markup around them repeats itself: so a part stays under 14 kB whatever language it is in.
MOST_LETTERS = 9_000
_MARKUP = 30  # letters' worth of markup around a field or an option


def parts_of(form: WebForm) -> tuple[Part, ...]:
    """The form's sections in order, cut where a part is full. What was answered moves no cut."""
    parts: list[list[tuple[WebSection, WebField]]] = [[]]
    room = MOST_LETTERS
    for section in form.sections:
        for field in section.fields:
            letters = _letters(field)
            if letters > room and parts[-1]:
                parts.append(_headings_at_end(parts[-1]))
                room = MOST_LETTERS
            parts[-1].append((section, field))
            room -= letters
    return tuple(_sections(part) for part in parts)


def part_with(parts: tuple[Part, ...], name: str) -> int:
    """The number of the part a field stands in, 0 when it stands nowhere."""
    for number, part in enumerate(parts):
        if any(field.name == name for section in part for field in section.fields):
            return number
    return 0


def next_open(parts: tuple[Part, ...], after: int) -> int:
    """The next part with a question that applies now; the last one when there is none."""
    for number in range(after + 1, len(parts)):
        if any(section.visible for section in parts[number]):
            return number
    return len(parts) - 1


def _headings_at_end(part: list[tuple[WebSection, WebField]]) -> list[tuple[WebSection, WebField]]:
    """Takes headings nothing follows off the part: they belong to what comes next."""
    moved: list[tuple[WebSection, WebField]] = []
    while len(part) > 1 and part[-1][1].widget is Widget.HEADING:
        moved.insert(0, part.pop())
    return moved


def _sections(part: list[tuple[WebSection, WebField]]) -> Part:
    found: list[tuple[WebSection, list[WebField]]] = []
    for section, field in part:
        if not found or found[-1][0] is not section:
            found.append((section, []))
        found[-1][1].append(field)
    return tuple(
        replace(section, fields=tuple(fields), visible=any(field.visible for field in fields))
        for section, fields in found
    )


def _letters(field: WebField) -> int:
    options = sum(_MARKUP + len(option.label) for option in field.options)
    return _MARKUP + len(field.label) + len(field.help) + len(field.example) + options
