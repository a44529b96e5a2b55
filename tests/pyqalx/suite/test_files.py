"""Items with files: sent, fetched, replaced and taken away, encrypted by the client, and data that lies in a file."""

import io

import requests

from bed import HOME, Test
from pyqalx import QalxSession
from pyqalx.core.errors import QalxError

BYTES = bytes(range(256)) * 4099  # more than a megabyte, and no text


class Files(Test):
    def file(self, content, name="mesh.dat", qalx=None, **options):
        item = qalx or self.qalx
        return item.item.add(source=io.BytesIO(content), file_name=name, meta={"place": self.place}, **options)

    def test_a_file_comes_back_byte_for_byte(self):
        item = self.file(BYTES)
        self.assertEqual(item.file.name, "mesh.dat")
        self.assertNotIn("put_url", item.file)
        for each in (item, self.qalx.item.reload(item), self.qalx.item.find_one(self.here())):
            self.assertEqual(each.read_file(), BYTES)

    def test_a_file_on_disk_goes_to_disk(self):
        source = HOME / f"{self.place}.txt"
        source.write_bytes("from disk ✓".encode())
        item = self.qalx.item.add(source=str(source), data={"also": "data"}, meta={"place": self.place})
        self.assertEqual((item.file.name, item.data), (source.name, {"also": "data"}))
        again = self.qalx.item.reload(item)
        path = again.save_file_to_disk(str(HOME), filename=f"{self.place}.copy")
        self.assertEqual((HOME / path).read_bytes(), source.read_bytes())

    def test_an_empty_file_is_a_file(self):
        self.assertEqual(self.qalx.item.reload(self.file(b"")).read_file(), b"")

    def test_saving_without_a_file_keeps_it(self):
        item = self.file(b"first")
        item.data.n = 1
        item = self.qalx.item.reload(self.qalx.item.save(item))
        self.assertEqual((item.data.n, item.read_file()), (1, b"first"))

    def test_a_file_is_replaced(self):
        item = self.file(b"first")
        saved = self.qalx.item.save(item, source=io.BytesIO(b"second"), file_name="other.dat")
        self.assertEqual(saved.file.name, "other.dat")
        self.assertEqual(self.qalx.item.reload(item).read_file(), b"second")

    def test_a_file_is_taken_away(self):
        item = self.file(b"first")
        address = item.file.url
        item["file"] = {}
        self.assertEqual(self.qalx.item.save(item).file, {})
        item = self.qalx.item.reload(item)
        self.assertEqual(item.file, {})
        with self.assertRaises(QalxError):
            item.read_file()
        self.assertEqual(requests.get(address).status_code, 404)

    def test_a_file_goes_with_its_item(self):
        item = self.file(b"first")
        self.qalx.item.delete(item)
        self.assertEqual(requests.get(item.file.url).status_code, 404)

    def test_an_upload_by_hand(self):
        item = self.file(b"", upload=False)
        self.assertEqual(requests.put(item.file.put_url, data=b"by hand").status_code // 100, 2)
        self.assertEqual(self.qalx.item.reload(item).read_file(), b"by hand")

    def test_an_address_is_good_for_its_purpose_alone(self):
        item = self.file(b"mine", upload=False)
        self.assertEqual(requests.put(item.file.url, data=b"theirs").status_code, 403)
        self.assertEqual(requests.get(item.file.put_url).status_code, 403)

    def test_files_in_bulk(self):
        items = [
            {"source": io.BytesIO(b"one"), "file_name": "1", "meta": {"place": self.place}},
            {"data": {"n": 2}, "meta": {"place": self.place}},
            {"source": io.BytesIO(b"three"), "file_name": "3", "meta": {"place": self.place}},
        ]
        added = self.qalx.item.add_many(items)
        self.assertEqual((added.items_created, added.errors), (3, {}))
        found = self.qalx.item.find(self.here(), sort=["created"]).data
        self.assertEqual([item.read_file() for item in (found[0], found[2])], [b"one", b"three"])
        self.assertEqual((found[1].file, found[1].data), ({}, {"n": 2}))

    def test_the_key_never_leaves_the_client(self):
        keyed = QalxSession("keyed")
        item = self.file(BYTES, qalx=keyed)
        self.assertEqual(item.file.keyfile, "qalx.key")
        self.assertEqual(keyed.item.reload(item).read_file(), BYTES)
        stored = requests.get(item.file.url).content
        self.assertNotIn(BYTES[:256], stored)
        self.assertEqual(self.qalx.item.get(item.guid).read_file(), stored)
        self.assertEqual(self.file(b"open", qalx=keyed, encrypt=False).read_file(), b"open")
        replaced = keyed.item.save(item, source=io.BytesIO(b"new"), file_name="new")
        self.assertEqual(keyed.item.reload(replaced).read_file(), b"new")
        many = keyed.item.add_many([{"source": io.BytesIO(b"m"), "file_name": "m"}])
        self.assertEqual(keyed.item.reload(many.items_[0]).read_file(), b"m")


class DataAsFile(Test):
    def add(self, data, qalx=None):
        return (qalx or self.qalx).item.add(data=data, as_file=True, file_name="data.json", meta={"place": self.place})

    def test_data_lies_in_the_file(self):
        item = self.add({"rows": list(range(1000))})
        self.assertEqual(item.data.rows[999], 999)
        back = self.qalx.item.get(item.guid)
        self.assertEqual((back.data, back.file.as_file), ({"rows": list(range(1000))}, True))
        self.assertIn(b"999", requests.get(back.file.url).content)
        ok, plain = self.qalx.rest_api.get(f"item/{item.guid}")
        self.assertEqual((ok, plain["data"]), (True, {}))

    def test_saving_sends_it_anew(self):
        item = self.qalx.item.get(self.add({"n": 1}).guid)
        item.data.n = 2
        self.qalx.item.save(item)
        self.assertEqual(self.qalx.item.reload(item).data, {"n": 2})

    def test_lists_fetch_it(self):
        self.add({"n": 1})
        self.assertEqual([item.data for item in self.qalx.item.find(self.here()).data], [{"n": 1}])

    def test_lists_of_all_kinds_of_items(self):
        self.qalx.item.add(data={"n": 1}, source=io.BytesIO(b"x"), file_name="x", meta={"place": self.place})
        found = self.qalx.item.find(self.here()).data
        self.assertEqual([(item.data, item.file.as_file) for item in found], [({"n": 1}, False)])

    def test_it_is_encrypted_too(self):
        keyed = QalxSession("keyed")
        item = self.add({"secret": "word"}, qalx=keyed)
        self.assertEqual(item.data, {"secret": "word"})
        self.assertNotIn(b"word", requests.get(item.file.url).content)
