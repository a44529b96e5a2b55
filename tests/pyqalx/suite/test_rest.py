"""Notifications, errors as the client shows them, and many threads on one session."""

import email
import email.policy
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from bed import HOME, Test
from pyqalx import QalxSession
from pyqalx.core.errors import QalxAPIResponseError


class Notifications(Test):
    def mails(self, subject):
        """The mails of this subject, once there are any: a job writes them."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in HOME.glob("mail/*.eml")]
            found = [mail for mail in mails if mail["subject"] == subject]
            if found:
                return found
            time.sleep(0.05)
        self.fail(f"no mail with the subject {subject!r}")

    def test_a_notification_is_a_mail(self):
        subject = f"Done ✓ {self.place}"
        sent = self.qalx.notification.add(subject, "<p>All <b>runs</b> are done</p>", ["ann@example.com"], cc=["bob@example.com"], bcc=["eve@example.com"])
        self.assertEqual((sent.subject, sent.to, sent.cc), (subject, ["ann@example.com"], ["bob@example.com"]))
        (mail,) = self.mails(subject)
        self.assertEqual((mail["to"], mail["cc"]), ("ann@example.com", "bob@example.com"))
        self.assertEqual(mail["from"], "Stockyard <stockyard@example.com>")
        self.assertIn("<b>runs</b>", mail.get_body(("html",)).get_content())

    def test_recipients_are_checked(self):
        self.refused(400, lambda: self.qalx.notification.add("s", "m", ["not an address"]), "to", "not an address")
        self.refused(400, lambda: self.qalx.notification.add("s", "m", []))
        self.refused(400, lambda: self.qalx.notification.add("", "m", ["ann@example.com"]), "subject")


class Errors(Test):
    def test_the_text_that_a_user_sees(self):
        guid = uuid.uuid4()
        text = self.refused(404, lambda: self.qalx.item.get(guid), "reason: Not Found\n", "'detail'")
        self.assertIn(str(guid), text)
        self.refused(404, lambda: self.qalx.item.get("no guid"), "reason: Not Found\n")

    def test_a_token_that_is_not_valid(self):
        stranger = QalxSession()
        stranger.rest_api.token = "sy_nobodys"
        self.refused(401, lambda: stranger.item.find(), "reason: Unauthorized\n", "'detail'")

    def test_a_field_that_is_wrong_is_named(self):
        for body, field in [
            ({"data": 5}, "data"),
            ({"meta": []}, "meta"),
            ({"tags": "x"}, "tags"),
            ({"tags": [{"name": "a"}]}, "tags.0.value"),
            ({"file": {"keyfile": "k"}}, "file"),
        ]:
            with self.subTest(body=body):
                ok, error = self.qalx.rest_api.post("item", json=body)
                self.assertEqual((ok, error["status_code"]), (False, 400))
                self.assertIn(field, str(error["errors"]))
        self.refused(400, lambda: self.qalx.rest_api.post("set", json={"items": {"a": "x"}})[0] or self.fails("set", {"items": {"a": "x"}}), "items")

    def fails(self, kind, body):
        """The error of the client for a body that it would not send by itself."""
        self.qalx.item.raise_api_response_error(self.qalx.rest_api.post(kind, json=body)[1])

    def test_a_child_that_is_none_is_named(self):
        with self.assertRaises(QalxAPIResponseError) as error:
            self.fails("group", {"sets": {"a": 5}})
        self.assertIn("sets", str(error.exception))


class Threads(Test):
    def test_thirty_threads_on_one_session(self):
        common = self.add({"n": 0})

        def work(n):
            item = self.add({"n": n})
            item.data.square = n * n
            self.qalx.item.save(item)
            made = self.qalx.set.add(items={"own": item, "common": common}, meta={"place": self.place, "n": n})
            back = self.qalx.set.get(made.guid)
            return back["items"]["own"].data.square, self.qalx.item.find(self.here(**{"data.n": n})).query.count

        with ThreadPoolExecutor(30) as threads:
            answers = list(threads.map(work, range(1, 121)))
        self.assertEqual(answers, [(n * n, 1) for n in range(1, 121)])
        self.assertEqual(self.qalx.item.find(self.here()).query.count, 121)
        self.assertEqual(self.qalx.set.find(self.here()).query.count, 120)

    def test_thirty_threads_on_one_item(self):
        item = self.add()

        def work(n):
            mine = self.qalx.item.get(item.guid)
            mine.data = {"n": n, "again": n}
            return self.qalx.item.save(mine).data

        with ThreadPoolExecutor(30) as threads:
            answers = list(threads.map(work, range(60)))
        self.assertEqual(answers, [{"n": n, "again": n} for n in range(60)])
        self.assertIn(self.qalx.item.reload(item).data, answers)
