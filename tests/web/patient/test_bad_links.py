"""Bad links against the real web server: cut at any byte, ten at once, opened by whoever previews links."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from waitress.server import create_server

from app.conversations.models import Conversation
from app.core.models import AuditEvent
from app.intake.models import Answer, Attachment, Packet, Response
from app.patients.models import Link, LinkSession
from tests.web.patient.test_files import FORM, JPEG
from tests.web.patient.test_packets import packet

WHOLE = {
    "overall": "better", "breathing": "none", "chest-pain": False, "confused": False, "fever": False, "pain": 2,
    "drinking": True, "medicine": True, "call-back": False,
}  # fmt: skip


@pytest.fixture
def port(app):
    """The application behind waitress, as `farline serve` runs it."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.effective_port
    server.close()
    thread.join(timeout=5)


def request_of(visitor, port: int, path: str, body: bytes, **said: object) -> bytes:
    cookie = visitor.client.get_cookie("open", path=visitor.path)
    headers = {"Host": f"127.0.0.1:{port}", "Cookie": f"open={cookie.value}", "Connection": "close",
               "Content-Length": len(body), "Content-Type": "application/octet-stream", **said}  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {visitor.path}{path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def talk(port: int, sent: bytes) -> bytes:
    """Everything that comes back; nothing when the link was cut before the end of the request."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(sent)
        link.shutdown(socket.SHUT_WR)
        found = b""
        while got := link.recv(65_536):
            found += got
    return found


def test_a_packet_cut_at_any_byte_leaves_nothing_and_sent_again_completes(clinic, visit, port):
    visitor = visit()
    visitor.prove()
    whole = request_of(visitor, port, "/packet", packet(clinic, WHOLE, final=True))
    for length in sorted({*range(1, len(whole), 37), len(whole) - 1}):
        talk(port, whole[:length])
    assert clinic.rows(Packet) == clinic.rows(Answer) == []
    answer = talk(port, whole)
    assert b" 200 OK" in answer.split(b"\r\n")[0]
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["status"] == "completed"
    assert len(clinic.rows(Packet)) == 1
    assert len(clinic.rows(Answer)) == len(WHOLE)


def test_a_photo_cut_at_any_byte_shows_nothing_and_goes_on_to_its_end(clinic, visit, port):
    visitor = visit("skin", resource=FORM)
    visitor.prove()
    file_id, content = str(uuid4()), JPEG[:20_000]
    said = {"Path": "photo", "Size": len(content), "Hash": hashlib.sha256(content).hexdigest()}
    received, tries = 0, 0
    while received < len(content):
        whole = request_of(
            visitor, port, f"/file/{file_id}", content[received : received + 5_000], Offset=received, **said
        )
        for length in range(50 + tries, len(whole), 1_237):
            talk(port, whole[:length])
        assert [each.content_sealed for each in clinic.rows(Attachment)] in ([], [None])
        received, tries = json.loads(talk(port, whole).rpartition(b"\r\n\r\n")[2])["received"], tries + 1
    (kept,) = clinic.rows(Attachment)
    assert kept.content == content
    assert tries == 4


def test_the_same_packet_ten_times_at_once_is_stored_once_with_one_receipt(clinic, visit, port):
    visitor = visit()
    visitor.prove()
    whole = request_of(visitor, port, "/packet", packet(clinic, WHOLE, final=True))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: talk(port, whole), range(10)))
    taken = [json.loads(each.rpartition(b"\r\n\r\n")[2]) for each in answers if b" 200 OK" in each.split(b"\r\n")[0]]
    assert taken
    assert all(each == taken[0] for each in taken)
    assert len(taken) == 10
    assert len(clinic.rows(Packet)) == 1
    assert len(clinic.rows(Answer)) == len(WHOLE)


def test_ten_different_phones_at_once_lose_nothing(clinic, visit, port):
    visitor = visit()
    visitor.prove()
    bodies = [packet(clinic, {"pain": n}, client=f"phone{n}") for n in range(10)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda body: talk(port, request_of(visitor, port, "/packet", body)), bodies))
    assert sorted(each.value for each in clinic.rows(Answer)) == list(range(10))
    assert [each.state for each in clinic.rows(Answer)].count("current") == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "agent", ["WhatsApp/2.23", "facebookexternalhit/1.1", "Twitterbot/1.0", "Slackbot-LinkExpanding 1.0", "curl/8"]
)
def test_a_previewer_learns_and_changes_nothing(clinic, visit, method, agent):
    kinds = (Link, LinkSession, Response, Conversation, Answer, AuditEvent)
    visitor = visit()
    before = [[dict(vars(row), _sa_instance_state=None) for row in clinic.rows(kind)] for kind in kinds]
    for _ in range(3):
        seen = visitor.client.open(visitor.path, method=method, headers={"User-Agent": agent})
        assert "Set-Cookie" not in seen.headers
        assert "Symptom" not in seen.text
        assert seen.headers["Cache-Control"] == "no-store"
        assert seen.headers["Referrer-Policy"] == "no-referrer"
    after = [[dict(vars(row), _sa_instance_state=None) for row in clinic.rows(kind)] for kind in kinds]
    assert before == after
