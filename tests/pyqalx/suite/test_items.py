"""Items without files: from the first save to the end, one by one and in bulk."""

import datetime
import uuid

from bed import Test
from pyqalx.core.errors import QalxEntityNotFound, QalxMultipleEntityReturned


class Items(Test):
    def test_an_item_comes_back_as_it_was_added(self):
        data = {"height": 5, "width": 2.5, "name": "plåte", "deep": {"[1] key": [1, None, True, {"a.b": ""}]}, "none": None}
        item = self.qalx.item.add(data=data, meta={"place": self.place})
        self.assertIsInstance(item.guid, uuid.UUID)
        self.assertEqual(item.data, data)
        self.assertEqual(item.file, {})
        self.assertEqual(item.tags, [])
        self.assertEqual(item.info.entity_type, "item")
        self.assertFalse(item.info.archived)
        self.assertEqual(item.info.created.by.email, "ann@example.com")
        self.assertIsInstance(item.info.created.by.guid, uuid.UUID)
        self.assertEqual(item.info.created.on.utcoffset(), datetime.timedelta(0))
        self.assertEqual(self.qalx.item.get(item.guid), item)
        self.assertEqual(self.qalx.item.get(str(item.guid)), item)
        self.assertEqual(self.qalx.item.find_one(self.here()), item)

    def test_numbers_keep_their_kind(self):
        data = {"int": 3, "float": 3.0, "small": 1e-300, "big": 2**63 - 1, "third": 1 / 3, "minus": -0.0}
        back = self.qalx.item.reload(self.add(data)).data
        self.assertEqual(back, data)
        for name, value in data.items():
            self.assertIs(type(back[name]), type(value), name)
        self.assertEqual(str(back["minus"]), "-0.0")

    def test_save_replaces_what_was_changed(self):
        item = self.add({"keep": 1, "drop": 2, "deep": {"x": 1, "y": 2}}, colour="red")
        before = item.info.modified.on
        del item.data["drop"]
        item.data.deep = {"x": 3}
        item.meta.colour = "blue"
        saved = self.qalx.item.save(item)
        for each in (saved, self.qalx.item.reload(saved)):
            self.assertEqual(each.data, {"keep": 1, "deep": {"x": 3}})
            self.assertEqual(each.meta, {"place": self.place, "colour": "blue"})
            self.assertGreaterEqual(each.info.modified.on, before)
            self.assertEqual(each.info.created, item.info.created)

    def test_saving_some_fields_keeps_the_others(self):
        item = self.add({"a": 1, "b": 2})
        part = self.qalx.item.get(item.guid, fields=["meta", "file"])
        self.assertNotIn("data", part)
        part.meta.seen = True
        # The client itself puts data where there is none, so it is sent as it stands.
        part["data"] = {"a": 1, "b": 2}
        self.qalx.item.save(part)
        whole = self.qalx.item.reload(item)
        self.assertEqual((whole.data, whole.meta), ({"a": 1, "b": 2}, {"place": self.place, "seen": True}))

    def test_find_one_wants_exactly_one(self):
        self.add({"n": 1})
        self.add({"n": 2})
        self.assertEqual(self.qalx.item.find_one(self.here(**{"data.n": 2})).data.n, 2)
        with self.assertRaises(QalxMultipleEntityReturned):
            self.qalx.item.find_one(self.here())
        with self.assertRaises(QalxEntityNotFound):
            self.qalx.item.find_one(self.here(**{"data.n": 3}))

    def test_archived_items_can_be_told_apart(self):
        old, new = self.add({"n": 1}), self.add({"n": 2})
        archived = self.qalx.item.archive(old)
        self.assertTrue(archived.info.archived)
        self.assertEqual(archived.data, old.data)
        find = lambda flag: [item.guid for item in self.qalx.item.find(self.here(**{"info.archived": flag})).data]
        self.assertEqual((find(True), find(False)), ([old.guid], [new.guid]))

    def test_a_deleted_item_is_gone(self):
        item = self.add()
        self.assertEqual(self.qalx.item.delete(item), [])
        self.refused(404, lambda: self.qalx.item.get(item.guid), "Not Found")
        self.refused(404, lambda: self.qalx.item.save(item))
        self.refused(404, lambda: self.qalx.item.delete(item))
        self.assertEqual(self.qalx.item.find(self.here()).data, [])

    def test_the_calls_without_a_method_in_the_client(self):
        guid = self.add({"a": 1}, colour="red").guid
        self.qalx.item.archive({"guid": guid})
        api = self.qalx.rest_api
        ok, item = api.patch(f"item/{guid}/unarchive")
        self.assertEqual((ok, item["info"]["archived"]), (True, False))
        ok, item = api.put(f"item/{guid}", json={"meta": {"place": self.place}})
        self.assertEqual((ok, item.get("data") or {}, item["meta"]), (True, {}, {"place": self.place}))


class Bulk(Test):
    def test_many_items_come_back_in_their_order(self):
        added = self.qalx.item.add_many([{"data": {"n": n}, "meta": {"place": self.place}} for n in range(120)])
        self.assertEqual((added.items_created, added.items_errored, added.errors), (120, 0, {}))
        self.assertEqual([item.data.n for item in added.items_], list(range(120)))
        self.assertEqual(self.qalx.item.find(self.here(), limit=1).query.count, 120)
        self.assertEqual(self.qalx.item.get(added.items_[7].guid).data, {"n": 7})

    def test_errors_name_their_index_and_leave_the_others(self):
        items = [{"data": data, "meta": {"place": self.place}} for data in ({"n": 0}, {"$date": "soon"}, {"n": 2}, 5, {"n": 4})]
        with self.assertLogs(self.qalx.log, "ERROR"):
            added = self.qalx.item.add_many(items)
        self.assertEqual([item.data.n for item in added.items_], [0, 2, 4])
        self.assertEqual((added.items_created, added.items_errored), (3, 2))
        self.assertEqual(sorted(added.errors), ["1", "3"])
        for error in added.errors.values():
            self.assertIn("data", error)
        self.assertEqual(self.qalx.item.find(self.here()).query.count, 3)

    def test_nothing_to_add_is_nothing_added(self):
        added = self.qalx.item.add_many([])
        self.assertEqual((added.items_, added.items_created), ([], 0))

    def test_the_header_belongs_to_items_alone(self):
        ok, error = self.qalx.rest_api.post("set", data={"items": {}}, headers={"qalx-bulk": "true"})
        self.assertEqual((ok, error["status_code"]), (False, 406))
