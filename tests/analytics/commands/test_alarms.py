from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from analytics.records import alarms, open_records
from analytics.records.alarms import Raised
from collector import cli
from collector.accounts import Records as RecordSettings
from collector.model import Title
from tests.analytics.commands.conftest import SITE, Run

AT = 1_767_319_200_000


def raise_one(folder: Path, *, returned: bool = False) -> int:
    """Put an alarm into the records of the small site."""
    records = open_records(RecordSettings(), folder / "data")
    raised = Raised(
        "device-silent", "m1", "warning", Title("表：设备无应答", "one: Device silent"),
        Title("无应答已95 s", "no answer for 95 s"), AT, AT + 60_000, {"value": 95.0},
    )  # fmt: skip
    with records.transaction() as connection:
        number = alarms.raise_alarm(connection, raised, AT + 61_000)
        if returned:
            alarms.return_alarm(connection, ("device-silent", "m1"), AT + 90_000, AT + 91_000)
    records.close()
    return number


def test_no_alarm_is_exit_0(groundwatt: Run):
    code, output, _ = groundwatt("alarms", "list", "--json")
    assert (code, json.loads(output)) == (0, [])


def test_an_open_alarm_is_exit_1_and_is_told_in_both_languages(groundwatt: Run, tmp_path: Path):
    raise_one(tmp_path)
    code, output, _ = groundwatt("alarms", "list")
    assert code == 1
    assert "表：设备无应答 / one: Device silent" in output
    assert "2026-01-02 03:00:00" in output  # Stockholm
    code, output, _ = groundwatt("alarms", "list", "--json")
    [told] = json.loads(output)
    assert (code, told["rule"], told["subject"]) == (1, "device-silent", "m1")
    assert told["evidence"] == {"value": 95.0}
    assert [event["kind"] for event in told["events"]] == ["raised"]


def test_an_alarm_is_acknowledged_by_name(groundwatt: Run, tmp_path: Path):
    number = raise_one(tmp_path, returned=True)
    assert groundwatt("alarms", "list")[0] == 0
    code, output, _ = groundwatt("alarms", "ack", number, "--by", "Li", "--note", "cable")
    assert (code, "acknowledged by Li; returned" in output) == (0, True)
    assert json.loads(groundwatt("alarms", "list", "--json")[1]) == []
    code, output, _ = groundwatt("alarms", "list", "--all", "--json")
    [told] = json.loads(output)
    assert (code, told["acknowledged_by"]) == (0, "Li")
    assert told["events"][-1]["note"] == "cable"


def test_there_is_no_such_alarm(groundwatt: Run):
    code, _, error = groundwatt("alarms", "ack", 9, "--by", "Li")
    assert (code, "there is no alarm 9" in error) == (1, True)


@pytest.mark.parametrize("wrong", [("ack", 1), ("ack", "x", "--by", "Li"), ("ack", 1, "--by", " ")])
def test_wrong_use_is_exit_2(groundwatt: Run, wrong):
    assert groundwatt("alarms", *wrong)[0] == 2


def test_the_rules_are_told_as_the_site_has_set_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    site = tmp_path / "site.yaml"
    override = "alarms: [{rule: device-silent, only: [m1], on_delay: 30min, severity: alarm}]\n"
    site.write_text(SITE + override, encoding="utf-8")
    monkeypatch.setattr(
        "sys.argv", ["groundwatt", "alarms", "rules", "--site", str(site), "--json"]
    )
    with pytest.raises(SystemExit):
        cli.main()
    silent = [row for row in json.loads(capsys.readouterr().out) if row["rule"] == "device-silent"]
    assert sorted((row["severity"], row["on delay s"], row["watches"]) for row in silent) == [
        ("alarm", 1800.0, 1), ("warning", 900.0, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("alarms", "list"), ("alarms", "ack", "1", "--author", "Li"), ("savings", "list"),
        ("meter", "list"), ("repair", "list"), ("repair", "revisions"),
    ],
)  # fmt: skip
def test_a_mistyped_folder_is_told_and_not_made(groundwatt, tmp_path, arguments) -> None:
    """Nothing would be wrong in it."""
    shutil.rmtree(tmp_path / "data")
    code, out, err = groundwatt(*arguments)
    assert (code, out) == (2, "")
    assert "--data: nothing is stored here" in err
    assert not (tmp_path / "data").exists()
