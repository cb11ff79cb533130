"""`groundwatt probe` refuses wrong use plainly, before it opens any line."""

from __future__ import annotations

import sys

import pytest

from collector import cli

DIRECT = ("--map", "chint_dtsu666", "--host", "127.0.0.1")


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        ((*DIRECT, "--ct", "-5"), "above 0"),
        ((*DIRECT, "--pt", "0"), "above 0"),
        ((*DIRECT, "--ct", "nan"), "above 0"),
        ((*DIRECT, "--ct", "inf"), "above 0"),
        ((*DIRECT, "--baudrate", "5"), "--baudrate"),
        (("--map", "abb_b23", "--host", "127.0.0.1", "--ct", "40"), "no ct ratio"),
        ((*DIRECT, "--site", "site.yaml"), "exclude each other"),
        ((*DIRECT, "--device", "m1"), "exclude each other"),
        (("--device", "m1", "--unit", "3"), "exclude each other"),
        (("--device", "m1", "--timeout", "300"), "exclude each other"),
        (("--map", "abb_b23", "--serial", "/dev/x", "--port", "502"), "exclude each other"),
        (("--map", "no_such", "--host", "127.0.0.1"), "no maps/no_such.yaml here"),
        (("--site", "site.yaml"), "give --device"),
        (("--map", "abb_b23"), "give --device"),
    ],
)
def test_wrong_use_is_refused(monkeypatch, capsys, arguments, wording):
    monkeypatch.setattr(sys, "argv", ["groundwatt", "probe", *arguments])
    monkeypatch.setenv("COLUMNS", "300")
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert wording in capsys.readouterr().err
