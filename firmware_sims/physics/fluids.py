"""Liquid water in the two loops."""

from typing import TypeVar

from firmware_sims.physics.noise import FloatArray

_KJ_PER_KWH = 3_600.0
Number = TypeVar("Number", float, FloatArray)


def water_heat_capacity_kwh_m3k(temp_c: Number) -> Number:
    """Return density times specific heat of liquid water.

    Parameters
    ----------
    temp_c : float or array of float64
        Water temperature, 1 to 95 °C. [°C]

    Returns
    -------
    float or array of float64
        Heat stored per volume and temperature. [kWh/(m³ K)]

    Notes
    -----
    Polynomial fitted to IAPWS-IF97 at 1.6 MPa, largest error 1.4e-4.
    """
    t = temp_c
    kj = 4213.54194181485 + t * (
        -2.6159093033310366
        + t
        * (
            0.05502939216502623
            + t
            * (-0.0011965188533089586 + t * (1.1314336141698911e-05 + t * -3.979242563153802e-08))
        )
    )
    return kj / _KJ_PER_KWH


def water_density_kg_m3(temp_c: Number) -> Number:
    """Return the density of liquid water.

    Parameters
    ----------
    temp_c : float or array of float64
        Water temperature, 1 to 95 °C. [°C]

    Returns
    -------
    float or array of float64
        Density. [kg/m³]

    Notes
    -----
    Polynomial fitted to IAPWS-IF97 at 1.6 MPa, largest error 0.010 kg/m³.
    """
    t = temp_c
    return 1000.6211744575073 + t * (
        0.055132852200911325
        + t
        * (
            -0.008202993291252802
            + t
            * (6.395323420324495e-05 + t * (-4.0421880142483625e-07 + t * 1.144749172205238e-09))
        )
    )
