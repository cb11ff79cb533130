"""What the ground gives and takes, how warm it becomes, and whether that can go on.

`balance` is the ledger of one period; `drift` compares years; `response`, `calibrate` and
`forecast` carry a calibrated model of the bore field into the years to come. Pure kernels: arrays
in, frozen results out.
"""

from analytics.ground.exchange import Exchange
from analytics.ground.ledger import Balance, balance

__all__ = ["Balance", "Exchange", "balance"]
