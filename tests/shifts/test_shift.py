"""An hour's shift played from a script, through the real pages, webhooks and ticks; then its figures are what happened.

A line is `HH:MM who does what`. Who is not a patient of the script is a colleague with a browser of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.conversations.send_form import send_form
from app.core.audit import Actor
from app.core.models import AuditEvent, Clinic
from app.messaging.models import Message
from app.patients.models import Patient
from app.reports.desk_report import desk_report
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.rules import Role
from app.support.models import Ticket, TicketEvent
from app.support.queues import make_default_queues
from tests.beds.small_clinic import SmallClinic
from tests.trips.conftest import Town
from tests.web.clinics import Person, hidden_fields

SCRIPT = Path(__file__).with_name("an-hour-in-december.txt")
ZONE = ZoneInfo("America/Toronto")
ROLES = {"amina": Role.AGENT, "noor": Role.CLINICIAN}
LOCALES = {"en": "en-CA", "fr": "fr-CA"}


class Shift:
    """The clinic, its people and what each looks at."""

    def __init__(self, town: Town) -> None:
        self.town, self.clinic = town, town.clinic
        self.numbers: dict[str, str] = {}
        self.patients: dict[str, int] = {}
        self.people: dict[str, Person] = {}
        self.at_hand: dict[str, str] = {}
        self.last_form: dict[str, dict[str, str]] = {}

    def signs_(self, who: str, _in: str) -> None:
        """By a one-time link, in a browser of their own."""
        with self.clinic.ground.database.write() as session:
            clinic, now = session.get_one(Clinic, self.clinic.clinic_id), self.clinic.clock.now()
            make_default_queues(session, clinic.id)
            colleague = Colleague(who, (ROLES[who],), who.title(), "en")
            token = invite_staff(session, clinic, colleague, actor=Actor("operator"), now=now, machine_now=now).token
        person = self.people[who] = Person(self.town.client.application, self.clinic.ground)
        person.client.environ_base["wsgi.url_scheme"] = "https"
        assert person.accept(token).status_code == 302

    def play(self, line: str) -> None:
        clock, who, does = re.fullmatch(r"(\d\d:\d\d) (\w+) +(.+)", line).groups()
        hour, minute = map(int, clock.split(":"))
        moment = datetime(2026, 12, 1, hour, minute, tzinfo=ZONE)
        if moment > self.clinic.clock.at:
            self.clinic.at(moment)
        verb, _, rest = does.partition(" ")
        getattr(self, f"{'the' if who == 'the' else verb}_")(who, (does if who == "the" else rest).strip())

    # --- patients

    def is_(self, who: str, rest: str) -> None:
        if rest.startswith("asked "):
            self.asked(who, rest.removeprefix("asked "))
            return
        number, language = rest.split()
        self.numbers[who] = number
        self.patients[who] = self.clinic.patient(number, given=who, family="Roy", locale=LOCALES[language])

    def asked(self, who: str, form: str) -> None:
        with self.clinic.ground.database.write() as session:
            patient = session.get_one(Patient, self.patients[who])
            send_form(session, patient, form, channel="sms", key=who, now=self.clinic.clock.now(), public_url="")
        self.clinic.tick()

    def writes_(self, who: str, words: str) -> None:
        assert self.town.text(self.numbers[who], words).status_code == 200
        self.clinic.tick()

    def hears_(self, who: str, words: str) -> None:
        self.clinic.tick()
        assert self.clinic.texts(self.numbers[who])[-1] == words

    def heard_(self, who: str, words: str) -> None:
        assert any(text.startswith(words) for text in self.clinic.texts(self.numbers[who]))

    # --- colleagues

    def takes_(self, who: str, whose: str) -> None:
        person = self.people[who]
        if whose == "back":
            undo = re.search(r'action="([^"]+/undo)"', person.get(self.at_hand[f"{who} answer"]).text)[1]
            self.go(who, person.submit(undo))
            return
        person.get("/desk/tickets")
        self.go(who, person.submit("/desk/tickets/next"))
        ticket = self.held(who)
        assert ticket.patient_id == self.patients[whose], f"{who} took another ticket than {whose}'s"

    def finds_(self, who: str, rest: str) -> None:
        assert rest == "nothing that fits"
        person = self.people[who]
        person.get("/desk/tickets")
        assert person.submit("/desk/tickets/next").headers["Location"].endswith("told=none_waits")

    def replies_(self, who: str, words: str) -> None:
        person, path = self.people[who], self.at_hand[who]
        if words == "again with the same form":
            again = person.client.post(f"{path}/reply", data=self.last_form[who])
            assert again.headers["Location"] == self.at_hand[f"{who} answer"]
            return
        person.get(path)
        self.last_form[who] = {**hidden_fields(person.page.text, f"{path}/reply"), "body": words}
        sent = person.client.post(f"{path}/reply", data=self.last_form[who])
        assert sent.status_code == 303
        self.at_hand[f"{who} answer"] = sent.headers["Location"]

    def notes_(self, who: str, words: str) -> None:
        self.act(who, "note", body=words)

    def calls_(self, who: str, outcome: str) -> None:
        self.act(who, "call", outcome=outcome)

    def closes_(self, who: str, outcome: str) -> None:
        self.act(who, "close", outcome=outcome)

    def snoozes_(self, who: str, until: str) -> None:
        self.act(who, "snooze", until=until)

    def moves_(self, who: str, rest: str) -> None:
        topic, _, reason = rest.partition(" because ")
        page = self.people[who].get(self.at_hand[who]).text
        queue = re.search(rf'<option value="(\d+)">{topic.title()}</option>', page)[1]
        self.act(who, "transfer", queue=queue, reason=reason)

    def goes_(self, who: str, rest: str) -> None:
        assert rest == "silent"

    def act(self, who: str, name: str, **values: str) -> None:
        person, path = self.people[who], self.at_hand[who]
        person.get(path)
        assert person.submit(f"{path}/{name}", **values).status_code == 303, (who, name)
        self.clinic.tick()

    def go(self, who: str, answer) -> None:
        assert answer.status_code == 303
        self.at_hand[who] = answer.headers["Location"].partition("?")[0]
        self.people[who].get(answer.headers["Location"])

    def held(self, who: str) -> Ticket:
        number = int(self.at_hand[who].rpartition("/")[2])
        return next(ticket for ticket in self.clinic.rows(Ticket) if ticket.id == number)

    # --- the end

    def the_(self, _who: str, rest: str) -> None:
        still_open, closed = map(int, re.findall(r"(\d+) (?:open|closed)", rest))
        states = Counter(ticket.state for ticket in self.clinic.rows(Ticket))
        assert (states.total() - states["closed"], states["closed"]) == (still_open, closed)


def test_an_hour_at_the_desk_goes_as_written_and_is_counted_as_it_was(town: Town, clock):
    clinic: SmallClinic = town.clinic
    clock.at = datetime(2026, 12, 1, 9, 57, tzinfo=ZONE)
    shift = Shift(town)
    lines = [line for line in SCRIPT.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines:
        shift.play(line)
    replies = [each for each in clinic.rows(Message) if each.purpose == "reply" and each.direction == "outbound"]
    sent = [each for each in replies if each.ticket_id and each.state in ("sent", "delivered")]
    assert len(sent) == 4
    assert [each.state for each in replies].count("cancelled") == 1
    kinds = Counter(event.kind for event in clinic.rows(TicketEvent))
    assert (kinds["replied"], kinds["reply_undone"], kinds["called"], kinds["transferred"]) == (5, 1, 1, 1)
    assert any(event.details.get("reason") == "silent" for event in clinic.rows(TicketEvent, kind="released"))
    with clinic.look() as session:
        report = desk_report(session, session.get_one(Clinic, clinic.clinic_id), clinic.clock.now())
        (week,) = report.weeks
        assert (week.episodes, week.answer.count) == (5, 5)
        assert timedelta(minutes=1) <= week.answer.median <= timedelta(minutes=15)
        assert {line.name for line in report.languages} == {"en", "fr"}
    assert {event.action for event in clinic.rows(AuditEvent)} >= {"viewed", "sent", "called", "closed", "noted"}
