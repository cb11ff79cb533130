"""Centrifugal pumps at variable speed."""

import math
from dataclasses import dataclass

_GRAVITY_M_S2 = 9.80665
_DENSITY_KG_M3 = 998.0
_SECONDS_PER_HOUR = 3_600.0
KPA_PER_METRE = _DENSITY_KG_M3 * _GRAVITY_M_S2 / 1_000.0
_LOWEST_EFFICIENCY = 0.12
"""Below this a pump churns; the curve is not trusted further."""


@dataclass(frozen=True)
class PumpCurve:
    """One pump with its motor and drive.

    Attributes
    ----------
    rated_flow_m3h, rated_head_m : float
        Best point at full speed. [m³/h, m]
    shutoff_head_m : float
        Head at full speed without flow. [m]
    best_efficiency, motor_efficiency : float
        Of the hydraulics at the best point, of motor and drive. [-]
    drive_loss_kw : float
        Constant loss of a drive that is switched on. [kW]
    """

    rated_flow_m3h: float
    rated_head_m: float
    shutoff_head_m: float
    best_efficiency: float = 0.76
    motor_efficiency: float = 0.93
    drive_loss_kw: float = 0.15

    @property
    def steepness_m_per_m3h2(self) -> float:
        """How fast the head falls with the flow [m/(m³/h)²]."""
        return (self.shutoff_head_m - self.rated_head_m) / self.rated_flow_m3h**2

    def head_m(self, flow_m3h: float, speed: float) -> float:
        """Return the head at a flow and a relative speed.

        Parameters
        ----------
        flow_m3h : float
            Flow through this pump. [m³/h]
        speed : float
            Speed over rated speed. [-]

        Returns
        -------
        float
            Head. [m]

        Notes
        -----
        The affinity laws turn H = H0 - a V² into H = H0 n² - a V².
        """
        return self.shutoff_head_m * speed * speed - self.steepness_m_per_m3h2 * flow_m3h**2

    def speed_for(self, flow_m3h: float, head_m: float) -> float:
        """Return the relative speed that gives a flow against a head [-]."""
        lifted_m = head_m + self.steepness_m_per_m3h2 * flow_m3h * flow_m3h
        return math.sqrt(lifted_m / self.shutoff_head_m)

    def efficiency(self, flow_m3h: float, speed: float) -> float:
        """Return the hydraulic efficiency; it depends on flow over speed only [-]."""
        off_best = flow_m3h / (speed * self.rated_flow_m3h) - 1.0
        return max(self.best_efficiency * (1.0 - 0.85 * off_best * off_best), _LOWEST_EFFICIENCY)

    def shaft_power_kw(self, flow_m3h: float, head_m: float, speed: float) -> float:
        """Return the power that reaches the water, as flow work and as heat.

        Parameters
        ----------
        flow_m3h, head_m : float
            Operating point of this pump. [m³/h, m]
        speed : float
            Speed over rated speed. [-]

        Returns
        -------
        float
            Shaft power. [kW]
        """
        if flow_m3h <= 0.0:
            return 0.0
        hydraulic_kw = flow_m3h / _SECONDS_PER_HOUR * head_m * KPA_PER_METRE
        return hydraulic_kw / self.efficiency(flow_m3h, speed)

    def electric_power_kw(self, shaft_power_kw: float) -> float:
        """Return what a running pump draws from the mains [kW]."""
        return shaft_power_kw / self.motor_efficiency + self.drive_loss_kw


@dataclass(frozen=True, slots=True)
class PumpPoint:
    """Where each running pump of a group works; every running pump does the same.

    Attributes
    ----------
    flow_m3h, head_kpa, speed : float
        Flow of one pump [m³/h], its head [kPa], speed over rated speed [-].
    shaft_kw, electric_kw : float
        Into the water and from the mains, one pump. [kW]
    """

    flow_m3h: float
    head_kpa: float
    speed: float
    shaft_kw: float
    electric_kw: float


STANDSTILL = PumpPoint(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class PumpGroup:
    """Equal pumps side by side on one closed loop.

    Attributes
    ----------
    curve : PumpCurve
        Of each pump.
    pumps : int
        How many there are.
    held_head_m : float
        Pressure difference held at the far end, independent of the flow. [m]
    common_head_m : float
        Loss of the common pipes with all pumps at rated flow. [m]
    """

    curve: PumpCurve
    pumps: int
    held_head_m: float
    common_head_m: float

    def point(self, total_flow_m3h: float, running: int) -> PumpPoint:
        """Find speed and power for a wanted flow.

        Parameters
        ----------
        total_flow_m3h : float
            Flow of all running pumps. [m³/h]
        running : int
            How many share it. [-]

        Returns
        -------
        PumpPoint
            Of one running pump.

        Notes
        -----
        The loss of a pump's own branch, what remains of the rated head, grows with the flow of that
        pump, the loss of the common pipes with the flow of all.
        """
        if running == 0 or total_flow_m3h <= 0.0:
            return STANDSTILL
        curve = self.curve
        flow = total_flow_m3h / running
        branch_m = curve.rated_head_m - self.held_head_m - self.common_head_m
        own = flow / curve.rated_flow_m3h
        common = total_flow_m3h / (self.pumps * curve.rated_flow_m3h)
        head_m = self.held_head_m + branch_m * own * own + self.common_head_m * common * common
        speed = curve.speed_for(flow, head_m)
        shaft_kw = curve.shaft_power_kw(flow, head_m, speed)
        electric_kw = curve.electric_power_kw(shaft_kw)
        return PumpPoint(flow, head_m * KPA_PER_METRE, speed, shaft_kw, electric_kw)
