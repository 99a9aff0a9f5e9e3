"""One intake of 22 items (demographics and PHQ-9, four conditions), as a Questionnaire and as bare hand-written HTML.

PHQ-9: Spitzer, Williams, Kroenke and colleagues; no permission required to reproduce.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import Any

YES_NO = {"y": "Yes", "n": "No"}
OFTEN = {"0": "Not at all", "1": "Several days", "2": "More than half the days", "3": "Nearly every day"}
HARD = {"0": "Not difficult at all", "1": "Somewhat difficult", "2": "Very difficult", "3": "Extremely difficult"}
SEX = {"f": "Female", "m": "Male", "o": "Other", "u": "Prefer not to say"}
SPOKEN = {"en": "English", "fr": "French", "cr": "Cree", "iu": "Inuktitut", "oj": "Ojibwe"}
PHQ_9 = (
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    "Feeling bad about yourself, or that you are a failure or have let yourself or your family down",
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    (
        "Moving or speaking so slowly that other people could have noticed? Or the opposite, being so fidgety or "
        "restless that you have been moving around a lot more than usual"
    ),
    "Thoughts that you would be better off dead or of hurting yourself in some way",
)


@dataclass(frozen=True)
class Item:
    name: str
    kind: str
    text: str
    required: bool = False
    options: dict[str, str] | None = None
    when: tuple[tuple[str, str, str], ...] = ()  # any of: question, operator, value


ITEMS = (
    Item("name", "string", "Full name", required=True),
    Item("dob", "date", "Date of birth", required=True),
    Item("sex", "choice", "Sex", required=True, options=SEX),
    Item("phone", "string", "Mobile phone number"),
    Item("village", "string", "Village or neighbourhood", required=True),
    Item("lang", "choice", "Preferred language", options=SPOKEN),
    Item("house", "integer", "How many people live in your household?"),
    Item("preg", "choice", "Are you pregnant?", options=YES_NO, when=(("sex", "=", "f"),)),
    Item("weeks", "integer", "How many weeks pregnant are you?", when=(("preg", "=", "y"),)),
    Item("meds", "choice", "Do you take any medicine now?", required=True, options=YES_NO),
    Item("medlist", "string", "Which medicines?", when=(("meds", "=", "y"),)),
    Item("intro", "display", "Over the last 2 weeks, how often have you been bothered by any of these problems?"),
    *(Item(f"phq{n}", "choice", text, required=True, options=OFTEN) for n, text in enumerate(PHQ_9, 1)),
    Item(
        "diff", "choice", "How difficult have these problems made it for you to do your work, take care of things at "
        "home, or get along with other people?", options=HARD, when=tuple((f"phq{n}", "!=", "0") for n in range(1, 10)),
    ),
)  # fmt: skip


def questionnaire() -> dict[str, Any]:
    return {
        "resourceType": "Questionnaire", "status": "active", "language": "en", "title": "New patient intake",
        "item": [_item(each) for each in ITEMS],
    }  # fmt: skip


def twenty_questions() -> dict[str, Any]:
    """The demographics twice over without conditions: what the byte budgets are set for."""
    plain = [item for item in ITEMS if item.kind != "display" and not item.when]
    items = [_item(item) for item in plain]
    again = [{**made, "linkId": f"{made['linkId']}-2"} for made in items]
    return {
        "resourceType": "Questionnaire", "status": "active", "language": "en", "title": "Twenty questions",
        "item": [*items, *again][:20],
    }  # fmt: skip


def _item(item: Item) -> dict[str, Any]:
    made: dict[str, Any] = {"linkId": item.name, "type": item.kind, "text": item.text}
    if item.required:
        made["required"] = True
    if item.options:
        made["answerOption"] = [{"valueCoding": {"code": c, "display": d}} for c, d in item.options.items()]
    if item.when:
        made["enableWhen"] = [{"question": q, "operator": o, "answerCoding": {"code": v}} for q, o, v in item.when]
        made["enableBehavior"] = "any"
    return made


def bare_page() -> str:
    """The same questions as one would write them by hand: no style to speak of, twelve lines of script."""
    rows = "".join(_row(item) for item in ITEMS)
    conditions = {item.name: item.when for item in ITEMS if item.when}
    script = (
        f"const C={_js(conditions)},F=document.forms[0],on=()=>{{for(const n in C)"
        "document.getElementById('r-'+n).hidden=!C[n].some(([q,o,v])=>{const x=F.elements[q].value;"
        "return x&&(o=='='?x==v:x!=v)})};F.onchange=on;on()"
    )
    return (
        '<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><title>For you</title>'
        f"<h1>New patient intake</h1><form method=post>{rows}<button>Send</button></form><script>{script}</script>"
    )


def _row(item: Item) -> str:
    if item.kind == "display":
        return f"<p>{escape(item.text)}"
    required = " required" if item.required else ""
    if item.options:
        boxes = "".join(
            f"<label><input type=radio name={item.name} value={code}{required}>{escape(words)}</label>"
            for code, words in item.options.items()
        )
        return f"<fieldset id=r-{item.name}><legend>{escape(item.text)}</legend>{boxes}</fieldset>"
    kind = {"date": " type=date", "integer": " type=number"}.get(item.kind, "")
    return f"<p id=r-{item.name}><label>{escape(item.text)} <input name={item.name}{kind}{required}></label>"


def _js(conditions: dict[str, tuple[tuple[str, str, str], ...]]) -> str:
    return json.dumps(conditions, separators=(",", ":"))
