"""Who computes a study's batches: threads of this machine, or the workers of a Dask cluster."""

import concurrent.futures
import importlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any, NamedTuple

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import parameter
from alliance_sim.study.designs import CHOICE

PATIENCE = 20  # seconds that a scheduler may take to answer


class ExecutorKind(Enum):
    """`threads` of this process, or `dask`: processes of this machine or of a cluster."""

    threads = "threads"
    dask = "dask"


@configurable
class Executor:
    """Where batches are computed. Results do not depend on it."""

    kind: ExecutorKind = ExecutorKind.threads
    workers: int = parameter(
        0, "n_w", "workers", 0, 4096, CHOICE, "Threads, or processes of Dask's own; 0: one a core."
    )
    address: str = ""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.address and self.kind is not ExecutorKind.dask:
            raise ScenarioError(
                f"executor.address={self.address} means nothing to executor={self.kind.value}; type executor=dask."
            )
        if self.address and self.workers:
            raise ScenarioError(
                "executor.workers means nothing beside executor.address, whose cluster has its own workers; "
                "leave one of them out."
            )


class Open(NamedTuple):
    """An executor that takes work, and how many batches it can compute at once."""

    executor: concurrent.futures.Executor
    workers: int


def cores() -> int:
    """Cores that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


@contextmanager
def opened(plan: Executor) -> Iterator[Open]:
    """Open an executor, and close it at the end; work that has not begun by then is dropped.

    Raises:
        ScenarioError: Dask is not installed, or its scheduler does not answer.
    """
    if plan.kind is ExecutorKind.dask:
        with _dask(plan) as found:
            yield found
        return
    workers = plan.workers or cores()
    pool = concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="batch")
    try:
        yield Open(pool, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Let processes started meanwhile ignore Ctrl-C, which a terminal sends to all: this process ends them."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set this
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _dask(plan: Executor) -> Iterator[Open]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise ScenarioError(
            'executor=dask needs Dask; install it with pip install "alliance-sim[dask]" or leave executor=dask out.'
        ) from error
    cluster: Any = None
    if not plan.address:
        with _deaf_children():
            cluster = distributed.LocalCluster(
                n_workers=plan.workers or cores(), threads_per_worker=1, dashboard_address=None, silence_logs="ERROR"
            )
    try:
        client = distributed.Client(cluster or plan.address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ScenarioError(
            f"executor.address={plan.address} does not answer as a Dask scheduler; start one with "
            f"dask scheduler, or leave executor.address out."
        ) from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        workers = sum(client.nthreads().values())
        yield Open(client.get_executor(pure=False), max(1, workers))
    except TimeoutError as error:
        raise ScenarioError(
            f"the Dask scheduler {plan.address} has no worker; start one with dask worker {plan.address}."
        ) from error
    finally:
        client.close()
        if cluster is not None:
            cluster.close()
