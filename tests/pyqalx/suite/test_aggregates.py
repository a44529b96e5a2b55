"""Pipelines, over items and over the other kinds."""

import datetime
import uuid

from bed import Test
from pyqalx import QalxSession

KEY = uuid.uuid4()


class Aggregates(Test):
    def setUp(self):
        super().setUp()
        self.items = [self.add({"n": n, "tags": ["x"] * n, "key": KEY}, owner="ann" if n % 2 else "bob") for n in range(6)]

    def rows(self, *stages, qalx=None):
        stages = [{"$match": {"metadata.data.place": self.place}}, *stages]
        return (qalx or self.qalx).item.aggregate(stages).data

    def test_groups(self):
        rows = self.rows(
            {"$group": {"_id": "$metadata.data.owner", "sum": {"$sum": "$data.n"}, "all": {"$push": "$data.n"}}},
            {"$sort": {"_id": 1}},
        )
        self.assertEqual(rows, [{"_id": "ann", "sum": 9, "all": [1, 3, 5]}, {"_id": "bob", "sum": 6, "all": [0, 2, 4]}])
        self.assertEqual(rows[0].sum, 9)

    def test_the_answer_repeats_the_pipeline(self):
        result = self.qalx.item.aggregate([{"$limit": 0 + 1}])
        self.assertEqual(result["aggregate"], [{"$limit": 1}])

    def test_rows_may_be_whole_items(self):
        rows = self.rows({"$sort": {"data.n": -1}}, {"$limit": 1})
        self.assertEqual(rows[0].guid, self.items[5].guid)
        self.assertEqual(rows[0].metadata.data.owner, "ann")
        self.assertEqual(rows[0].data.key, KEY)
        self.assertIsInstance(rows[0].info.created.on, datetime.datetime)

    def test_stages(self):
        for stages, expected in [
            ([{"$count": "n"}], [{"n": 6}]),
            ([{"$match": {"data.n": {"$gt": 3}}}, {"$count": "n"}], [{"n": 2}]),
            ([{"$match": {"$expr": {"$eq": ["$data.n", {"$size": "$data.tags"}]}}}, {"$count": "n"}], [{"n": 6}]),
            ([{"$unwind": "$data.tags"}, {"$count": "n"}], [{"n": 15}]),
            ([{"$sortByCount": "$metadata.data.owner"}, {"$project": {"count": 1, "_id": 0}}], [{"count": 3}, {"count": 3}]),
            (
                [{"$sort": {"data.n": 1}}, {"$skip": 2}, {"$limit": 2}, {"$project": {"_id": 0, "twice": {"$multiply": ["$data.n", 2]}}}],
                [{"twice": 4}, {"twice": 6}],
            ),
            (
                [{"$bucket": {"groupBy": "$data.n", "boundaries": [0, 2, 10], "output": {"n": {"$sum": 1}}}}],
                [{"_id": 0, "n": 2}, {"_id": 2, "n": 4}],
            ),
            (
                [{"$facet": {"low": [{"$match": {"data.n": 0}}, {"$count": "n"}], "all": [{"$count": "n"}]}}],
                [{"low": [{"n": 1}], "all": [{"n": 6}]}],
            ),
            ([{"$group": {"_id": "$data.key"}}], [{"_id": KEY}]),
            ([{"$group": {"_id": None, "avg": {"$avg": "$data.n"}, "max": {"$max": "$data.n"}}}], [{"_id": None, "avg": 2.5, "max": 5}]),
            ([{"$match": {"data.n": 77}}], []),
        ]:
            with self.subTest(stages=stages):
                self.assertEqual(self.rows(*stages), expected)

    def test_dates_are_dates(self):
        year = datetime.datetime.now(datetime.timezone.utc).year
        rows = self.rows({"$group": {"_id": {"$year": "$info.created.on"}, "last": {"$max": "$info.created.on"}}})
        self.assertIn(rows[0]["_id"], (year, year - 1))
        self.assertEqual(rows[0]["last"], max(item.info.created.on for item in self.items))

    def test_a_set_is_joined_with_its_items(self):
        self.qalx.set.add(items={"a": self.items[2]}, meta={"place": self.place})
        rows = self.qalx.set.aggregate(
            [
                {"$match": {"metadata.data.place": self.place}},
                {"$lookup": {"from": "item", "localField": "items.a", "foreignField": "guid", "as": "kids"}},
                {"$project": {"_id": 0, "n": "$kids.data.n"}},
            ]
        ).data
        self.assertEqual(rows, [{"n": [2]}])

    def test_nobody_counts_what_he_does_not_see(self):
        bob = QalxSession("bob", project_name="tunnel")
        self.add({"n": 9}, qalx=bob)
        self.assertEqual(self.rows({"$count": "n"}), [{"n": 6}])
        self.assertEqual(self.rows({"$count": "n"}, qalx=bob), [{"n": 7}])
        union = {"$unionWith": {"coll": "item", "pipeline": [{"$match": {"metadata.data.place": self.place}}]}}
        self.assertEqual(self.rows(union, {"$count": "n"}), [{"n": 12}])

    def test_every_kind_has_them(self):
        for adapter in (self.qalx.set, self.qalx.group, self.qalx.blueprint, self.qalx.bot, self.qalx.queue, self.qalx.factory):
            self.assertEqual(adapter.aggregate([{"$match": {"metadata.data.place": self.place}}, {"$count": "n"}]).data, [])

    def test_a_pipeline_that_cannot_be_read_says_where(self):
        for stages, *words in [
            ([{"$out": "stolen"}], "aggregate", "$out"),
            ([{"$merge": "stolen"}], "$merge"),
            ([{"$match": {}}, {"$group": {"n": {"$sum": 1}}}], "1", "_id"),
            ([{"$limit": 0}], "$limit"),
            ([{"$lookup": {"from": "user", "localField": "a", "foreignField": "b", "as": "c"}}], "user"),
            ({"$match": {}}, "aggregate"),
        ]:
            with self.subTest(stages=stages):
                self.refused(400, lambda: self.qalx.item.aggregate(stages), *words)
