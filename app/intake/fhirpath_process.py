"""A process of its own that evaluates FHIRPath: one request a line in, one line out for each expression it wants.

It imports nothing of ours, so that it starts quickly and holds little; app/intake/fhirpath.py starts it by its path.
An expression that takes too long or too much memory ends the process, never the server.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

import fhirpathpy
from fhirpathpy.engine.invocations import invocation_registry
from fhirpathpy.engine.invocations.constants import systemtime
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from fhirpathpy.parser import parse

CPU_SECONDS = 0.3  # for one expression
IDLE_SECONDS = 300
_MEMORY_BYTES = 400_000_000
_MARK = "#"
_WEIGHTS = frozenset({
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue",
})  # fmt: skip
_SYSTEMS = {"ucum": "http://unitsofmeasure.org", "sct": "http://snomed.info/sct", "loinc": "http://loinc.org"}


def main() -> None:
    """Serve until the other side closes, or nothing has come for a while."""
    _limit_memory()
    _say({})
    while True:
        _alarm(IDLE_SECONDS)
        line = sys.stdin.readline()
        _alarm(0)
        if not line:
            return
        request = Request(json.loads(line))
        for wanted in request.wanted:
            _say(request.values(wanted))


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value, allow_nan=False, default=str) + "\n")
    sys.stdout.flush()


def _unwrapped(name: str) -> dict[str, Any]:
    """A function of the library that stumbles over answers as they stand in a response, given their bare values."""
    known: dict[str, Any] = dict(invocation_registry[name])  # type: ignore[call-overload]
    return {**known, "fn": lambda found, *args: known["fn"](None, found, *args)}


_UNWRAPPED = {name: _unwrapped(name) for name in ("sum", "avg", "encode", "decode")}


class Request:
    """The answers of one form, and the expressions to evaluate on them."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.wanted: list[dict[str, Any]] = told["wanted"]
        self._resource = told["resource"]
        self._at: dict[str, dict[str, Any]] = {}
        self._place(self._resource)
        self._form = told["questionnaire"] or {"resourceType": "Questionnaire"}
        self._items: dict[str, dict[str, Any]] = {}
        self._index(self._form)
        moment = datetime.fromisoformat(told["now"])
        systemtime.now = lambda: moment  # type: ignore[method-assign]  # the patient's clock, not this machine's

    def _place(self, element: dict[str, Any]) -> None:
        for path in element.pop(_MARK, ()):
            self._at[path] = element
        for inside in (element, *element.get("answer", ())):
            for item in inside.get("item", ()):
                self._place(item)

    def _index(self, element: dict[str, Any]) -> None:
        for item in element.get("item", ()):
            if isinstance(item, dict):
                self._items.setdefault(str(item.get("linkId")), item)
                self._index(item)

    def values(self, wanted: dict[str, Any]) -> list[Any]:
        """What one expression gives; nothing when it cannot be evaluated."""
        _limit_cpu(CPU_SECONDS)
        own = self._at.get(wanted["at"][0], {}) if wanted["calculates"] and wanted["at"] else {}
        answer = own.pop("answer", None)  # a value calculated from all answers is not one of them
        try:
            return [_plain(value) for value in self._evaluate(wanted)]
        except Exception:  # noqa: BLE001 - whatever is wrong with an expression, it gives nothing
            return []
        finally:
            if answer is not None:
                own["answer"] = answer
            _limit_cpu(0)

    def _evaluate(self, wanted: dict[str, Any]) -> list[Any]:
        known = {"resource": self._resource, "rootResource": self._resource, "questionnaire": self._form, **_SYSTEMS}
        for name, text, place in wanted["variables"]:
            known[name] = self._on(place, text, known, raw=True)
        text = wanted["text"].strip()
        starts_at_top = wanted["alone"] and text.startswith(("item.", "item[", "QuestionnaireResponse"))
        return self._on([] if starts_at_top else wanted["at"], text, known)

    def _on(self, place: list[str], text: str, known: dict[str, Any], *, raw: bool = False) -> list[Any]:
        """What `text` gives at a place; `raw` keeps what the library knows of the types, for further expressions."""
        base, qitem = self._resource, self._form
        if place:
            item = self._at.get(place[0], {"linkId": place[1]})
            base = ResourceNode.create_node(item, "QuestionnaireResponse.item")
            qitem = ResourceNode.create_node(self._items.get(place[1], {}), "Questionnaire.item")
        context = {**known, "context": base, "qitem": qitem}
        options = {"userInvocationTable": self._sdc(), "returnRawData": raw}
        return fhirpathpy.apply_parsed_path(base, _parsed(text), context, models["r4"], options)

    def _sdc(self) -> dict[str, Any]:
        weight = {"fn": lambda found: [w for each in found for w in self._weights(each)], "arity": {0: []}}
        return {**_UNWRAPPED, "weight": weight, "ordinal": weight}

    def _weights(self, found: Any) -> list[Any]:
        """The weight of a coding, or of an answer that is one: its own, else that of the form's option."""
        coding = found.get("valueCoding", found) if isinstance(found, dict) else None
        if not isinstance(coding, dict):
            return []
        same = [
            option
            for item in self._items.values()
            for option in item.get("answerOption") or ()
            if option.get("valueCoding", {}).get("code") == coding.get("code")
        ]
        holders = [coding, *same, *(option["valueCoding"] for option in same)]
        extensions = [extension for holder in holders for extension in holder.get("extension") or ()]
        weights = [extension.get("valueDecimal") for extension in extensions if extension.get("url") in _WEIGHTS]
        return weights[:1]


@lru_cache(maxsize=1000)
def _parsed(text: str) -> Any:
    return parse(text)


def _plain(value: Any) -> Any:
    """A value as JSON: numbers as numbers, dates and times as text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool | int | float | str | dict) or value is None:
        return value
    if type(value).__name__ == "FP_Quantity":
        return {"value": _plain(value.value), "unit": str(value.unit).strip("'")}
    return value.isoformat() if isinstance(value, date) else str(value)


def _alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _limit_cpu(seconds: float) -> None:
    """The system ends this process when the time is used up; 0 takes the limit away."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


def _limit_memory() -> None:
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _MEMORY_BYTES if soft == resource.RLIM_INFINITY else min(soft, _MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


if __name__ == "__main__":
    main()
