"""Filing what is due: claim with a lease and a fencing token, work with no transaction open, settle in one commit.

A server that is down, slow or asks to wait costs time and nothing else. A refusal, a conflict or a doubt about the
chart ends in a ticket; nothing is ever written on a guess.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.locale import translator
from app.core.log import logger
from app.records.endpoints import Endpoint, note_failure, note_success, probe, ready_endpoints
from app.records.errors import ChartUnsure, RecordConflict, RecordError, RecordRefused, RecordUnreachable
from app.records.fhir.filing import Connection, file_form, file_reply, verify_chart
from app.records.fhir.mapping_out import Reply
from app.records.load_filing import Load, NothingToFile, load_filing
from app.records.models import Filing, RecordEndpoint
from app.records.rules import FilingState, pause_s
from app.records.settle_filing import Claim, Outcome, claim_filings, etags_of, has_due, settle_filing

AT_ONCE = 20
LOOKS = 3  # at a resource that changes while we look, before a person is asked
DRY_RUN_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class FiledDue:
    """What one round came to."""

    filed: int = 0
    waiting: int = 0
    needs_person: int = 0


def file_due(ground: Ground, *, limit: int = AT_ONCE) -> FiledDue:
    """One round at every connected record that has something waiting. Safe with any number of processes."""
    with ground.database.read() as session:
        now, machine_now = ground.clock.now(), ground.clock.machine_now()
        endpoints = [
            endpoint
            for endpoint in ready_endpoints(session, machine_now)
            if has_due(session, endpoint.clinic_id, now=now, machine_now=machine_now)
        ]
    outcomes = [outcome for endpoint in endpoints for outcome in _file_at(ground, endpoint, limit)]
    return FiledDue(
        filed=sum(outcome.state is FilingState.FILED for outcome in outcomes),
        waiting=sum(outcome.state is FilingState.RETRY for outcome in outcomes),
        needs_person=sum(outcome.state in (FilingState.CONFLICT, FilingState.REJECTED) for outcome in outcomes),
    )


def _file_at(ground: Ground, endpoint: Endpoint, limit: int) -> list[Outcome]:
    """Probe when nobody has yet, then file one by one until all is done or the server stops answering."""
    if not endpoint.capabilities:
        try:
            endpoint = replace(endpoint, capabilities=probe(ground, endpoint))
        except RecordError as error:
            unreachable = error if isinstance(error, RecordUnreachable) else RecordUnreachable(error.code)
            with ground.database.write() as session:
                _note(ground, session, endpoint, unreachable)
            return []
    outcomes: list[Outcome] = []
    while len(outcomes) < limit:
        claim = _claim_one(ground, endpoint)
        if claim is None:
            break
        outcome, failure = _file(ground, endpoint, claim)
        with ground.database.write() as session:
            settle_filing(session, claim, outcome, ground.clock.now())
            _note(ground, session, endpoint, failure)
        outcomes.append(outcome)
        if failure is not None:
            break
    return outcomes


def _claim_one(ground: Ground, endpoint: Endpoint) -> Claim | None:
    with ground.database.write() as session:
        claims = claim_filings(
            session, endpoint.clinic_id, endpoint.id, now=ground.clock.now(),
            machine_now=ground.clock.machine_now(), limit=1,
        )  # fmt: skip
    return claims[0] if claims else None


def _file(ground: Ground, endpoint: Endpoint, claim: Claim) -> tuple[Outcome, RecordUnreachable | None]:
    """File one thing; what became of it, and the failure when the server could not be reached."""
    attempts = 1
    try:
        with ground.database.read() as session:
            filing = session.get_one(Filing, claim.filing_id)
            attempts, load = filing.attempts, load_filing(session, filing)
            etags = etags_of(session, endpoint.id, filing)
        return _write(ground, endpoint, load, etags), None
    except RecordUnreachable as error:
        wait_s = pause_s(attempts - 1, asked_s=error.wait_s, jitter=random.random())  # noqa: S311 - spreads load
        return Outcome(FilingState.RETRY, error.code, pause=timedelta(seconds=wait_s)), error
    except NothingToFile as error:
        return Outcome(FilingState.SKIPPED, error.code), None
    except (RecordConflict, ChartUnsure) as error:
        return Outcome(FilingState.CONFLICT, error.code), None
    except RecordRefused as error:
        return Outcome(FilingState.REJECTED, error.code), None
    except Exception as error:  # noqa: BLE001 - the edge of a runner: one poisoned filing must not stop the others
        logger("records").error("filing_failed", filing_id=claim.filing_id, error=type(error).__name__)
        return Outcome(FilingState.REJECTED, f"unexpected:{type(error).__name__}"), None


def _write(ground: Ground, endpoint: Endpoint, load: Load, etags: dict[tuple[str, str], str | None]) -> Outcome:
    connection = Connection(
        client=endpoint.client(), capabilities=endpoint.capabilities, etags=etags, translate=translator(load.locale),
        is_dry_run=endpoint.is_dry_run,
    )  # fmt: skip
    verify_chart(connection, load.known, now=ground.clock.now())
    for look in range(1, LOOKS + 1):
        connection.written.clear()
        try:
            _write_thing(connection, load)
            break
        except RecordConflict:
            if look == LOOKS:
                raise
    written = tuple(connection.written)
    if endpoint.is_dry_run:
        return Outcome(FilingState.RETRY, "dry_run", written, pause=DRY_RUN_PAUSE)
    return Outcome(FilingState.FILED, None, written)


def _write_thing(connection: Connection, load: Load) -> None:
    if isinstance(load.thing, Reply):
        file_reply(connection, load.thing)
    else:
        file_form(connection, load.thing)


def _note(ground: Ground, session: Session, endpoint: Endpoint, failure: RecordUnreachable | None) -> None:
    row = session.get_one(RecordEndpoint, endpoint.id)
    if failure is None:
        note_success(row, ground.clock.now())
    else:
        jitter = random.random()  # noqa: S311 - spreads load, guards nothing
        note_failure(row, failure, machine_now=ground.clock.machine_now(), jitter=jitter)
