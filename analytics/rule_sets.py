"""The alarm rules that come with the product, by id, and as a site has changed them.

A file of `rules/` is one subject. A site changes delays and thresholds in `alarms:` of site.yaml;
it invents no rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from analytics.rule_models import Rule, RuleFile
from collector.alarming import AlarmOverride
from collector.documents import parse, read_text
from collector.errors import ConfigError, Problem


@cache
def shipped() -> Mapping[str, Rule]:
    """Every rule that comes with the product, by id.

    Raises
    ------
    ConfigError
        A file is not what it should be, or an id stands twice.
    """
    folder = Path(str(resources.files("analytics") / "rules"))
    return read_rules({file: read_text(file) for file in sorted(folder.glob("*.yaml"))})


def read_rules(texts: Mapping[Path, str]) -> Mapping[str, Rule]:
    """Rules of several files, by id.

    Raises
    ------
    ConfigError
        A file is not what it should be, or an id stands twice.
    """
    rules: dict[str, Rule] = {}
    for file, text in texts.items():
        content = parse(text, file, RuleFile)
        if content.subject != file.stem:
            wording = f"the subject is {content.subject!r}, the file {file.stem!r}"
            raise ConfigError([Problem(file, None, "subject", wording)])
        for place, rule in enumerate(content.rules):
            if rule.id in rules:
                wording = f"the rule {rule.id!r} stands twice"
                raise ConfigError([Problem(file, None, f"rules[{place}].id", wording)])
            rules[rule.id] = rule
    return MappingProxyType(rules)


def rule_for(rule: Rule, overrides: Sequence[AlarmOverride], names: frozenset[str]) -> Rule:
    """Return a rule as the site wants it for one subject.

    Parameters
    ----------
    rule : Rule
        As it comes with the product.
    overrides : sequence of AlarmOverride
        All of the site.
    names : frozenset of str
        How the subject may be called in `only`.
    """
    for override in overrides:
        if override.rule == rule.id and (not override.only or names & set(override.only)):
            rule = _overridden(rule, override)
    return rule


def check_overrides(
    rules: Mapping[str, Rule], overrides: Sequence[AlarmOverride], file: Path
) -> None:
    """Refuse overrides of rules or thresholds that do not exist.

    Raises
    ------
    ConfigError
        Every mistake, by the key in the site file.
    """
    problems: list[Problem] = []
    for place, override in enumerate(overrides):
        key = f"alarms[{place}]"
        rule = rules.get(override.rule)
        if rule is None:
            wording = f"there is no rule {override.rule!r}; known: {', '.join(sorted(rules))}"
            problems.append(Problem(file, None, f"{key}.rule", wording))
            continue
        known = sorted(_thresholds(rule))
        for name in sorted(set(override.thresholds) - set(known)):
            wording = f"{rule.id} has no threshold {name!r}; it has: {', '.join(known) or 'none'}"
            problems.append(Problem(file, None, f"{key}.thresholds.{name}", wording))
        if not set(override.thresholds) - set(known):
            try:
                _overridden(rule, override)
            except ValidationError as error:
                first = error.errors()[0]["msg"]
                problems.append(Problem(file, None, f"{key}.thresholds", first))
    if problems:
        raise ConfigError(problems)


def _overridden(rule: Rule, override: AlarmOverride) -> Rule:
    wanted = ("severity", "on_delay", "off_delay", "deadband")
    changes: dict[str, object] = {
        name: value for name in wanted if (value := getattr(override, name)) is not None
    }
    changes["enabled"] = override.enabled
    if override.thresholds:
        kind = type(rule.condition)
        parts = {**rule.condition.model_dump(), **override.thresholds}
        if "within" in parts:
            parts["within"] = f"{parts['within']}ms"  # as a document would say it
        changes["condition"] = kind.model_validate(parts)
    return rule.model_copy(update=changes)


def _thresholds(rule: Rule) -> set[str]:
    """Numbers of a rule's condition that a site may set."""
    return set(type(rule.condition).model_fields) - {"kind", "within", "relative_to"}
