"""What the client could not read back would spoil every list that it is in: the server must refuse it, or tell it apart.

The values are sent as plain JSON, past what the client would let through.
"""

import json

from bed import Test

MONTH = 2_592_000_000
WRAPPED = [
    {"$date": 0, "$zone": None, "$offset": None},
    {"$date": 0, "$zone": "UTC", "$offset": None},
    {"$date": 0},
    {"$date": "2024-01-01T00:00:00Z", "$zone": "UTC", "$offset": None},
    {"$date": {"$numberLong": "5"}, "$zone": None, "$offset": None},
    {"$date": -62135596800000, "$zone": None, "$offset": None},
    {"$date": -62135596800001, "$zone": None, "$offset": None},
    {"$date": 253402300799999, "$zone": "UTC", "$offset": None},
    {"$date": 253402300800000, "$zone": "UTC", "$offset": None},
    {"$date": 253402300799999, "$zone": "Asia/Tokyo", "$offset": {"total_seconds": 32400.0}},
    {"$date": -62135596800000, "$zone": "America/New_York", "$offset": {"total_seconds": -18000.0}},
    {"$date": 9223372036854775807, "$zone": None, "$offset": None},
    {"$date": 0, "$zone": "Middle/Earth", "$offset": None},
    {"$date": 0, "$zone": "", "$offset": None},
    {"$date": 0, "$zone": "europe/london", "$offset": None},
    {"$date": 0, "$zone": "Europe/London", "$offset": {"total_seconds": "1"}},
    {"$date": 0, "$zone": "Europe/London", "$offset": {"total_seconds": 3600.0}},
    {"$date": 0, "$zone": None, "$offset": {"total_seconds": 3600}},
    {"$date": 0, "$zone": 5, "$offset": None},
    {"$date": 0, "$zone": None},
    {"$date": 0, "$zone": None, "$offset": None, "more": 1},
    {"$uuid": "x"},
    {"$uuid": 5},
    {"$oid": "5f5f5f5f5f5f5f5f5f5f5f5f"},
    {"$oid": "5f"},
    {"$oid": "5f5f5f5f5f5f5f5f5f5f5f5f", "a": 1},
    {"$ref": "a"},
    {"$ref": 5, "$id": 1},
    {"$ref": "a", "$id": 1},
    {"$ref": "a", "$id": 1, "$db": "b"},
    {"$ref": "a", "$id": 1, "$db": 5},
    {"$ref": "a", "$id": 1, "b": {"$uuid": "00112233445566778899aabbccddeeff"}},
    {"$ref": "a", "$schema": "b"},
    {"$ref": "a", "$db": "b"},
    {"$ref": "a", "$id": 1, "database": 1},
    {"$ref": "a", "$id": 1, "collection": 1},
    {"$ref": "a", "$id": 1, "id": 1},
    {"$ref": "a", "$id": 1, "_extra": 1},
    {"$id": 1},
    {"$db": 1},
    {"$regex": "a"},
    {"$regex": "a("},
    {"$regex": 5},
    {"$regex": None},
    {"$regex": "a", "$options": "i"},
    {"$regex": "a", "$options": "q"},
    {"$regex": "a", "$options": 5},
    {"$regex": "a", "b": 1},
    {"$regex": {"$regex": "a"}},
    {"$regularExpression": {"pattern": "a", "options": "i"}},
    {"$regularExpression": {"pattern": "a"}},
    {"$options": 5},
    {"$minKey": 1},
    {"$minKey": 1.0},
    {"$minKey": True},
    {"$maxKey": 1},
    {"$maxKey": 2},
    {"$binary": "AAAA", "$type": "00"},
    {"$binary": "AAA", "$type": "00"},
    {"$binary": "AAAA", "$type": "zz"},
    {"$binary": "AAAA", "$type": 5},
    {"$binary": "AAAA", "$type": "3"},
    {"$binary": "AAAA", "$type": "03"},
    {"$binary": "AAAA", "$type": "04"},
    {"$binary": {"base64": "AAAA", "subType": "00"}},
    {"$type": "00"},
    {"$code": "a"},
    {"$code": "a", "$scope": {}},
    {"$code": 5},
    {"$undefined": True},
    {"$undefined": False},
    {"$numberLong": "5"},
    {"$numberLong": "five"},
    {"$numberInt": "5"},
    {"$numberDouble": "NaN"},
    {"$numberDouble": "-Infinity"},
    {"$numberDouble": "1e400"},
    {"$numberDecimal": "1.5"},
    {"$numberDecimal": "1E+7000"},
    {"$numberDecimal": "x"},
    {"$timestamp": {"t": 1, "i": 2}},
    {"$timestamp": {"t": 4294967295, "i": 4294967295}},
    {"$timestamp": {"t": 1}},
    {"$timestamp": 1},
    {"$dbPointer": {}},
    {"$symbol": "a"},
    {"$numberFloat": "a"},
    {"$set": 1, "$$x": 2},
]


class Poison(Test):
    def attempts(self):
        """Each value, and each value as the client might meet it elsewhere: as a part, in a list, under a key."""
        for value in WRAPPED:
            yield value
            yield {"deep": [value]}

    def test_whatever_is_taken_can_be_read(self):
        taken = 0
        for value in self.attempts():
            body = {"data": {"value": value}, "meta": {"place": self.place, "value": value}}
            with self.subTest(value=json.dumps(value)):
                ok, answer = self.qalx.rest_api.post("item", json=body)
                if not ok:
                    self.assertEqual(answer["status_code"], 400)
                    continue
                taken += 1
                item = self.qalx.item.get(answer["guid"])
                if "$numberDouble" in str(value):
                    continue  # the client writes NaN and the infinities as no JSON has them
                saved = self.qalx.item.save(self.qalx.item.get(item.guid))
                self.assertEqual(repr(saved.data), repr(item.data))
                self.assertEqual(repr(saved.meta), repr(item.meta))
        self.assertEqual(self.qalx.item.find(self.here()).query.count, taken)
        self.assertGreater(taken, len(WRAPPED) / 2)
        self.assertEqual(len(self.qalx.item.find(self.here(), limit=1000).data), taken)
