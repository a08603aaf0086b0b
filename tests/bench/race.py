"""Runs that take turns: A B A B ..., and what their medians say."""

import time
from dataclasses import dataclass
from statistics import median

from processes import CORES, busy_seconds, own_seconds

# A share of the machine above which a run counts as disturbed by others.
DISTURBED = 0.1
# How long the machine is watched to see whether it is quiet.
WATCH_SECONDS = 1.0
# Runs shorter than this are too short for the system's account of other processes.
ACCOUNTED_SECONDS = 0.2


@dataclass
class Runner:
    """One who takes part: `prepare` and `check` are not timed, `run` is."""

    name: str
    run: object
    prepare: object = None
    check: object = None
    server: object = None
    """Gives the server that works for it, once prepared."""


class Patience:
    """Waits for a quiet machine and lets disturbed runs be repeated, for so many seconds."""

    def __init__(self, seconds):
        self.left = seconds

    def wait(self):
        """Waits until others leave the machine alone, or patience ends."""
        while self.left > 0:
            before, own = busy_seconds(), own_seconds()
            time.sleep(WATCH_SECONDS)
            self.left -= WATCH_SECONDS
            if busy_seconds() - before - (own_seconds() - own) < DISTURBED * CORES * WATCH_SECONDS:
                return

    def spend(self, seconds):
        """Whether a disturbed run of so many seconds may be repeated."""
        self.left -= seconds
        return self.left > 0


def race(runners, n_runs, patience):
    """Lets each runner run once untimed and checked, then `n_runs` times in turn; gives the costs."""
    costs = {runner.name: [] for runner in runners}
    for runner in runners:
        one_run(runner, is_checked=True)
    for _ in range(n_runs):
        patience.wait()
        turn = [one_run(runner) for runner in runners]
        while max(cost.others for cost in turn) > DISTURBED:
            if not patience.spend(sum(cost.wall for cost in turn)):
                break
            patience.wait()
            turn = [one_run(runner) for runner in runners]
        for runner, cost in zip(runners, turn):
            costs[runner.name].append(cost)
    return costs


def one_run(runner, is_checked=False):
    """One run of one runner, and what it cost."""
    if runner.prepare:
        runner.prepare()
    server = runner.server() if runner.server else None
    server_before = server.cpu() if server else 0.0
    busy, own = busy_seconds(), own_seconds()
    cost = runner.run()
    busy, own = busy_seconds() - busy, own_seconds() - own
    if server:
        cost.server_cpu = server.cpu() - server_before
        cost.peaks["server"] = server.peak()
    if cost.wall > ACCOUNTED_SECONDS:
        others = busy - own - cost.cpu - cost.server_cpu
        cost.others = max(0.0, others / (cost.wall * CORES))
    if is_checked and runner.check:
        runner.check()
    return cost


def sums(*rows):
    """The costs of works done one after the other, run by run."""
    total = {}
    for name in rows[0]:
        total[name] = [added(costs) for costs in zip(*(row[name] for row in rows))]
    return total


def added(costs):
    """One cost for several."""
    first = costs[0]
    programs = {program for cost in costs for program in cost.peaks}
    peaks = {program: max(cost.peaks.get(program, 0) for cost in costs) for program in programs}
    return type(first)(
        wall=sum(cost.wall for cost in costs),
        cpu=sum(cost.cpu for cost in costs),
        peaks=peaks,
        server_cpu=sum(cost.server_cpu for cost in costs),
        others=max(cost.others for cost in costs),
    )


def walls(costs):
    """Median, least and most wall seconds."""
    seconds = [cost.wall for cost in costs]
    return median(seconds), min(seconds), max(seconds)


def ratios(ours, theirs):
    """Ratio of the medians, and the least and most of the ratios turn by turn."""
    turns = [their.wall / our.wall for our, their in zip(ours, theirs)]
    return walls(theirs)[0] / walls(ours)[0], min(turns), max(turns)
