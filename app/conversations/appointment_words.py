"""Every sentence of the appointment dialogue, for texts and for the phone, in plain letters: a text stays cheap."""

from __future__ import annotations

from collections.abc import Sequence

from app.conversations.choices import Choice
from app.conversations.visit import Visit


def ask(visit: Visit) -> str:
    """The reminder: who writes, when and where, and what to reply."""
    return _joined(
        _who_and_when(visit),
        visit.translate("Reply 1 to confirm, 2 to move it, 3 to cancel, 9 for a person."),
        _questions(visit),
        visit.translate("STOP ends texts."),
    )


def recall(visit: Visit, *, is_confirmed: bool) -> str:
    """Shortly before: a reminder to those who said yes, a last question to those who did not."""
    last = "" if is_confirmed else visit.translate("Reply 1 if you are coming, 3 to cancel, 9 for a person.")
    return _joined(_who_and_when(visit), last, _questions(visit))


def confirmed(visit: Visit) -> str:
    _ = visit.say
    return _("Thank you. See you {day} at {time}. To change it, reply 2 (move) or 3 (cancel).")


def already_confirmed(visit: Visit) -> str:
    _ = visit.say
    return _("You are confirmed for {day} at {time}. To change it, reply 2 (move) or 3 (cancel).")


def passed_on(visit: Visit, choice: Choice) -> str:
    """What happens now that a person has to act."""
    _ = visit.say
    if choice is Choice.MOVE:
        return _(
            "Thank you. {clinic} will contact you to find another time. "
            "Until then your appointment stays {day} at {time}."
        )
    if choice is Choice.CANCEL:
        return _("You want to cancel {day} at {time}: we passed it on. {clinic} will confirm it with you.")
    return _("A person from {clinic} will contact you. You can write your question here. In an emergency, call 911.")


def ask_move_or_cancel(visit: Visit) -> str:
    _ = visit.say
    return _("You cannot come {day} at {time}? Reply 2 to move the appointment, 3 to cancel it.")


def not_read(visit: Visit, attempt: int) -> str:
    """Help grows with each reply that could not be read."""
    _ = visit.say
    if attempt <= 1:
        return _("We could not read that. Reply 1 to confirm, 2 to move, 3 to cancel, 9 for a person.")
    return _(
        "We still could not read that. For {day} at {time}, send one digit: "
        "1 = I am coming, 2 = another time, 3 = cancel, 9 = a person."
    )


def handed_over(visit: Visit) -> str:
    _ = visit.say
    return _("A person from {clinic} will read your messages and contact you. In an emergency, call 911.")


def moved_since(visit: Visit) -> str:
    """The question the patient answers is no longer true."""
    _ = visit.say
    return _joined(
        _("Your appointment has changed since we asked. It is now {day} at {time}."),
        visit.translate("Reply 1 to confirm, 2 to move it, 3 to cancel, 9 for a person."),
    )


def no_longer_booked(visit: Visit) -> str:
    _ = visit.say
    return _joined(_("The appointment of {day} at {time} is no longer booked."), _questions(visit))


def is_over(visit: Visit) -> str:
    _ = visit.say
    return _("The appointment of {day} at {time} has passed. {clinic} will read your message.")


def which_one(visits: list[Visit], labels: Sequence[str] = ()) -> str:
    """Several appointments were asked about: told apart by what this phone was already told, the day and the time, and
    by the neutral name of whose it is where these are the same."""
    translate = visits[0].translate
    named = [label and f"{label}, " for label in labels] or [""] * len(visits)
    options = [
        f"{number} = {name}{_day_and_time(visit)}"
        for number, (name, visit) in enumerate(zip(named, visits, strict=True), start=1)
    ]
    question = translate("Which appointment do you mean? Reply {options}.").format(options=", ".join(options))
    return question.replace("..", ".")


def _day_and_time(visit: Visit) -> str:
    _ = visit.say
    return _("{day} at {time}")


# --- on the phone -----------------------------------------------------------------------------------------------------


def say_who_calls(visit: Visit) -> str:
    _ = visit.say
    return _("Hello. This is {clinic}, calling about an appointment.")


def say_appointment(visit: Visit) -> str:
    _ = visit.say
    if visit.place:
        return _("The appointment is {day} at {time}, at {place}.")
    return _("The appointment is {day} at {time}.")


def say_keys(visit: Visit) -> str:
    return visit.translate(
        "To confirm, press 1. To move it, press 2. To cancel, press 3. To speak with a person, press 9. "
        "To hear this again, press star."
    )


def say_reaction(visit: Visit, choice: Choice) -> str:
    """What a caller hears after pressing a key that was understood."""
    _ = visit.say
    if choice is Choice.CONFIRM:
        return _("Thank you. Your appointment is confirmed. Goodbye.")
    if choice is Choice.MOVE:
        return _("Thank you. Someone from the clinic will contact you to find another time. Goodbye.")
    if choice is Choice.CANCEL:
        return _("Thank you. We passed on that you want to cancel. Someone from the clinic will confirm it. Goodbye.")
    return _("Someone from the clinic will call you back. In an emergency, call 911. Goodbye.")


def _who_and_when(visit: Visit) -> str:
    _ = visit.say
    if visit.place:
        return _("{clinic}: your appointment is {day} at {time}, {place}.")
    return _("{clinic}: your appointment is {day} at {time}.")


def _questions(visit: Visit) -> str:
    return visit.say("Questions: {phone}.") if visit.phone else ""


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
