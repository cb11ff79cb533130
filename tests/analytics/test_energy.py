"""Energy from registers and from power: nothing invented, nothing lost, everything told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.energy import Joint, counter_in_buckets, from_counter, in_buckets, integrated
from analytics.series import HOUR_MS, FloatArray, IntArray, Series

MIN = 60_000
NAN = float("nan")


def readings(*values: float, every_ms: int = MIN) -> tuple[IntArray, FloatArray]:
    return np.arange(len(values), dtype=np.int64) * every_ms, np.array(values)


def codes(result: object) -> list[str]:
    return [finding.code for finding in result.findings]  # type: ignore[attr-defined]


def test_an_ordinary_register_counts_its_differences():
    found = from_counter(*readings(100.0, 100.5, 102.0))
    np.testing.assert_allclose(found.delta, [0.5, 1.5])
    assert found.total == pytest.approx(2.0)
    assert found.findings == ()


def test_a_missing_reading_loses_no_energy():
    found = from_counter(*readings(100.0, NAN, 102.0))
    assert found.used.tolist() == [0, 2]
    assert found.at.tolist() == [0, 2 * MIN]
    np.testing.assert_allclose(found.delta, [2.0])


class TestRollover:
    def test_the_modulus_is_added(self):
        found = from_counter(*readings(9998.0, 9999.0, 1.0, 2.0), modulus=1e4, most_per_hour=200)
        np.testing.assert_allclose(found.delta, [1.0, 2.0, 1.0])
        assert codes(found) == ["counter.rollover"]
        assert "9,999.00" in found.findings[0].sentence.en

    def test_a_coarse_register_rolls_over_in_one_step(self):
        """10 kWh in one minute is more than 1.2 × 200 kW allows, but only one step."""
        values = [*np.repeat([9960.0, 9970.0, 9980.0, 9990.0], 3), *np.repeat([0.0, 10.0], 3)]
        found = from_counter(*readings(*values), modulus=1e4, most_per_hour=200)
        assert found.total == pytest.approx(50.0)
        assert codes(found) == ["counter.rollover"]

    def test_more_than_the_rated_power_is_no_rollover(self):
        found = from_counter(*readings(9500.0, 9501.0, 3.0, 4.0), modulus=1e4, most_per_hour=100)
        np.testing.assert_equal(found.delta, [1.0, NAN, 1.0])
        assert codes(found) == ["counter.drop"]

    def test_without_rated_power_the_register_itself_is_the_measure(self):
        slow = from_counter(*readings(9700.0, 9701.0, 9702.0, 2.0, 3.0, 4.0), modulus=1e4)
        assert codes(slow) == ["counter.drop"]
        fast = from_counter(*readings(9996.0, 9997.5, 9999.0, 0.5, 2.0, 3.5), modulus=1e4)
        assert codes(fast) == ["counter.rollover"]
        assert fast.total == pytest.approx(7.5)

    def test_where_nothing_is_known_of_the_rate_the_modulus_decides(self):
        found = from_counter(*readings(99_990.0, 10.0), modulus=1e5)
        np.testing.assert_allclose(found.delta, [20.0])
        assert codes(found) == ["counter.rollover"]

    def test_plain_lists_of_whole_numbers_are_readings(self):
        found = from_counter([0, MIN, 2 * MIN], [9998, 9999, 1], modulus=1e4)  # type: ignore[arg-type]
        np.testing.assert_allclose(found.delta, [1.0, 2.0])

    def test_without_modulus_none_is_assumed(self):
        assert codes(from_counter(*readings(9998.0, 9999.0, 1.0, 2.0))) == ["counter.drop"]


class TestDrop:
    def test_an_undeclared_reset_is_told_and_not_claimed(self):
        found = from_counter(*readings(5000.0, 5001.0, 0.0, 1.0, 2.0, 3.0, 4.0))
        np.testing.assert_equal(found.delta, [1.0, NAN, 1.0, 1.0, 1.0, 1.0])
        (finding,) = found.findings
        assert finding.code == "counter.drop"
        assert finding.severity == "warning"
        assert finding.evidence["before"] == 5001.0
        assert finding.evidence["after"] == 0.0
        assert finding.evidence["from_ms"] == MIN

    def test_many_of_them_are_told_once(self):
        day = [float(n) for n in range(96)]  # a register set to zero every midnight
        found = from_counter(*readings(*(day * 20), every_ms=15 * MIN))
        (finding,) = found.findings
        assert finding.evidence["events"] == 19
        assert found.total == pytest.approx(20 * 95)


class TestJoint:
    def test_a_declared_exchange_is_bridged_exactly(self):
        at, counter = readings(5000.0, 5001.0, 13.0, 14.0)
        found = from_counter(at, counter, joints=[Joint(2 * MIN - 10, 5001.4, 12.5)])
        np.testing.assert_allclose(found.delta, [1.0, 0.9, 1.0])
        assert found.findings == ()

    def test_the_slot_of_the_joint_is_the_new_meters(self):
        found = from_counter(*readings(5000.0, 13.0), joints=[(MIN, 5000.5, 12.5)])
        np.testing.assert_allclose(found.delta, [1.0])

    def test_two_exchanges_in_one_gap_chain(self):
        found = from_counter(*readings(5000.0, 3.0), joints=[(20, 700.0, 0.0), (10, 5002.0, 600.0)])
        np.testing.assert_allclose(found.delta, [2.0 + 100.0 + 3.0])

    def test_an_old_meter_that_rolled_over_before_it_was_taken_off(self):
        found = from_counter(
            *readings(9998.0, 9999.0, 7.0),
            modulus=1e4,
            most_per_hour=600,
            joints=[(2 * MIN - 1, 1.0, 5.0)],
        )
        np.testing.assert_allclose(found.delta, [1.0, 4.0])

    def test_a_joint_outside_the_record_plays_no_part(self):
        at, counter = readings(1.0, 2.0)
        joints = [(0, 900.0, 1.0), (5 * MIN, 7.0, 0.0)]
        np.testing.assert_allclose(from_counter(at, counter, joints=joints).delta, [1.0])

    def test_a_joint_that_the_readings_contradict_is_told(self):
        found = from_counter(*readings(5000.0, 5001.0, 13.0), joints=[(90_000, 4000.0, 12.0)])
        np.testing.assert_equal(found.delta, [1.0, NAN])
        assert codes(found) == ["counter.joint-mismatch"]

    def test_a_joint_declared_too_early_invents_no_energy(self):
        """The old meter still answers after the declared moment; its height is no consumption."""
        found = from_counter(
            *readings(5000.0, 5001.0, 5002.0, 5003.0, 1.0, 2.0, 3.0, 4.0, 5.0),
            joints=[(90_000, 5001.5, 0.0)],
        )
        assert sorted(codes(found)) == ["counter.drop", "counter.joint-mismatch"]
        assert found.total == pytest.approx(1.0 + 1.0 + 4.0)

    def test_a_display_read_by_eye_is_whole_units(self):
        found = from_counter(*readings(5000.43, 13.0), joints=[(10, 5000.0, 12.0)])
        np.testing.assert_allclose(found.delta, [0.57])

    def test_a_rise_right_after_an_exchange_is_no_spike(self):
        values = [10.0, 11.0, 12.0, 90_000.0, 90_001.0, 90_002.0, 90_003.0]
        found = from_counter(*readings(*values), joints=[(3 * MIN, 12.5, 89_999.5)])
        np.testing.assert_allclose(found.delta, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0])


class TestSpike:
    @pytest.mark.parametrize(
        "wrong",
        [[9e5], [0.0], [9e5, 8e5], [0.0, 0.0, 0.0], [102.5], [100.2], [9e5, 0.0], [0.0, 9e5]],
    )
    def test_is_ignored_and_the_energy_across_it_kept(self, wrong):
        values = [100.0, 101.0, 102.0, 102.1, *wrong, 102.3, 103.0, 104.0, 105.0]
        found = from_counter(*readings(*values))
        assert found.total == pytest.approx(5.0)
        assert not np.isnan(found.delta).any()
        assert {"counter.spike"} >= set(codes(found))

    def test_the_reading_is_named(self):
        (finding,) = from_counter(*readings(100.0, 101.0, 9e5, 102.0, 103.0)).findings
        assert finding.evidence["extreme"] == 9e5
        assert "900,000.00" in finding.sentence.zh

    def test_a_long_dip_to_zero_is_no_reset(self):
        """A gateway that answers zeros for hours, then the register again."""
        values = [1000.0, 1001.0, *([0.0] * 100), 1102.0, 1103.0]
        found = from_counter(*readings(*values))
        assert found.total == pytest.approx(103.0)
        assert codes(found) == ["counter.dip"]

    def test_a_reset_and_a_spike_right_behind_it_invent_no_energy(self):
        values = [5033.0, 5034.0, 35.0, 36.0, 9e5, 38.0, 39.0, 40.0, 41.0]
        found = from_counter(*readings(*values))
        np.testing.assert_allclose(found.delta, [1.0, NAN, 1.0, 2.0, 1.0, 1.0, 1.0])
        assert codes(found) == ["counter.spike", "counter.drop"]

    def test_a_spike_within_a_long_dip_is_not_its_end(self):
        values = [1000.0, 1001.0, *([0.0] * 50), 9e5, *([0.0] * 50), 1102.0, 1103.0]
        found = from_counter(*readings(*values))
        assert found.total == pytest.approx(103.0)

    def test_a_long_plateau_at_a_wrong_height_is_ignored(self):
        high = [5000.0 + n for n in range(30)]
        values = [*(1000.0 + n for n in range(20)), *high, *(1050.0 + n for n in range(20))]
        found = from_counter(*readings(*values))
        assert found.total == pytest.approx(69.0)
        assert codes(found) == ["counter.dip"]

    def test_a_rise_beyond_the_rated_power_that_stays_is_not_claimed(self):
        found = from_counter(*readings(10.0, 10.5, 5000.0, 5000.5), most_per_hour=60)
        np.testing.assert_allclose(found.delta, [0.5, NAN, 0.5])
        assert codes(found) == ["counter.jump"]


class TestReversed:
    VALUES = tuple(9000.0 - n for n in range(10 * 24))

    def test_is_told_and_nothing_claimed(self):
        found = from_counter(*readings(*self.VALUES, every_ms=HOUR_MS))
        assert np.isnan(found.delta).all()
        assert codes(found) == ["counter.reversed"]
        assert found.total == 0.0

    def test_gives_its_magnitude_when_asked(self):
        found = from_counter(*readings(*self.VALUES, every_ms=HOUR_MS), magnitude=True)
        assert found.total == pytest.approx(239.0)
        assert codes(found) == ["counter.reversed"]

    def test_rolls_over_too(self):
        values = [(500.0 - 7 * n) % 10_000 for n in range(24 * 10)]
        found = from_counter(*readings(*values, every_ms=HOUR_MS), modulus=1e4, magnitude=True)
        assert found.total == pytest.approx(7 * 239)
        assert codes(found) == ["counter.reversed", "counter.rollover"]

    def test_one_reset_is_not_reversed(self):
        assert codes(from_counter(*readings(900.0, 0.0))) == ["counter.drop"]

    def test_a_gauge_is_no_register(self):
        noise = 50.0 + 10.0 * np.sin(np.arange(400.0))
        found = from_counter(np.arange(400) * MIN, noise)
        assert np.isnan(found.delta).all()
        assert codes(found) == ["counter.not-cumulative"]


class TestBadInput:
    @pytest.mark.parametrize("values", [[], [1.0], [NAN, NAN, NAN], [NAN, 5.0, NAN]])
    def test_too_little_claims_nothing(self, values):
        at, counter = readings(*values)
        found = from_counter(at, counter)
        assert found.delta.size == 0
        assert codes(found) == ["counter.too-few"]
        buckets = counter_in_buckets(at, counter, np.array([0, MIN, 2 * MIN]))
        assert np.isnan(buckets.energy).all()
        assert buckets.coverage.tolist() == [0.0, 0.0]
        assert buckets.measured.tolist() == [0.0, 0.0]

    def test_infinite_readings_are_missing(self):
        np.testing.assert_allclose(from_counter(*readings(1.0, np.inf, 3.0)).delta, [2.0])

    @pytest.mark.parametrize("at", [[0, 0], [1, 0]])
    def test_unordered_readings_are_refused(self, at):
        with pytest.raises(ValueError, match="at: readings must strictly increase"):
            from_counter(np.array(at), np.array([1.0, 2.0]))

    def test_arrays_of_different_length_are_refused(self):
        with pytest.raises(ValueError, match="at and counter"):
            from_counter(np.array([0]), np.array([1.0, 2.0]))

    @pytest.mark.parametrize("name", ["modulus", "most_per_hour", "longest_gap_ms"])
    def test_limits_must_be_positive(self, name):
        with pytest.raises(ValueError, match=name):
            from_counter(*readings(1.0, 2.0), **{name: 0})

    @pytest.mark.parametrize("edges", [[], [0], [0, 0], [1, 0]])
    def test_edges_must_make_buckets(self, edges):
        with pytest.raises(ValueError, match="edges"):
            counter_in_buckets(*readings(1.0, 2.0), np.array(edges, dtype=np.int64))


class TestGaps:
    AT = np.array([0, 10, 20, 30, 90, 100, 110]) * MIN
    COUNTER = np.array([0.0, 1.0, 2.0, 3.0, 9.0, 10.0, 11.0])

    def test_a_bucket_that_contains_the_gap_has_its_energy(self):
        found = counter_in_buckets(self.AT, self.COUNTER, np.array([0, 110]) * MIN)
        np.testing.assert_allclose(found.energy, [11.0])
        np.testing.assert_allclose(found.coverage, [1.0])

    def test_an_edge_inside_the_gap_has_no_value(self):
        found = counter_in_buckets(self.AT, self.COUNTER, np.array([0, 60, 110]) * MIN)
        assert np.isnan(found.energy).all()
        np.testing.assert_allclose(found.coverage, [30 / 60, 20 / 50])
        np.testing.assert_allclose(found.measured, [3.0, 2.0])

    def test_buckets_inside_the_gap_know_nothing(self):
        found = counter_in_buckets(self.AT, self.COUNTER, np.array([40, 50, 60]) * MIN)
        assert found.coverage.tolist() == [0.0, 0.0]
        assert found.measured.tolist() == [0.0, 0.0]

    def test_an_edge_between_close_readings_is_interpolated(self):
        found = counter_in_buckets(self.AT, self.COUNTER, np.array([5, 15, 25]) * MIN)
        np.testing.assert_allclose(found.energy, [1.0, 1.0])

    def test_fifteen_minutes_apart_is_not_close(self):
        found = counter_in_buckets(*readings(0.0, 1.0, every_ms=15 * MIN), np.array([0, 5 * MIN]))
        assert np.isnan(found.energy).all()

    def test_edges_beyond_the_record_are_unknown(self):
        found = counter_in_buckets(self.AT, self.COUNTER, np.array([-10, 10, 100, 120]) * MIN)
        np.testing.assert_equal(found.energy, [NAN, 9.0, NAN])
        np.testing.assert_allclose(found.coverage, [0.5, 1.0, 0.5])

    def test_a_caller_may_withhold_long_gaps(self):
        found = from_counter(self.AT, self.COUNTER, longest_gap_ms=30 * MIN)
        np.testing.assert_equal(found.delta, [1.0, 1.0, 1.0, NAN, 1.0, 1.0])
        assert codes(found) == ["counter.gap"]
        assert found.findings[0].evidence["withheld"] == 6.0
        day = in_buckets(found, np.array([0, 110]) * MIN)
        np.testing.assert_allclose(day.coverage, [50 / 110])
        np.testing.assert_allclose(day.measured, [5.0])

    def test_an_undeclared_drop_takes_its_interval_from_the_bucket(self):
        at, counter = readings(5000.0, 5001.0, 0.0, 1.0, 2.0, 3.0, 4.0)
        found = counter_in_buckets(at, counter, np.array([0, 6 * MIN]))
        assert np.isnan(found.energy[0])
        np.testing.assert_allclose(found.measured, [5.0])
        np.testing.assert_allclose(found.coverage, [5 / 6])


@st.composite
def registers(draw: st.DrawFn) -> tuple[IntArray, FloatArray, FloatArray, float]:
    """Instants, what really flowed by then, what the register showed, its modulus."""
    gaps = draw(st.lists(st.sampled_from([1, 1, 1, 2, 5, 14, 16, 90]), min_size=1, max_size=60))
    at = np.concatenate(([0], np.cumsum(gaps))) * MIN
    flow = draw(st.lists(st.floats(0, 1), min_size=len(gaps), max_size=len(gaps)))
    truth = draw(st.floats(95_000, 100_000)) + np.concatenate(
        ([0.0], np.cumsum(np.array(flow) * np.array(gaps)))
    )
    return at, truth, np.mod(truth, 1e5), 1e5


@given(registers(), st.lists(st.integers(-10, 4000), min_size=2, max_size=12, unique=True))
def test_register_energy_is_conserved(register, minutes):
    """[a, c] = [a, b] + [b, c] wherever claimed, and the truth wherever edges are readings."""
    at, truth, shown, modulus = register
    edges = np.array(sorted(minutes)) * MIN
    counted = from_counter(at, shown, modulus=modulus, most_per_hour=60.0)
    assert counted.total == pytest.approx(truth[-1] - truth[0], abs=1e-6)
    fine = in_buckets(counted, edges)
    coarse = in_buckets(counted, edges[[0, -1]])
    if not np.isnan(fine.energy).any():
        assert coarse.energy[0] == pytest.approx(fine.energy.sum(), abs=1e-6)
    for low, high, energy in zip(edges[:-1], edges[1:], fine.energy, strict=True):
        if low in at and high in at:
            flowed = truth[at == high][0] - truth[at == low][0]
            assert energy == pytest.approx(flowed, abs=1e-6)
    assert np.all((fine.coverage >= 0) & (fine.coverage <= 1))
    assert np.all((fine.coverage == 1) == ~np.isnan(fine.energy))


@given(registers(), st.integers(0, 2**32 - 1))
def test_lost_readings_change_no_total(register, seed):
    at, truth, shown, modulus = register
    lost = np.random.default_rng(seed).random(at.size) < 0.4
    lost[[0, -1]] = False
    shown = np.where(lost, NAN, shown)
    counted = from_counter(at, shown, modulus=modulus, most_per_hour=60.0)
    assert counted.total == pytest.approx(truth[-1] - truth[0], abs=1e-6)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_scattered_spikes_change_no_total(seed, number):
    random = np.random.default_rng(seed)
    truth = 5000.0 + np.cumsum(random.uniform(0.0, 2.0, 2000))
    shown = truth.copy()
    wrong = random.choice(np.arange(2, 1998, 8), size=min(number, 45), replace=False)
    shown[wrong] *= random.choice([0.0, 0.3, 3.0, 100.0], size=wrong.size)
    counted = from_counter(np.arange(2000) * MIN, shown)
    assert counted.total == pytest.approx(truth[-1] - truth[0], abs=1e-6)


class TestQuantisation:
    def test_the_error_of_a_difference_does_not_grow_with_the_intervals(self):
        """N10: its standard deviation is r/√6, whether it spans one interval or a thousand."""
        step, random = 10.0, np.random.default_rng(7)
        for intervals in (1, 10, 1000):
            truth = random.uniform(0, 1e4, 20_000)
            more = random.uniform(50, 100, 20_000) * intervals
            shown = np.floor((truth + more) / step) * step - np.floor(truth / step) * step
            assert np.std(shown - more) == pytest.approx(step / np.sqrt(6), rel=0.02)

    def test_buckets_of_a_coarse_register_telescope(self):
        random = np.random.default_rng(8)
        truth = np.cumsum(random.uniform(0, 3, 5000))
        at = np.arange(5000) * MIN
        shown = np.floor(truth / 10.0) * 10.0
        hours = counter_in_buckets(at, shown, np.arange(0, 83) * HOUR_MS)
        assert hours.energy.sum() == pytest.approx(shown[82 * 60] - shown[0])
        assert abs(hours.energy.sum() - (truth[82 * 60] - truth[0])) < 10.0


class TestIntegrated:
    @staticmethod
    def power(minutes: list[int], value: list[float]) -> Series:
        return Series(np.array(minutes) * MIN, np.array(value), "kW", MIN)

    def test_is_the_trapezoid(self):
        found = integrated(
            self.power([0, 30, 60], [0.0, 60.0, 0.0]),
            np.array([0, 15, 60]) * MIN,
            longest_gap_ms=30 * MIN,
        )
        np.testing.assert_allclose(found.energy, [3.75, 26.25])
        np.testing.assert_allclose(found.coverage, [1.0, 1.0])

    def test_invents_nothing_across_a_long_gap(self):
        found = integrated(
            self.power([0, 10, 50, 60], [6.0, 6.0, 6.0, 6.0]),
            np.array([0, 60]) * MIN,
            longest_gap_ms=30 * MIN,
        )
        assert np.isnan(found.energy[0])
        np.testing.assert_allclose(found.measured, [2.0])
        np.testing.assert_allclose(found.coverage, [20 / 60])

    def test_divides_the_longest_gap_that_it_allows(self):
        found = integrated(
            self.power([0, 30], [6.0, 6.0]), np.array([0, 10, 30]) * MIN, longest_gap_ms=30 * MIN
        )
        np.testing.assert_allclose(found.energy, [1.0, 2.0])

    def test_a_missing_value_is_a_gap_not_zero(self):
        found = integrated(
            self.power([0, 1, 2], [6.0, NAN, 6.0]), np.array([0, 2 * MIN]), longest_gap_ms=5 * MIN
        )
        np.testing.assert_allclose(found.energy, [0.2])

    @pytest.mark.parametrize("value", [[], [5.0], [NAN, NAN]])
    def test_too_little_knows_nothing(self, value):
        series = self.power(list(range(len(value))), value)
        found = integrated(series, np.array([0, MIN]), longest_gap_ms=MIN)
        assert np.isnan(found.energy[0])
        assert found.coverage[0] == 0.0

    def test_the_longest_gap_must_be_positive(self):
        with pytest.raises(ValueError, match="longest_gap_ms"):
            integrated(self.power([0, 1], [1.0, 1.0]), np.array([0, MIN]), longest_gap_ms=0)

    @given(
        st.lists(st.floats(0, 500), min_size=3, max_size=50),
        st.lists(st.integers(1, 900), min_size=1, max_size=20, unique=True),
    )
    def test_parts_add_up(self, value, cuts):
        series = self.power([20 * n for n in range(len(value))], value)
        end = 20 * (len(value) - 1)
        edges = np.unique([0, end, *(cut for cut in cuts if cut < end)]) * MIN
        found = integrated(series, edges, longest_gap_ms=20 * MIN)
        assert found.energy.sum() == pytest.approx(np.trapezoid(value) / 3, abs=1e-6)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(20, 160), st.integers(1, 20))
def test_a_window_read_alone_says_what_it_says_in_the_whole(seed, first, length):
    """With four readings of margin: so a late sample changes its own windows and no others."""
    random = np.random.default_rng(seed)
    shown = 5000.0 + np.cumsum(random.uniform(0.0, 2.0, 200))
    shown[8 * random.integers(2, 24) + 1 :] -= 4000.0  # an undeclared exchange
    wrong = np.arange(5, 195, 8)
    shown[wrong] *= random.choice([1.0, 0.0, 100.0], size=wrong.size)
    at = np.arange(200) * MIN
    edges = np.arange(first, min(first + length, 190)) * MIN + 20_000
    if edges.size < 2:
        return
    near = slice(int(edges[0] // MIN) - 4, int(edges[-1] // MIN) + 6)
    if near.start % 8 == 5 or (near.stop - 1) % 8 == 5:
        return  # what lies beside a wrong reading at the very end of a record, nobody can tell
    whole = counter_in_buckets(at, shown, edges)
    alone = counter_in_buckets(at[near], shown[near], edges)
    np.testing.assert_allclose(alone.energy, whole.energy, atol=1e-6)
    np.testing.assert_allclose(alone.measured, whole.measured, atol=1e-6)
    np.testing.assert_allclose(alone.coverage, whole.coverage)
