"""A prompt as TwiML: Say, Play, Gather, Record, Redirect, Hangup, and only the attributes checked by our schema.

A gather that hears nothing, or the finishing key alone, falls through to the next verb unless told to report it. It is
told to, and a redirect to the same turn follows all the same, so that silence reaches us in either case.
`tests/channels/twilio/twiml.xsd` is the judge.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from channels.errors import ContentRefused
from forms.render.voice import Play

if TYPE_CHECKING:
    from collections.abc import Mapping

    from channels.base import CallTurn
    from channels.webhook import CarrierUrls
    from forms.render.voice import KeySpec, RecordSpec, Say, VoicePrompt

# Languages the carrier's synthetic voices speak and Farline offers. No Indigenous language of Canada is among them:
# those are recorded. An unknown pair of language and voice can fail the whole call, so nothing is guessed.
SPOKEN: Final = {"en": "en-CA", "en-ca": "en-CA", "en-us": "en-US", "fr": "fr-CA", "fr-ca": "fr-CA", "fr-fr": "fr-FR"}
RECORD_SILENCE_S: Final = 5
UNSPEAKABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Voices:
    """Voices chosen in the settings, by the carrier's language code: {"fr-CA": "Polly.Chantal"}."""

    chosen: Mapping[str, str]

    def attributes(self, locale: str) -> dict[str, str]:
        language = SPOKEN.get(locale.replace("_", "-").lower())
        if language is None:
            raise ContentRefused("No synthetic voice speaks this language. It needs a recording.")
        voice = self.chosen.get(language)
        return {"language": language, "voice": voice} if voice else {"language": language}


def document(prompt: VoicePrompt, turn: CallTurn, urls: CarrierUrls, voices: Voices) -> str:
    """The TwiML for one turn."""
    response = ET.Element("Response")
    keys_url = urls.keys(turn.call_token, turn.turn)
    if prompt.keys:
        _say(_gather(response, prompt.keys, keys_url), prompt.says, urls, voices)
        _redirect(response, keys_url)
    else:
        _say(response, prompt.says, urls, voices)
    if prompt.record:
        _record(response, prompt.record, urls.recording(turn.call_token, turn.turn))
        _redirect(response, keys_url)
    if not prompt.keys and not prompt.record:
        ET.SubElement(response, "Hangup")
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(response, encoding="unicode")


def _gather(response: ET.Element, keys: KeySpec, action: str) -> ET.Element:
    attributes = {"input": "dtmf", "action": action, "method": "POST", "timeout": str(keys.timeout_s)}
    attributes["actionOnEmptyResult"] = "true"
    if keys.most == 1:
        attributes["numDigits"] = "1"
        # Every key is an answer then, # too: without a finishing key it arrives as a digit.
        attributes["finishOnKey"] = ""
    else:
        attributes["finishOnKey"] = keys.finish
        if keys.most:
            attributes["numDigits"] = str(keys.most)
    return ET.SubElement(response, "Gather", attributes)


def _say(parent: ET.Element, says: tuple[Say | Play, ...], urls: CarrierUrls, voices: Voices) -> None:
    for said in says:
        if isinstance(said, Play):
            ET.SubElement(parent, "Play").text = urls.audio(said.recording)
        else:
            ET.SubElement(parent, "Say", voices.attributes(said.locale)).text = _sayable(said.text)


def _record(response: ET.Element, record: RecordSpec, action: str) -> None:
    attributes = {
        "action": action,
        "method": "POST",
        "maxLength": str(record.most_s),
        "finishOnKey": record.finish,
        "timeout": str(RECORD_SILENCE_S),
        "playBeep": "true",
        "trim": "trim-silence",
    }
    ET.SubElement(response, "Record", attributes)


def _redirect(response: ET.Element, url: str) -> None:
    ET.SubElement(response, "Redirect", {"method": "POST"}).text = url


def _sayable(text: str) -> str:
    """Characters that XML 1.0 cannot hold are dropped; they have no sound."""
    return UNSPEAKABLE.sub("", text)
