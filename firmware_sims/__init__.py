"""Devices that speak real Modbus, and the physics behind them."""
