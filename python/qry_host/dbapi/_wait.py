"""Waiting for the host without an event loop."""

from __future__ import annotations

import threading
from typing import Any, Callable, Optional

from .. import _core

Start = Callable[[_core.Channel, "Outcome"], Optional[_core.Operation]]


class Outcome:
    """A future for one waiting thread."""

    __slots__ = ("_value", "_error", "_finished")

    def __init__(self) -> None:
        self._value: Any = None
        self._error: Optional[BaseException] = None
        self._finished = False

    def done(self) -> bool:
        return self._finished

    def set_result(self, value: Any) -> None:
        self._value = value
        self._finished = True

    def set_exception(self, error: BaseException) -> None:
        self._error = error
        self._finished = True

    def get(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._value

    def drop(self) -> None:
        """What comes, or came, is not wanted any more."""
        self._finished = True
        value, self._value = self._value, None
        if isinstance(value, _core.Result):
            value.abandon()


_of_thread = threading.local()


def wait(start: Start, cancel: Optional[Callable[[], None]] = None) -> Any:
    """Starts work of the host and blocks, without the GIL, until it is done. Ctrl-C cancels it."""
    channel: Optional[_core.Channel] = getattr(_of_thread, "channel", None)
    if channel is None:
        channel = _of_thread.channel = _core.Channel()
    outcome = Outcome()
    operation = start(channel, outcome)
    if cancel is None and operation is not None:
        cancel = operation.cancel
    try:
        while not outcome.done():
            channel.wait()
    except BaseException:
        if cancel is not None:
            cancel()
        outcome.drop()
        raise
    return outcome.get()
