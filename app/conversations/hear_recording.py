"""Spoken words as an answer: kept by the carrier's id, to be written down by a person."""

from __future__ import annotations

from app.conversations.form_turn import advance_form
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.store import lock_conversation
from app.conversations.voice_turn import VoiceTurn, again, find_call, form_prompt, nobody_there, turn_with
from app.core.ground import Ground
from app.intake.keep_turn import Heard
from channels.base import Recording
from forms.state import Reply


def hear_recording(ground: Ground, carrier_name: str, recording: Recording) -> VoiceTurn | None:
    """Take a recording as the answer of its turn; None when nobody waits on the line for a prompt."""
    if recording.turn is None:
        return None
    with ground.database.write() as session:
        call = find_call(session, carrier_name, recording.call_id)
        if call is None or call.conversation_id is None:
            return nobody_there()
        conversation = lock_conversation(session, call.conversation_id)
        is_form = conversation.kind == ConversationKind.QUESTIONNAIRE
        is_current = recording.turn == conversation.turn and conversation.state == ConversationState.WAITING
        if not (is_form and is_current):
            return again(session, call, conversation, ground.clock)
        heard = Heard("voice", ground.clock.now())
        done = advance_form(session, conversation, Reply.recording(recording.carrier_id), heard)
        return turn_with(session, call, conversation, form_prompt(done))
