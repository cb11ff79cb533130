"""The request planner: as few blocks as the limits allow, never across what is forbidden."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from collector.planner import Block, Limits, describe, plan_blocks, split
from collector.words import Word


def word(name: str, address: int, kind: str = "u16", bits=None) -> Word:
    return Word(name, address, kind, bits=bits)


def plan(words, limits=None, function=3):
    blocks = plan_blocks([(function, w) for w in words], limits or Limits())
    return [(b.address, b.count, [w.name for w in b.words]) for b in blocks]


def test_neighbours_become_one_read():
    assert plan([word("b", 2, "f32"), word("a", 0, "f32")]) == [(0, 4, ["a", "b"])]


def test_hole_is_bridged_up_to_its_limit():
    words = [word("a", 0), word("b", 5)]
    assert plan(words, Limits(hole_limit=4)) == [(0, 6, ["a", "b"])]
    assert plan(words, Limits(hole_limit=3)) == [(0, 1, ["a"]), (5, 1, ["b"])]


def test_block_is_no_longer_than_allowed():
    words = [word(f"x{i}", 2 * i, "f32") for i in range(6)]
    assert [(start, count) for start, count, _ in plan(words, Limits(max_block=4))] == [
        (0, 4), (4, 4), (8, 4)
    ]  # fmt: skip


def test_value_is_never_cut_in_two():
    words = [word("a", 0), word("b", 1, "u64")]
    assert plan(words, Limits(max_block=4)) == [(0, 1, ["a"]), (1, 4, ["b"])]


def test_forbidden_range_is_not_read_even_inside_a_small_hole():
    words = [word("a", 0), word("b", 3)]
    assert plan(words, Limits(forbidden=((2, 2),))) == [(0, 1, ["a"]), (3, 1, ["b"])]
    assert plan(words, Limits(forbidden=((4, 9),))) == [(0, 4, ["a", "b"])]


def test_cut_parts_neighbours_of_its_function_only():
    words = [word("a", 0), word("b", 1)]
    assert plan(words, Limits(cuts=frozenset({(3, 1)}))) == [(0, 1, ["a"]), (1, 1, ["b"])]
    assert plan(words, Limits(cuts=frozenset({(4, 1)}))) == [(0, 2, ["a", "b"])]


def test_one_word_per_request_where_a_device_needs_it():
    words = [word("a", 0, "f32"), word("b", 2)]
    assert plan(words, Limits(one_word_per_request=True)) == [(0, 2, ["a"]), (2, 1, ["b"])]


def test_bits_of_one_register_are_read_together():
    words = [word("a", 7, bits=(0, 3)), word("b", 7, bits=(4, 7))]
    assert plan(words, Limits(one_word_per_request=True)) == [(7, 1, ["a", "b"])]


def test_functions_are_read_apart():
    blocks = plan_blocks([(4, word("a", 0)), (3, word("b", 1))], Limits())
    assert [(b.function, b.address) for b in blocks] == [(3, 1), (4, 0)]


def test_inputs_may_be_read_in_longer_blocks_than_registers():
    words = [word(f"x{i}", 10 * i, "bit") for i in range(50)]
    assert len(plan(words, Limits(max_block=100), function=2)) == 1
    assert len(plan(words, Limits(max_block=100), function=3)) > 1


def test_split_halves_between_words_and_leaves_a_single_place_alone():
    block = Block(3, 0, 8, tuple(word(f"x{i}", 2 * i, "f32") for i in range(4)))
    assert [(b.address, b.count) for b in split(block)] == [(0, 4), (4, 4)]
    single = Block(3, 7, 1, (word("a", 7, bits=(0, 0)), word("b", 7, bits=(1, 1))))
    assert split(single) == (single,)


def test_description_counts_requests_registers_and_points():
    blocks = plan_blocks([(3, word("a", 0, "f32")), (3, word("b", 90))], Limits())
    assert describe(blocks) == "2 requests, 3 registers, 2 points"


@st.composite
def layouts(draw):
    address, words = draw(st.integers(0, 200)), []
    for index in range(draw(st.integers(1, 30))):
        address += draw(st.integers(0, 40))
        kind = draw(st.sampled_from(["u16", "f32", "u64"]))
        words.append(word(f"x{index}", address, kind))
        address += words[-1].count
    places = {p for w in words for p in range(w.address, w.address + w.count)}
    free = [p for p in range(address) if p not in places]
    forbidden = draw(st.sets(st.sampled_from(free), max_size=5)) if free else set()
    return words, tuple((p, p) for p in sorted(forbidden))


@given(layouts(), st.integers(4, 125), st.integers(0, 60), st.randoms(use_true_random=False))
def test_plan_reads_every_word_once_and_keeps_to_the_limits(case, max_block, hole_limit, random):
    words, forbidden = case
    shuffled = list(words)
    random.shuffle(shuffled)
    limits = Limits(max_block=max_block, hole_limit=hole_limit, forbidden=forbidden)
    blocks = plan_blocks([(3, w) for w in shuffled], limits)
    assert [w for b in blocks for w in b.words] == words
    for block in blocks:
        places = set(range(block.address, block.address + block.count))
        assert block.count <= max_block
        assert not places & {p for p, _ in forbidden}
        assert all(set(range(w.address, w.address + w.count)) <= places for w in block.words)


@given(layouts(), st.integers(4, 125), st.integers(0, 60))
def test_no_two_blocks_could_have_been_one(case, max_block, hole_limit):
    words, forbidden = case
    limits = Limits(max_block=max_block, hole_limit=hole_limit, forbidden=forbidden)
    blocks = plan_blocks([(3, w) for w in words], limits)
    for left, right in itertools.pairwise(blocks):
        end = left.address + left.count
        first = right.words[0]
        too_long = first.address + first.count - left.address > max_block
        too_far = first.address - end > hole_limit
        barred = any(end <= p < first.address for p, _ in forbidden)
        assert too_long or too_far or barred
