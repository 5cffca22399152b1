"""Event loops and the host: one channel for each loop, and how a coroutine waits for the host."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any, Callable, Optional
from weakref import WeakKeyDictionary, ref

from . import _core
from ._errors import ForkedProcess

_pid = os.getpid()

# A channel's futures keep their loop, so a loop that was closed while it waited would never go:
# those are swept when the next loop comes.
_channels: WeakKeyDictionary[asyncio.AbstractEventLoop, _core.Channel] = WeakKeyDictionary()


class _Latest(threading.local):
    """The thread's last loop and its channel: finding it costs no look-up."""

    loop: Callable[[], Optional[asyncio.AbstractEventLoop]] = staticmethod(lambda: None)
    channel: Optional[_core.Channel] = None


_latest = _Latest()

Start = Callable[..., Optional[_core.Operation]]


def _open(loop: asyncio.AbstractEventLoop) -> _core.Channel:
    for other in [known for known in _channels if known.is_closed()]:
        _channels.pop(other).close()
    channel = _core.Channel()
    loop.add_reader(channel.fileno(), channel.drain)
    _channels[loop] = channel
    return channel


def _channel_of(loop: asyncio.AbstractEventLoop) -> _core.Channel:
    if _latest.loop() is loop and _latest.channel is not None:
        return _latest.channel
    channel = _channels.get(loop)
    if channel is None:
        channel = _open(loop)
    _latest.loop = ref(loop)
    _latest.channel = channel
    return channel


def close_all() -> None:
    """Drops what is still awaited; for the end of the interpreter."""
    while _channels:
        _channels.popitem()[1].close()


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        # asyncio hides a loop from the children of its process.
        if os.getpid() == _pid:
            raise
    raise ForkedProcess(
        "this event loop was started in the parent process and cannot be used in a forked child",
        hint="call qry_host.open() in the child, after the fork, on a loop of its own",
    )


async def wait(start: Start, *args: Any, cancel: Optional[Callable[[], None]] = None) -> Any:
    """Starts work of the host by start(channel, future, *args), and waits for it.

    A cancelled wait hands the cancel over to the host (by ``cancel``, else by the operation that
    ``start`` returns) and raises CancelledError at once, also when the outcome came at the same
    moment: then the outcome is let go.
    """
    loop = _running_loop()
    channel = _channel_of(loop)
    future: asyncio.Future[Any] = loop.create_future()
    operation = start(channel, future, *args)
    if cancel is None and operation is not None:
        cancel = operation.cancel
    try:
        return await future
    except BaseException:
        _give_up(future, cancel)
        raise
    finally:
        # An exception knows its frame: break the circle, so that it goes when it is done with.
        del future


def _give_up(future: asyncio.Future[Any], cancel: Optional[Callable[[], None]]) -> None:
    if not future.done():
        # The coroutine itself was thrown away.
        if cancel is not None:
            cancel()
        try:
            future.cancel()
        except RuntimeError:  # its loop is closed
            pass
    elif future.cancelled():
        if cancel is not None:
            cancel()
    elif future.exception() is None:
        # Cancelled in the moment between the outcome and its delivery.
        outcome = future.result()
        if isinstance(outcome, _core.Result):
            outcome.abandon()
        elif cancel is not None:
            cancel()
