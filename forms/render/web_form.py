"""A page as data: sections of fields, and the same as JSON for the script on the phone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from forms.items import Tree
    from forms.state import Value


class Widget(StrEnum):
    """How a field looks; each has a plain HTML form that works without script."""

    HEADING = "heading"  # a group's title; label only
    NOTE = "note"  # a display item; label only
    RADIO = "radio"  # one input per option; value = option value ("true"/"false" for yes/no)
    CHECKBOX = "checkbox"  # several; same name
    SELECT = "select"
    INPUT = "input"  # one line of words
    TEXTAREA = "textarea"
    NUMBER = "number"  # <input inputmode=...>
    QUANTITY = "quantity"  # number, then a unit select named name + ".unit" when there are several
    DATE = "date"  # three plain fields: name.y name.m name.d
    TIME = "time"  # two fields: name.h name.min
    DATETIME = "dateTime"  # the five
    FILE = "file"
    SHOWN = "shown"  # read-only or calculated: label and value
    ANOTHER = "another"  # a button that adds an occurrence; name is the loop's path
    UNASKABLE = "unaskable"  # cannot be answered on a page (value set elsewhere, reference): label only, a person asks


@dataclass(frozen=True, slots=True)
class FieldOption:
    value: str
    label: str
    number: str
    chosen: bool = False
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class WebField:
    """One row of the page. `name` is the instance path and the name of the HTML field."""

    name: str
    link_id: str
    widget: Widget
    label: str
    level: int = 0  # depth of nesting, 0 at the top of its section
    visible: bool = True  # its condition holds now
    required: bool = False
    help: str = ""
    prefix: str = ""
    value: Value = None
    text: str = ""  # the value as words (SHOWN, and for review)
    options: tuple[FieldOption, ...] = ()
    other: bool = False  # open-choice: a free-words input named name + ".other"
    unit: str = ""  # the only unit, shown after the input
    inputmode: str = ""
    minimum: Value = None
    maximum: Value = None
    max_length: int | None = None
    example: str = ""
    when: Tree = None  # the condition, for pwa/expressions.js
    calculate: Tree = None
    error: str = ""  # why the value given was not taken, in the patient's language
    removable: bool = False  # an occurrence of a loop beyond the minimum
    sensitive: bool = False
    needs_connection: bool = False


@dataclass(frozen=True, slots=True)
class WebSection:
    """A topic: what a page without script saves at once, and what a page with script shows at a time."""

    key: str
    title: str
    fields: tuple[WebField, ...]
    visible: bool = True


@dataclass(frozen=True, slots=True)
class WebForm:
    title: str
    locale: str
    direction: str  # "ltr" | "rtl"
    content_hash: str
    sections: tuple[WebSection, ...]
    variables: tuple[Tree, ...] = ()


def form_to_json(form: WebForm) -> dict[str, Any]:
    """The form for the script on the phone: defaults left out; trees as pwa/expressions.js reads them."""
    return {
        "title": form.title,
        "locale": form.locale,
        "direction": form.direction,
        "hash": form.content_hash,
        "variables": list(form.variables),
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "visible": section.visible,
                "fields": [_compact(f) for f in section.fields],
            }
            for section in form.sections
        ],
    }


_DEFAULTS: Final = {f.name: f.default for f in fields(WebField)}
_OPTION_DEFAULTS: Final = {f.name: f.default for f in fields(FieldOption)}


def _compact(field: WebField) -> dict[str, Any]:
    found = {f.name: getattr(field, f.name) for f in fields(WebField) if getattr(field, f.name) != _DEFAULTS[f.name]}
    if field.options:
        found["options"] = [
            {f.name: getattr(o, f.name) for f in fields(FieldOption) if getattr(o, f.name) != _OPTION_DEFAULTS[f.name]}
            for o in field.options
        ]
    return found
