"""What people read is complete, in both languages, and short enough for every channel."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.faults import Observation, Transition
from analytics.jobs import messages
from analytics.jobs.messages import MOST_BYTES, Place
from analytics.jobs.watching import Watched, watched_parts
from analytics.records.alarms import Alarm
from analytics.records.notifications import Message
from analytics.rule_sets import shipped
from collector.model import Title
from collector.sitefile import load_site

OFFICE = load_site(Path("firmware_sims/scenarios/office_complex/site.yaml").resolve())
WATCHED = {one.rule.id: one for one in watched_parts(OFFICE, shipped())}
PLACE = Place(Title("示范" * 40, "Demonstration " * 12), ZoneInfo("Asia/Shanghai"))
AT = 1_767_319_200_000


def news(one: Watched) -> tuple[Message, Message]:
    field = one.fields[0] if one.fields else ""
    seen = Observation(AT + 60_000, 1.0, 12_345.678, 3.0, field)
    raised = messages.raised_by(one, Transition(one.key, "raised", AT, seen), {})
    back = Alarm(123_456, raised, AT + 3_600_000, None, None)
    return (
        messages.news_of_raise(123_456, raised, one, PLACE),
        messages.news_of_return(back, PLACE),
    )


def test_every_rule_finds_something_in_the_office_complex():
    assert set(WATCHED) == set(shipped())


@pytest.mark.parametrize("rule", sorted(shipped()))
def test_a_message_fits_and_says_what_to_do(rule):
    one = WATCHED[rule]
    raised, returned = news(one)
    for message in (raised, returned):
        assert len(f"{message.title}\r\n{message.body}".encode()) <= MOST_BYTES
        assert "groundwatt" in message.body
        assert "2026-01-02 10:00:00 +0800" in message.body
    assert one.rule.response.zh in raised.body
    assert one.rule.response.en in raised.body
    assert one.rule.who.zh in raised.body
    assert "{" not in raised.body
    assert "历时60分钟" in returned.body
