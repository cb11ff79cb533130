"""The doorway to apprise: channels that a message can be sent to, and what goes wrong on the way.

Channels are apprise URLs in the environment, GROUNDWATT_NOTIFY_URLS or the file that
GROUNDWATT_NOTIFY_URLS_FILE names, parted by white space: `json://` and `jsons://` for a webhook,
`mailto://` and `mailtos://`, `dingtalk://`, `wecombot://`, `feishu://` and all others that apprise
knows. They hold passwords and tokens, so they are never shown: a channel is known by a key made of
its kind and a digest.

Two of apprise's plugins are corrected here (apprise 2.3.0): DingTalk and WeCom refuse a message
with HTTP 200 and an error code in the answer, which the plugins take for success; and the plugin
quotes a DingTalk signature twice, so that no signed robot accepts it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import apprise
from apprise.exception import AppriseException
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot

from analytics.records.notifications import Message, Tone
from collector.config import secret
from collector.errors import ConfigError, GroundwattError, Problem

URLS = "GROUNDWATT_NOTIFY_URLS"
SEND_WITHIN_S = 30.0
"""Time for one message: apprise keeps a distance between two to the same robot."""

_TYPES: Mapping[Tone, apprise.NotifyType] = {
    "info": apprise.NotifyType.INFO,
    "warning": apprise.NotifyType.WARNING,
    "alarm": apprise.NotifyType.FAILURE,
    "returned": apprise.NotifyType.SUCCESS,
}
_SECRET = re.compile(r"[A-Za-z0-9_%~+=-]{5,}")
_MOST_OF_AN_ANSWER = 64 * 1024

# apprise logs tokens, and what is worth telling comes back with its result
_LOGGER = logging.getLogger("apprise")
_LOGGER.propagate = False
_LOGGER.addHandler(logging.NullHandler())


class NotifyError(GroundwattError):
    """A message has not reached its channel, as far as is known; never names the URL."""


class Channel:
    """One way to people.

    Parameters
    ----------
    url : str
        An apprise URL.

    Attributes
    ----------
    key : str
        How records and logs call it.

    Raises
    ------
    NotifyError
        apprise does not know what to do with the URL.
    """

    def __init__(self, url: str) -> None:
        schema = url.partition("://")[0].lower()
        self.key = f"{schema}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
        parts = _SECRET.findall(url.partition("://")[2])
        self._secrets = {form for part in parts for form in (part, unquote(part))}
        self._service = apprise.Apprise()
        with _translating(self._hidden):
            self._service.add(_service(url))

    def __repr__(self) -> str:
        return f"Channel({self.key!r})"

    def send(self, message: Message) -> None:
        """Send a message and wait until the channel has taken it. Blocks.

        Raises
        ------
        NotifyError
            It was refused, nobody answered in time, or what became of it is not known.
        """
        with _translating(self._hidden):
            result = self._service.notify(
                body=message.body,
                title=message.title,
                notify_type=_TYPES[message.tone],
                body_format=apprise.NotifyFormat.TEXT,
                timeout=SEND_WITHIN_S,
            )
        if not result:
            told = [entry.message for each in result for attempt in each for entry in attempt]
            reason = told[-1] if told else f"apprise says {result.status.name.lower()}"
            raise NotifyError(f"{self.key}: {self._hidden(reason)}")

    def _hidden(self, text: str) -> str:
        """A text without anything that stands in the URL."""
        for part in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(part, "…")
        return text


def channels_from_environment() -> tuple[Channel, ...]:
    """The channels that the environment names; none when it names none.

    Raises
    ------
    ConfigError
        A URL that apprise cannot use, by its place; or the file cannot be read.
    """
    channels: dict[str, Channel] = {}
    problems = []
    for place, url in enumerate((secret(URLS) or "").split(), start=1):
        try:
            channel = Channel(url)
        except NotifyError as error:
            problems.append(Problem(Path(URLS), None, f"URL {place}", str(error)))
        else:
            channels[channel.key] = channel
    if problems:
        raise ConfigError(problems)
    return tuple(channels.values())


def _service(url: str) -> apprise.NotifyBase:
    asset = apprise.AppriseAsset(
        app_id="groundwatt",
        app_desc="groundwatt",
        storage_mode="memory",
        service_timeout=SEND_WITHIN_S,
        image_path_mask=False,
        allow_templates=False,
    )
    with warnings.catch_warnings():  # apprise loads all its plugins, one with an old module
        warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
        service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=False)
    if service is None:
        raise NotifyError("apprise does not know this kind of URL, or a part of it is missing")
    for plain, corrected in ((NotifyDingTalk, _DingTalk), (NotifyWeComBot, _WeCom)):
        if isinstance(service, plain):
            return corrected(**corrected.parse_url(service.url()), asset=asset)
    return service


class _DingTalk(NotifyDingTalk):
    """A DingTalk robot that is believed only when it says so."""

    def send(
        self,
        body: str,
        title: str = "",
        notify_type: apprise.NotifyType = apprise.NotifyType.INFO,  # noqa: ARG002 — as in the base
        body_format: apprise.NotifyFormat | None = None,  # noqa: ARG002
        **_: object,
    ) -> bool:
        """Send the message; False when the robot does not take it."""
        url = self.notify_url.format(token=self.token)
        if self.secret:
            timestamp, signature = self.get_signature()  # quoted already
            url += f"&timestamp={timestamp}&sign={signature}"
        content = {"msgtype": "text", "text": {"content": f"{title}\n{body}" if title else body}}
        self.throttle()
        return _accepted(self, url, content | {"at": {"atMobiles": self.targets}})


class _WeCom(NotifyWeComBot):
    """A WeCom robot that is believed only when it says so."""

    def send(
        self,
        body: str,
        title: str = "",
        notify_type: apprise.NotifyType = apprise.NotifyType.INFO,  # noqa: ARG002 — as in the base
        **_: object,
    ) -> bool:
        """Send the message; False when the robot does not take it."""
        content = {"msgtype": "text", "text": {"content": f"{title}\n{body}" if title else body}}
        self.throttle()
        return _accepted(self, self.api_url, content)


def _accepted(robot: apprise.NotifyBase, url: str, content: Mapping[str, object]) -> bool:
    """Post JSON to a robot and read its answer: taken is what has the error code 0."""
    request = urllib.request.Request(  # noqa: S310 — the address is the plugin's constant
        url, json.dumps(content, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=robot.socket_read_timeout) as answer:  # noqa: S310
            told = json.loads(answer.read(_MOST_OF_AN_ANSWER))
        code, words = told.get("errcode"), told.get("errmsg", "")
    except urllib.error.HTTPError as error:
        code, words = error.code, "the answer of HTTP"
    except (OSError, ValueError, AttributeError) as error:  # no connection, or no JSON object
        code, words = type(error).__name__, "no answer that can be read"
    if code != 0:
        robot.logger.warning("%s has not taken it: %s %s", robot.service_name, code, words)
    return bool(code == 0)


@contextmanager
def _translating(hidden: Callable[[str], str]) -> Iterator[None]:
    """Turn what apprise raises into our error; its texts may hold the token that it refuses."""
    try:
        yield
    except (AppriseException, TypeError, ValueError, OSError) as error:
        raise NotifyError(f"apprise refuses: {hidden(str(error))}") from None
