"""What each simulated device shows of the truth: pure functions over a stretch of time.

A model is bound to the truth by a few lines of scenario.yaml; it turns columns of a `Trace` into
the fields of the device in canonical units, with the errors of a real instrument. Rounding to the
steps of the registers comes later (`display`), faults in between (`faults`).
"""
