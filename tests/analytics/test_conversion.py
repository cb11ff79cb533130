import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.conversion import ENERGIES_OF, convert
from analytics.factor_sets import shipped
from analytics.uncertainty import Uncertain, total

GWH = Uncertain(1_000_000.0, {"e-main:class": 2_000.0})


def convert_by(name: str, amount: Uncertain | None = GWH, medium="electricity", **options):
    return convert(amount, medium, shipped()[name], **options)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gbt2589-2020-equivalent", 122.9),
        ("db37t-2672-2019", 310.0),
        ("cn-grid-2023-national", 530.6),
    ],
)
def test_the_published_vectors_of_one_gwh(name, expected):
    """N11: 122.9 and 310 tce, 530.6 t CO2."""
    assert convert_by(name).value.value == pytest.approx(expected, abs=1e-6)


def test_the_uncertainty_is_that_of_the_meters_and_keeps_its_source():
    converted = convert_by("gbt2589-2020-equivalent")
    assert converted.value.terms == {"e-main:class": pytest.approx(0.2458)}


@pytest.mark.parametrize("name", ["gbt2589-2020-equivalent", "db37t-2672-2019"])
def test_purchased_heat_is_counted_by_its_joules(name):
    """1 GWh of heat is 3600 GJ of 34.12 kgce, by both sets."""
    assert convert_by(name, medium="heat").value.value == pytest.approx(3600 * 34.12 / 1000)


def test_the_set_the_unit_and_the_factor_are_part_of_the_result():
    converted = convert_by("db31t-783")
    assert (converted.unit, converted.factors.id, converted.factor.value) == (
        "tce", "db31t-783", 0.28078,
    )  # fmt: skip
    assert convert_by("cn-grid-2023-east").unit == "tCO2"


def test_no_factor_is_no_number_and_never_zero():
    converted = convert_by("db31t-783", medium="cooling")
    assert converted.value is None
    assert "db31t-783" in converted.reason.zh
    assert "no factor for cooling" in converted.reason.en


def test_an_unknown_amount_has_a_factor_and_no_number():
    converted = convert_by("db31t-783", None)
    assert converted.value is None
    assert converted.factor.value == 0.28078
    assert converted.reason.en == "the consumption is not known"


def test_two_kinds_of_gas_are_not_guessed_between():
    """The national set differs by 9.5 % between oil-field and gas-field gas."""
    name = "gbt2589-2020-equivalent"
    assert "tells natural_gas_oilfield and" in convert_by(name, medium="gas").reason.en
    converted = convert_by(name, medium="gas", energy="natural_gas_gasfield")
    assert converted.value.value == pytest.approx(1214.3)


def test_a_set_that_does_not_tell_gases_apart_serves_every_gas():
    converted = convert_by("db37t-2672-2019", medium="gas", energy="natural_gas_gasfield")
    assert converted.factor.energy == "natural_gas"


def test_a_gas_that_the_set_does_not_have_is_not_replaced_by_another():
    converted = convert_by("gbt2589-2008-equivalent", medium="gas", energy="natural_gas_oilfield")
    assert converted.value is None


def test_a_factor_from_the_companion_names_where_it_is_from():
    converted = convert_by("cn-grid-2023-beijing", Uncertain(1000.0), "gas")
    assert converted.factor.set_id == "cn-fuels"
    assert converted.value.value == pytest.approx(2.16)


def test_an_energy_of_another_medium_is_refused():
    with pytest.raises(ValueError, match="energy: 'fresh_water' is no kind of electricity"):
        convert_by("db31t-783", energy="fresh_water")


def test_water_is_shown_and_not_added_to_the_energy():
    converted = convert_by("gbt2589-2020-equivalent", Uncertain(1000.0), "water")
    assert converted.value.value == pytest.approx(0.2571)
    assert not converted.factor.in_total


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20), st.sampled_from(sorted(ENERGIES_OF)))
def test_converting_the_sum_is_summing_the_converted(amounts, medium):
    parts = [convert_by("cn-grid-2023-national", Uncertain(a), medium).value for a in amounts]
    whole = convert_by("cn-grid-2023-national", Uncertain(sum(amounts)), medium).value
    if whole is None:
        assert parts == [None] * len(amounts)
    else:
        assert total(parts).value == pytest.approx(whole.value)
