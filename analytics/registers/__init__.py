"""Cumulative registers: what they can count, why they fall, what they really counted."""
