"""Line protocol: every line is read by a real server as it was meant."""

from __future__ import annotations

import itertools
from typing import Self

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.store import Run
from collector.store.admission import Admission
from collector.store.influxql import identifier, literal, tables_of
from collector.store.lineprotocol import Encoder, escaped_string, tag_text
from tests.collector.store.conftest import fresh_name
from tests.collector.store.sites import NOON, device, sample
from tests.servers import Server

_numbers = itertools.count()
_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\r"))
_floats = st.floats(allow_nan=False, allow_infinity=False)


class Database:
    """A database of a real server, written and asked without the store."""

    def __init__(self, server: Server) -> None:
        self._name = fresh_name("lines")
        self._http = httpx.Client(base_url=server.url, trust_env=False)
        self.ask(f"CREATE DATABASE {identifier(self._name)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def write(self, line: str) -> None:
        parameters = {"db": self._name, "precision": "ms"}
        response = self._http.post("/write", params=parameters, content=line.encode())
        assert response.status_code == 204, response.text

    def ask(self, query: str) -> dict[str, object]:
        parameters = {"db": self._name, "epoch": "ms"}
        response = self._http.post("/query", params=parameters, data={"q": query})
        [table] = tables_of(response.content)
        return dict(zip(table.columns, table.rows[0], strict=True)) if table.rows else {}


def test_any_name_number_and_flag_is_read_as_it_was_meant(influxd: Server) -> None:
    with Database(influxd) as database:

        @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(name=_text.filter(bool), place=_text, site=_text.filter(bool), power=_floats)
        def check(name: str, place: str, site: str, power: float) -> None:
            kind = f"kind_{next(_numbers)}"
            meter = device(name, kind=kind, building=place, system=place)
            given_sample = sample(meter, 0, {"power_kw": power}, {place: "uncertain:x"}, lag=-3)
            admitted, _ = Admission([meter]).admit([given_sample])
            [line] = Encoder(site).lines(admitted)
            database.write(line)
            where = f'"device" = {literal(tag_text(name))} AND "site" = {literal(tag_text(site))}'
            row = database.ask(f"SELECT * FROM {identifier(kind)} WHERE {where}")
            assert (row["time"], row["run"], row["seq"], row["lag"]) == (NOON, "k3f9", 0, -3)
            assert float(str(row["power_kw"])) == power
            assert row["flags"] == admitted[0].flags
            assert (row.get("building") or "") == tag_text(place)

        check()


def test_any_text_is_a_string_field(influxd: Server) -> None:
    with Database(influxd) as database:

        @settings(deadline=None)
        @given(text=_text)
        def check(text: str) -> None:
            database.write(f'texts text="{escaped_string(text)}" 1')
            assert database.ask("SELECT * FROM texts")["text"] == text

        check()


def test_a_line_looks_like_this() -> None:
    meter = device("hp-1", kind="heat_pump", building="tower a", system="plant")
    flagged = sample(meter, 1, {"power_kw": 41.2}, {"energy_kwh": "bad:timeout"}, seq=18231)
    admitted, _ = Admission([meter]).admit([flagged])
    [line] = Encoder("office").lines(admitted)
    assert line == (
        "heat_pump,building=tower\\ a,device=hp-1,site=office,system=plant power_kw=41.2,"
        'seq=18231,lag=37,run="k3f9",flags="{\\"energy_kwh\\":\\"bad:timeout\\"}" 1767240060000'
    )


def test_a_run_looks_like_this() -> None:
    encoder = Encoder("office")
    first, second = Run("m-1", "a1", 5, None, None), Run("m-1", "b2", 9, "a1", 18231)
    assert encoder.run_line(first) == (
        'collector_run,device=m-1,site=office run="a1",previous_run="" 5'
    )
    assert encoder.run_line(second) == (
        'collector_run,device=m-1,site=office run="b2",previous_run="a1",previous_seq=18231.0 9'
    )


def test_many_field_sets_do_not_fill_the_memory() -> None:
    meter = device()
    admission, encoder = Admission([meter]), Encoder("office")
    for number in range(5000):
        admitted, _ = admission.admit([sample(meter, 0, {f"field_{number}": 1.0})])
        [line] = encoder.lines(admitted)
        assert f"field_{number}=1.0" in line
    assert len(encoder._templates) <= 4096
