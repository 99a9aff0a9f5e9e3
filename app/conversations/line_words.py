"""Sentences about the line itself: opting out and in, help, messages nobody waited for or that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from app.conversations.visit import say_number
from app.core.locale import translator
from app.core.models import Clinic


@dataclass(frozen=True)
class Line:
    """Who speaks on this line, in which language."""

    clinic: str
    phone: str
    locale: str

    def say(self, text: str, **values: str) -> str:
        """The sentence in the line's language, filled."""
        return translator(self.locale)(text).format(clinic=self.clinic, phone=self.phone, **values)


def line_of(clinic: Clinic, locale: str) -> Line:
    return Line(clinic.name, say_number(clinic.phone or clinic.sender or ""), locale)


def stopped(line: Line) -> str:
    _ = line.say
    return _("You will get no more texts from {clinic}. Text START to get them again.")


def started(line: Line) -> str:
    _ = line.say
    return _("You will get texts from {clinic} again. Text STOP to end them.")


def still_closed(line: Line) -> str:
    """After START, where it was not STOP that closed the line."""
    _ = line.say
    return _("{clinic}: we have noted that we should not text you here. To change that, call {phone}.")


def about(line: Line) -> str:
    """The answer to HELP: who writes, what for, how to reach a person, how to stop."""
    _ = line.say
    return _(
        "{clinic}: texts about your appointments and forms. Call {phone}, or reply 9 for a person. STOP ends texts."
    )


def read_by_person(line: Line) -> str:
    _ = line.say
    return _("Thank you. A person from {clinic} will read your message. In an emergency, call 911.")


def came_late(line: Line) -> str:
    _ = line.say
    return _("Thank you. Your answer came after the question was closed. A person from {clinic} will read it.")


def wrong_number(line: Line) -> str:
    _ = line.say
    return _("Thank you for telling us, and sorry. We will not text this number until a person has checked it.")


def wrong_number_and_stop(line: Line) -> str:
    _ = line.say
    return _("Thank you for telling us, and sorry. You will get no more texts from {clinic}.")


def empty(line: Line) -> str:
    _ = line.say
    return _("Your message came empty. Please send it again.")


def too_long(line: Line) -> str:
    _ = line.say
    return _("Your message is too long to be read here. Please send a shorter one, or reply 9 for a person.")


def no_pictures(line: Line) -> str:
    _ = line.say
    return _("We cannot see pictures here. Please write it in words, or reply 9 for a person.")


def link(line: Line, url: str) -> str:
    _ = line.say
    return _("Here is your page: {url} You can go on there, even without a network.", url=url)


def home_link(line: Line, url: str) -> str:
    _ = line.say
    return _("{clinic}: here is your page: {url} STOP ends texts.", url=url)


def unknown_number(line: Line) -> str:
    _ = line.say
    return _("We do not know this number. For a person, call {phone}.")


def form_intro(line: Line) -> str:
    _ = line.say
    return _("{clinic}: a few questions for you. Answer by text, or reply LINK for a page. STOP ends texts.")


def form_link(line: Line, url: str) -> str:
    _ = line.say
    return _("{clinic}: please fill in this form: {url} STOP ends texts.", url=url)


def back_to_questions(line: Line) -> str:
    _ = line.say
    return _("Now back to our questions.")


# --- on the phone -----------------------------------------------------------------------------------------------------


def say_greeting(line: Line) -> str:
    _ = line.say
    return _("Hello. This is {clinic}.")


def say_menu(line: Line) -> str:
    _ = line.say
    return _("To be called back by a person, press 9. To hear this again, press star.")


def say_call_back(line: Line) -> str:
    _ = line.say
    return _("A person will call you back. In an emergency, call 911. Goodbye.")


def say_not_read(line: Line) -> str:
    _ = line.say
    return _("Sorry, that key does nothing here.")


def say_still_there(line: Line) -> str:
    _ = line.say
    return _("We did not hear a key.")


def say_hang_up(line: Line) -> str:
    _ = line.say
    return _("We will try again later, or you can call {phone}. Goodbye.")


def say_please_call(line: Line) -> str:
    _ = line.say
    return _("Please call us back at {phone}. Thank you.")


def say_goodbye(line: Line) -> str:
    _ = line.say
    return _("Thank you. Goodbye.")
