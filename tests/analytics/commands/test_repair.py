from __future__ import annotations

import pytest

WHO = ("--author", "Wang", "--reason", "CT 200:5 entered as 100:5")
DAY = ("--from", "2026-05-01", "--to", "2026-05-02T12:30")


def test_a_repair_is_recorded_listed_and_revoked(groundwatt, answer) -> None:
    added = answer("repair", "add", "m1", "power_kw", *DAY, "--scale", "2", *WHO)
    assert added["id"] == 1
    assert (added["from"], added["to"]) == (
        "2026-05-01 00:00:00+02:00",
        "2026-05-02 12:30:00+02:00",
    )
    assert answer("repair", "list") == {"repairs": [added]}
    assert answer("repair", "list", "--device", "h1") == {"repairs": []}
    code, out, _ = groundwatt("repair", "revoke", "1", "--author", "Li", "--reason", "was right")
    assert code == 0
    assert out.startswith("repair #1 revoked: m1/power_kw scale 2 from 2026-05-01 00:00:00+02:00")
    assert answer("repair", "list") == {"repairs": []}
    [kept] = answer("repair", "list", "--revoked")["repairs"]
    assert (kept["amount"], kept["revoked_by"], kept["revoked_reason"]) == (2.0, "Li", "was right")


def test_all_fields_can_be_excluded(answer) -> None:
    added = answer("repair", "add", "m1", "*", *DAY, "--exclude", *WHO)
    assert (added["field"], added["action"], added["amount"]) == ("*", "exclude", None)


def test_an_estimate_is_marked(answer) -> None:
    added = answer("repair", "add", "h1", "supply_temp_c", *DAY, "--offset", "-0.4",
                   "--estimated", *WHO)  # fmt: skip
    assert added["estimated"] is True


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        (("nosuch", "power_kw", *DAY, "--exclude"), "there is no device 'nosuch'"),
        (("m1", "nosuch", *DAY, "--exclude"), "m1 has no field 'nosuch'"),
        (("m1", "power_kw", *DAY), "exactly one of"),
        (("m1", "power_kw", *DAY, "--exclude", "--scale", "2"), "exactly one of"),
        (("m1", "power_kw", *DAY, "--exclude", "--estimated"), "nor an estimate"),
        (("m1", "*", *DAY, "--scale", "2"), "all can only be excluded"),
        (("m1", "energy_kwh", *DAY, "--offset", "2"), "see `groundwatt meter exchange`"),
        (("m1", "energy_kwh", *DAY, "--scale", "-2"), "count backwards"),
        (("hp1", "state", *DAY, "--scale", "2"), "is a code"),
        (("m1", "power_kw", "--from", "yesterday", "--to", "2026-05-01", "--exclude"), "no time"),
        (("m1", "power_kw", "--from", "2026-05-02", "--to", "2026-05-01", "--exclude"), "after"),
        (
            ("m1", "power_kw", "--from", "2026-03-29T02:30", "--to", "2026-05-01", "--exclude"),
            "--from: the clock of Europe/Stockholm shows 2026-03-29 02:30:00 never",
        ),
        (
            ("m1", "power_kw", "--from", "2026-05-01", "--to", "2026-10-25T02:30", "--exclude"),
            "--to: the clock of Europe/Stockholm shows 2026-10-25 02:30:00 twice",
        ),
    ],
)
def test_wrong_use_is_told_and_ends_with_two(groundwatt, answer, arguments, wording) -> None:
    code, out, err = groundwatt("repair", "add", *arguments, *WHO)
    assert (code, out) == (2, "")
    assert wording in err
    assert answer("repair", "list", "--revoked") == {"repairs": []}


def test_nobody_repairs_without_a_reason(groundwatt) -> None:
    code, _, err = groundwatt("repair", "add", "m1", "power_kw", *DAY, "--exclude",
                              "--author", "Wang", "--reason", " ")  # fmt: skip
    assert code == 2
    assert "reason: must not be empty" in err
    assert groundwatt("repair", "add", "m1", "power_kw", *DAY, "--exclude")[0] == 2


def test_what_is_not_there_cannot_be_revoked(groundwatt) -> None:
    code, _, err = groundwatt("repair", "revoke", "7", *WHO)
    assert code == 2
    assert "there is no repair #7 that still holds" in err


def test_times_with_an_offset_are_taken_as_they_are(answer) -> None:
    added = answer("repair", "add", "m1", "power_kw", "--from", "2026-10-25T02:30+02:00",
                   "--to", "2026-10-25T02:30+01:00", "--exclude", *WHO)  # fmt: skip
    assert added["from"] == "2026-10-25 02:30:00+02:00"
    assert added["to"] == "2026-10-25 02:30:00+01:00"


def test_the_list_is_tab_separated_when_piped(groundwatt, answer) -> None:
    answer("repair", "add", "m1", "power_kw", *DAY, "--exclude", *WHO)
    code, out, _ = groundwatt("repair", "list")
    head, row = out.splitlines()
    assert code == 0
    assert head.split("\t")[:5] == ["id", "device", "field", "from", "to"]
    assert row.split("\t")[:3] == ["1", "m1", "power_kw"]
