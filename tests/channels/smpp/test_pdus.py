"""No octets of a carrier's break the reader: each is read, refused by its number, or the link is out of step."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from smpplib import exceptions
from smpplib.client import Client

from channels.smpp.pdus import Unreadable, read_pdu


def line(octets: bytes) -> Client:
    client, source = Client("127.0.0.1", 1, allow_unknown_opt_params=True), io.BytesIO(octets)
    client._recv_exact = source.read
    return client


def framed(command: int, body: bytes, sequence: int = 7) -> bytes:
    return struct.pack(">LLLL", 16 + len(body), command, 0, sequence) + body


@given(st.sampled_from([0x05, 0x15, 0x80000004, 0x06, 0x103, 0x80000000, 0x12345]), st.binary(max_size=120))
@example(0x05, b"\0\1\0011306\0\1\00180080\0\4\0\0\0\0\1\0\0\0\0\x04\x27\0")
def test_whatever_comes_is_read_or_refused_by_its_number(command, body):
    try:
        sequence = read_pdu(line(framed(command, body))).sequence
    except Unreadable as unreadable:
        sequence = unreadable.sequence
    assert sequence == 7


@pytest.mark.parametrize("length", [0, 15, 70_001, 0xFFFFFFFF])
def test_a_length_no_request_has_means_that_the_link_is_out_of_step(length):
    with pytest.raises(exceptions.PDUError):
        read_pdu(line(struct.pack(">L", length) + bytes(100)))


@pytest.mark.parametrize(
    ("command", "answer"),
    [(0x05, "deliver_sm_resp"), (0x103, "generic_nack"), (0x102, None), (0x80000004, None), (0x0B, None)],
)
def test_a_request_is_refused_by_the_answer_the_carrier_waits_for(command, answer):
    assert Unreadable(command, 1).answered_by == answer
