"""Real servers take what real apprise sends; what goes wrong becomes our error, without secrets."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import apprise.exception
import pytest
from apprise.result import AppriseResultStatus

from analytics.jobs import notify
from analytics.jobs.notify import Channel, NotifyError, channels_from_environment
from analytics.records.notifications import Message
from collector.errors import ConfigError, GroundwattError
from tests.analytics.jobs.sinks import mail_server, webhook
from tests.servers import free_port

MESSAGE = Message(
    7, "raised", "alarm", "【报警】1号热泵 | ALARM Heat pump 1", "源侧 3.6 °C\nsource 3.6 °C"
)
TOKEN = "0123456789abcdef0123456789abcdef"


def test_a_webhook_gets_the_message_as_it_is():
    with webhook() as sink:
        Channel(sink.url).send(MESSAGE)
    [body] = sink.received
    assert (body["title"], body["message"], body["type"]) == (
        MESSAGE.title,
        MESSAGE.body,
        "failure",
    )


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_refused_message_is_an_error(status):
    with webhook() as sink:
        sink.status = status
        with pytest.raises(NotifyError, match=f"json-[0-9a-f]{{8}}: Failed.*error={status}"):
            Channel(sink.url).send(MESSAGE)


def test_nobody_there_is_an_error():
    with pytest.raises(NotifyError, match="Connection error"):
        Channel(f"json://127.0.0.1:{free_port()}/").send(MESSAGE)


def test_a_server_that_does_not_answer_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(notify, "SEND_WITHIN_S", 0.5)
    with webhook() as sink:
        sink.hold = threading.Event()
        try:
            with pytest.raises(NotifyError, match="did not finish within"):
                Channel(sink.url).send(MESSAGE)
        finally:
            sink.hold.set()


def test_a_mail_carries_both_languages():
    with mail_server() as box:
        url = f"mailto://127.0.0.1:{box.port}?from=gw@example.org&to=ops@example.org&mode=insecure"
        Channel(url).send(MESSAGE)
    [text] = box.mails
    mail = email.message_from_string(text, policy=email.policy.default)
    assert mail["Subject"] == MESSAGE.title
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert "源侧 3.6 °C" in body.get_content()
    assert "source 3.6 °C" in body.get_content()


def robot(url: str, port: int) -> Channel:
    """A channel whose robot stands on this machine; apprise's URLs know only the real hosts."""
    channel = Channel(url)
    [service] = channel._service
    if url.startswith("dingtalk"):
        service.notify_url = f"http://127.0.0.1:{port}/robot/send?access_token={{token}}"
    elif "weixin" in url or url.startswith("wecombot"):
        service.api_url = f"http://127.0.0.1:{port}/cgi-bin/webhook/send?key={service.key}"
    else:
        service.notify_url = f"http://127.0.0.1:{port}/open-apis/bot/v2/hook/{{token}}/"
    return channel


WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
ROBOTS = [f"dingtalk://{TOKEN}/13800000000", "wecombot://693a91f6-7xxx", WECOM, f"feishu://{TOKEN}"]


@pytest.mark.parametrize("url", ROBOTS)
def test_a_robot_gets_the_text_and_is_believed(url):
    with webhook() as sink:
        sink.answer = b'{"errcode": 0, "errmsg": "ok", "code": 0}'
        robot(url, sink.port).send(MESSAGE)
    sent = json.dumps(sink.received, ensure_ascii=False)
    assert "【报警】1号热泵" in sent
    assert "source 3.6" in sent


@pytest.mark.parametrize("url", ROBOTS)
@pytest.mark.parametrize(
    "answer", [b'{"errcode": 310000, "errmsg": "keywords not in content", "code": 9499}']
)
def test_a_robot_that_refuses_with_http_200_has_refused(url, answer):
    with webhook() as sink:
        sink.answer = answer
        with pytest.raises(NotifyError, match=r"310000 keywords not in content|code=9499"):
            robot(url, sink.port).send(MESSAGE)


@pytest.mark.parametrize("url", ROBOTS[:2])
@pytest.mark.parametrize(("status", "answer"), [(200, b"<html>"), (200, b"[]"), (502, b"{}")])
def test_a_robot_that_answers_anything_else_has_not_taken_it(url, status, answer):
    with webhook() as sink:
        sink.status, sink.answer = status, answer
        with pytest.raises(NotifyError, match="has not taken it"):
            robot(url, sink.port).send(MESSAGE)


def test_a_signature_is_quoted_once():
    secret = "SEC0123456789abcdef"
    with webhook() as sink:
        sink.answer = b'{"errcode": 0}'
        robot(f"dingtalk://{secret}@{TOKEN}/", sink.port).send(MESSAGE)
    query = parse_qs(urlsplit(sink.paths[0]).query)
    text = f"{query['timestamp'][0]}\n{secret}".encode()
    expected = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    assert query["sign"] == [expected]


def test_the_environment_names_the_channels(monkeypatch, tmp_path: Path):
    assert channels_from_environment() == ()
    file = tmp_path / "urls"
    file.write_text(f"json://127.0.0.1:1/\n dingtalk://{TOKEN}/  json://127.0.0.1:1/\n")
    monkeypatch.setenv("GROUNDWATT_NOTIFY_URLS_FILE", str(file))
    keys = [channel.key for channel in channels_from_environment()]
    assert [key.rpartition("-")[0] for key in keys] == ["json", "dingtalk"]
    again = [channel.key for channel in channels_from_environment()]
    assert keys == again


@pytest.mark.parametrize("url", ["bogus://x", "json://", "dingtalk://", "feishu://!!", "nonsense"])
def test_a_url_that_is_none_is_a_mistake_of_configuration(monkeypatch, url):
    monkeypatch.setenv("GROUNDWATT_NOTIFY_URLS", f"json://127.0.0.1:1/ {url}")
    with pytest.raises(ConfigError, match="GROUNDWATT_NOTIFY_URLS: URL 2: "):
        channels_from_environment()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that the log of a service shows, in every detail."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


def test_secrets_stay_secret(monkeypatch, logged):
    bad = "dingtalk://very_secret_token!/"
    monkeypatch.setenv("GROUNDWATT_NOTIFY_URLS", bad)
    with pytest.raises(ConfigError) as refused:
        channels_from_environment()
    told = [str(refused.value), repr(refused.value.__cause__)]
    url = f"json://user:hunter2secret@127.0.0.1:{free_port()}/path-with-a-token"
    channel = Channel(url)
    with pytest.raises(NotifyError) as failed:
        channel.send(MESSAGE)
    with webhook() as sink:
        sink.answer = f'{{"errcode": 1, "errmsg": "unknown token {TOKEN}"}}'.encode()
        with pytest.raises(NotifyError) as rejected:
            robot(f"dingtalk://{TOKEN}/", sink.port).send(MESSAGE)
    told += [str(failed.value), str(rejected.value), repr(channel), logged.getvalue()]
    for word in ("very_secret_token", "hunter2secret", "path-with-a-token", TOKEN):
        assert all(word not in text for text in told)


def exceptions_of_apprise() -> list[type[BaseException]]:
    return [
        each
        for each in vars(apprise.exception).values()
        if isinstance(each, type) and issubclass(each, BaseException)
    ]


@pytest.mark.parametrize("kind", exceptions_of_apprise(), ids=lambda kind: kind.__name__)
def test_everything_that_apprise_raises_is_our_error(kind, monkeypatch):
    channel = Channel("json://127.0.0.1:1/")

    def fail(**_: object) -> None:
        raise kind("token")

    monkeypatch.setattr(channel._service, "notify", fail)
    with pytest.raises(NotifyError):
        channel.send(MESSAGE)
    assert issubclass(NotifyError, GroundwattError)


@pytest.mark.parametrize("status", [s for s in AppriseResultStatus if s.name != "SUCCESS"])
def test_every_outcome_but_success_is_our_error(status, monkeypatch):
    channel = Channel("json://127.0.0.1:1/")
    result = apprise.AppriseResult(status)
    monkeypatch.setattr(channel._service, "notify", lambda **_: result)
    with pytest.raises(NotifyError, match=status.name.lower()):
        channel.send(MESSAGE)


def test_a_password_is_hidden_as_it_is_meant_too(monkeypatch):
    """In a URL it is quoted, in the words of a library often not."""
    channel = Channel("json://bob:p%40ss%2Fw0rd@127.0.0.1:9/hook")

    def refuse(**_: object) -> None:
        raise ValueError("bob may not come in with p@ss/w0rd, nor with p%40ss%2Fw0rd")

    monkeypatch.setattr(channel._service, "notify", refuse)
    with pytest.raises(NotifyError) as caught:
        channel.send(Message(1, "raised", "alarm", "title", "body"))
    assert "w0rd" not in str(caught.value)
