"""One timeline per patient: every message, call, answer, note and filing on every channel, in words, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy.orm import Session

from app.conversations.play_recording import recording_in
from app.intake.attachments import named_in
from app.intake.models import Answer, PublishedQuestionnaire, Response
from app.intake.rules import ResponseStatus
from app.messaging.models import Call, Message, MessageAttachment
from app.messaging.rules import Direction
from app.pathways.models import DueStep
from app.patients.models import Consent, OptOut
from app.records.models import Filing
from app.support.models import TicketEvent
from app.support.rules import EventKind, Outcome, Rung, Timer
from app.support.sentences import EVENT_SENTENCES, OUTCOME_SENTENCES, RUNG_SENTENCES
from app.web.desk import history
from app.web.desk.answer_words import choice_labels, question_texts, value_words
from app.web.desk.consent_words import about_words
from app.web.desk.history import About
from app.web.desk.message_reasons import reasons_of
from app.web.desk.message_words import our_words, state_words
from app.web.desk.words import (
    CALL_OUTCOME_SENTENCES,
    CALL_STATE_SENTENCES,
    CHANNEL_SENTENCES,
    CONSENT_SENTENCES,
    DUE_STATE_SENTENCES,
    FILING_STATE_SENTENCES,
    PURPOSE_SENTENCES,
    RUNG_REASON_SENTENCES,
    SAID_SENTENCES,
    SOURCE_SENTENCES,
    STEP_SENTENCES,
    TIMER_SENTENCES,
)
from app.web.shell.here import now, say, viewer
from app.web.shell.words import clock_time, language_words

AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class File:
    """A photo, a voice note or recorded words: what it is, where it is opened, whether it is heard or seen."""

    label: str
    url: str
    is_sound: bool


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `side` is theirs, ours, staff or line (a quiet line across)."""

    at: datetime
    order: int
    side: str
    title: str
    body: str | None = None
    marks: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    message_id: int | None = None
    trouble: bool = field(default=False)


@dataclass(frozen=True)
class Timeline:
    """`older_than` is where the next older page begins, None when this is all."""

    entries: tuple[Entry, ...]
    older_than: datetime | None


def timeline_of(session: Session, about: About, *, before: datetime | None = None, limit: int = 60) -> Timeline:
    """The newest `limit` entries before `before` (default: all there is)."""
    edge = before or now() + AHEAD
    found = sorted(_entries(session, about, edge), key=lambda entry: (entry.at, entry.order))
    shown = tuple(found[-limit:])
    return Timeline(shown, shown[0].at if len(found) > limit else None)


def _entries(session: Session, about: About, edge: datetime) -> Iterator[Entry]:
    messages = history.messages(session, about, edge)
    told = _Told(
        history.rung_reasons(session, messages),
        history.verified_points(session, messages),
        history.attachments(session, messages),
        reasons_of(session, messages),
    )
    yield from (_message(message, told) for message in messages)
    yield from map(_call, history.calls(session, about, edge))
    for event, name in history.ticket_events(session, about, edge):
        yield from _event(event, name)
    for note, name in history.notes(session, about, edge):
        yield Entry(note.at, note.id, "staff", say("Note by {name}", name=name), note.body)
    yield from map(_due_step, history.due_steps(session, about, edge))
    yield from map(_filing, history.filings(session, about, edge))
    yield from map(_consent, history.consents(session, about, edge))
    yield from map(_opt_out, history.opt_outs(session, about, edge))
    for response, form, answers in history.responses(session, about, edge):
        yield _response(response, form, answers)


@dataclass(frozen=True)
class _Told:
    """What the messages of a page have in common to say: why pathways sent them, which numbers are verified, what
    came with them, why they stand where they do."""

    rungs: Mapping[int, tuple[str, str]]
    verified: frozenset[int]
    attachments: Mapping[int, Sequence[MessageAttachment]]
    reasons: Mapping[int, str]


def _message(message: Message, told: _Told) -> Entry:
    is_theirs = message.direction == Direction.INBOUND
    marks = [say(CHANNEL_SENTENCES.get(message.channel, message.channel))]
    marks += [_trust(message, told)] if is_theirs else _fate(message, told)
    attached = told.attachments.get(message.id, ())
    marks += [
        say("a file that is not shown here ({kind})", kind=each.content_type)
        for each in attached
        if not _is_shown(each)
    ]
    return Entry(
        at=message.created_at,
        order=message.id,
        side="theirs" if is_theirs else "ours",
        title=_their_title(message) if is_theirs else say(PURPOSE_SENTENCES.get(message.purpose, "Farline")),
        body=message.body,
        marks=tuple(marks),
        message_id=message.id,
        files=tuple(_sent_file(each) for each in attached if _is_shown(each)),
        trouble=message.state in ("undelivered", "uncertain", "dead"),
    )


def _is_shown(attached: MessageAttachment) -> bool:
    return attached.content_type.startswith(("image/", "audio/"))


def _sent_file(attached: MessageAttachment) -> File:
    is_sound = attached.content_type.startswith("audio/")
    label = (
        say("sound {number}", number=attached.number) if is_sound else say("picture {number}", number=attached.number)
    )
    url = url_for("desk.message_file", message_id=attached.message_id, number=attached.number)
    return File(label, url, is_sound)


def _their_title(message: Message) -> str:
    return say("Patient pressed keys") if message.channel == "voice" and message.body else say("Patient")


def _trust(message: Message, told: _Told) -> str:
    """How far the sender can be trusted: a number alone proves nobody."""
    if message.contact_point_id is None:
        return say("number not on file")
    if message.contact_point_id in told.verified:
        return say("number verified")
    return say("number on file, person not verified")


def _fate(message: Message, told: _Told) -> list[str]:
    marks = [state_words(message)]
    if message.id in told.reasons:
        marks.append(told.reasons[message.id])
    if message.id in told.rungs:
        step, reason = told.rungs[message.id]
        why = say(RUNG_REASON_SENTENCES.get(reason, reason))
        marks.append(say("step {step}: {why}", step=_step(step), why=why))
    if message.delivered_at is not None:
        marks.append(say("receipt {time}", time=clock_time(message.delivered_at, viewer().zone)))
    return marks


def _consent(consent: Consent) -> Entry:
    words = say(CONSENT_SENTENCES[consent.status])
    source = say(SOURCE_SENTENCES.get(consent.source, consent.source))
    wording = consent.wording
    how = say(SAID_SENTENCES[wording]) if wording in SAID_SENTENCES else say("wording {name}", name=wording)
    return Entry(
        consent.at, consent.id, "line", words, marks=(about_words(consent), source, how, language_words(consent.locale))
    )


def _opt_out(opt_out: OptOut) -> Entry:
    lifted = (say("lifted since"),) if opt_out.lifted_at else ()
    words = say("The patient asked us to stop ({word})", word=opt_out.word.upper())
    return Entry(opt_out.at, opt_out.id, "line", words, marks=lifted, trouble=not lifted)


def _call(call: Call) -> Entry:
    words = say("Patient called") if call.direction == Direction.INBOUND else say("We called")
    return Entry(
        call.created_at, call.id, "line", words, marks=(say(CALL_STATE_SENTENCES.get(call.state, call.state)),)
    )


def _event(event: TicketEvent, name: str | None) -> Iterator[Entry]:
    """Replies, notes and the patient's words stand in the timeline themselves."""
    kind = EventKind(event.kind)
    if kind not in EVENT_SENTENCES:
        return
    details = event.details
    words = say(EVENT_SENTENCES[kind]).format(
        name=name or "Farline",
        outcome=_outcome_words(details.get("outcome")),
        rung=say(RUNG_SENTENCES[Rung(details["rung"])]) if details.get("rung") in set(Rung) else "",
        timer=say(TIMER_SENTENCES[Timer(details["timer"])]) if details.get("timer") in set(Timer) else "",
    )
    yield Entry(event.at, event.id, "line", words, trouble=kind in (EventKind.BREACHED, EventKind.ESCALATED))


def _outcome_words(outcome: str | None) -> str:
    if outcome in set(Outcome):
        return say(OUTCOME_SENTENCES[Outcome(outcome)])
    return say(CALL_OUTCOME_SENTENCES.get(outcome or "", ""))


def _step(key: str) -> str:
    return say(STEP_SENTENCES[key]) if key in STEP_SENTENCES else key.replace("_", " ")


def _due_step(due: DueStep) -> Entry:
    reason = say(our_words(due.reason) or due.reason) if due.reason else ""
    words = say("Not sent: {what}", what=_step(due.step))
    return Entry(
        due.ended_at or due.due_at,
        due.id,
        "line",
        words,
        marks=(say(DUE_STATE_SENTENCES[due.state]), *filter(None, [reason])),
    )


def _filing(filing: Filing) -> Entry:
    words = say("Answers to the clinical record") if filing.kind == "response" else say("Reply to the clinical record")
    state = say(FILING_STATE_SENTENCES[filing.state])
    trouble = filing.state in ("conflict", "rejected")
    return Entry(filing.updated_at, filing.id, "line", words, marks=(state,), trouble=trouble)


def _response(response: Response, form: PublishedQuestionnaire, answers: Sequence[Answer]) -> Entry:
    texts, labels = question_texts(form.source), choice_labels(form.source)
    is_done = response.status in (ResponseStatus.COMPLETED, ResponseStatus.AMENDED)
    state = say("finished") if is_done else say("unfinished")
    named = [(link_id_of(answer.path), answer) for answer in answers]
    pairs = tuple((texts.get(name, answer.path), value_words(answer, labels.get(name))) for name, answer in named)
    return Entry(
        at=response.completed_at or response.updated_at,
        order=response.id,
        side="line",
        title=say("Form: {title}", title=form.title),
        marks=(state, say("version {version}", version=form.version), say("{count} answers", count=len(pairs))),
        pairs=pairs,
        files=tuple(_files(texts, answers)),
    )


def _files(texts: dict[str, str], answers: Sequence[Answer]) -> Iterator[File]:
    for answer in answers:
        is_spoken = recording_in(answer.value) is not None
        if is_spoken or named_in(answer.value) is not None:
            is_sound = is_spoken or str(answer.value["contentType"]).startswith("audio/")
            label = texts.get(link_id_of(answer.path), answer.path)
            yield File(label, url_for("desk.answer_file", answer_id=answer.id), is_sound)


def link_id_of(path: str) -> str:
    """`meds.0/name` -> `name`; the plain path when it is not an instance."""
    return path.rpartition("/")[2].partition(".")[0] if "/" in path else path
