"""Batches that a server refuses in part: nothing good is lost, nothing bad is kept or repeated."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.store.delivery import Answer, concerns_lines, deliver, judge, message_of


class Database:
    """Takes lines as one version of InfluxDB does; a line with `odd=` or `even=` conflicts."""

    def __init__(self, version: str, most_lines: int = 10**9) -> None:
        self.version = version
        self.most_lines = most_lines
        self.stored: set[str] = set()
        self.requests: list[list[str]] = []

    async def send(self, lines: Sequence[str]) -> Answer:
        self.requests.append(list(lines))
        if len(lines) > self.most_lines:
            return Answer(413, b'{"error":"Request Entity Too Large"}')
        unreadable = [line for line in lines if "?" in line]
        conflicting = [line for line in lines if "odd=" in line or "even=" in line]
        bad = {*unreadable, *conflicting}
        if not bad:
            self.stored.update(lines)
            return Answer(204, b"")
        return getattr(self, f"_{self.version}")(lines, unreadable, conflicting, bad)

    def _one(
        self, lines: Sequence[str], unreadable: list[str], conflicting: list[str], bad: set[str]
    ) -> Answer:
        """1.x stores what is good and repeats only what it cannot read."""
        self.stored.update(line for line in lines if line not in bad)
        return Answer(400, _error(_words(unreadable, conflicting, len(conflicting))))

    def _two(
        self, lines: Sequence[str], unreadable: list[str], conflicting: list[str], bad: set[str]
    ) -> Answer:
        """2.x stores nothing when there is a line that it cannot read."""
        if unreadable:
            return Answer(
                400, json.dumps({"code": "invalid", "message": _words(unreadable, [], 0)}).encode()
            )
        self.stored.update(line for line in lines if line not in bad)
        words = f"failure writing points: {_words([], conflicting, len(conflicting))}"
        return Answer(422, json.dumps({"code": "unprocessable entity", "message": words}).encode())

    def _three(
        self, lines: Sequence[str], unreadable: list[str], conflicting: list[str], bad: set[str]
    ) -> Answer:
        """3.x numbers the lines that are bad."""
        self.stored.update(line for line in lines if line not in bad)
        data = [
            {"line_number": number, "error_message": "bad"}
            for number, line in enumerate(lines, start=1)
            if line in bad
        ]
        return Answer(400, json.dumps({"error": "partial write", "data": data}).encode())

    def _terse(
        self, lines: Sequence[str], unreadable: list[str], conflicting: list[str], bad: set[str]
    ) -> Answer:
        """A first write to a new measurement: nothing is stored and nothing is said."""
        return Answer(400, _error("field type conflict"))


def _error(words: str) -> bytes:
    return json.dumps({"error": words}).encode()


def _words(unreadable: list[str], conflicting: list[str], dropped: int) -> str:
    if unreadable:
        parts = "\n".join(f"unable to parse '{line}': invalid number" for line in unreadable)
        return f"partial write: {parts} dropped=0"
    name = "odd" if "odd=" in conflicting[-1] else "even"
    return (
        f'partial write: field type conflict: input field "{name}" on measurement "m" is type '
        f"float, already exists as type string dropped={dropped}"
    )


_lines = st.lists(
    st.sampled_from(["good=1", "good=1", "good=1", "odd=1", "even=1", "odd=1,even=2", "good=?"]),
    max_size=60,
).map(lambda fields: [f"m,device=d {field} {number}" for number, field in enumerate(fields)])


@pytest.mark.parametrize("version", ["one", "two", "three", "terse"])
@given(lines=_lines, most_lines=st.sampled_from([1, 7, 10**9]))
async def test_good_lines_are_stored_and_bad_ones_refused(
    version: str, lines: list[str], most_lines: int
) -> None:
    database = Database(version, most_lines)
    refused = await deliver(lines, database.send)
    bad = {index for index, line in enumerate(lines) if "good=1" not in line}
    assert set(refused) == bad
    assert database.stored == {line for line in lines if "good=1" in line}
    assert all(refused.values())


@given(lines=_lines)
async def test_a_line_that_was_named_is_not_sent_again(lines: list[str]) -> None:
    database = Database("three")
    await deliver(lines, database.send)
    assert len(database.requests) <= 2
    for again in database.requests[1:]:
        assert all("good=1" in line for line in again)


async def test_few_bad_lines_among_many_cost_few_requests() -> None:
    lines = [f"m,device=d good=1 {n}" for n in range(5000)]
    lines[1234] = "m,device=d odd=1 1234"
    lines[4321] = "m,device=d even=1 4321"
    database = Database("one")
    assert set(await deliver(lines, database.send)) == {1234, 4321}
    assert len(database.requests) <= 8


async def test_very_long_batches_go_in_several_requests() -> None:
    database = Database("one")
    assert await deliver([f"m good=1 {n}" for n in range(12_001)], database.send) == {}
    assert len(database.stored) == 12_001
    assert max(len(request) for request in database.requests) <= 5000


async def test_nothing_to_deliver_asks_nothing() -> None:
    database = Database("one")
    assert await deliver([], database.send) == {}
    assert database.requests == []


def test_a_named_line_keeps_its_own_reason() -> None:
    lines = ["m a=1 1", "m a=b 2", "m a=2 3", "m = 4"]
    words = (
        "partial write: unable to parse 'm a=b 2': invalid boolean\n"
        "unable to parse 'm = 4': missing field key dropped=0"
    )
    verdict = judge(Answer(400, _error(words)), lines)
    assert verdict.refused == {
        1: "unable to parse: invalid boolean",
        3: "unable to parse: missing field key",
    }
    assert verdict.again == ((0, 2),)


def test_a_line_that_is_quoted_differently_is_searched_by_halving() -> None:
    words = "unable to parse 'm,dev…': invalid number"
    verdict = judge(Answer(400, _error(words)), ["m a=1 1", "m a=? 2", "m a=1 3"])
    assert verdict.refused == {}
    assert verdict.again == ((0,), (1, 2))


def test_that_all_lines_are_too_much_does_not_mean_that_all_are_bad() -> None:
    verdict = judge(Answer(413, b"too large dropped=2"), ["m a=1 1", "m a=1 2"])
    assert verdict.refused == {}
    assert verdict.again == ((0,), (1,))


@pytest.mark.parametrize(
    ("status", "words", "concerned"),
    [
        (400, "partial write: points beyond retention policy dropped=2", True),
        (400, "unable to parse 'x': bad timestamp", True),
        (422, "failure writing points to database: partial write: … dropped=1", True),
        (413, "Request Entity Too Large", True),
        (500, "unexpected error writing points to database: field type conflict", True),
        (400, "invalid precision", False),
        (400, "invalid bucket name", False),
        (404, "bucket not found", False),
        (500, "engine is closed", False),
        (503, "partial write timed out", False),
    ],
)
def test_only_answers_about_lines_can_refuse_samples(
    status: int, words: str, concerned: bool
) -> None:
    assert concerns_lines(status, words) is concerned


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":"v1"}', "v1"),
        (b'{"code":"invalid","message":"v2"}', "v2"),
        (b"plain text\n", "plain text"),
        (b"\xff\xfe", "��"),
        (b"[1]", "[1]"),
        (b"", ""),
    ],
)
def test_the_words_of_an_answer_are_found_in_any_form(body: bytes, words: str) -> None:
    assert message_of(body) == words
