"""The spool folder: files as smsd writes and reads them, each taken once and only after it is kept."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest

from channels.base import DeliveryStatus, FindingKind, Ignored, InboundMessage, OutboundMessage
from channels.errors import (
    AddressRefused,
    CarrierSettingsError,
    CarrierUnreachable,
    ContentRefused,
    Decision,
    UnknownRecipient,
)
from channels.modem.reasons import failure_reason, report_status
from tests.channels.modem.conftest import NOW, build

PHONE = "+13065550155"
HEAD = "From: {sender}\nFrom_TOA: {toa}\nSent: 26-11-23 15:09:00\nSubject: GSM1\n"
INTERNATIONAL = "91 international, ISDN/telephone"


def received(spool, words, *, alphabet="UCS2", name="GSM1.a1B2c3", sender="13065550177", toa=INTERNATIONAL, more=""):
    """A text as smsd writes it."""
    codec = {"UCS2": "utf-16-be", "UTF-8": "utf-8", "ISO": "iso-8859-15"}[alphabet]
    head = HEAD.format(sender=sender, toa=toa) + f"Alphabet: {alphabet}\n{more}\n"
    (spool / "incoming" / name).write_bytes(head.encode() + words.encode(codec))


def collect(built):
    events = []
    built.collector.collect(events.append)
    return events


def sent(spool, token="t1", number="13065550155", message_id="117"):
    """smsd has sent our file."""
    path = spool / "outgoing" / f"farline-{token}"
    head, _, body = path.read_bytes().partition(b"\n\n")
    path.unlink()
    (spool / "sent" / path.name).write_bytes(head + f"\nMessage_id: {message_id}\n\n".encode() + body)


def report(spool, status, *, number="13065550155", message_id="117", name="GSM1.reportX"):
    words = f"SMS STATUS REPORT\nMessage_id: {message_id}\nDischarge_timestamp: 26-11-23 15:09:00\nStatus: {status}"
    head = HEAD.format(sender=number, toa=INTERNATIONAL) + "Alphabet: UTF-8\n"
    (spool / "report" / name[:11]).write_text(f"{head}\n{words}")


# --- handed over ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "alphabet", "body"),
    [
        ("é {€} à", "UTF-8", "é {€} à".encode()),
        ("peut-être", "UCS2", "peut-être".encode("utf-16-be")),
        ("ᐃᓄ 😀", "UCS2", "ᐃᓄ 😀".encode("utf-16-be")),
        ("To: 911\n\nnot a header", "UTF-8", b"To: 911\n\nnot a header"),
    ],
)
def test_a_text_is_a_file_in_the_alphabet_that_keeps_its_letters(spool, modem, text, alphabet, body):
    receipt = modem.text.send(OutboundMessage("t1", PHONE, text))
    head, _, written = (spool / "outgoing" / "farline-t1").read_bytes().partition(b"\n\n")
    lines = head.decode().splitlines()
    assert lines == ["To: 13065550155", "Report: yes", "Autosplit: 3", f"Alphabet: {alphabet}"]
    assert written == body
    assert (receipt.carrier_id, receipt.segments) == ("t1", 1)


def test_the_same_attempt_again_is_the_same_file(spool, modem):
    message = OutboundMessage("t1", PHONE, "oui")
    modem.text.send(message)
    sent(spool)
    modem.text.send(message)
    assert list((spool / "outgoing").iterdir()) == []


@pytest.mark.parametrize("place", ["outgoing", "checked", "sent", "failed", "farline"])
def test_an_attempt_is_found_wherever_smsd_has_put_it(spool, modem, place):
    message = OutboundMessage("t1", PHONE, "oui")
    assert modem.text.find(message, NOW).kind is FindingKind.ABSENT
    (spool / place).mkdir(exist_ok=True)
    (spool / place / "farline-t1").write_text("To: 13065550155\n\noui")
    finding = modem.text.find(message, NOW)
    assert (finding.kind, finding.receipt.carrier_id) == (FindingKind.FOUND, "t1")


def test_a_token_that_is_no_file_name_is_made_one(spool, modem):
    modem.text.send(OutboundMessage("../../etc/passwd", PHONE, "oui"))
    (path,) = (spool / "outgoing").iterdir()
    assert path.parent == spool / "outgoing"
    assert modem.text.find(OutboundMessage("../../etc/passwd", PHONE, "oui"), NOW).kind is FindingKind.FOUND


@pytest.mark.parametrize(
    ("to", "line"), [("80080", "To: s80080"), ("+13065550155", "To: 13065550155"), ("306-555-0155", "To: 13065550155")]
)
def test_short_numbers_are_marked(spool, modem, to, line):
    modem.text.send(OutboundMessage("t1", to, "x"))
    assert (spool / "outgoing" / "farline-t1").read_text().startswith(line + "\n")


@pytest.mark.parametrize(
    ("to", "text", "error"),
    [("CLINIC", "x", AddressRefused), ("911\nTo: 1", "x", AddressRefused), (PHONE, "", ContentRefused)],
)
def test_what_a_modem_cannot_send_is_refused(modem, to, text, error):
    with pytest.raises(error):
        modem.text.send(OutboundMessage("t1", to, text))


def test_a_folder_that_cannot_be_written_leaves_the_text_unsent(spool, modem):
    (spool / "farline").write_text("in the way")
    with pytest.raises(CarrierUnreachable):
        modem.text.send(OutboundMessage("t1", PHONE, "x"))
    assert modem.text.find(OutboundMessage("t1", PHONE, "x"), NOW).kind is FindingKind.ABSENT


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "decision"),
    [
        ("0,Ok,short message received by the SME", DeliveryStatus.DELIVERED, None),
        ("48,Temporary error,congestion", DeliveryStatus.SENT, None),
        ("70,Permanent error,validity period expired", DeliveryStatus.UNDELIVERED, Decision.TRY_LATER),
        ("67,Permanent error,not obtainable", DeliveryStatus.UNDELIVERED, Decision.STOP_ADDRESS),
    ],
)
def test_a_text_is_sent_and_then_reported_on(spool, modem, words, status, decision):
    modem.text.send(OutboundMessage("t1", PHONE, "secret words"))
    sent(spool)
    (first,) = collect(modem)
    assert (first.attempt_token, first.status) == ("t1", DeliveryStatus.SENT)
    report(spool, words)
    (second,) = collect(modem)
    assert (second.attempt_token, second.status, second.decision) == ("t1", status, decision)
    assert (second.sentence is None) == (decision is None)


def test_sent_and_reported_in_one_look_come_in_that_order(spool, modem):
    modem.text.send(OutboundMessage("t1", PHONE, "x"))
    sent(spool)
    report(spool, "0,Ok")
    assert [event.status for event in collect(modem)] == [DeliveryStatus.SENT, DeliveryStatus.DELIVERED]


def test_no_words_stay_on_the_disk_once_a_text_is_sent(spool, modem):
    modem.text.send(OutboundMessage("t1", PHONE, "secret words"))
    sent(spool)
    received(spool, "secret answer", alphabet="UTF-8")
    collect(modem)
    left = b"".join(path.read_bytes() for path in spool.rglob("*") if path.is_file())
    assert b"secret" not in left
    report(spool, "0,Ok")
    collect(modem)
    assert [path for path in spool.rglob("*") if path.is_file()] == []


def test_a_failed_text_says_why(spool, modem):
    (spool / "failed" / "farline-t1").write_text(
        "To: 13065550155\nFail_reason: +CMS ERROR: 38 (Network out of order)\nFailed: 26-11-23 04:47:07\n\nx"
    )
    (event,) = collect(modem)
    assert (event.attempt_token, event.status) == ("t1", DeliveryStatus.UNDELIVERED)
    assert (event.carrier_code, event.decision) == ("38", Decision.TRY_LATER)


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("+CMS ERROR: 1 (Unassigned number)", Decision.STOP_ADDRESS),
        ("+CMS ERROR: 30 (Unknown subscriber)", Decision.STOP_ADDRESS),
        ("+CMS ERROR: 310 (SIM not inserted)", Decision.FIX_ACCOUNT),
        ("+CMS ERROR: 332 (Network timeout)", Decision.TRY_LATER),
        ("+CMS ERROR: 500 (Unknown error)", Decision.TRY_LATER),
        ("Unknown", Decision.TRY_LATER),
        ("", Decision.TRY_LATER),
    ],
)
def test_each_failure_means_one_decision(words, decision):
    assert failure_reason(words).decision is decision


@pytest.mark.parametrize("status", range(256))
def test_every_report_status_means_something(status):
    assert report_status(status) in (DeliveryStatus.DELIVERED, DeliveryStatus.SENT, DeliveryStatus.UNDELIVERED)


def test_a_text_that_is_too_late_is_taken_back_from_smsd(spool, modem):
    modem.text.send(OutboundMessage("late", PHONE, "x", not_after=NOW - timedelta(seconds=1)))
    modem.text.send(OutboundMessage("soon", PHONE, "x", not_after=NOW + timedelta(minutes=7)))
    (event,) = collect(modem)
    assert (event.attempt_token, event.status, event.carrier_status) == ("late", DeliveryStatus.UNDELIVERED, "expired")
    (left,) = (spool / "outgoing").iterdir()
    assert "Validity: 7 min\n" in left.read_text()


def test_a_text_taken_back_just_before_a_crash_is_still_reported(spool, modem):
    modem.text.send(OutboundMessage("late", PHONE, "x", not_after=NOW - timedelta(seconds=1)))

    def crash(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        modem.collector.collect(crash)
    assert [event.attempt_token for event in collect(build(spool))] == ["late"]


def test_a_stray_report_is_put_aside_after_a_while(spool, modem):
    report(spool, "0,Ok", message_id="9")
    assert collect(modem) == []
    path = next((spool / "report").iterdir())
    os.utime(path, (time.time() - 100,) * 2)
    assert [type(event) for event in collect(modem)] == [Ignored]
    assert not path.exists()


def test_a_report_that_never_comes_is_forgotten(spool, modem):
    modem.text.send(OutboundMessage("t1", PHONE, "x"))
    sent(spool)
    collect(modem)
    (kept,) = (spool / "farline").iterdir()
    os.utime(kept, (time.time() - 4 * 86_400,) * 2)
    collect(modem)
    assert not kept.exists()


# --- inbound ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "alphabet"),
    [("Ça va ᐃᓄ 😀", "UCS2"), ("Ça va", "ISO"), ("Ça va €", "UTF-8"), ("", "UCS2"), ("two\n\nparagraphs", "UTF-8")],
)
def test_an_inbound_text_is_read_by_its_own_alphabet(spool, modem, words, alphabet):
    received(spool, words, alphabet=alphabet)
    (event,) = collect(modem)
    assert isinstance(event, InboundMessage)
    assert (event.sender, event.recipient, event.text) == ("+13065550177", "+13435550100", words)


@pytest.mark.parametrize(
    ("sender", "toa", "expected"),
    [
        ("13065550177", INTERNATIONAL, "+13065550177"),
        ("3065550177", "81 unknown", "+13065550177"),
        ("80080", "81 unknown", "80080"),
        ("Info-Sante", "D0 alphanumeric", "Info-Sante"),
        ("", "", ""),
    ],
)
def test_the_sender_is_a_phone_where_it_is_one(spool, modem, sender, toa, expected):
    received(spool, "x", sender=sender, toa=toa)
    assert collect(modem)[0].sender == expected


def test_a_text_we_could_not_keep_comes_again_as_the_same_text(spool, modem):
    received(spool, "oui")
    seen = []

    def fail(event):
        seen.append(event)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        modem.collector.collect(fail)
    assert collect(build(spool)) == seen
    assert collect(modem) == []


def test_the_same_words_twice_are_two_texts(spool, modem):
    received(spool, "1", name="GSM1.aaaaaa")
    received(spool, "1", name="GSM1.bbbbbb")
    assert len({event.carrier_id for event in collect(modem)}) == 2


def test_a_file_still_being_written_waits_until_it_is_whole(spool, modem):
    received(spool, "half", more="Length: 9\n")
    assert collect(modem) == []
    received(spool, "half more", more="Length: 9\n")
    assert collect(modem)[0].text == "half more"


@pytest.mark.parametrize("written", [b"", b"From: 1306", b"From: 13065550177\nFrom_TOA: 91 international\n"])
def test_a_file_whose_headers_are_not_all_written_waits(spool, modem, written):
    """smsd makes the file before it has written into it: read then, the text would be lost."""
    path = spool / "incoming" / "GSM1.a1B2c3"
    path.write_bytes(written)
    assert collect(modem) == []
    received(spool, "oui")
    assert [event.text for event in collect(modem)] == ["oui"]


def test_a_file_that_smsd_left_without_a_text_is_put_aside_after_a_while(spool, modem):
    path = spool / "incoming" / "GSM1.a1B2c3"
    path.write_bytes(b"From: 1306")
    os.utime(path, (time.time() - 3600,) * 2)
    assert [type(event) for event in collect(modem)] == [Ignored]
    assert not path.exists()


def test_a_text_with_pictures_is_whole_by_smsds_own_count(spool, modem):
    received(spool, "à demain 😀😀", more="Length: 13\n")  # counted in units of UTF-16
    assert collect(modem)[0].text == "à demain 😀😀"


def test_a_file_that_never_becomes_whole_is_not_lost(spool, modem):
    received(spool, "half", more="Length: 9\n")
    os.utime(spool / "incoming" / "GSM1.a1B2c3", (time.time() - 10,) * 2)
    assert collect(modem)[0].text == "half"


def test_smsds_own_notes_are_left_alone(spool, modem):
    (spool / "incoming" / "GSM1-concatenated").write_text("part 1")
    (spool / "outgoing" / "another-program").write_text("To: 1\n\nx")
    assert collect(modem) == []
    assert (spool / "incoming" / "GSM1-concatenated").exists()


def test_what_is_no_text_is_noted_and_put_aside(spool, modem):
    received(spool, "x", alphabet="UTF-8", more="Error: Cannot decode\n")
    assert [type(event) for event in collect(modem)] == [Ignored]
    assert list((spool / "incoming").iterdir()) == []


def test_a_folder_that_is_gone_says_so(spool, modem):
    (spool / "incoming").rmdir()
    with pytest.raises(CarrierUnreachable):
        collect(modem)


@pytest.mark.parametrize(
    ("settings", "words"), [({"number": ""}, "number"), ({"spool": "/nowhere"}, "outgoing"), ({"speed": 1}, "speed")]
)
def test_a_wrong_setting_is_named(spool, settings, words):
    with pytest.raises(CarrierSettingsError, match=words):
        build(settings.pop("spool", spool), **settings)


def test_a_text_that_cannot_be_kept_holds_up_no_word_on_what_we_sent(spool, modem):
    modem.text.send(OutboundMessage("t1", PHONE, "oui"))
    sent(spool)
    received(spool, "for nobody")
    told = []

    def keep(event):
        if isinstance(event, InboundMessage):
            raise UnknownRecipient
        told.append(event.status)

    with pytest.raises(UnknownRecipient):
        modem.collector.collect(keep)
    assert told == [DeliveryStatus.SENT]
    assert [event.text for event in collect(modem)] == ["for nobody"]
