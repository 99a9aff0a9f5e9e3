"""A state as a page: sections of fields for the server's template and for the script on the phone; and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from forms.plan import Plan, Tree
from forms.state import Context, State, Value

Translate = Callable[[str], str]


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


def render(
    plan: Plan,
    state: State,
    translate: Translate,
    *,
    context: Context,
    errors: Mapping[str, str] | None = None,
) -> WebForm:
    """The whole form as sections of fields, filled with the state's answers. `errors` are shown at their fields."""
    raise NotImplementedError


def read_fields(
    plan: Plan, fields: Mapping[str, Sequence[str]], *, context: Context, translate: Translate
) -> tuple[dict[str, Value], dict[str, str]]:
    """Posted form fields (names as in WebField) to typed values for Reply.page(values), and errors by instance path.

    A field that was posted empty gives None (clears); a field that was not posted is not mentioned.
    """
    raise NotImplementedError


def form_to_json(form: WebForm) -> dict[str, Any]:
    """The form for the script on the phone: short keys, defaults left out."""
    raise NotImplementedError
