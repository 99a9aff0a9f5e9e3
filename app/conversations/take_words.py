"""Words for a waiting conversation: the appointment dialogue or the form's engine, and the texts that follow."""

from __future__ import annotations

from app.conversations import line_words
from app.conversations.choices import read_choice
from app.conversations.form_turn import advance_form, say_texts
from app.conversations.letter import Letter
from app.conversations.line_words import line_of
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind
from app.conversations.send_link import link_for
from app.conversations.take_choice import take_choice
from app.intake.keep_turn import Heard
from forms.effects import Deferred
from forms.state import Reply


def take_words(letter: Letter, conversation: Conversation) -> None:
    """One turn of the conversation, its replies queued. The conversation must be locked."""
    if conversation.kind == ConversationKind.APPOINTMENT:
        _choose(letter, conversation)
    else:
        _answer(letter, conversation)


def _choose(letter: Letter, conversation: Conversation) -> None:
    choice = read_choice(letter.text)
    reaction = take_choice(letter.session, conversation, choice, now=letter.now, message_id=letter.message.id)
    letter.reply(reaction.says)


def _answer(letter: Letter, conversation: Conversation) -> None:
    heard = Heard("sms", letter.now, message_id=letter.message.id)
    done = advance_form(letter.session, conversation, Reply.text(letter.text), heard)
    for body in say_texts(done):
        letter.reply(body, purpose="question")
    if any(isinstance(effect, Deferred) and effect.page for effect in done.turn.effects):
        url = link_for(letter.session, done.response, public_url=letter.public_url, now=letter.now)
        line = line_of(letter.clinic, conversation.locale)
        letter.reply(line_words.link(line, url), purpose="link")
