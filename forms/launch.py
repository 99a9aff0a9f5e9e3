"""What the clinic knows of the patient before the first question: SDC's launchContext, as far as a form may ask for it.

A question whose initial expression names the patient's family name, given name or birth date is filled in with it;
what the clinic does not know is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from forms.extensions import all_of, extensions_of, parts_of
from forms.items import Kind

if TYPE_CHECKING:
    from forms.items import PlanItem

FAMILY: Final = "family"
GIVEN: Final = "given"
BIRTH_DATE: Final = "birth_date"
NAMED: Final = {FAMILY: "family name", GIVEN: "given name", BIRTH_DATE: "birth date"}
_ONE: Final = r"(?:\.where\([^()]{0,60}\)|\.first\(\)|\[0\])*"
_MEMBERS: Final = {
    FAMILY: re.compile(rf"name{_ONE}\.family{_ONE}"),
    GIVEN: re.compile(rf"name{_ONE}\.given(?:{_ONE}|\.join\('\s?'\))"),
    BIRTH_DATE: re.compile(r"birthDate(?:\.first\(\)|\.toString\(\)|\.toDate\(\))?"),
}
_KINDS: Final = {
    FAMILY: {Kind.STRING, Kind.TEXT},
    GIVEN: {Kind.STRING, Kind.TEXT},
    BIRTH_DATE: {Kind.DATE, Kind.DATETIME, Kind.STRING},
}


def patient_names(head: Mapping[str, Any]) -> frozenset[str]:
    """The names under which the form's expressions speak of the patient: "patient", and what its launchContext says."""
    found = {"patient"}
    for extension in all_of(head, "launchContext"):
        parts = parts_of(extension)
        name = parts.get("name")
        name = name.get("code") if isinstance(name, Mapping) else name
        types = {str(part.get("valueCode")) for part in extensions_of(extension) if part.get("url") == "type"}
        if isinstance(name, str) and "Patient" in types:
            found.add(name)
    return frozenset(found)


def known_member(text: str, names: frozenset[str], item: PlanItem) -> str:
    """Which of the patient's particulars an initial expression gives the item; "" for none."""
    named, _, path = text.strip().removeprefix("%").partition(".")
    if not text.strip().startswith("%") or named not in names:
        return ""
    plain = path.strip().removesuffix(".toString()") if not path.startswith("birthDate") else path.strip()
    fitting = (member for member, rule in _MEMBERS.items() if rule.fullmatch(plain) and item.kind in _KINDS[member])
    return next(fitting, "")
