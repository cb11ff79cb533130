"""Modbus frames as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.frames import Frame, Splitter, crc16, pack

READ = Frame(1, bytes.fromhex("0300000001"))
ANSWER = Frame(1, bytes.fromhex("030212ab"))


def test_the_check_sum_is_that_of_the_standard():
    assert crc16(bytes.fromhex("010300000001")) == 0x0A84


def test_frames_are_packed_with_check_sum_or_header():
    assert pack(READ, "rtu").hex() == "010300000001840a"
    assert pack(Frame(1, READ.pdu, 7), "tcp").hex() == "000700000006010300000001"


def test_a_read_tells_what_it_reads():
    request = Frame(9, bytes.fromhex("0400640002"))
    assert request.is_read
    assert request.span == (100, 101)
    assert request.refused(2).pdu == bytes([0x84, 2])


@pytest.mark.parametrize("framing", ["tcp", "rtu"])
@pytest.mark.parametrize(
    ("direction", "frames"),
    [
        ("request", [READ, Frame(2, bytes.fromhex("060001000a")), READ]),
        ("answer", [ANSWER, Frame(3, bytes.fromhex("8302")), ANSWER]),
    ],
)
@given(cuts=st.lists(st.integers(1, 30), max_size=6))
def test_a_stream_is_cut_into_its_frames_wherever_it_is_broken(framing, direction, frames, cuts):
    stream = b"".join(pack(frame, framing) for frame in frames)
    splitter = Splitter(framing, direction)
    got = []
    for cut in cuts:
        got += splitter.feed(stream[:cut])
        stream = stream[cut:]
    got += splitter.feed(stream)
    assert got == frames


def test_garbage_is_thrown_away_and_the_next_frame_is_found():
    splitter = Splitter("rtu", "request")
    assert list(splitter.feed(b"\x01\x63garbage that is no request")) == []
    assert list(splitter.feed(pack(READ, "rtu"))) == [READ]


def test_a_frame_with_a_wrong_check_sum_is_no_frame():
    splitter = Splitter("rtu", "request")
    assert list(splitter.feed(pack(READ, "rtu")[:-1] + b"\x00")) == []


@given(st.binary(max_size=600), st.sampled_from(["tcp", "rtu"]))
def test_no_bytes_stop_a_splitter(noise, framing):
    splitter = Splitter(framing, "request")
    list(splitter.feed(noise))
    list(splitter.feed(b"\xff" * 300))
    list(splitter.feed(b"\xff" * 300))
