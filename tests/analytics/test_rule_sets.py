from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from analytics.rule_models import Rise, Rule, Silent
from analytics.rule_sets import check_overrides, read_rules, rule_for, shipped
from collector.alarming import AlarmOverride
from collector.errors import ConfigError

FILE = Path("odd.yaml")
SITE = Path("site.yaml")
RULE = {
    "id": "odd", "title": {"zh": "异常", "en": "Odd"}, "severity": "warning", "layer": "sensor",
    "condition": {"kind": "outside"}, "on_delay": "1min", "off_delay": "1min", "deadband": 0.1,
    "sentence": {"zh": "{value}", "en": "{value}"}, "response": {"zh": "查", "en": "look"},
    "who": {"zh": "人", "en": "someone"}, "evidence": "1min", "source": "a test",
}  # fmt: skip


def text(**changes: object) -> str:
    return yaml.safe_dump({"subject": "odd", "rules": [RULE | changes]}, allow_unicode=True)


def mistakes(source: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_rules({FILE: source})
    return str(caught.value)


def test_every_subject_that_was_asked_for_is_there():
    conditions = {rule.condition.kind for rule in shipped().values()}
    assert {"silent", "bus_silent", "outside", "cop", "freezing", "missing", "store"} <= conditions


@pytest.mark.parametrize("rule", shipped().values(), ids=shipped().keys())
def test_every_rule_tells_in_both_languages_what_to_do(rule: Rule):
    for names in (rule.title, rule.sentence, rule.response, rule.who):
        assert names.zh.strip()
        assert names.en.strip()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in names.zh)
        assert names.en.isascii() or "°" in names.en
    assert rule.source


def test_a_rule_is_read():
    assert read_rules({FILE: text()})["odd"].on_delay == 60_000


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": "red"}, "colour"),
        ({"layer": "weather"}, "layer"),
        ({"on_delay": 60}, "a duration needs a number and a unit"),
        ({"deadband": -1}, "deadband"),
        ({"sentence": {"zh": "{wert}", "en": "{value}"}}, "there is no placeholder 'wert'"),
        ({"looks_at": {"kinds": ["teapot"]}}, "there is no device kind 'teapot'"),
        ({"looks_at": {"fields": ["tea_c"]}}, "there is no quantity 'tea_c'"),
        ({"condition": {"kind": "threshold"}}, "needs a limit"),
        ({"condition": {"kind": "threshold", "above": 1}}, "this condition looks at one field"),
        ({"condition": {"kind": "magic"}}, "kind"),
        ({"response": None}, "response"),
    ],
)
def test_a_mistake_is_told_with_its_place(changes, told):
    assert told in mistakes(text(**changes))
    assert "odd.yaml" in mistakes(text(**changes))


def test_a_rule_stands_once_and_its_file_has_its_subject():
    twice = yaml.safe_dump({"subject": "odd", "rules": [RULE, RULE]})
    assert "the rule 'odd' stands twice" in mistakes(twice)
    assert "subject" in mistakes(text().replace("subject: odd", "subject: even"))


def test_a_site_changes_delays_and_thresholds_of_some_subjects():
    overrides = [
        AlarmOverride(rule="device-silent", on_delay="1min", severity="alarm"),
        AlarmOverride(rule="device-silent", only=("hp-1",), thresholds={"intervals": 10}),
    ]
    rule = shipped()["device-silent"]
    first = rule_for(rule, overrides, frozenset({"hp-1"}))
    other = rule_for(rule, overrides, frozenset({"hp-2"}))
    assert (first.on_delay, first.severity) == (other.on_delay, other.severity) == (60_000, "alarm")
    assert first.condition == Silent(kind="silent", intervals=10)
    assert other.condition == rule.condition
    untouched = shipped()["freeze-risk"]
    assert rule_for(untouched, overrides, frozenset({"hp-1"})) is untouched


def test_a_rule_can_be_switched_off_for_one_device():
    override = AlarmOverride(rule="out-of-range", only=("w-a",), enabled=False)
    assert not rule_for(shipped()["out-of-range"], [override], frozenset({"w-a"})).enabled
    assert rule_for(shipped()["out-of-range"], [override], frozenset({"w-b"})).enabled


def test_a_duration_inside_a_condition_survives_an_override():
    override = AlarmOverride(rule="backlog-growing", thresholds={"above": 50})
    changed = rule_for(shipped()["backlog-growing"], [override], frozenset())
    assert changed.condition == Rise(kind="rise", above=50, within="10min")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ({"rule": "device-slient"}, "alarms[0].rule: there is no rule 'device-slient'"),
        (
            {"rule": "freeze-risk", "thresholds": {"margin": 2}},
            "alarms[0].thresholds.margin: freeze-risk has no threshold 'margin'; it has: margin_k,",
        ),
        ({"rule": "device-silent", "thresholds": {"intervals": 0}}, "alarms[0].thresholds: "),
    ],
)
def test_an_override_that_means_nothing_is_refused(override, told):
    with pytest.raises(ConfigError) as caught:
        check_overrides(shipped(), [AlarmOverride.model_validate(override)], SITE)
    assert told in str(caught.value)
