"""Tags and projects: what a session puts on everything, and who sees what."""

from bed import Test, text_of
from pyqalx import QalxSession
from pyqalx.core.errors import QalxInvalidTagError

BRIDGE = {"name": "project_name", "value": "bridge"}
TUNNEL = {"name": "project_name", "value": "tunnel"}


class Tags(Test):
    def test_a_session_tags_what_it_makes(self):
        ann = QalxSession(project_name=" Bridge ")
        item = self.add(qalx=ann)
        made = ann.set.add(items={"i": item}, meta={"place": self.place})
        many = ann.item.add_many([{"data": {}}])
        group = ann.group.add(sets={"s": made})
        for each in (item, made, group, many.items_[0], ann.queue.add(name=self.place), ann.item.reload(item)):
            self.assertEqual(each.tags, [BRIDGE])

    def test_a_session_finds_what_has_its_tags(self):
        tagged, plain = self.add(qalx=QalxSession(project_name="bridge")), self.add()
        guids = lambda **options: [item.guid for item in QalxSession(project_name="bridge").item.find(self.here(), **options).data]
        self.assertEqual(guids(), [tagged.guid])
        self.assertEqual(sorted(guids(include_session_tags=False)), sorted([tagged.guid, plain.guid]))
        self.assertEqual(self.qalx.item.find(self.here()).query.count, 2)

    def test_children_are_found_without_tags(self):
        ann = QalxSession(project_name="bridge")
        plain = self.add()
        made = ann.set.add(items={"i": plain})
        self.assertEqual(ann.set.get(made.guid)["items"], {"i": plain})

    def test_saving_keeps_tags_and_sets_those_of_the_session(self):
        ann = QalxSession(project_name="bridge")
        item = self.qalx.item.get(self.add(qalx=ann).guid)
        self.assertEqual(self.qalx.item.save(item).tags, [BRIDGE])
        self.assertEqual(ann.item.save(self.add()).tags, [BRIDGE])

    def test_only_tags_of_ones_projects(self):
        with self.assertRaises(QalxInvalidTagError) as error:
            QalxSession(project_name="tunnel")
        self.assertIn("status_code: 400", text_of(error))
        self.assertIn("tunnel", text_of(error))
        bob = QalxSession("bob")
        bob.tags.extend([{"name": "Phase", "value": "Design"}, TUNNEL])
        self.assertEqual(self.add(qalx=bob).tags, [{"name": "phase", "value": "design"}, TUNNEL])
        with self.assertRaises(QalxInvalidTagError):
            bob.tags.add("phase", "built")
        boss = QalxSession("boss", project_name="no project's")
        self.assertEqual(self.add(qalx=boss).tags[0]["value"], "no project's")

    def test_the_server_does_not_rely_on_the_client(self):
        ok, error = self.qalx.rest_api.post("item", json={"tags": [TUNNEL]})
        self.assertEqual((ok, error["status_code"]), (False, 400))
        item = self.add()
        ok, error = self.qalx.rest_api.patch(f"item/{item.guid}", json={"tags": [TUNNEL]})
        self.assertEqual((ok, error["status_code"]), (False, 400))
        self.assertEqual(self.qalx.item.reload(item).tags, [])


class Sight(Test):
    def setUp(self):
        super().setUp()
        self.people = {name: QalxSession(name) for name in ("default", "bob", "eve", "boss")}
        self.mine = self.add({"of": "ann"}, qalx=QalxSession(project_name="bridge"))
        self.theirs = self.add({"of": "bob"}, qalx=QalxSession("bob", project_name="tunnel"))
        self.common = self.add({"of": "all"}, qalx=self.people["eve"])

    def see(self, what):
        return {name: what(qalx) for name, qalx in self.people.items()}

    def test_lists(self):
        seen = self.see(lambda qalx: " ".join(item.data.of for item in qalx.item.find(self.here(), sort=["data__of"]).data))
        self.assertEqual(seen, {"default": "all ann", "bob": "all bob", "eve": "all", "boss": "all ann bob"})
        counts = self.see(lambda qalx: qalx.item.find(self.here(), limit=1).query.count)
        self.assertEqual(counts, {"default": 2, "bob": 2, "eve": 1, "boss": 3})

    def test_what_is_not_seen_is_not_there(self):
        bob, item = self.people["bob"], self.mine
        for call in (lambda: bob.item.get(item.guid), lambda: bob.item.save(item), lambda: bob.item.archive(item), lambda: bob.item.delete(item)):
            self.refused(404, call)
        self.assertEqual(bob.item.find({"guid": item.guid}).data, [])
        self.assertEqual(self.people["boss"].item.get(item.guid).data, {"of": "ann"})

    def test_an_item_that_is_not_seen_disappears_from_a_set(self):
        made = self.people["boss"].set.add(items={"ann": self.mine, "bob": self.theirs, "all": self.common})
        seen = self.see(lambda qalx: sorted(qalx.set.get(made.guid)["items"]))
        self.assertEqual(seen, {"default": ["all", "ann"], "bob": ["all", "bob"], "eve": ["all"], "boss": ["all", "ann", "bob"]})

    def test_what_is_common_is_everybodys(self):
        self.common.data.of = "bob now"
        saved = self.people["bob"].item.save(self.common)
        self.assertEqual((saved.info.created.by.email, saved.info.modified.by.email), ("eve@example.com", "bob@example.com"))
