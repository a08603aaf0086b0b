"""Processes as a person starts them, and what each of them cost.

Wall time runs from before the first process of a pipeline is started to the end of the last; CPU and
peak memory come from the system's own account (wait4, /proc). Nothing here knows what is measured.
"""

import os
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))
# How often a running process is asked for its peak: cheap, and a peak that lasts is not missed.
LOOK_SECONDS = 0.05


class Failed(Exception):
    """A process or a result was not what it must be: the one thing that fails the script."""


@dataclass
class Spent:
    """What one run cost."""

    wall: float
    cpu: float
    """CPU seconds of the client's processes."""
    peaks: dict = field(default_factory=dict)
    """Peak resident KiB by program."""
    server_cpu: float = 0.0
    others: float = 0.0
    """Share of the machine that others used meanwhile."""


def run(*pipeline, stdin=None, stdout=None, env=None, cwd=None):
    """Runs a pipeline of commands (lists of words) to its end; `stdin` and `stdout` are paths."""
    with tempfile.TemporaryFile() as errors:
        ends = [os.open(stdin or os.devnull, os.O_RDONLY)]
        output = os.open(stdout or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        children = []
        started = time.perf_counter()
        for place, words in enumerate(pipeline):
            is_last = place == len(pipeline) - 1
            reading, writing = (None, output) if is_last else os.pipe()
            child = subprocess.Popen(
                words, stdin=ends[-1], stdout=writing, stderr=errors, env=env, cwd=cwd
            )
            os.close(ends.pop())
            os.close(writing)
            ends.append(reading)
            children.append((os.path.basename(words[0]), child))
        usages, ended = wait_for_all(children)
        spent = Spent(ended - started, sum(cpu for cpu, _ in usages.values()))
        spent.peaks = {name: peak for name, (_, peak) in usages.items()}
        broken = [name for name, child in children if child.returncode != 0]
        if broken:
            errors.seek(0)
            text = errors.read(4000).decode(errors="replace")
            codes = [child.returncode for _, child in children]
            raise Failed(f"{' | '.join(' '.join(words) for words in pipeline)}: {codes}\n{text}")
        return spent


def wait_for_all(children):
    """Waits for children; gives ({name: (cpu seconds, peak KiB)}, the moment the last one ended)."""
    poll = select.poll()
    running = {}
    for name, child in children:
        descriptor = os.pidfd_open(child.pid)
        poll.register(descriptor, select.POLLIN)
        running[descriptor] = (name, child)
    usages, seen = {}, {}
    while running:
        ready = poll.poll(LOOK_SECONDS * 1000)
        ended = time.perf_counter()
        for descriptor, _ in ready:
            name, child = running.pop(descriptor)
            poll.unregister(descriptor)
            os.close(descriptor)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            cpu = usage.ru_utime + usage.ru_stime
            usages[name] = (cpu, exact_peak(usage.ru_maxrss, seen.get(child.pid, 0)))
        for name, child in running.values():
            seen[child.pid] = max(seen.get(child.pid, 0), peak_of(child.pid))
    return usages, ended


def exact_peak(accounted, looked_up):
    """A child's account begins with what this process had in memory: below that only looking helps."""
    return accounted if accounted > peak_of(os.getpid()) else looked_up


def peak_of(pid):
    """Peak resident KiB of a process that runs; 0 if it ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            lines = [line for line in status if line.startswith("VmHWM:")]
    except OSError:
        return 0
    return int(lines[0].split()[1]) if lines else 0


def cpu_of(pid):
    """CPU seconds of a process and of the children it waited for."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return sum(int(fields[place]) for place in (11, 12)) / TICKS_A_SECOND


def children_of(pid):
    """The processes a process has started."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return [int(child) for child in children.read().split()]


def busy_seconds():
    """CPU seconds of everything since the machine started, stolen ones too."""
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_A_SECOND


def own_seconds():
    """CPU seconds of this script."""
    times = os.times()
    return times.user + times.system


class Server:
    """A process that serves, with all it started."""

    def __init__(self, words, first_line=False, env=None):
        """Starts it; with `first_line` waits for the line it prints when it is ready."""
        self.errors = tempfile.TemporaryFile()
        output = subprocess.PIPE if first_line else subprocess.DEVNULL
        self.child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=self.errors, env=env
        )
        self.line = self.child.stdout.readline().decode().strip() if first_line else ""
        if first_line and not self.line:
            self.child.wait()
            self.errors.seek(0)
            raise Failed(f"{' '.join(words)}\n{self.errors.read(4000).decode(errors='replace')}")

    def pids(self):
        """The process and its children."""
        return [self.child.pid, *children_of(self.child.pid)]

    def cpu(self):
        """CPU seconds so far."""
        return sum(cpu_of(pid) for pid in self.pids())

    def peak(self):
        """Peak resident KiB of the largest of its processes."""
        return max(peak_of(pid) for pid in self.pids())

    def stop(self):
        """Ends it as an operator does."""
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(30)
        finally:
            self.child.kill()
            self.errors.close()
