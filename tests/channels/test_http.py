"""A failed request says whether it can have left us: only then may another carrier or another moment have it."""

from __future__ import annotations

import socket
import threading

import pytest

from channels.errors import AccountRefused, CarrierUnreachable, OutcomeUnknown
from channels.http import HttpSender, retry_after_s
from tests.beds.process import free_port


@pytest.fixture
def deaf():
    """Somebody who takes the connection and never answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    listener.close()


def test_nobody_listening_means_it_never_left():
    with pytest.raises(CarrierUnreachable):
        HttpSender(1.0).request("POST", f"http://127.0.0.1:{free_port()}/")


def test_an_unknown_host_means_it_never_left():
    with pytest.raises(CarrierUnreachable):
        HttpSender(1.0).request("POST", "http://no-such-host.invalid/")


def test_no_answer_in_time_means_nobody_knows(deaf):
    with pytest.raises(OutcomeUnknown):
        HttpSender(0.2).request("POST", deaf, data=b"x")


def test_a_closed_connection_means_nobody_knows():
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up():
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.close()

    threading.Thread(target=hang_up, daemon=True).start()
    with pytest.raises(OutcomeUnknown):
        HttpSender(1.0).request("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", data=b"x")
    listener.close()


@pytest.mark.parametrize(
    ("url", "headers"), [("nonsense", {}), ("http://127.0.0.1/", {"X-To": "1\r\nX: 2"}), ("ftp://127.0.0.1/", {})]
)
def test_what_cannot_be_sent_at_all_is_a_matter_of_settings(url, headers):
    with pytest.raises(AccountRefused):
        HttpSender(1.0).request("POST", url, headers=headers)


def test_a_redirect_is_not_followed(deaf):
    """Our secrets go to the carrier and to nobody it names."""
    listener = socket.create_server(("127.0.0.1", 0))

    def send_away():
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 307 Go\r\nLocation: {deaf}\r\nContent-Length: 0\r\n\r\n".encode())
        connection.close()

    threading.Thread(target=send_away, daemon=True).start()
    answer = HttpSender(1.0).request("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/")
    assert answer.status_code == 307
    listener.close()


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("7", 7.0), ("999999", 3600.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("", None)],
)
def test_the_carriers_wish_to_wait_is_heard(stated, seconds):
    import requests

    answer = requests.Response()
    answer.headers["Retry-After"] = stated
    assert retry_after_s(answer) == seconds
