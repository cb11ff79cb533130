import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.physics.noise import layered_noise, node_values, smooth_noise, stream_seed

OCTAVES = ((86_400.0, 0.8), (3_600.0, 0.5))
FIRST_S = 1_760_000_000.0


def test_an_instant_has_one_value_whatever_the_step_width():
    fine = FIRST_S + np.arange(0.0, 86_400.0, 60.0)
    noise = layered_noise(fine, 7, "weather", OCTAVES)
    coarse = layered_noise(fine[::15], 7, "weather", OCTAVES)
    assert np.array_equal(noise[::15], coarse)
    assert layered_noise(fine[123:124], 7, "weather", OCTAVES)[0] == noise[123]


def test_noise_has_mean_zero_and_variance_one():
    at_s = FIRST_S + np.arange(200_000) * 911.0
    noise = layered_noise(at_s, 3, "anything", OCTAVES)
    assert abs(noise.mean()) < 0.05
    assert abs(noise.std() - 1.0) < 0.05


def test_noise_is_smooth_within_its_memory():
    at_s = FIRST_S + np.arange(0.0, 40_000.0, 10.0)
    change = np.abs(np.diff(smooth_noise(at_s, 42, 3_600.0)))
    assert change.max() < 0.06


def test_streams_differ_by_name_and_by_seed():
    at_s = FIRST_S + np.arange(3_000) * 86_400.0
    one = layered_noise(at_s, 1, "cloud", OCTAVES)
    assert abs(np.corrcoef(one, layered_noise(at_s, 1, "wind", OCTAVES))[0, 1]) < 0.1
    assert abs(np.corrcoef(one, layered_noise(at_s, 2, "cloud", OCTAVES))[0, 1]) < 0.1


@given(st.integers(0, 2**63), st.text(max_size=20))
def test_node_values_are_bounded(seed, name):
    values = node_values(np.arange(-50, 50), stream_seed(seed, name))
    assert np.all(np.abs(values) <= np.sqrt(12.0) + 1e-12)
