import numpy as np
import pytest

from firmware_sims.physics.fluids import water_density_kg_m3, water_heat_capacity_kwh_m3k


@pytest.mark.parametrize(
    ("temp_c", "density", "specific_heat"),
    # IAPWS-95 at 0.1 MPa, in kg/m³ and kJ/(kg K); the pressure shifts both by less than 0.1 %.
    [(5.0, 999.97, 4.2055), (25.0, 997.05, 4.1813), (45.0, 990.21, 4.1796), (80.0, 971.77, 4.1968)],
)
def test_water_matches_the_steam_tables(temp_c, density, specific_heat):
    assert water_density_kg_m3(temp_c) == pytest.approx(density, rel=1.5e-3)
    expected_kwh = density * specific_heat / 3_600.0
    assert water_heat_capacity_kwh_m3k(temp_c) == pytest.approx(expected_kwh, rel=2e-3)


def test_arrays_and_numbers_agree():
    temps = np.array([7.0, 12.0, 40.0])
    assert water_heat_capacity_kwh_m3k(temps)[1] == water_heat_capacity_kwh_m3k(12.0)
    assert water_density_kg_m3(temps)[2] == water_density_kg_m3(40.0)
