"""Threads, processes and Spark keep to one interface."""

import functools
import os
import threading
import time

import pytest

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.execution import ProcessExecutor, ThreadExecutor
from colorizer_tf.base.execution.spark import SparkExecutor
from tests.base.execution.test_spark import SETTINGS, machine, reason_to_skip  # noqa: F401

SPARK = pytest.param(
    lambda: SparkExecutor("local[2]", SETTINGS, threads=2),
    id="spark",
    marks=[pytest.mark.spark, pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip())],
)
EXECUTORS = pytest.mark.parametrize(
    "executor",
    [
        pytest.param(lambda: ThreadExecutor(2, lambda: None), id="threads"),
        pytest.param(lambda: ProcessExecutor(1), id="this process"),
        pytest.param(lambda: ProcessExecutor(2), id="processes"),
        SPARK,
    ],
)


def third(number):
    if number < 0:
        raise ColorizerError(f"{number} is negative")
    return number * 3


@EXECUTORS
def test_results_come_with_their_numbers_however_often_it_is_entered(executor):
    executor = executor()
    for _ in range(2):
        with executor:
            for count in (5, 0, 100):
                found = dict(executor.map_unordered(third, iter(range(count)), count))
                assert found == {number: 3 * number for number in range(count)}
        assert not executor.is_running


@EXECUTORS
def test_a_function_s_error_is_raised(executor):
    with executor() as entered, pytest.raises(ColorizerError, match=r"^-7 is negative$"):
        list(entered.map_unordered(third, [1, -7, 2], 3))


def where(_number):
    time.sleep(0.05)
    return os.getpid(), threading.get_ident()


def test_tasks_run_where_they_should():
    with ProcessExecutor(2) as executor:
        processes = {place[0] for _, place in executor.map_unordered(where, range(8), 8)}
    assert len(processes) == 2
    assert os.getpid() not in processes
    with ThreadExecutor(3, lambda: None) as executor:
        places = {place for _, place in executor.map_unordered(where, range(9), 9)}
    assert len(places) == 3
    assert {process for process, _ in places} == {os.getpid()}


def test_tasks_are_taken_as_they_are_needed():
    taken = []

    def tasks():
        for number in range(1000):
            taken.append(number)
            yield number

    with ThreadExecutor(2, lambda: None) as executor:
        next(executor.map_unordered(third, tasks(), 1000))
        assert len(taken) < 10


def wait_for(stopped, seconds, _number):
    stopped.wait(seconds)


@pytest.mark.parametrize("obedient", [True, False])
def test_after_an_error_threads_are_told_and_waited_for_briefly(obedient):
    stopped, slow = threading.Event(), threading.Event()
    waiting = functools.partial(wait_for, stopped if obedient else slow, 20)
    executor, start = ThreadExecutor(2, stopped.set), time.monotonic()
    with pytest.raises(ZeroDivisionError), executor:
        for _ in executor.map_unordered(waiting, interrupted(), 10):
            pass
    assert stopped.is_set()
    assert executor.is_running is not obedient
    assert time.monotonic() - start < 5
    slow.set()


def interrupted():
    yield from range(3)
    raise ZeroDivisionError
