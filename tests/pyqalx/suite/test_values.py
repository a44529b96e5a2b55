"""Values of all types, in data and in meta, come back as they were."""

import datetime
import uuid

import pytz

from bed import Test

LONDON = pytz.timezone("Europe/London")
VALUES = {
    "uuid": uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"),
    "naive": datetime.datetime(2024, 7, 1, 12, 30, 15, 250000),
    "utc": pytz.utc.localize(datetime.datetime(2024, 1, 1)),
    "summer": LONDON.localize(datetime.datetime(2024, 7, 1, 12)),
    "winter": LONDON.localize(datetime.datetime(2024, 1, 1, 12)),
    "kathmandu": pytz.timezone("Asia/Kathmandu").localize(datetime.datetime(2024, 7, 1, 12)),
    "long ago": datetime.datetime(1901, 1, 1),
    "far away": datetime.datetime(9999, 12, 31, 23, 59, 59),
    "texts": ["", "ünïcode ✓ 𝄞", "line\nbreak", "tab\t\"quote\"\\", "\u0001 and \u001f"],
    "keys": {"": 1, "a.b": 2, "$ref": "x", "$schema": "y", "[1] name": 3, "ключ": 4},
    "nested": [[], {}, [[{"a": []}]], None, True, False],
}


class Values(Test):
    def both(self, value):
        """The value after it was in data and in meta, in an object, a list, and alone."""
        shapes = {"alone": value, "list": [value, [value]], "object": {"in": {"deep": value}}}
        item = self.qalx.item.add(data=dict(shapes), meta={"place": self.place, **shapes})
        for each in (item, self.qalx.item.get(item.guid), self.qalx.item.save(self.qalx.item.get(item.guid)), self.qalx.item.find_one(self.here())):
            for holder in (each.data, each.meta):
                yield from (holder.alone, holder["list"][0], holder["list"][1][0], holder.object["in"].deep)

    def test_values_survive(self):
        for name, value in VALUES.items():
            with self.subTest(name):
                self.place = uuid.uuid4().hex
                for back in self.both(value):
                    self.assertEqual(back, value)
                    if isinstance(value, datetime.datetime):
                        self.assertEqual(back.utcoffset(), value.utcoffset())
                        self.assertEqual(getattr(back.tzinfo, "zone", None), getattr(value.tzinfo, "zone", None))
                    else:
                        self.assertIsInstance(back, type(value))

    def test_an_item_in_the_meta_of_a_set(self):
        item = self.qalx.item.get(self.add({"key": uuid.uuid4()}).guid)
        made = self.qalx.set.add(items={"i": item}, meta={"place": self.place, "report": item})
        report = self.qalx.set.get(made.guid).meta.report
        self.assertEqual((report.guid, report.info.created.on, report.data), (item.guid, item.info.created.on, item.data))

    def test_the_zone_does_not_matter_to_a_query(self):
        noon = datetime.datetime(2024, 7, 1, 11)
        self.add({"on": VALUES["summer"]})
        self.assertEqual(self.qalx.item.find(self.here(**{"data.on": pytz.utc.localize(noon)})).query.count, 1)
        self.assertEqual(self.qalx.item.find(self.here(**{"data.on": {"$gt": pytz.utc.localize(noon)}})).query.count, 0)

    def test_a_date_that_is_none_is_refused(self):
        for data in ({"$date": "soon"}, {"deep": [{"$date": 5, "other": 1}]}, {"$uuid": "short"}):
            with self.subTest(data=data):
                self.refused(400, lambda: self.qalx.item.add(data=data, meta={"place": self.place}), "data")
        self.assertEqual(self.qalx.item.find(self.here()).query.count, 0)

    def test_what_cannot_be_kept_is_refused(self):
        self.refused(400, lambda: self.add({"beyond": 2**70}), "beyond", str(2**70))
        self.refused(400, lambda: self.add({"text": "\0"}), "data.text", "U+0000")
