"""What the script on the phone says: with the form, and with what is fetched only when it is needed."""

from __future__ import annotations

from app.core.locale import Translate
from app.web.shell.here import say


def page_words() -> dict[str, str]:
    """In the language of the link."""
    return {
        "phone": say("Saved on this phone."),
        "memory": say("Kept until you close this page. Send it before you leave."),
        "sending": say("Sending …"),
        "later": say("Saved on this phone. We send it when this page is open and there is a signal."),
        "queued": say("Saved on this phone. We will send it when there is a signal. You can close this page."),
        "unsafe": say("Not sent yet. Keep this page open: we send it when there is a signal."),
        "link": say("There is no signal for this now. Your answers stay on this phone."),
        "received": say("Your clinic has received your answers so far."),
        "who": say("Saved on this phone. Please tell us again who you are, then we send it."),
        "ended": say("This link has ended. Your answers are still on this phone. Please call or text your clinic."),
        "refused": say("We could not send this. Your answers are still on this phone. Please call your clinic."),
        "look": say("Some answers need another look"),
        "missing": say("Please answer this question."),
        "unread": say("We could not read this answer."),
        "thanks": say("Thank you. We have received your answers."),
        "code": say("Your receipt code is"),
        "close": say("You can close this page."),
    }


def home_words() -> dict[str, str]:
    """Of home, where it is kept for opening without a network."""
    return {
        "old": say("No signal just now. You see this page as it was: {age}."),
        "later": say("Saved on this phone. We send it when this page is open and there is a signal."),
        "queued": say("Saved on this phone. We will send it when there is a signal. You can close this page."),
        "unsafe": say("Not sent yet. Keep this page open: we send it when there is a signal."),
        "link": say("There is no signal for this now. Please try later, or call."),
        "who": say("Please open this page again."),
        "nothing": say("Nothing is kept on this phone."),
    }


def more_words(translate: Translate) -> dict[str, str]:
    """Of photos, and of the lock on a draft: its code is for this phone alone, and is not the PIN of their pages."""
    return {
        "large": translate("This file is too large. Please take a smaller one."),
        "spoilt": translate("We could not read this file. Please take another one."),
        "choose": translate("Choose a lock code, 4 to 8 digits"),
        "only": translate("It is for this phone only. Nobody can look it up if you forget it."),
        "digits": translate("Please choose 4 to 8 digits."),
        "lock": translate("Lock my answers"),
        "pinned": translate("Your answers on this phone now open with your lock code only."),
        "locked": translate("Answers are kept on this phone"),
        "pin": translate("Lock code"),
        "open": translate("Go on"),
        "wrong": translate("This is not the lock code. Please try again."),
        "forget": translate("I do not know the code: remove these answers"),
    }
