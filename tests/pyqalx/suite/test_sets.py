"""Sets and groups: packed, unpacked, and with more children than one request asks for."""

from bed import Test


class Sets(Test):
    def set(self, items, **meta):
        return self.qalx.set.add(items=items, meta={"place": self.place, **meta})

    def test_a_set_unpacks_its_items(self):
        shape, steel = self.add({"height": 5}), self.add({"rho": 8000})
        made = self.set({"shape": shape, "[1] steel": steel}, profile="square")
        for each in (made, self.qalx.set.get(made.guid), self.qalx.set.reload(made), self.qalx.set.find_one(self.here())):
            self.assertEqual(each["items"], {"shape": shape, "[1] steel": steel})
            self.assertEqual(each.get_item_data("shape").height, 5)
            self.assertEqual(each.meta, {"place": self.place, "profile": "square"})

    def test_a_packed_set_has_guids(self):
        item = self.add()
        made = self.set({"a": item})
        packed = self.qalx.set.get(made.guid, unpack=False)
        self.assertEqual(packed["items"], {"a": item.guid})
        self.assertEqual(self.qalx.set.find(self.here()).data[0]["items"], {"a": item.guid})
        packed.meta.seen = True
        self.qalx.set.save(packed)
        again = self.qalx.set.get(made.guid)
        self.assertEqual((again["items"], again.meta.seen), ({"a": item}, True))

    def test_an_empty_set_is_filled_later(self):
        made = self.set({})
        one, two = self.add({"n": 1}), self.add({"n": 2})
        made["items"] = {"one": one, "two": two}
        self.assertEqual(self.qalx.set.save(made)["items"], {"one": one, "two": two})
        made = self.qalx.set.get(made.guid)
        self.assertEqual(made["items"], {"one": one, "two": two})
        made["items"] = {"two": two}
        self.qalx.set.save(made)
        self.assertEqual(self.qalx.set.get(made.guid)["items"], {"two": two})

    def test_more_items_than_one_request_asks_for(self):
        many = self.qalx.item.add_many([{"data": {"n": n}, "meta": {"place": self.place}} for n in range(230)]).items_
        made = self.set({f"k{item.data.n}": item for item in many})
        unpacked = self.qalx.set.get(made.guid)["items"]
        self.assertEqual({key: item.data.n for key, item in unpacked.items()}, {f"k{n}": n for n in range(230)})

    def test_some_fields_of_sets_and_of_their_items(self):
        made = self.set({"saved": self.add({"n": 1}, kind="view"), "other": self.add()})
        part = self.qalx.set.get(made.guid, fields=["items.saved"])
        self.assertEqual((list(part["items"]), "meta" in part, part.guid), (["saved"], False, made.guid))
        children = self.qalx.set.get(made.guid, child_fields=["meta"])["items"]
        self.assertEqual(children["saved"].meta.kind, "view")
        self.assertNotIn("data", children["saved"])
        self.assertEqual(self.qalx.set.find(self.here(), child_fields=["meta"], unpack=False).data[0].guid, made.guid)

    def test_a_set_without_its_items_is_not_unpacked(self):
        made = self.set({"a": self.add()})
        self.assertNotIn("items", self.qalx.set.get(made.guid, fields=["meta"]))

    def test_a_deleted_item_disappears_from_the_set(self):
        gone, stays = self.add(), self.add()
        made = self.set({"gone": gone, "stays": stays})
        self.qalx.item.delete(gone)
        self.assertEqual(self.qalx.set.get(made.guid)["items"], {"stays": stays})

    def test_sets_are_found_by_their_items(self):
        item = self.add()
        made = self.set({"a": item})
        self.set({"a": self.add()})
        self.assertEqual([found.guid for found in self.qalx.set.find({"items.a": item.guid}).data], [made.guid])

    def test_sets_are_archived_and_deleted(self):
        made = self.set({"a": self.add()})
        self.assertTrue(self.qalx.set.archive(made).info.archived)
        self.qalx.set.delete(made)
        self.refused(404, lambda: self.qalx.set.get(made.guid))


class Groups(Test):
    def group(self, count=2):
        sets = {f"s{n}": self.qalx.set.add(items={"i": self.add({"n": n})}, meta={"place": self.place}) for n in range(count)}
        return sets, self.qalx.group.add(sets=sets, meta={"place": self.place, "name": "run"})

    def test_a_group_is_packed_until_asked(self):
        sets, made = self.group()
        guids = {key: each.guid for key, each in sets.items()}
        self.assertEqual(self.qalx.group.get(made.guid).sets, guids)
        self.assertEqual(self.qalx.group.find_one(self.here()).sets, guids)
        self.assertEqual(self.qalx.group.find(self.here()).data[0].sets, guids)

    def test_a_group_unpacks_down_to_the_items(self):
        _, made = self.group()
        for each in (self.qalx.group.get(made.guid, unpack=True), self.qalx.group.reload(made, unpack=True)):
            self.assertEqual({key: one["items"]["i"].data.n for key, one in each.sets.items()}, {"s0": 0, "s1": 1})

    def test_more_sets_than_one_request_asks_for(self):
        one = self.qalx.set.add(items={}, meta={"place": self.place})
        many = {f"k{n}": self.qalx.set.add(items={}, meta={"n": n}) for n in range(103)}
        made = self.qalx.group.add(sets={"one": one, **many})
        unpacked = self.qalx.group.get(made.guid, unpack=True).sets
        self.assertEqual({key: each.guid for key, each in unpacked.items()}, {key: each.guid for key, each in made.sets.items()})

    def test_a_group_is_saved_packed_and_unpacked(self):
        sets, made = self.group()
        for unpack in (False, True):
            group = self.qalx.group.get(made.guid, unpack=unpack)
            group.meta.unpacked = unpack
            self.qalx.group.save(group)
            again = self.qalx.group.get(made.guid)
            self.assertEqual(again.sets, {key: each.guid for key, each in sets.items()})
            self.assertEqual(again.meta.unpacked, unpack)
        self.qalx.group.delete(made)
        self.refused(404, lambda: self.qalx.group.get(made.guid))
