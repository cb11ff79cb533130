"""Noise that can be evaluated at any instant.

A random walk would depend on the step width. Here every noise is a function of time: pseudo-random
values at the nodes of a fixed time grid, drawn by hashing (stream, node number), and a smooth curve
between them. The same instant gives the same value in a run at 900 s, at 60 s and at 1 s.
"""

import hashlib
import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Octaves = tuple[tuple[float, float], ...]

_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_CHUNK = np.uint64(0xFFFF)


def stream_seed(seed: int, name: str) -> int:
    """Return the 64-bit seed of the independent random stream `name`."""
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def node_values(nodes: npt.NDArray[np.int64], stream: int) -> FloatArray:
    """Draw one value per grid node: mean 0, variance 1, bounded by ±√12.

    Parameters
    ----------
    nodes : array of int64
        Node numbers. [-]
    stream : int
        Seed of the stream, from `stream_seed`.

    Returns
    -------
    array of float64
        Sum of four uniform values, scaled to unit variance. [-]

    Notes
    -----
    SplitMix64 finaliser (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195) as hash.
    """
    mixed = nodes.astype(np.uint64) * _INCREMENT + np.uint64(stream)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    mixed ^= mixed >> np.uint64(31)
    total = np.zeros(nodes.shape)
    for shift in (0, 16, 32, 48):
        total += ((mixed >> np.uint64(shift)) & _CHUNK).astype(np.float64)
    return (total / 65535.0 - 2.0) * math.sqrt(3.0)


def smooth_noise(at_s: FloatArray, stream: int, period_s: float) -> FloatArray:
    """Evaluate noise that loses its memory after `period_s`.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch]
    stream : int
        Seed of the stream, from `stream_seed`.
    period_s : float
        Distance of the grid nodes. [s]

    Returns
    -------
    array of float64
        Mean 0 and variance 1 at every instant. [-]
    """
    position = at_s / period_s
    left = np.floor(position)
    node = left.astype(np.int64)
    fraction = position - left
    weight = fraction * fraction * (3.0 - 2.0 * fraction)
    blend = (1.0 - weight) * node_values(node, stream) + weight * node_values(node + 1, stream)
    # Blending two independent values shrinks the variance between the nodes; undo that.
    return blend / np.sqrt((1.0 - weight) ** 2 + weight**2)


def layered_noise(at_s: FloatArray, seed: int, name: str, octaves: Octaves) -> FloatArray:
    """Sum noises of several memories into one of unit variance.

    Parameters
    ----------
    at_s : array of float64
        Instants. [s since epoch]
    seed : int
        Seed of the complex.
    name : str
        What the noise stands for; different names are independent.
    octaves : tuple of (float, float)
        Period [s] and weight [-] of each layer.

    Returns
    -------
    array of float64
        Mean 0 and variance 1. [-]
    """
    total = np.zeros(at_s.shape)
    for period_s, weight in octaves:
        total += weight * smooth_noise(at_s, stream_seed(seed, f"{name}/{period_s:g}"), period_s)
    return total / math.sqrt(sum(weight**2 for _, weight in octaves))
