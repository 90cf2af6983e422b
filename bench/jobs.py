"""Jobs: measurements from the clients' side, each in a process of its own.

A job is JSON on the command line of `python -m MODULE JOB`, its reading JSON on stdout. `run_generator`
and `run_beside` start such a process, `run_job` is all that it does.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

from bench.processes import GENERATOR_CORE, allow_many_connections
from bench.summary import Reading
from bench.world import run

J = TypeVar("J")

_ROOT = Path(__file__).parent.parent


def run_generator(module: str, job: Mapping[str, object], *, timeout_s: float) -> dict[str, object]:
    """Run `python -m MODULE JOB` and return the JSON it prints. Raises RuntimeError with its last words."""
    done = subprocess.run(
        _command(module, job), capture_output=True, text=True, timeout=timeout_s, check=False, cwd=_ROOT
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


@contextlib.contextmanager
def run_beside(
    module: str, job: Mapping[str, object], *, ready: str, timeout_s: float
) -> Iterator[Callable[[], Reading]]:
    """Run `python -m MODULE JOB` beside the body, which begins once the process has said `ready`.

    What is yielded ends its stdin and returns the JSON it then prints. Whatever happens, the process is
    gone after the body.

    Raises:
        RuntimeError: if it said something else or failed, with its last words.
        subprocess.TimeoutExpired: if its end took too long.
    """
    with subprocess.Popen(
        _command(module, job),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    ) as process:

        def finish() -> Reading:
            output, complaint = process.communicate(timeout=timeout_s)
            if process.returncode:
                raise RuntimeError(complaint.strip())
            return json.loads(output)

        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != ready:
                raise RuntimeError(process.communicate(timeout=timeout_s)[1].strip())
            yield finish
        finally:
            process.kill()


def _command(module: str, job: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-m", module, json.dumps(job)]


def run_job(kind: Callable[..., J], measure: Callable[[J], Coroutine[None, None, object]]) -> NoReturn:
    """Take the job from the command line, measure on the generator's core, print the reading, and exit."""
    os.sched_setaffinity(0, {GENERATOR_CORE})
    allow_many_connections()
    job = kind(**json.loads(sys.argv[1]))
    print(json.dumps(run(measure(job))), flush=True)
    os._exit(0)  # thousands of connections need no goodbye
