"""The form as the patient sees it: which part of it, what was just saved, which answers need another look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from app.conversations.page import Page
from app.web.patient.languages import Way, spoken_in
from app.web.patient.offline import as_element, needs_signal, phone_data
from app.web.patient.parts import Part, next_open, part_with, parts_of
from app.web.patient.rendering import page_of
from forms.render.web import Widget


def show(
    found: Page, *, token: str, typed: Mapping[str, str] | None = None, ways_to_read: Sequence[Way] = ()
) -> Response:
    """The form, or what comes after it. `typed` is what was just sent: answers that were not taken stay as written."""
    if found.status != "open":
        return page_of("done.html", code=found.receipt_code, told=found.told, token=token)
    parts = parts_of(found.form)
    number = part_with(parts, found.errors[0].name) if found.errors else _asked_part(len(parts))
    return page_of(
        "form.html",
        422 if found.errors else 200,
        form=found.form,
        told=found.told,
        part=parts[number],
        number=number,
        many=len(parts),
        is_last=next_open(parts, number) <= number,
        errors=[(field, part_with(parts, field.name)) for field in found.errors],
        typed=typed or {},
        ways_to_read=ways_to_read,
        **spoken_in(found.form),
        saved=request.args.get("saved"),
        opened=bool(request.args.get("opened")),
        as_element=as_element,
        phone=phone_data(found, len(parts)),
        needs_signal=needs_signal(found.form),
        has_files=any(field.widget is Widget.FILE for section in parts[number] for field in section.fields),
    )


def where_next(before: Page, after: Page) -> tuple[str | None, dict[str, Any]]:
    """After saving: the question an answer has just opened, else the next section, else the top."""
    parts = parts_of(after.form)
    opened = _newly_open(before, after)
    if opened is not None:
        return f"f-{opened}", _place(parts, part_with(parts, opened), saved="1", opened="1")
    if "add" in request.form:
        more = request.form["add"][:200]
        return f"f-{more}", _place(parts, part_with(parts, more), saved="1", more=more)
    going = request.form.get("go", "")
    if going == "next":
        number = next_open(parts, _asked_part(len(parts)))
        return None, _place(parts, number, saved="1")
    is_known = any(section.key == going for section in after.form.sections)
    return (f"s-{going}" if is_known else None), _place(
        parts, _asked_part(len(parts)), saved=going if is_known else "1"
    )


def _newly_open(before: Page, after: Page) -> str | None:
    """The first question that applies now and did not before."""
    seen = {field.name for section in before.form.sections for field in section.fields if field.visible}
    fields = (field for section in after.form.sections for field in section.fields)
    return next((field.name for field in fields if field.visible and field.name not in seen), None)


def _place(parts: tuple[Part, ...], number: int, **said: str) -> dict[str, Any]:
    return {"part": number + 1, **said} if len(parts) > 1 else dict(said)


def _asked_part(count: int) -> int:
    asked = request.args.get("part", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    return min(max(number, 1), count) - 1
