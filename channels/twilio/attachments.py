"""Pictures and recordings kept at Twilio, fetched by account and id. A url from a request is never fetched.

Twilio answers with a redirect to its file store; at most two are followed, to its own hosts only, without our secrets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from channels.errors import CarrierUnreachable, ChannelError, UnreadableRequest
from channels.twilio.errors import error_for

if TYPE_CHECKING:
    from channels.twilio.account import Account

HOST: Final = "https://api.twilio.com"
FILE_HOSTS: Final = re.compile(r"(?:[a-z0-9-]+\.)?twiliocdn\.com|s3-external-1\.amazonaws\.com")
MESSAGE_ID: Final = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
MEDIA_ID: Final = re.compile(r"ME[0-9a-fA-F]{32}")
RECORDING_ID: Final = re.compile(r"RE[0-9a-fA-F]{32}")
MOST_BYTES: Final = 5_000_000
MOST_REDIRECTS: Final = 2
CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class File:
    content_type: str
    content: bytes


class NotKept(ChannelError):
    code = "not_kept"
    default_sentence = "The carrier does not have this file any more."


class TooLarge(ChannelError):
    code = "too_large"
    default_sentence = "This attachment is too large to be fetched."


def fetch_picture(account: Account, message_id: str, attachment_id: str) -> File:
    """One attachment of one inbound text."""
    if not MESSAGE_ID.fullmatch(message_id) or not MEDIA_ID.fullmatch(attachment_id):
        raise UnreadableRequest("This is not the name of an attachment.")
    return _fetch(account, f"Messages/{message_id}/Media/{attachment_id}")


def fetch_recording(account: Account, recording_id: str) -> File:
    """One recording of a call, as MP3."""
    if not RECORDING_ID.fullmatch(recording_id):
        raise UnreadableRequest("This is not the name of a recording.")
    return _fetch(account, f"Recordings/{recording_id}.mp3")


def _fetch(account: Account, place: str) -> File:
    sender = account.http.sender
    url = account.http.place(f"{HOST}/2010-04-01/Accounts/{account.sid}/{place}")
    auth: tuple[str, str] | None = account.auth
    try:
        for _ in range(MOST_REDIRECTS + 1):
            with sender.session.get(
                url, auth=auth, timeout=sender.timeout_s, stream=True, allow_redirects=False
            ) as answer:
                if answer.is_redirect:
                    url, auth = _allowed(answer.headers["location"]), None
                    continue
                if answer.status_code in (404, 410):
                    raise NotKept
                if answer.status_code != 200:
                    raise error_for(answer.status_code, None)
                return File(answer.headers.get("content-type", ""), _content(answer))
    except (requests.RequestException, HTTPError) as error:
        raise CarrierUnreachable from error
    raise CarrierUnreachable


def _allowed(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not FILE_HOSTS.fullmatch(parts.hostname or "") or parts.port not in (None, 443):
        raise ChannelError("The carrier sent us to a place we do not fetch from.")
    return url


def _content(answer: requests.Response) -> bytes:
    content = b""
    for chunk in answer.iter_content(CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise TooLarge
    return content
