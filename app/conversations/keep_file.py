"""A photo or voice note for an answer that is still on the phone: taken part by part."""

from __future__ import annotations

from app.core.errors import Ended, NotFound, ShapeWrong
from app.core.ground import Ground
from app.intake.keep_attachment import Part, take_part
from app.intake.plans import plan_for
from app.intake.rules import ResponseStatus
from app.intake.store import attachment_of, lock_response
from app.patients.models import Link
from forms.items import Kind
from forms.paths import split_path


def keep_file_part(ground: Ground, link: Link, part: Part) -> int:
    """How many bytes of the file are here once this part is stored. The same part again changes nothing."""
    with ground.database.write() as session:
        response = lock_response(session, _response_of(link))
        if response.status == ResponseStatus.STOPPED:
            raise Ended
        item, _ = split_path(plan_for(session, response.questionnaire_id, response.locale), part.path)
        if item is None or item.kind is not Kind.ATTACHMENT:
            raise ShapeWrong("This form does not ask for a file here.")
        return take_part(session, response, part, ground.clock.now())


def received_of(ground: Ground, link: Link, client_id: str) -> int:
    """How many bytes of this file are here: where the phone goes on."""
    with ground.database.read() as session:
        kept = attachment_of(session, _response_of(link), client_id)
        return kept.received_bytes if kept is not None else 0


def _response_of(link: Link) -> int:
    if link.response_id is None:
        raise NotFound("This link opens no form.")
    return link.response_id
