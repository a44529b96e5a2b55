"""Bots at work: programs of the client's own, `qalx bot-start`, over queues of messages; and a factory of them.

A factory takes its time – the client waits ten seconds for a bot to start – so it is begun first and looked at last.
"""

import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
import uuid

from bed import HOME, Test
from pyqalx import QalxSession
from pyqalx.core.entities import Item
from test_bots import command

WORKS = HOME / "works.log"
PROGRAMS = pathlib.Path(sys.executable).parent
JOBS = 200
PLAN = """
factory:
  name: {name}
  bots:
    solver: {{source: {{path: {source}}}, bot_path: "works:solver"}}
  stages:
    dev:
      here: {{type: local, bot_profile: work, bots: {{solver: {{queue-name: {name}, processes: 1}}}}}}
"""


def begun(*arguments, **names):
    """A program of the client, with these names for its bots; it and what it starts are a group of their own."""
    environment = os.environ | names | {"WORKS": str(WORKS), "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    with (HOME / "programs.log").open("a") as log:
        return subprocess.Popen(
            [PROGRAMS / "qalx", "-b", "work", *arguments], env=environment, stdout=log, stderr=log, start_new_session=True
        )


def end(process):
    """Ends a program and all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def setUpModule():
    Sector.name = uuid.uuid4().hex
    source = HOME / "source"
    source.mkdir()
    shutil.copy(pathlib.Path(__file__).with_name("works.py"), source)
    (source / "requirements.txt").write_text("")
    plan = HOME / "sector.yaml"
    plan.write_text(PLAN.format(name=Sector.name, source=source))
    Sector.build = begun("factory-build", "--plan", str(plan), "--stage", "dev", SOLVER=Sector.name)
    unittest.addModuleCleanup(end, Sector.build)


class Work(Test):
    def wait_for(self, holds, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            if time.monotonic() > deadline:
                log = (HOME / "programs.log").read_text()[-3000:]
                self.fail(f"{what}: not within {seconds} s\n{log}")
            time.sleep(0.05)
        return found

    def start(self, which, queue, workers, *options, name=None):
        """A bot that is ready, and its program."""
        name = name or f"{which} of {self.place}"
        options = ["-p", str(workers), "-q", queue.name, *options, f"works:{which}"]
        process = begun("bot-start", *options, **{which.upper(): name})
        self.addCleanup(end, process)
        found = lambda: next((bot for bot in self.qalx.bot.find({"name": name}).data if len(bot.workers) == workers), None)
        return self.wait_for(found, f"{name} starts"), process

    def queue(self):
        return self.qalx.queue.add(name=uuid.uuid4().hex)

    def send(self, queue, **data):
        item = self.add(data)
        Item.add_to_queue(item, queue)
        return item

    def data(self, item):
        return self.qalx.item.get(item.guid).data

    def count(self, **query):
        return self.qalx.item.find(self.here(**query), limit=1).query["count"]

    def left(self, queue):
        """How many messages there are, held ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = queue.broker_client.get_queue_attributes(QueueUrl=queue.info.queue_url, AttributeNames=names)
        return sum(int(number) for number in told["Attributes"].values())

    def notes(self, item):
        """What was noted of an item: words and processes."""
        return re.findall(rf"^(\w+) {item.guid} (\d+)$", WORKS.read_text(), re.MULTILINE)

    def said(self, bot):
        """The last words of each worker."""
        return [(worker.status or {}).get("message") for worker in self.qalx.bot.reload(bot).workers]

    def ended(self, process):
        self.wait_for(lambda: process.poll() is not None, "the bot ends")
        self.assertEqual(process.returncode, 0)


class Jobs(Work):
    def test_two_workers_do_each_job_once(self):
        queue, second = self.queue(), self.queue()
        checker, checking = self.start("checker", second, 1)
        solver, solving = self.start("solver", queue, 2, "--workflow", checker.name)
        bodies = [
            {"data": {"n": n, "goes_on": n % 20 == 0}, "meta": {"place": self.place}} for n in range(JOBS)
        ]
        items = self.qalx.item.add_many(bodies)["items"]
        Item.add_to_queue(items, queue)
        self.wait_for(lambda: self.count(**{"data.answer": {"$exists": True}}) == JOBS, "all jobs are done")
        self.wait_for(lambda: self.count(**{"data.checked": True}) == JOBS / 20, "some jobs went on")
        self.wait_for(lambda: self.left(queue) == self.left(second) == 0, "no message is left")
        self.assertEqual(self.count(**{"data.checked": {"$exists": True}}), JOBS / 20)
        workers = collections.Counter()
        for item in items:
            (first, began), (last, finished) = self.notes(item)
            self.assertEqual((first, last, began), ("begin", "end", finished))
            workers[began] += 1
        self.assertEqual(len(workers), 2, workers)
        done = self.qalx.item.get(items[1].guid)
        self.assertEqual((done.data, done.info.modified.by.guid), ({"n": 1, "goes_on": False, "prepared": True, "answer": 2}, solver.guid))
        self.stop_and_resume(solver, queue)
        self.assertIn("Terminate signal sent", command("bot-terminate", solver.name))
        self.qalx.bot.terminate(checker)
        self.ended(solving)
        self.ended(checking)
        self.assertEqual(self.said(solver), ["warm exit signal found"] * 2)
        self.assertEqual(self.qalx.bot.reload(solver).state, "terminated")

    def stop_and_resume(self, bot, queue):
        logs = [HOME / f".worker_{bot.name}.{worker}.log" for worker in range(2)]
        waits = lambda: [log.read_text().count("Stop signal on Worker waited") for log in logs]
        command("bot-stop", bot.name)
        self.wait_for(lambda: all(waits()), "both workers have stopped")
        item, before = self.send(queue, n=7), waits()
        self.wait_for(lambda: all(now > then for now, then in zip(waits(), before)), "both workers go on waiting")
        self.assertEqual((self.notes(item), self.left(queue)), ([], 1))
        command("bot-resume", bot.name)
        self.wait_for(lambda: self.data(item).get("answer") == 14, "the job is done after all")
        self.wait_for(lambda: self.left(queue) == 0, "no message is left")

    def test_jobs_of_workers_that_end(self):
        queue, gates = self.queue(), [HOME / f"{self.place}.{number}" for number in range(2)]
        bot, process = self.start("solver", queue, 3)
        items = [self.send(queue, n=n, gate=str(gates[0])) for n in range(3)]
        guids = {str(item.guid) for item in items}
        self.wait_for(lambda: set(self.said(bot)) == guids, "each worker has a job")
        workers = dict(zip(self.said(bot), bot.workers))
        warm, cold, again = items
        ends = [(warm, {"warm": True}), (cold, {"warm": False}), (again, {"warm": False, "requeue_job": True})]
        for item, how in ends:
            self.qalx.worker.terminate(workers[str(item.guid)], bot_entity=bot, **how)
        gates[0].touch()
        self.ended(process)
        self.assertEqual(sorted(self.said(bot)), ["cold exit signal found"] * 2 + ["warm exit signal found"])
        self.assertEqual([self.data(item).get("answer") for item in items], [0, None, None])
        self.assertEqual(self.left(queue), 1)
        # A worker that is killed in the middle of its job: the message comes back as the one does that was put back.
        bot, process = self.start("solver", queue, 2, name=f"heir of {self.place}")
        killed = self.send(queue, n=4, gate=str(gates[1]))
        [(_, victim)] = self.wait_for(lambda: self.notes(killed), "the job is begun")
        os.kill(int(victim), signal.SIGKILL)
        gates[1].touch()
        self.wait_for(lambda: [self.data(item).get("answer") for item in (again, killed)] == [4, 8], "both are done")
        self.wait_for(lambda: self.left(queue) == 0, "no message is left")
        for item in (again, killed):
            self.assertEqual([word for word, _ in self.notes(item)], ["begin", "begin", "end"])
        self.assertNotEqual(self.notes(killed)[-1], ("end", victim))
        self.assertEqual([word for word, _ in self.notes(cold)], ["begin"])
        self.qalx.bot.terminate(bot)
        self.ended(process)


class Sector(Work):
    """A factory with a sector on this machine."""

    def test_it_is_built_works_and_is_demolished(self):
        self.wait_for(lambda: self.build.poll() is not None, "the factory is built")
        factory = self.qalx.factory.find_one({"name": self.name})
        self.assertEqual((factory.status, factory.stage, factory.stacks), ("deployed", "dev", {}))
        self.assertIn("deployed", command("factory-info", "--name", self.name))
        [made] = factory.bots
        bot, code = self.qalx.bot.get(made["bot"]), self.qalx.item.get(made["code"])
        self.assertEqual(bot.meta.pyqalx.factory_guid, factory.guid)
        self.assertTrue(code.read_file().startswith(b"PK"))
        queue = self.qalx.queue.get_by_name(self.name)
        item = self.send(queue, n=21)
        self.wait_for(lambda: self.data(item).get("answer") == 42, "the bot of the factory does a job")
        self.assertIn("Demolish Successful", command("factory-demolish", "--name", self.name, typed="y\n"))
        self.refused(404, lambda: self.qalx.factory.get(factory.guid))
        self.refused(404, lambda: self.qalx.item.get(code.guid))
        self.wait_for(lambda: self.said(bot) == ["warm exit signal found"], "the worker of the factory ends")
