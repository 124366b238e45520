"""Items made in a thread of their own, while those before them are worked on."""

import threading
from collections.abc import Generator
from queue import Full, Queue
from typing import TypeVar

Item = TypeVar("Item")

_SECONDS_A_LOOK = 0.1


class _End:
    """What the thread puts last: how it ended."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Generator[Item, None, None], count: int) -> Generator[Item, None, None]:
    """The items, at most `count` made before they are asked for; errors come in their place.

    Left early, it ends the thread and closes `items` there.
    """
    queue: Queue[Item | _End] = Queue(count)
    left = threading.Event()

    def put(item: Item | _End) -> bool:
        while not left.is_set():
            try:
                queue.put(item, timeout=_SECONDS_A_LOOK)
            except Full:
                continue
            return True
        return False

    def fill() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not put(item):
                    break
            items.close()
        except BaseException as raised:  # raised again where the items are asked for
            error = raised
        put(_End(error))

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        left.set()
        thread.join()
