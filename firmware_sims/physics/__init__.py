"""Physics of the simulated office complex: pure numbers, seeded, no I/O but packaged data.

`office.OfficeComplex` couples everything; the other modules are one subject each. What does not
feed back (weather, people, electricity items) is computed over a whole time axis at once, what does
(towers, heat pumps, ground) runs step by step in plain floats.
"""
