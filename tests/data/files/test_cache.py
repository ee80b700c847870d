"""What is kept of what was loaded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from napari_flowprior.data import LruCache


def test_values_are_loaded_once():
    cache, loaded = LruCache(10), []

    def load():
        loaded.append(1)
        return "value", 3

    assert [cache.get("key", load) for _ in range(3)] == ["value"] * 3
    assert len(loaded) == 1
    assert cache.held == 3


def test_what_was_not_used_for_long_goes_first():
    cache = LruCache(2)
    for key in "abac":
        cache.get(key, lambda: (None, 1))
    loaded = []
    for key in "acb":
        cache.get(key, lambda key=key: (loaded.append(key), 1))
    assert loaded == ["b"]


def test_a_value_larger_than_the_limit_is_kept_while_it_is_used():
    cache = LruCache(10)
    cache.get("small", lambda: ("small", 1))
    cache.get("large", lambda: ("large", 100))
    assert cache.get("large", lambda: ("again", 100)) == "large"
    assert cache.held == 100
    cache.get("small", lambda: ("small", 1))
    assert cache.held == 1


@given(
    st.integers(0, 30),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), max_size=60),
)
def test_never_more_than_the_limit(limit, uses):
    cache = LruCache(limit)
    sizes = {}
    for key, size in uses:
        size = sizes.setdefault(key, size)
        assert cache.get(key, lambda key=key, size=size: (key, size)) == key
        assert size <= cache.held <= max(limit, size)


def test_threads_share_it():
    cache = LruCache(20)

    def use(number):
        return [cache.get(k % 7, lambda k=k: (k % 7, 4)) for k in range(number, 5000)]

    with ThreadPoolExecutor(4) as threads:
        for number, values in enumerate(threads.map(use, range(4))):
            assert values == [k % 7 for k in range(number, 5000)]
    assert cache.held == 20
