import csv
import re
from datetime import UTC, datetime
from io import BytesIO, StringIO

import openpyxl
import pytest

from analytics.figures import Boundary, Figure
from analytics.jobs.export.monthly import as_file, month_span, monthly, tables, write_whole
from analytics.jobs.plausibility import DeviceFinding
from collector.errors import ConfigError
from collector.model import Finding, Title
from tests.analytics.jobs.metered_site import HOURS, OCTOBER, ZONE, Silence, content, run

MADE = int(datetime(2026, 11, 2, 1, tzinfo=UTC).timestamp()) * 1000
SHEETS = [
    "封面 Cover", "分项消费 Consumption", "分时费用 Cost by period", "合计与指标 Totals",
    "热泵站 Plant", "计量点 Meters", "数据质量 Data quality", "系数 Factors", "价格 Tariffs",
    "溯源 Sources", "方法 Method",
]  # fmt: skip


def reported(folder, *silences, site=None, plant_figures=None):
    async def job(opened):
        return await monthly(
            opened, OCTOBER, made=MADE, version="1.2.3", plant_figures=plant_figures
        )

    return run(folder, site or content(), job, *silences)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return reported(tmp_path_factory.mktemp("report"), Silence("g-1", -1, 800))


def book(report, *, values=True):
    return openpyxl.load_workbook(BytesIO(as_file(report, ".xlsx")), data_only=values)


def rows(sheet) -> list[dict[str, object]]:
    heading, *found = sheet.iter_rows(values_only=True)
    keys = [str(text).split("\n")[1] for text in heading]
    return [dict(zip(keys, row, strict=True)) for row in found]


def flat(report) -> dict[str, dict[str, str]]:
    text = as_file(report, ".csv").decode("utf-8-sig")
    return {row["指标 Figure"]: row for row in csv.DictReader(StringIO(text, newline=""))}


def test_a_month_begins_and_ends_at_local_midnight():
    assert month_span("2026-10", ZONE) == OCTOBER
    december = month_span("2026-12", ZONE)
    assert december[1] == month_span("2027-01", ZONE)[0]


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026", "26-10", "2026-10-01", "1969-12"])
def test_what_is_no_month_is_refused(month):
    with pytest.raises(ValueError, match="is no month"):
        month_span(month, ZONE)


def test_the_sheets_of_the_workbook(report):
    assert book(report).sheetnames == SHEETS


def test_the_lines_of_the_consumption_sheet(report):
    found = {row["Key"]: row for row in rows(book(report)["分项消费 Consumption"])}
    whole = found["electricity_kwh"]
    assert whole["Amount"] == pytest.approx(100 * HOURS, rel=1e-6)
    assert whole["Unit"] == "kWh"
    assert whole["Coal equivalent, tce"] == pytest.approx(74_400 * 0.1229 / 1000, rel=1e-6)
    assert whole["CO2, t"] == pytest.approx(74_400 * 0.5306 / 1000, rel=1e-6)
    assert whole["Coverage"] == 1
    assert found["electricity_kwh.B"]["Meters"] == "e-hvac − e-server"
    assert found["electricity_kwh.rest"]["Name (zh)"] == "未分项计量"


def test_a_figure_without_a_value_is_empty_and_its_reason_stands_beside(report):
    gas = next(r for r in rows(book(report)["分项消费 Consumption"]) if r["Key"] == "gas_m3")
    assert [gas[name] for name in ("Amount", "Cost, CNY", "CO2, t", "U of amount, k = 2")] == [
        None
    ] * 4
    assert "g-1 在该时段没有可用读数" in gas["Why there is no value"]


def test_every_formula_comes_to_the_value_beside_it(report):
    """What a spreadsheet program would recalculate is what stands in the file."""
    shown, formulas = book(report), book(report, values=False)
    checked = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    expected = shown[sheet.title][cell.coordinate].value
                    assert _evaluated(cell.value, sheet, shown) == pytest.approx(expected), cell
                    checked += 1
    assert checked > 30


def _evaluated(formula: str, sheet, shown) -> float:
    """Products, quotients, sums of cells and SUMIFS, as the export writes them."""
    if match := re.fullmatch(r"=SUMIFS\('(.+)'!\$(\w+):\$\w+,'.+'!\$(\w+):\$\w+,(\w+)\)", formula):
        name, cost, key, own = match.groups()
        wanted = shown[sheet.title][own].value
        found = shown[name]
        keys = enumerate((cell.value for cell in found[key]), start=1)
        return sum(found[f"{cost}{row}"].value for row, text in keys if text == wanted)
    text = re.sub(
        r"(?:'([^']+)'!)?([A-Z]+\d+)",
        lambda m: repr(float(shown[m[1] or sheet.title][m[2]].value)),
        formula.removeprefix("="),
    )
    assert re.fullmatch(r"[0-9.e+*/()-]+", text)
    return eval(text)


def test_totals_are_formulas_of_the_lines(report):
    sheet = book(report, values=False)["合计与指标 Totals"]
    by_key = {row["Key"]: row for row in rows(sheet)}
    assert by_key["total_tce"]["Value"] is None
    assert "gas_tce" in by_key["total_tce"]["Why there is no value"]
    assert by_key["electricity_kwh_per_m2"]["Value"] == "=('分项消费 Consumption'!H2)/I5"
    check = by_key["electricity_unmetered_share"]
    assert check["Value"] == pytest.approx(0.1, rel=1e-6)


def test_the_cover_names_the_sets_with_status_and_source(report):
    cover = {row["Subject (en)"]: row["Content"] for row in rows(book(report)["封面 Cover"])}
    assert (cover["First day"], cover["Last day"]) == ("2026-10-01", "2026-10-31")
    assert "gbt2589-2020-equivalent" in cover["Coal-equivalent set"]
    assert "当量" in cover["Coal-equivalent set"]
    assert "data year 2023" in cover["CO2 set"]
    assert "read in a published text" in cover["CO2 set"]
    assert cover["Software"] == "groundwatt 1.2.3"
    assert cover["Made at"] == "2026-11-02T09:00:00+08:00"
    assert cover["Data coverage, least of all lines"] == "0.0%"
    assert cover["Heat pump plant"] == "站点文件没有热泵站 the site file has no plant"


def test_factors_tell_their_companion_and_who_has_checked_them(report):
    found = {(row["Set"], row["Energy"]): row for row in rows(book(report)["系数 Factors"])}
    assert found["cn-grid-2023-national", "电力 electricity"]["Factor"] == 0.5306
    assert found["cn-fuels", "天然气 natural_gas"]["Unit"] == "kgCO2/m³"
    assert all(row["Verified by"].startswith("尚未核对") for row in found.values())


def test_meters_and_findings_have_sheets_of_their_own(report):
    meters = {row["Meter"]: row for row in rows(book(report)["计量点 Meters"])}
    assert meters["e-main"]["Known amount"] == pytest.approx(74_400, rel=1e-6)
    assert (meters["g-1"]["Known amount"], meters["g-1"]["Coverage"]) == (None, 0)
    codes = [row["Code"] for row in rows(book(report)["数据质量 Data quality"])]
    assert "account.closure" in codes


def test_a_finding_of_many_figures_is_told_once(tmp_path):
    site = content()
    site["tariffs"][0]["status"] = "assumed"
    told = [finding.code for _, finding in reported(tmp_path, site=site).findings]
    assert told.count("cost.assumed") == 1
    assert told.count("factor.unconfirmed") == 2


def test_no_sheet_has_merged_cells_and_all_headings_are_frozen(report):
    for sheet in book(report):
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes == "B2"
        assert all("\n" in str(cell.value) for cell in sheet[1])


def test_the_csv_file_holds_every_figure_once(report):
    found = flat(report)
    assert len(found) == len(report.figures)
    row = found["electricity_tce"]
    assert float(row["数值 Value"]) == pytest.approx(74_400 * 0.1229 / 1000, rel=1e-6)
    assert (row["单位 Unit"], row["期间最后一日 Last day"]) == ("tce", "2026-10-31")
    assert "gbt2589-2020-equivalent" in row["常数与来源 Constants and their sources"]
    gas = found["gas_m3"]
    assert gas["数值 Value"] == ""
    assert gas["无数值的原因（英文） Why there is no value (en)"].startswith("no usable readings")


def test_a_name_in_the_site_file_is_never_a_formula(tmp_path):
    site = content()
    site["accounts"][0]["items"][0]["name"] = {"zh": "=cmd()", "en": "@SUM(A1)"}
    bad = reported(tmp_path, site=site)
    sheet = book(bad, values=False)["分项消费 Consumption"]
    cells = [c for row in sheet.iter_rows() for c in row if c.value in ("=cmd()", "@SUM(A1)")]
    assert [cell.data_type for cell in cells] == ["s", "s"]
    assert not any(row["名称 Name (zh)"].startswith("=") for row in flat(bad).values())


async def _plant(opened, span):
    none = Title("源侧泵未计量", "source pump unmetered")
    return [
        Figure("spf_heating", "plant", "plant", *span, 4.21, "", uncertainty=0.31,
               dominant="h-load:flow", boundary=Boundary("H2", "2H"), coverage=0.97,
               not_claimable=0.02),
        Figure("spf_heating_4", "plant", "plant", *span, None, "", boundary=Boundary("H4", "4+H"),
               reason=none),
    ]  # fmt: skip


def test_the_plant_has_its_boundary_beside_every_number(tmp_path):
    site = content() | {"plant": {"units": [{"heat_pump": "hp-1", "electricity": "e-hvac"}]}}
    heat_pump = {"map": "generic_gshp", "id": "hp-1", "bus": "bus", "unit": 99,
                 "name": {"zh": "热泵", "en": "Heat pump"}}  # fmt: skip
    site["devices"].append(heat_pump)
    told = reported(tmp_path, site=site, plant_figures=_plant)
    first, second = rows(book(told)["热泵站 Plant"])
    assert (first["Value"], first["U, k = 2"], first["Boundary, SEPEMO"]) == (4.21, 0.31, "H2")
    assert (second["Value"], second["Why there is no value"]) == (
        None, "源侧泵未计量 / source pump unmetered",
    )  # fmt: skip
    assert flat(told)["spf_heating"]["边界 Annex 52 Boundary, Annex 52"] == "2H"
    cover = rows(book(told)["封面 Cover"])
    assert "2 个指标，其中 1 个有数值" in next(
        row["Content"] for row in cover if row["Subject (en)"] == "Heat pump plant"
    )


def test_a_plant_that_nobody_computed_is_said_to_be_missing(tmp_path):
    site = content() | {"plant": {"units": [{"heat_pump": "hp-1"}]}}
    site["devices"].append({"map": "generic_gshp", "id": "hp-1", "bus": "bus", "unit": 99,
                            "name": {"zh": "热泵", "en": "Heat pump"}})  # fmt: skip
    told = reported(tmp_path, site=site)
    cover = tables(told)[0]
    assert any("未计算" in str(row[2]) for row in cover.rows)


def test_the_same_report_gives_the_same_tables(report):
    assert tables(report) == tables(report)


def test_a_kind_that_is_none_is_refused(report):
    with pytest.raises(ValueError, match=r"kind: '\.ods'"):
        as_file(report, ".ods")


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    file = tmp_path / "x.csv"
    write_whole(file, b"old")
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "x.csv"
    write_whole(file, b"old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(ConfigError, match="cannot be written: disk full"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]


def test_a_folder_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        write_whole(tmp_path / "nowhere" / "x.csv", b"")


def test_what_is_implausible_stands_on_the_sheet_once(tmp_path):
    def about(point: str, code: str) -> DeviceFinding:
        device, _, field = point.partition("/")
        return DeviceFinding(device, field, Finding(code, "warning", Title("坏", "bad")))

    quality = [about("h-a/flow_m3h", "value.frozen"), about("e-main", "meters.closure")]

    async def job(opened):
        return await monthly(opened, OCTOBER, made=MADE, version="1.2.3", findings=quality)

    told = rows(book(run(tmp_path, content(), job))["数据质量 Data quality"])
    shown = [(row["Subject"], row["Code"]) for row in told]
    assert ("h-a/flow_m3h", "value.frozen") in shown
    assert "account.closure" in {code for _, code in shown}
    assert "meters.closure" not in {code for _, code in shown}  # the account says it already
