"""Threads that nobody waits for: a name server or a disk that hangs must not keep the command from its end."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


class DaemonThreads(ThreadPoolExecutor):
    """For asyncio, which takes no other kind of executor: a daemon thread for each call, none in the pool."""

    def submit(
        self, call: Callable[Arguments, Value], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Value]:
        future: Future[Value] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(call(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - the caller's to look at
                future.set_exception(error)

        Thread(target=work, name="check", daemon=True).start()
        return future
