from __future__ import annotations

import pytest

WHO = ("--author", "Wang", "--reason", "calibration interval over")
AT = ("--at", "2026-05-01T14:30")


def test_an_exchange_is_recorded_and_listed(groundwatt, answer) -> None:
    recorded = answer(
        "meter", "exchange", "h1", *AT, "--old-reading", "heat_energy_kwh=81234.5",
        "--new-reading", "heat_energy_kwh=0.2", "--old-reading", "volume_m3=12",
        "--old-serial", "S-1", "--new-serial", "S-2", *WHO,
    )  # fmt: skip
    assert recorded["at"] == "2026-05-01 14:30:00+02:00"
    assert recorded["registers"] == {
        "heat_energy_kwh": {"old": 81234.5, "new": 0.2},
        "volume_m3": {"old": 12.0, "new": None},
    }
    assert answer("meter", "list")["exchanges"] == [recorded]
    _, out, _ = groundwatt("meter", "list")
    row = out.splitlines()[1].split("\t")
    assert row[:4] == ["exchange", "1", "h1", "2026-05-01 14:30:00+02:00"]
    assert "heat_energy_kwh 81234.5 → 0.2, volume_m3 12 → ?, serial S-1 → S-2" in row[4]


def test_a_reading_that_nobody_took_is_told(groundwatt) -> None:
    code, out, _ = groundwatt("meter", "exchange", "m1", *AT, "--old-reading", "energy_kwh=9", *WHO)
    assert code == 0
    assert "energy_kwh: only one of both readings is known: the gap cannot be counted" in out


def test_an_exchange_is_revoked_and_recorded_rightly(groundwatt, answer) -> None:
    answer("meter", "exchange", "m1", *AT, *WHO)
    code, _, err = groundwatt("meter", "exchange", "m1", *AT, *WHO)
    assert code == 2
    assert "exchange #1 of m1 is at this instant already" in err
    assert groundwatt("meter", "revoke", "exchange", "1", *WHO)[:2] == (0, "exchange #1 revoked\n")
    assert groundwatt("meter", "revoke", "exchange", "1", *WHO)[0] == 2
    answer("meter", "exchange", "m1", *AT, *WHO)
    assert [one["id"] for one in answer("meter", "list")["exchanges"]] == [2]
    assert [one["id"] for one in answer("meter", "list", "--revoked")["exchanges"]] == [1, 2]


def test_a_calibration_is_recorded_listed_and_revoked(groundwatt, answer) -> None:
    recorded = answer(
        "meter", "calibrate", "h1", *AT, "--certificate", "K-26/17", "--error-percent",
        "flow=-1.2", "--error-k", "pair=0.03", "--due", "2031-05-01", *WHO,
    )  # fmt: skip
    assert recorded["errors"] == {
        "flow": {"error": -1.2, "unit": "%"},
        "pair": {"error": 0.03, "unit": "K"},
    }
    assert recorded["due"] == "2031-05-01"
    assert answer("meter", "list", "--device", "h1")["calibrations"] == [recorded]
    assert "flow -1.2 %, pair +0.03 K, due 2031-05-01" in groundwatt("meter", "list")[1]
    assert groundwatt("meter", "revoke", "calibration", "1", *WHO)[0] == 0
    assert answer("meter", "list")["calibrations"] == []


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        (("exchange", "x", *AT), "there is no device 'x'"),
        (("exchange", "m1", "--at", "noon"), "--at: 'noon' is no time"),
        (("exchange", "m1", "--at", "2999-01-01"), "has not come yet"),
        (("exchange", "m1", *AT, "--old-reading", "energy_kwh"), "write name=number"),
        (("exchange", "m1", *AT, "--old-reading", "energy_kwh=many"), "'many' is no number"),
        (("exchange", "m1", *AT, "--old-reading", "power_kw=1"), "m1 has no register 'power_kw'"),
        (("exchange", "m1", *AT, "--new-reading", "energy_kwh=-1"), "no reading of a register"),
        (
            ("exchange", "m1", *AT, "--new-reading", "energy_kwh=1", "--new-reading",
             "energy_kwh=2"),
            "energy_kwh stands twice",
        ),
        (("calibrate", "m1", *AT, "--certificate", " "), "certificate: must not be empty"),
        (("calibrate", "m1", *AT, "--certificate", "K", "--due", "soon"), "no day"),
        (("calibrate", "m1", *AT, "--certificate", "K", "--error-k", "flow=nan"), "is no number"),
        (
            ("calibrate", "m1", *AT, "--certificate", "K", "--error-k", "a=1", "--error-percent",
             "a=1"),
            "a has an error in percent already",
        ),
        (("revoke", "meter", "1"), "neither exchange nor calibration"),
        (("revoke", "calibration", "9"), "there is no calibration #9 that still holds"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_and_ends_with_two(groundwatt, arguments, wording) -> None:
    code, out, err = groundwatt("meter", *arguments, *WHO)
    assert (code, out) == (2, "")
    assert wording in err
