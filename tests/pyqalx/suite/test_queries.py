"""Finding: each operator, order, pages and fields."""

import datetime
import json
import re
import uuid

from bed import Test

DAY = datetime.datetime(2024, 3, 1, 12, tzinfo=datetime.timezone.utc)
KEY = uuid.UUID("6f1c9f2e-7d0b-4a53-9d41-6a0f3c0f2b11")

# What is looked through: by name.
THINGS = {
    "plate": {"t": 2.5, "grade": "S355", "holes": [3, 8], "parts": [{"n": 1, "ok": True}, {"n": 5, "ok": False}], "on": DAY},
    "tube": {"t": 10, "grade": "s235", "holes": [], "parts": [{"n": 5, "ok": True}], "key": KEY},
    "bar": {"t": 4, "grade": None, "holes": [8], "deep": {"x": {"y": 1}}},
    "rope": {"t": "thin", "list": ["a", "b", "c"], "deep": {"x": {"y": 2}}, "on": DAY + datetime.timedelta(days=30)},
}

# Queries on `data` and who meets them.
QUERIES = [
    ({"data.t": 4}, "bar"),
    ({"data.t": 4.0}, "bar"),
    ({"data.t": {"$eq": "thin"}}, "rope"),
    ({"data.t": {"$ne": 4}}, "plate tube rope"),
    ({"data.t": {"$gt": 2.5}}, "tube bar"),
    ({"data.t": {"$gte": 2.5, "$lt": 10}}, "plate bar"),
    ({"data.t": {"$lte": 4}}, "plate bar"),
    ({"data.t": {"$in": [4, "thin"]}}, "bar rope"),
    ({"data.t": {"$nin": [4, "thin"]}}, "plate tube"),
    ({"data.grade": None}, "bar rope"),
    ({"data.grade": {"$exists": True}}, "plate tube bar"),
    ({"data.grade": {"$exists": False}}, "rope"),
    ({"data.grade": {"$type": "null"}}, "bar"),
    ({"data.t": {"$type": "number"}}, "plate tube bar"),
    ({"data.t": {"$type": ["double", "string"]}}, "plate rope"),
    ({"data.t": {"$mod": [5, 0]}}, "tube"),
    ({"data.holes": 8}, "plate bar"),
    ({"data.holes": [8]}, "bar"),
    ({"data.holes.0": 3}, "plate"),
    ({"data.holes": {"$size": 0}}, "tube"),
    ({"data.holes": {"$exists": True, "$not": {"$size": 0}}}, "plate bar"),
    ({"data.holes": {"$elemMatch": {"$gt": 2, "$lt": 5}}}, "plate"),
    ({"data.list": {"$all": ["c", "a"]}}, "rope"),
    ({"data.parts": {"$elemMatch": {"n": 5, "ok": True}}}, "tube"),
    ({"data.parts.n": 5, "data.parts.ok": True}, "plate tube"),
    ({"data.parts": {"$all": [{"$elemMatch": {"n": 1}}, {"$elemMatch": {"n": 5}}]}}, "plate"),
    ({"data.deep": {"x": {"y": 2}}}, "rope"),
    ({"data.deep.x.y": {"$lt": 2}}, "bar"),
    ({"data.grade": re.compile("^s", re.IGNORECASE)}, "plate tube"),
    ({"data.grade": {"$regex": "5$"}}, "plate tube"),
    ({"data.grade": {"$regex": "^S"}}, "plate"),
    ({"data.grade": {"$regex": "^S2", "$options": "i"}}, "tube"),
    ({"data.grade": {"$in": [re.compile("35$"), None]}}, "tube bar rope"),
    ({"$or": [{"data.t": 4}, {"data.t": 10}]}, "tube bar"),
    ({"$and": [{"data.t": {"$gt": 3}}, {"data.t": {"$lt": 5}}]}, "bar"),
    ({"$nor": [{"data.t": 4}, {"data.t": "thin"}]}, "plate tube"),
    ({"data.t": {"$not": {"$gt": 3}}}, "plate rope"),
    ({"data.key": KEY}, "tube"),
    ({"data.key": {"$in": [uuid.uuid4(), KEY]}}, "tube"),
    ({"data.on": DAY}, "plate"),
    ({"data.on": {"$gt": DAY}}, "rope"),
    ({"data.on": {"$type": "date"}}, "plate rope"),
    ({"data.t": 4, "$comment": "ours"}, "bar"),
    ({"metadata.data.name": "tube"}, "tube"),
    ({"metadata.data.name": {"$gte": "r"}}, "tube rope"),
    ({"info.created.by.email": "ann@example.com", "info.archived": False}, "plate tube bar rope"),
    ({"info.created.by.email": "bob@example.com"}, ""),
    ({"info.created.on": {"$gt": DAY}}, "plate tube bar rope"),
    ({"info.created.on": {"$lt": DAY}}, ""),
    ({"info.entity_type": "item", "file": {}}, "plate tube bar rope"),
    ({"tags": {"$size": 0}}, "plate tube bar rope"),
]


class Finding(Test):
    def setUp(self):
        super().setUp()
        self.items = {name: self.add(data, name=name) for name, data in THINGS.items()}

    def found(self, query, **options):
        return [item.meta.name for item in self.qalx.item.find({"$and": [self.here(), query]}, **options).data]

    def test_each_operator(self):
        for query, expected in QUERIES:
            with self.subTest(query=query):
                self.assertEqual(sorted(self.found(query)), sorted(expected.split()))

    def test_guids(self):
        guids = [self.items["bar"].guid, self.items["tube"].guid]
        self.assertEqual(sorted(self.found({"guid": {"$in": guids}})), ["bar", "tube"])
        self.assertEqual(self.found({"guid": guids[0]}), ["bar"])

    def test_what_a_page_says_of_itself(self):
        query = self.qalx.item.find(self.here(), limit=3).query
        self.assertEqual((query.count, query.skip, query.limit, query.previous), (4, 0, 3, None))

    def test_order(self):
        for sort, expected in [
            (["data__t"], "plate bar tube rope"),
            (["-data__t"], "rope tube bar plate"),
            (["-meta__name"], "tube rope plate bar"),
            (["data__deep__x__y", "meta__name"], "plate tube bar rope"),
            (["-data__holes", "meta__name"], "bar plate rope tube"),
            (["created"], "plate tube bar rope"),
            (["-created"], "rope bar tube plate"),
            ("meta__name", "bar plate rope tube"),
        ]:
            with self.subTest(sort=sort):
                self.assertEqual(" ".join(self.found({}, sort=sort)), expected)

    def test_fields(self):
        found = self.qalx.item.find(self.here(**{"data.t": 4}), fields=["data.deep.x", "info.created"]).data[0]
        self.assertEqual(set(found), {"guid", "data", "info"})
        self.assertEqual((found.guid, found.data, set(found.info)), (self.items["bar"].guid, {"deep": {"x": {"y": 1}}}, {"created"}))
        found = self.qalx.item.get(self.items["plate"].guid, fields=["data.parts.n", "meta"])
        self.assertEqual(found.data, {"parts": [{"n": 1}, {"n": 5}]})
        self.assertEqual(found.meta.name, "plate")

    def test_parameters_that_nobody_knows_are_passed_over(self):
        item = self.items["bar"]
        self.assertEqual(self.qalx.item.get(item.guid, config={"TOKEN": 1, "LOGGING_LEVEL": 2}), item)
        self.assertEqual(self.qalx.item.find(self.here(name=0), unpack=True).data, [])


class Pages(Test):
    def setUp(self):
        super().setUp()
        self.qalx.item.add_many([{"data": {"n": n}, "meta": {"place": self.place}} for n in range(60)])

    def test_pages_by_hand(self):
        page = lambda **options: [item.data.n for item in self.qalx.item.find(self.here(), sort=["data__n"], **options).data]
        self.assertEqual(page(), list(range(25)))
        self.assertEqual(page(skip=25), list(range(25, 50)))
        self.assertEqual(page(skip=50), list(range(50, 60)))
        self.assertEqual(page(skip=60), [])
        self.assertEqual(page(limit=100), list(range(60)))

    def test_next_is_followed_as_the_command_line_does(self):
        page, numbers = self.qalx.item.find(self.here(), sort=["-data__n"], limit=20), []
        while True:
            numbers += [item["data"]["n"] for item in page["data"]]
            if page["query"]["next"] is None:
                break
            ok, page = self.qalx.rest_api.get(page["query"]["next"])
            self.assertTrue(ok, page)
        self.assertEqual(numbers, list(range(59, -1, -1)))
        ok, before = self.qalx.rest_api.get(page["query"]["previous"])
        self.assertEqual([item["data"]["n"] for item in before["data"]], list(range(39, 19, -1)))

    def test_a_query_of_a_hundred_guids_fits_an_address(self):
        guids = [uuid.uuid4() for _ in range(100)]
        self.assertEqual(self.qalx.item.find({"guid": {"$in": guids}}, limit=100).data, [])


class Refused(Test):
    def test_a_query_that_cannot_be_read_says_where(self):
        for query, *words in [
            ({"data.n": {"$near": 1}}, "query", "$near"),
            ({"$and": [{"a": 1}, {"b": {"$in": 5}}]}, "$and.1.b.$in"),
            ({"$or": []}, "$or"),
            ({"data.n": {"$regex": "("}}, "$regex"),
            ({"$where": "this.a"}, "$where"),
            ({"data.on": {"$gt": {"$date": "soon", "$zone": None, "$offset": None}}}, "data.on"),
        ]:
            with self.subTest(query=query):
                self.refused(400, lambda: self.qalx.item.find(query), *words)

    def test_parameters_that_are_wrong_are_named(self):
        for options, word in [
            ({"skip": -1}, "skip"),
            ({"limit": "many"}, "limit"),
            ({"limit": 1001}, "limit"),
            ({"sort": ["data..t"]}, "sort"),
        ]:
            with self.subTest(options=options):
                self.refused(400, lambda: self.qalx.item.find(self.here(), **options), word, str(list(options.values())[0]).strip("[]'"))
        ok, error = self.qalx.rest_api.get("item?query={not json")
        self.assertEqual((ok, error["status_code"], list(error["errors"])), (False, 400, ["query"]))
        self.assertIn("query", json.dumps(error["errors"]))
