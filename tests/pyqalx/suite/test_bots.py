"""Bots and their workers, queues and factories as far as they are kept: without messages, which need Amazon's protocol."""

import io
import os
import pathlib
import subprocess
import sys
import uuid

from bed import HOME, Test
from pyqalx import QalxSession
from pyqalx.config import BotConfig
from pyqalx.core.errors import QalxConfigError, QalxFactoryValidationError

PLAN = """
factory:
  name: {name}
  bots:
    solver: {{source: {{path: /src}}, bot_path: "solver:bot"}}
  stages:
    dev:
      here: {{type: {type}, bots: {{solver: {{queue-name: solve, processes: 1}}}}}}
"""


def command(*arguments, typed=""):
    """What the client's command line prints."""
    program = pathlib.Path(sys.executable).with_name("qalx")
    run = subprocess.run([program, *arguments], input=typed, capture_output=True, text=True, env=os.environ | {"COLUMNS": "400"})
    return run.stdout + run.stderr


class Bots(Test):
    def bot(self, workers=0, name=None):
        """A bot and the session that it has of its own."""
        config = BotConfig() | {"queue_name": "solve", "TOKEN": "a secret", "REGION": "eu-west-2"}
        bot = self.qalx.bot.add(name=name or self.place, config=config, meta={"place": self.place})
        own = QalxSession(config_class=BotConfig)
        own.rest_api.token = bot.info.credentials.token
        return own.bot.replace_workers(bot, workers) if workers else bot, own

    def test_a_bot_is_kept(self):
        bot, _ = self.bot()
        self.assertEqual((bot.config.queue_name, bot.state, bot.workers), ("solve", "idle", []))
        self.assertNotIn("secret", str(bot.config))
        self.assertIsNone(bot.host.ip)
        back = self.qalx.bot.get_by_name(self.place)
        self.assertEqual((back.guid, back.host.node), (bot.guid, bot.host.node))
        self.assertNotIn("credentials", back.info)
        back.meta.seen = True
        self.qalx.bot.save(back)
        self.qalx.bot.update_status(back, "thinking")
        back = self.qalx.bot.reload(back)
        self.assertEqual((back.meta.seen, back.status.message), (True, "thinking"))

    def test_workers_are_the_bots_own(self):
        bot, own = self.bot(workers=3)
        self.assertEqual([worker.state for worker in bot.workers], ["idle"] * 3)
        with self.assertRaises(QalxConfigError):
            self.qalx.bot.replace_workers(bot, 2)
        ok, error = self.qalx.rest_api.patch(f"bot/{bot.guid}/replace-workers", json={"workers": 2})
        self.assertEqual((ok, error["status_code"]), (False, 403))
        ok, error = own.rest_api.post("bot", json={"name": "another"})
        self.assertEqual((ok, error["status_code"]), (False, 403))
        fewer = own.bot.replace_workers(bot, 2)
        self.assertEqual(len(fewer.workers), 2)
        self.assertEqual(self.qalx.bot.reload(bot).workers, fewer.workers)

    def test_signals_reach_the_workers(self):
        bot, own = self.bot(workers=2)
        signal = lambda n: own.worker.get_signal(bot.workers[n], bot_entity=bot)
        state = lambda: (self.qalx.bot.reload(bot).state, [worker.state for worker in self.qalx.bot.reload(bot).workers])
        self.assertFalse(signal(0).stop or signal(0).terminate)
        self.qalx.bot.stop(bot)
        self.assertEqual((signal(0).stop, signal(1).stop, state()), (True, True, ("stopped", ["stopped"] * 2)))
        self.qalx.bot.resume(bot)
        self.assertEqual((signal(0).stop, state()), (False, ("idle", ["idle"] * 2)))
        self.qalx.worker.terminate(bot.workers[0], bot_entity=bot, warm=True)
        self.assertEqual((signal(0).terminate_warm, signal(0).terminate_cold, signal(1).terminate), (True, False, None))
        self.qalx.bot.terminate(bot, warm=False, requeue_job=True)
        self.assertEqual((signal(1).terminate_cold, signal(1).requeue_job, signal(1).terminate_warm), (True, True, False))
        self.assertEqual(state(), ("terminated", ["terminated"] * 2))
        worker = own.worker.reload(bot.workers[1], bot_entity=bot)
        own.worker.update_status(worker, bot_entity=bot, status="gone")
        self.assertEqual(own.worker.reload(worker, bot_entity=bot).status.message, "gone")

    def test_what_a_bot_does_is_the_bots(self):
        bot, own = self.bot()
        item = self.add({"n": 1}, qalx=own)
        self.assertEqual(item.info.created.by.guid, bot.guid)
        self.assertNotIn("email", item.info.created.by)
        self.refused(404, lambda: own.item.get(self.add(qalx=QalxSession("bob", project_name="tunnel")).guid))

    def test_a_state_that_is_none_is_refused(self):
        bot, _ = self.bot(workers=1)
        ok, error = self.qalx.rest_api.patch(f"bot/{bot.guid}/worker/{bot.workers[0].guid}", json={"state": "asleep"})
        self.assertEqual((ok, error["status_code"]), (False, 400))
        self.assertIn("asleep", error["errors"]["state"][0])
        self.refused(404, lambda: self.qalx.worker.get(uuid.uuid4(), bot_entity=bot))

    def test_the_command_line(self):
        self.bot(workers=2)
        self.assertIn("ann@example.com", command("bot-info", self.place))
        self.assertIn(f"Stopping {self.place}", command("bot-stop", self.place))
        self.assertIn(f"Resuming {self.place}", command("bot-resume", self.place))
        self.assertIn("Terminated worker number 1", command("workers-terminate", self.place, "1"))
        self.assertIn("Terminate signal sent", command("bot-terminate", self.place))
        self.assertIn("not already terminated", command("bot-terminate", self.place))
        self.assertIn("No bots found", command("bot-info", uuid.uuid4().hex))

    def test_the_command_line_turns_pages(self):
        bot, own = self.bot(workers=1)
        for _ in range(26):
            self.bot(name=self.place)
        said = command("bot-info", self.place, typed="\n")
        self.assertEqual(said.count("ann@example.com"), 27, said)


class Queues(Test):
    def test_a_queue_is_kept(self):
        queue = self.qalx.queue.add(name=f"Any name, {self.place}!", meta={"place": self.place})
        self.assertEqual(queue.parameters, {"VisibilityTimeout": 30})
        self.assertEqual(self.qalx.queue.get_by_name(queue.name).guid, queue.guid)
        self.assertEqual(self.qalx.queue.get_or_create(queue.name).guid, queue.guid)
        queue.meta.seen = 1
        self.qalx.queue.save(queue)
        self.assertEqual(self.qalx.queue.find(self.here()).data[0].meta.seen, 1)
        self.qalx.queue.delete(queue)
        self.refused(404, lambda: self.qalx.queue.get(queue.guid))
        self.assertNotEqual(self.qalx.queue.get_or_create(queue.name).guid, queue.guid)


class Factories(Test):
    def plan(self, type="local"):
        path = HOME / f"{self.place}.yaml"
        path.write_text(PLAN.format(name=self.place, type=type))
        return str(path)

    def test_a_plan_is_checked(self):
        self.qalx.factory.validate(self.plan())
        with self.assertRaises(QalxFactoryValidationError) as error:
            self.qalx.factory.validate(self.plan(type="cloud"))
        self.assertIn("factory.stages.dev.here.type", str(error.exception))
        self.assertIn("Successful", command("factory-validate", "--plan", self.plan()))

    def test_a_factory_is_kept_with_its_plan(self):
        factory = self.qalx.factory.add(name=self.place, source=self.plan(), stage="dev", data={}, meta={"place": self.place})
        self.assertEqual((factory.status, factory.stage, factory.bots), ("deploying", "dev", []))
        self.assertIn(self.place.encode(), self.qalx.factory.get(factory.guid).read_file())
        bot, code = self.qalx.bot.add(name=self.place, config={}), self.add()
        factory.status, factory.stacks = "deployed", {"here": {"type": "local"}}
        factory.bots = [{"code": code.guid, "bot": bot.guid}]
        self.qalx.factory.save(factory)
        back = self.qalx.factory.find_one(self.here())
        self.assertEqual((back.status, back.stacks), ("deployed", {"here": {"type": "local"}}))
        self.assertEqual(back.bots, [{"code": code.guid, "bot": bot.guid}])
        self.assertIn(self.place.encode(), back.read_file())
        self.assertIn("deployed", command("factory-info", "--name", self.place))
        command("download", "-e", "factory", "-d", str(HOME), str(factory.guid))
        self.qalx.factory.delete(back)
        self.refused(404, lambda: self.qalx.factory.get(factory.guid))

    def test_bots_are_found_by_their_factory(self):
        factory = uuid.uuid4()
        meta = {"_class": "pyqalx.factory", "pyqalx": {"stage": "dev", "factory_guid": factory, "plan_bot_name": "solver"}}
        bot = self.qalx.bot.add(name=self.place, config={}, meta=meta)
        self.assertEqual(self.qalx.bot.find({"metadata.data.pyqalx.factory_guid": factory}).data[0].guid, bot.guid)


class Download(Test):
    def test_the_command_line_fetches_a_file(self):
        item = self.qalx.item.add(source=io.BytesIO(b"content"), file_name=self.place)
        command("download", "-d", str(HOME), str(item.guid))
        self.assertEqual((HOME / self.place).read_bytes(), b"content")
        self.assertIn("404", command("download", str(uuid.uuid4())))
