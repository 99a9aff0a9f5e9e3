"""The simulator behaves like a carrier: receipts in steps, phones that misbehave, calls that ring."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from channels.base import (
    CallOutcome,
    CallReceipt,
    CallTurn,
    DeliveryStatus,
    FindingKind,
    InboundCall,
    InboundMessage,
    Keypress,
    OutboundCall,
    OutboundMessage,
    Recording,
    StatusReceipt,
)
from channels.errors import (
    AddressRefused,
    CarrierSettingsError,
    Decision,
    ForgedRequest,
    OptedOut,
    UnreadableRequest,
)
from channels.registry import BuiltCarrier, Surroundings, build_carriers
from channels.simulator import phone
from channels.simulator.network import InMemoryNetwork, PhoneBehaviour
from channels.simulator.signing import signed_request
from forms.render.voice import KeySpec, Play, RecordSpec, Say, VoicePrompt

PHONE, CLINIC = "+13065550155", "+13435550100"
BASE = "https://clinic.example/carriers/simulator"
SECRET = "simulator-test-secret"


@dataclass
class Demo:
    """A simulator with a clock that can be pushed."""

    network: InMemoryNetwork = field(default_factory=InMemoryNetwork)
    now: datetime = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)

    def __post_init__(self):
        surroundings = Surroundings("https://clinic.example", lambda: self.now, self.network)
        self.built: BuiltCarrier = build_carriers({"simulator": {"secret": SECRET}}, surroundings)["simulator"]
        self.phone = phone(self.built, PHONE)

    def send(self, token="t1", text="Bonjour"):
        return self.built.text.send(OutboundMessage(token, PHONE, text))

    def collect(self):
        events = []
        self.built.collector.collect(events.append)
        return events

    def collect_all(self):
        events = []
        while found := self.collect():
            events += found
            if len(events) > 20:
                break
        return events


@pytest.fixture
def demo() -> Demo:
    return Demo()


# --- texts ------------------------------------------------------------------------------------------------------------


def test_a_text_is_accepted_sent_and_delivered_one_step_a_round(demo):
    sent = demo.send()
    statuses = [event.status for event in demo.collect_all()]
    assert statuses == [DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED]
    assert demo.network.texts[sent.carrier_id].text == "Bonjour"


@pytest.mark.parametrize(
    ("behaviour", "last", "decision"),
    [
        (PhoneBehaviour.NO_COVERAGE, DeliveryStatus.SENT, None),
        (PhoneBehaviour.SWITCHED_OFF, DeliveryStatus.UNDELIVERED, Decision.TRY_LATER),
        (PhoneBehaviour.LANDLINE, DeliveryStatus.UNDELIVERED, Decision.LANDLINE_CALL),
        (PhoneBehaviour.BUSY, DeliveryStatus.DELIVERED, None),
    ],
)
def test_a_phone_can_be_told_to_misbehave(demo, behaviour, last, decision):
    demo.network.behaviours[PHONE] = behaviour
    demo.send()
    receipt = demo.collect_all()[-1]
    assert (receipt.status, receipt.decision) == (last, decision)
    assert bool(receipt.sentence) == bool(decision)


def test_a_text_waits_for_coverage(demo):
    demo.network.behaviours[PHONE] = PhoneBehaviour.NO_COVERAGE
    demo.send()
    demo.collect_all()
    assert demo.collect() == []
    demo.network.behaviours[PHONE] = PhoneBehaviour.ORDINARY
    assert [event.status for event in demo.collect()] == [DeliveryStatus.DELIVERED]


@pytest.mark.parametrize(
    ("behaviour", "error"), [(PhoneBehaviour.OPTED_OUT, OptedOut), (PhoneBehaviour.NOT_IN_USE, AddressRefused)]
)
def test_a_phone_can_be_refused_at_once(demo, behaviour, error):
    demo.network.behaviours[PHONE] = behaviour
    with pytest.raises(error):
        demo.send()
    assert demo.network.texts == {}


def test_the_same_attempt_sent_twice_is_two_texts_on_the_phone(demo):
    demo.send()
    demo.send()
    assert len(demo.network.texts) == 2


def test_a_receipt_that_was_not_taken_comes_again(demo):
    demo.send()

    def fail(event):
        raise OSError("database away")

    with pytest.raises(OSError, match="database away"):
        demo.built.collector.collect(fail)
    assert [event.status for event in demo.collect()] == [DeliveryStatus.ACCEPTED]


def test_an_attempt_is_found_by_its_token(demo):
    sent = demo.send()
    message = OutboundMessage("t1", PHONE, "Bonjour")
    assert demo.built.text.find(message, demo.now).receipt.carrier_id == sent.carrier_id
    assert demo.built.text.find(message, demo.now + timedelta(seconds=1)).kind is FindingKind.ABSENT
    assert demo.built.text.find(message, demo.now, known_ids=[sent.carrier_id]).kind is FindingKind.ABSENT


def test_what_a_person_writes_on_the_phone_is_a_signed_request(demo):
    request = demo.phone.text("SM1", "oui ᐃᓄ", recipient=CLINIC)
    demo.built.text.verify(request)
    assert demo.built.text.parse(request, demo.now) == InboundMessage(
        "simulator", "SM1", PHONE, CLINIC, "oui ᐃᓄ", demo.now
    )


def test_a_replayed_request_is_genuine_and_says_the_same(demo):
    request = demo.phone.text("SM1", "oui", recipient=CLINIC)
    demo.built.text.verify(request)
    demo.built.text.verify(request)
    assert demo.built.text.parse(request, demo.now) == demo.built.text.parse(request, demo.now)


def test_a_request_signed_with_another_secret_or_for_another_url_is_refused(demo):
    for url, secret in ((f"{BASE}/text", "another"), (f"{BASE}/call", "another")):
        with pytest.raises(ForgedRequest):
            demo.built.text.verify(signed_request(url, {"id": "1"}, secret=secret))


def test_a_receipt_may_come_as_a_request_too(demo):
    request = signed_request(f"{BASE}/receipt?attempt=t1", {"id": "SIM1", "status": "delivered"}, secret=SECRET)
    event = demo.built.text.parse(request, demo.now)
    assert event == StatusReceipt("simulator", "SIM1", "t1", DeliveryStatus.DELIVERED, "delivered", demo.now)


@pytest.mark.parametrize("fields", [{}, {"id": "1"}, {"id": "1", "from": PHONE, "to": CLINIC}])
def test_a_request_without_a_text_says_so(demo, fields):
    with pytest.raises(UnreadableRequest):
        demo.built.text.parse(signed_request(f"{BASE}/text", fields, secret=SECRET), demo.now)


def test_a_simulator_without_a_network_stops_the_start():
    with pytest.raises(CarrierSettingsError, match="demo mode"):
        build_carriers({"simulator": {}}, Surroundings("https://clinic.example", lambda: datetime.now(UTC)))


# --- calls ------------------------------------------------------------------------------------------------------------


def ring(demo, **more):
    return demo.built.voice.send(OutboundCall("c1", PHONE, **more)).carrier_id


def hear(demo, request):
    demo.built.voice.verify(request)
    return demo.built.voice.parse(request, demo.now)


def test_a_call_rings_is_picked_up_and_ends(demo):
    call_id = ring(demo)
    assert [event.outcome for event in demo.collect()] == [CallOutcome.RINGING]
    assert demo.collect() == []
    picked_up = hear(demo, demo.phone.pick_up(call_id))
    assert picked_up == InboundCall("simulator", call_id, CLINIC, PHONE, demo.now, "c1")
    assert [event.outcome for event in demo.collect()] == [CallOutcome.ANSWERED]
    ended = hear(demo, demo.phone.hang_up(call_id, call_token="c1"))
    assert (ended.outcome, ended.call_token) == (CallOutcome.COMPLETED, "c1")
    assert [event.outcome for event in demo.collect()] == [CallOutcome.COMPLETED]
    assert demo.collect() == []


def test_a_call_nobody_takes_stops_ringing(demo):
    call_id = ring(demo, ring_s=25)
    demo.collect()
    demo.now += timedelta(seconds=25)
    (receipt,) = demo.collect()
    assert (receipt.outcome, receipt.decision) == (CallOutcome.NO_ANSWER, Decision.TRY_LATER)
    assert demo.phone.pick_up(call_id) is None


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (PhoneBehaviour.BUSY, CallOutcome.BUSY),
        (PhoneBehaviour.SWITCHED_OFF, CallOutcome.NO_ANSWER),
        (PhoneBehaviour.NO_COVERAGE, CallOutcome.NO_ANSWER),
        (PhoneBehaviour.LANDLINE, CallOutcome.RINGING),
    ],
)
def test_a_phone_that_cannot_ring_says_so(demo, behaviour, outcome):
    demo.network.behaviours[PHONE] = behaviour
    ring(demo)
    assert [event.outcome for event in demo.collect()] == [outcome]


def test_a_number_not_in_use_cannot_be_called(demo):
    demo.network.behaviours[PHONE] = PhoneBehaviour.NOT_IN_USE
    with pytest.raises(AddressRefused):
        ring(demo)


def test_a_declined_call_was_busy(demo):
    call_id = ring(demo)
    demo.collect()
    assert hear(demo, demo.phone.hang_up(call_id, call_token="c1")).outcome is CallOutcome.BUSY


def test_a_phone_can_call_the_clinic(demo):
    assert hear(demo, demo.phone.dial("C1", recipient=CLINIC)) == InboundCall(
        "simulator", "C1", PHONE, CLINIC, demo.now
    )


def test_a_prompt_is_read_on_the_page_and_keys_come_back_with_its_turn(demo):
    prompt = VoicePrompt((Say("Appuyez sur 1.", "fr-CA"), Play("q1.mp3", "tânisi", "crk")), KeySpec(most=1))
    answer = demo.built.voice.render(prompt, CallTurn("c1", 3))
    said = json.loads(answer.body)
    assert answer.content_type == "application/json"
    assert [say["kind"] for say in said["says"]] == ["say", "play"]
    assert (said["keys"]["most"], said["hang_up"]) == (1, False)
    pressed = hear(demo, demo.phone.press("C1", "1", keys_url=said["keys_url"]))
    assert pressed == Keypress("simulator", "C1", "c1", 3, "1", demo.now)
    silence = hear(demo, demo.phone.press("C1", "", keys_url=said["keys_url"]))
    assert silence.keys == ""


def test_recorded_words_come_back_with_their_turn(demo):
    said = json.loads(demo.built.voice.render(VoicePrompt((), record=RecordSpec(60)), CallTurn("c1", 4)).body)
    fields = {"id": "C1", "recording": "R1", "seconds": "6"}
    event = hear(demo, signed_request(said["recording_url"], fields, secret=SECRET))
    assert event == Recording("simulator", "R1", "C1", "c1", 4, 6, demo.now)


def test_a_prompt_that_expects_nothing_hangs_up(demo):
    said = json.loads(demo.built.voice.render(VoicePrompt((Say("Au revoir.", "fr"),)), CallTurn("c1", 9)).body)
    assert (said["hang_up"], said["keys"], said["keys_url"]) == (True, None, None)


def test_a_lost_call_is_found_by_its_token(demo):
    call_id = ring(demo)
    call = OutboundCall("c1", PHONE)
    assert demo.built.voice.find(call, demo.now).receipt.carrier_id == call_id
    assert demo.built.voice.find(OutboundCall("c2", PHONE), demo.now).kind is FindingKind.ABSENT


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/call", {}),
        ("/call", {"id": "C1"}),
        ("/keys?call=c1", {"id": "C1", "keys": "1"}),
        ("/keys?call=c1&turn=x", {"id": "C1", "keys": "1"}),
    ],
)
def test_a_misshapen_request_says_so(demo, path, fields):
    with pytest.raises(UnreadableRequest):
        hear(demo, signed_request(BASE + path, fields, secret=SECRET))


def test_call_receipts_are_call_receipts(demo):
    event = hear(demo, signed_request(f"{BASE}/call-receipt?call=c1", {"id": "C1", "status": "odd"}, secret=SECRET))
    assert isinstance(event, CallReceipt)
    assert (event.outcome, event.carrier_status) == (CallOutcome.UNKNOWN, "odd")
