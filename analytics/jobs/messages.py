"""What people are told of an alarm, in Chinese and English. Pure.

A message is short: WeCom refuses one of more than 2 048 bytes, and Chinese takes three bytes a
character, so every part has a share of that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from analytics.faults import Transition
from analytics.jobs.watching import Watched
from analytics.records.alarms import Alarm, Raised
from analytics.records.notifications import Message
from collector.model import QUANTITIES, Title

MOST_BYTES = 2_048
_TITLE_BYTES, _SENTENCE_BYTES, _RESPONSE_BYTES, _PLACE_BYTES = 280, 380, 300, 90
_MOST_MEMBERS = 8

_HEADS: Mapping[str, Title] = {
    "alarm": Title("报警", "ALARM"),
    "warning": Title("预警", "WARNING"),
    "info": Title("提示", "NOTICE"),
    "returned": Title("已恢复", "RETURNED"),
}
_UNWATCHED = Title(
    "已不再监视（规则停用或设备已移除），未确认恢复",
    "No longer watched, the rule or the device is gone; whether it is over is not known",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an alarm is: what the site is called, and by which clock it lives."""

    title: Title
    zone: ZoneInfo


def raised_by(one: Watched, transition: Transition, evidence: Mapping[str, object]) -> Raised:
    """Put into words what a watch has seen."""
    rule, seen = one.rule, transition.seen
    quantity = QUANTITIES.get(seen.field)
    named = quantity.title if quantity else Title("", "")
    unit = quantity.unit if quantity else ""
    numbers = {"value": _number(seen.value), "limit": _number(seen.limit), "unit": unit}
    zh, en = _members(one)
    sentence = Title(
        _tidy(rule.sentence.zh.format(quantity=named.zh, members=zh, **numbers)),
        _tidy(rule.sentence.en.format(quantity=named.en, members=en, **numbers)),
    )
    title = Title(f"{one.part.title.zh}：{rule.title.zh}", f"{one.part.title.en}: {rule.title.en}")
    facts: dict[str, object] = {"value": _finite(seen.value), "limit": _finite(seen.limit)}
    facts |= {"field": seen.field, "unit": unit} if seen.field else {}
    return Raised(
        rule.id, one.part.id, rule.severity, title, sentence, transition.since, seen.at,
        facts | dict(evidence),
    )  # fmt: skip


def news_of_raise(number: int, raised: Raised, one: Watched, place: Place) -> Message:
    """What goes out when an alarm is raised."""
    rule = one.rule
    since = _clock(raised.since, place.zone)
    body = "\n".join(
        (
            _cut(f"{place.title.zh} · {one.part.title.zh}（{one.part.id}）", _PLACE_BYTES),
            _cut(raised.sentence.zh, _SENTENCE_BYTES),
            f"开始时间：{since}",
            _cut(f"处理：{rule.response.zh}", _RESPONSE_BYTES),
            f"负责：{rule.who.zh}　确认：groundwatt alarms ack {number} --by 姓名",
            "",
            _cut(f"{place.title.en} · {one.part.title.en} ({one.part.id})", _PLACE_BYTES),
            _cut(raised.sentence.en, _SENTENCE_BYTES),
            f"Since: {since}",
            _cut(f"What to do: {rule.response.en}", _RESPONSE_BYTES),
            f"Who: {rule.who.en}. Acknowledge: groundwatt alarms ack {number} --by NAME",
        )
    )
    title = _title(raised.severity, raised.title, number)
    return Message(number, "raised", raised.severity, title, body)


def news_of_return(alarm: Alarm, place: Place, *, watched: bool = True) -> Message:
    """What goes out when an alarm has returned to normal, or nothing watches it any more."""
    raised = alarm.raised
    returned = alarm.returned if alarm.returned is not None else raised.raised
    span = f"{_clock(raised.since, place.zone)} – {_clock(returned, place.zone)}"
    minutes = (returned - raised.since) / 60_000
    end = Title("已恢复正常", "Back to normal") if watched else _UNWATCHED
    body = "\n".join(
        (
            _cut(f"{place.title.zh} · {raised.title.zh}（{raised.subject}）", _SENTENCE_BYTES),
            f"{end.zh}：{span}，历时{minutes:.0f}分钟",
            "",
            _cut(f"{place.title.en} · {raised.title.en} ({raised.subject})", _SENTENCE_BYTES),
            f"{end.en}: {span}, {minutes:.0f} minutes",
            "groundwatt",  # robots that ask for a keyword can ask for this one
        )
    )
    title = _title("returned", raised.title, alarm.id)
    return Message(alarm.id, "returned", "returned", title, body)


def _title(head: str, title: Title, number: int) -> str:
    words = _HEADS[head]
    share = (_TITLE_BYTES - 60) // 2
    zh, en = _cut(title.zh, share), _cut(title.en, share)
    return f"【{words.zh} #{number}】{zh} | {words.en} {en}"


def _members(one: Watched) -> tuple[str, str]:
    """Devices of a bus or collector, as far as they find room."""
    titles = [device.title for device in one.devices[:_MOST_MEMBERS]]
    more = "…" if len(one.devices) > _MOST_MEMBERS else ""
    return "、".join(title.zh for title in titles) + more, ", ".join(t.en for t in titles) + more


def _number(value: float) -> str:
    """A number as people read it, without a tail of digits."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _tidy(text: str) -> str:
    """Without the space that a quantity without unit leaves."""
    return text.replace(" ，", "，").replace(" ,", ",").replace(" ）", "）").replace(" )", ")")


def _clock(at: int, zone: ZoneInfo) -> str:
    local = datetime.fromtimestamp(at // 1000, UTC).astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S %z}"


def _cut(text: str, most_bytes: int) -> str:
    """Text of at most so many bytes in UTF-8."""
    if len(text.encode()) <= most_bytes:
        return text
    return text.encode()[: most_bytes - 3].decode(errors="ignore") + "…"
