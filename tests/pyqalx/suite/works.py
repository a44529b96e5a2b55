"""The bots that test_work.py starts. What they do is seen in the data of their items, and line by line in a file."""

import os

from pyqalx.bot import Bot

solver = Bot(os.environ.get("SOLVER", "solver"))
checker = Bot(os.environ.get("CHECKER", "checker"))


def note(job, what):
    """Lines of one write come out whole, whoever else writes."""
    line = f"{what} {job.e.guid} {os.getpid()}\n"
    with open(os.environ["WORKS"], "a") as file:
        file.write(line)


@solver.preprocess
def prepare(job):
    """The first step; with a gate it is under way until that file is there."""
    import time

    note(job, "begin")
    gate = job.e.data.get("gate")
    if gate:
        job.publish_status(str(job.e.guid))
        deadline = time.monotonic() + 60
        while not os.path.exists(gate) and time.monotonic() < deadline:
            time.sleep(0.02)
    job.e.data.prepared = True


@solver.process
def solve(job):
    """The second step; some jobs go on to another bot."""
    job.e.data.answer = 2 * job.e.data.n
    job.do_workflow = bool(job.e.data.get("goes_on"))
    note(job, "end")


@checker.process
def check(job):
    job.e.data.checked = job.e.data.answer == 2 * job.e.data.n
