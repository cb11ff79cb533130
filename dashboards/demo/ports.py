"""Free TCP ports on loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence

from collector.errors import GroundwattError

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 15_000, 30_000
"""Below the range from which the kernel gives ports to outgoing connections."""
NEXT_PORTS = 100


def is_free(port: int) -> bool:
    """Whether nobody listens on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int, rng: random.Random) -> Sequence[int]:
    """So many different free ports.

    Raises
    ------
    GroundwattError
        There are not enough.
    """
    found: list[int] = []
    for port in rng.sample(range(LOWEST, HIGHEST), HIGHEST - LOWEST):
        if len(found) == count:
            return found
        if is_free(port):
            found.append(port)
    raise GroundwattError(f"no {count} free TCP ports between {LOWEST} and {HIGHEST}")


def next_free(port: int) -> int:
    """Give the port itself or the next free one after it.

    Raises
    ------
    GroundwattError
        A hundred ports in a row are taken.
    """
    for candidate in range(port, min(port + NEXT_PORTS, 65_536)):
        if is_free(candidate):
            return candidate
    raise GroundwattError(f"ports {port} to {port + NEXT_PORTS - 1} are all taken")
