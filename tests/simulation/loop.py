"""An event loop in which time is virtual, nothing is outside, and the seed chooses what runs next.

No selector, no threads, no sockets: whoever tries to open one gets NotImplementedError. Where nothing is ready, time
jumps to the next timer. Among the handles that are ready the seed chooses, so that every interleaving can come about.

Whose a handle is, says the context variable PROCESS. A killed process's handles are never run and never collected, so
that no `finally` of its acts: what it had handed over goes on, everything else stands still for ever. A frozen one's
are parked, and come back with its overdue timers once it is thawed. `now` is the world's time, `time` what a process
takes for it: while its whole machine stood still, `time` did too, and its timers come that much later.
"""

import asyncio
import gc
import heapq
import sys
import warnings
from asyncio import events
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from tests.simulation.process import PROCESS, Process, process_of

NOW = 1_795_000_000.0  # 18 Nov 2026, where a world's time is 0

Result = TypeVar("Result")


class Task(asyncio.Task[Any]):
    """Has its number for a hash, so that a set of tasks has the same order in each run."""

    def __init__(self, coro: Any, number: int, **more: Any) -> None:  # noqa: ANN401
        self.number = number
        super().__init__(coro, **more)

    def __hash__(self) -> int:
        return self.number


@dataclass(eq=False)
class SimulatedLoop(asyncio.AbstractEventLoop):
    """`observe` hears of each task that begins (its context) and returns who wants to hear of its end, if anybody."""

    random: Random
    observe: Callable[[Context], Callable[[], None] | None] = lambda _: None
    steps: int = 0
    is_halted: bool = False
    unhandled: list[str] = field(default_factory=list)
    _now: float = 0.0
    _ready: list[asyncio.Handle] = field(default_factory=list)
    _timers: list[tuple[float, int, asyncio.TimerHandle]] = field(default_factory=list)
    _graveyard: list[asyncio.Handle] = field(default_factory=list)
    _tasks: dict[Task, None] = field(default_factory=dict)
    _counter: int = 0
    _closed: bool = False

    def run(self, main: Coroutine[Any, Any, Result]) -> Result | None:
        """What `main` returns, None where it was halted; then what is left is put away without having its say."""
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            task = self.create_task(main)
            while not task.done() and not self.is_halted:
                self._step()
            return task.result() if task.done() else None
        finally:
            self._bury()
            events._set_running_loop(before)

    def _step(self) -> None:
        while not self._ready:
            self._advance()
        chosen = int(self.random.random() * len(self._ready))
        handle = self._ready[chosen]
        self._ready[chosen] = self._ready[-1]
        self._ready.pop()
        if handle._cancelled:
            return
        process = process_of(handle)
        if process is not None and process.is_dead:
            self._graveyard.append(handle)
        elif process is not None and process.frozen is not None:
            process.frozen.append(handle)
        else:
            self.steps += 1
            handle._run()

    def _advance(self) -> None:
        if not self._timers:
            raise RuntimeError("everybody waits for something that nobody will do")
        self._now = max(self._now, self._timers[0][0])
        while self._timers and self._timers[0][0] <= self._now:
            self._is_due(heapq.heappop(self._timers)[2])

    def _is_due(self, timer: asyncio.TimerHandle) -> None:
        """But for a timer of a process whose clock has stood still since."""
        process = process_of(timer)
        due = timer.when() + (process.time_stopped_s if process else 0.0)
        if due <= self._now:
            self._ready.append(timer)
        else:
            self._push(due, timer)

    def _push(self, due: float, timer: asyncio.TimerHandle) -> None:
        self._counter += 1
        heapq.heappush(self._timers, (due, self._counter, timer))

    def freeze(self, process: Process, kind: str = "freeze") -> None:
        """One of FREEZES; nothing where it is dead, or frozen already."""
        if not process.is_stuck:
            process.begin_freeze(self._now, kind)

    def thaw(self, process: Process) -> None:
        """Whatever became due meanwhile by its own clock is due now, all at once."""
        if process.frozen is None:
            return
        for handle in process.end_freeze(self._now):
            if isinstance(handle, asyncio.TimerHandle):
                self._is_due(handle)
            else:
                self._ready.append(handle)

    def _bury(self) -> None:
        """In the same order each time; what a `finally` does now is no part of the world any more."""
        self._closed = True
        left, before = list(self._tasks), sys.unraisablehook
        sys.unraisablehook = lambda _: None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for part in (self._tasks, self._ready, self._timers, self._graveyard):
                part.clear()
            for task in left:
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with suppress(BaseException):
                    task.get_coro().close()
            if left:
                left.clear()
                gc.collect()  # here, where whatever they say is heard by nobody
        sys.unraisablehook = before

    def now(self) -> float:
        """The world's time, whoever asks."""
        return self._now

    # ── what asyncio asks of a loop ───────────────────────────────────────────────────────────────────────────────

    def time(self) -> float:
        """As whoever asks takes it to be."""
        process = PROCESS.get()
        return self._now - process.time_stopped_s if process else self._now

    def call_soon(  # type: ignore[override]
        self,
        callback: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
        context: Context | None = None,
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        if not self._closed:
            self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        asking = PROCESS.get()
        due = when + asking.time_stopped_s if asking else when
        context = copy_context() if context is None else context
        process = context.get(PROCESS)  # a timer goes by its own process's clock
        handle = asyncio.TimerHandle(due - process.time_stopped_s if process else due, callback, args, self, context)
        if not self._closed:
            self._push(due, handle)
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over once its time has come."""

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Any,  # noqa: ANN401
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> "asyncio.Task[Any]":
        if self._closed:  # a `finally` of what is being put away: it has no more say
            coro.close()
            nobody = self.create_future()
            nobody.cancel()
            return nobody  # type: ignore[return-value]
        context = copy_context() if context is None else context
        self._counter += 1
        task = Task(coro, self._counter, loop=self, name=name or "task", context=context)
        self._tasks[task] = None
        at_end = self.observe(context)
        task.add_done_callback(lambda _: self._ended(task, at_end), context=context)
        return task

    def _ended(self, task: Task, at_end: Callable[[], None] | None) -> None:
        self._tasks.pop(task, None)
        if at_end:
            at_end()

    async def _run_in_executor(self, work: Callable[..., Result], *args: object) -> Result:
        """In place of a thread: as long as one would take, as the seed has it."""
        await asyncio.sleep(self.random.random() * 0.01)
        return work(*args)

    def run_in_executor(self, _: object, func: Any, *args: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        return self.create_task(self._run_in_executor(func, *args))

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A callback raised, or an exception was never looked at: a fault of whoever's it is."""
        error = context.get("exception")
        self.unhandled.append(f"{context.get('message')}: {type(error).__name__}: {error}")

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self._closed

    def is_closed(self) -> bool:
        return self._closed
