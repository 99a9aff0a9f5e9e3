"""What became of an import, for the clerk who must act on it: every entry accounted for, every doubt in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What became of one entry; each entry has exactly one."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    LEFT_OUT = "left_out"  # read, but nothing Farline keeps


@dataclass(frozen=True)
class Note:
    """Something a person should know. `who` is how staff know the patient, `given` what stands in the record,
    `detail` a code of DETAIL_SENTENCES or plain words."""

    code: str
    resource: str = ""
    record_id: str = ""
    who: str = ""
    given: str = ""
    detail: str = ""
    entry: int | None = None


@dataclass
class ImportReport:
    """Grows while an import runs. `problem` is set when the file was refused as a whole; then nothing changed."""

    source: str = "file"
    fates: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    notes: list[Note] = field(default_factory=list)

    @property
    def entries(self) -> int:
        return sum(self.fates.values())

    def count(self, fate: Fate) -> int:
        return sum(number for (_kind, each), number in self.fates.items() if each is fate)

    @property
    def is_complete(self) -> bool:
        """Whether every entry was taken or was nothing for us."""
        return self.count(Fate.REFUSED) == 0

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "entries": self.entries,
            "totals": {fate.value: self.count(fate) for fate in Fate},
            "by_kind": [
                {"kind": kind, "fate": fate.value, "count": number}
                for (kind, fate), number in sorted(self.fates.items())
            ],
            "happened": dict(sorted(self.happened.items())),
            "notes": [
                {key: value for key, value in vars(note).items() if value not in ("", None)} for note in self.notes
            ],
        }

    def summary(self, translate: Callable[[str], str] = str) -> str:
        """The totals in two lines."""
        totals = {fate.value: self.count(fate) for fate in Fate}
        lines = [translate(TOTALS_SENTENCE).format(entries=self.entries, **totals)]
        happened = [
            translate(sentence).format(count=self.happened[code])
            for code, sentence in HAPPENED_SENTENCES.items()
            if self.happened[code]
        ]
        return "\n".join([*lines, *(["; ".join(happened) + "."] if happened else [])])

    def details(self, translate: Callable[[str], str] = str) -> str:
        """The notes, one heading per kind, in the order a clerk should read them."""
        return "\n\n".join(self._sections(translate))

    def _sections(self, translate: Callable[[str], str]) -> Iterable[str]:
        for code, sentence in NOTE_SENTENCES.items():
            found = [note for note in self.notes if note.code == code]
            if found:
                lines = [f"{translate(sentence)} ({len(found)})", *(f"  {_line(note, translate)}" for note in found)]
                yield "\n".join(lines)


def _line(note: Note, translate: Callable[[str], str]) -> str:
    where = [translate("entry {number}").format(number=note.entry)] if note.entry else []
    what = translate(DETAIL_SENTENCES[note.detail]) if note.detail in DETAIL_SENTENCES else note.detail
    name = note.who or (f"{note.resource}/{note.record_id}" if note.record_id else note.resource)
    subject = ", ".join([*where, *([name] if name else [])])
    if note.code == "unknown_language":
        what, note = "", replace(note, given=f"{note.given} -> {note.detail}")
    return ": ".join(part for part in (subject, note.given, what) if part)


TOTALS_SENTENCE = (
    "{entries} entries: {created} new, {changed} changed, {unchanged} the same, {refused} refused, {left_out} left out."
)
HAPPENED_SENTENCES: Mapping[str, str] = {
    "booked": "{count} appointments booked",
    "moved": "{count} appointments moved or changed",
    "cancelled": "{count} appointments no longer take place",
    "died": "{count} patients died",
    "merged": "{count} charts merged",
    "inactive": "{count} patients no longer active",
    "active_again": "{count} patients active again",
    "new_number": "{count} patients with another number",
}
NOTE_SENTENCES: Mapping[str, str] = {
    "refused": "Refused. Correct these in the record and import again",
    "merge_unsure": "Merged charts that a person must look at; a ticket was opened for each",
    "unusable_number": "Not a phone number. Ask the patient for one",
    "no_number": "No phone number. These patients cannot be reached",
    "landline_only": "Only a landline. These patients are called, never texted",
    "shared_number": "One phone, several patients. Texts name nobody; the date of birth is asked before anything shows",
    "check_digit": "Health number with a wrong check digit. Compare it with the card",
    "same_identifier": "The same number in two charts. Perhaps one person has two charts",
    "unknown_language": "Language without words of ours. These patients are spoken to in the language given here",
    "no_language": "No language given. These patients are spoken to in the language given here",
    "no_birth_date": "No date of birth. These patients cannot open a link",
    "unknown_zone": "Time zone that does not exist. The clinic's is used",
    "unknown_site": "Appointment at a place that is not in the file. It is kept without a place",
    "unknown_practitioner": "Appointment with a practitioner who is not in the file. It is kept without a name",
    "text_cleaned": "Name with hidden characters, or longer than 200. It is kept without them",
    "merged": "Chart merged into another. Nothing more is sent to the old one",
    "deceased": "Died. Nothing more is sent",
    "inactive": "No longer a patient here. Nothing is sent",
    "older": "Older than what is already here. Left alone",
    "left_out": "Kinds of resource that Farline does not keep",
}
DETAIL_SENTENCES: Mapping[str, str] = {
    "empty_entry": "there is no resource in this entry",
    "no_kind": "the resource does not say what it is",
    "deletes": "the file asks to delete this; Farline never deletes because of a file",
    "no_id": "the resource has no id, or one that FHIR does not allow",
    "no_name": "there is no name",
    "twice": "this id stands in the file twice, with different content; neither was taken",
    "unknown_status": "the status is none that FHIR knows",
    "no_start": "there is no start time, or one without its offset from UTC",
    "no_patient": "no patient takes part",
    "several_patients": "more than one patient takes part",
    "unknown_patient": "the patient is neither in the file nor here",
    "merge_unknown": "the chart it was merged into is not here",
    "merge_birth_date": "the two charts have different dates of birth",
    "merge_circle": "the charts were merged into each other",
    "unmerged": "the chart was merged before and now stands alone again",
    "empty": "no number",
    "emergency": "an emergency number",
    "service": "a service number such as 211 or 811",
    "words": "words, not a number",
    "several": "more than one number in one field",
    "extension": "a number with an extension",
    "too_short": "too few digits",
    "too_long": "too many digits",
    "no_area_code": "the area code is missing",
    "not_a_number": "not a phone number",
    "not_in_use": "no phone can have this number",
    "premium": "a premium-rate number",
    "not_a_phone": "a short code or a name, not a phone",
}
