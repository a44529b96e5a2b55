"""Blueprints: kept word by word, found by name, and what the client checks with them."""

import jsonschema
from bed import Test
from pyqalx.core.entities import Blueprint
from pyqalx.core.errors import QalxEntityNotFound, QalxInvalidBlueprintError

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"size": {"type": "number", "exclusiveMinimum": 0}},
    "entity_type": "item",
    "type": "object",
    "properties": {
        "data": {
            "type": "object",
            "required": ["height"],
            "properties": {"height": {"$ref": "#/$defs/size", "$comment": ""}, "a.b": {"enum": ["x", None]}},
        }
    },
}


class Blueprints(Test):
    def blueprint(self, name="plate", schema=SCHEMA, **options):
        return self.qalx.blueprint.add(name=f"{name} {self.place}", schema=schema, meta={"place": self.place}, **options)

    def test_a_schema_is_kept_word_by_word(self):
        made = self.blueprint()
        for each in (made, self.qalx.blueprint.get(made.guid), self.qalx.blueprint.get_by_name(made.name)):
            self.assertEqual(each.schema, SCHEMA)
            self.assertEqual(each["entity_type"], "item")
        self.assertEqual(self.qalx.blueprint.get_or_create(made.name, schema=SCHEMA).guid, made.guid)
        with self.assertRaises(QalxEntityNotFound):
            self.qalx.blueprint.get_by_name(self.place)

    def test_items_that_fit_and_items_that_do_not(self):
        name = self.blueprint().name
        meta = {"place": self.place}
        item = self.qalx.item.add(data={"height": 5}, meta=meta, blueprint_name=name)
        with self.assertRaises(jsonschema.ValidationError):
            self.qalx.item.add(data={"height": 0}, meta=meta, blueprint_name=name)
        del item.data["height"]
        with self.assertRaises(jsonschema.ValidationError):
            self.qalx.item.save(item, blueprint_name=name)
        self.assertEqual([found.data for found in self.qalx.item.find(self.here()).data], [{"height": 5}])
        many = self.qalx.item.add_many([{"data": {"height": n}, "blueprint_name": name} for n in (1, 2)])
        self.assertEqual(many.items_created, 2)

    def test_a_schema_that_is_none_is_refused_by_the_client(self):
        with self.assertRaises(jsonschema.SchemaError):
            self.blueprint(schema={"entity_type": "item", "type": "thing"})
        with self.assertRaises(QalxInvalidBlueprintError):
            self.blueprint(schema={"type": "object"})

    def test_what_the_client_does_not_see_is_refused_by_the_server(self):
        self.refused(400, lambda: self.blueprint(schema=SCHEMA | {"entity_type": "planet"}), "entity_type", "planet")
        for body, word in [
            ({"schema": {}, "entity_type": "item"}, "name"),
            ({"name": self.place, "entity_type": "item"}, "schema"),
            ({"name": self.place, "entity_type": "item", "schema": {"type": "thing"}}, "schema"),
        ]:
            with self.subTest(body=body):
                ok, error = self.qalx.rest_api.post("blueprint", json=body)
                self.assertEqual((ok, error["status_code"]), (False, 400))
                self.assertIn(word, str(error["errors"]))

    def test_a_schema_that_the_client_could_not_read_back_is_refused(self):
        for schema, *words in [
            ({"properties": {"data": {"$ref": "#/$defs/size"}}}, "schema.properties.data", "$comment"),
            ({"properties": {"$date": {"type": "string"}}}, "schema.properties", "$date"),
        ]:
            with self.subTest(schema=schema):
                self.refused(400, lambda: self.blueprint(schema={"entity_type": "item"} | schema), *words)
        self.assertEqual(self.qalx.blueprint.find(self.here()).data, [])

    def test_names_are_unique(self):
        made = self.blueprint()
        self.refused(400, lambda: self.blueprint(), "name", made.name)
        other = self.blueprint("tube")
        other.name = made.name
        self.refused(400, lambda: self.qalx.blueprint.save(other), "name", made.name)

    def test_a_blueprint_is_changed(self):
        made = self.blueprint()
        made.schema.properties.data.required = ["height", "width"]
        self.qalx.blueprint.save(made)
        again = self.qalx.blueprint.reload(made)
        self.assertEqual(again.schema.properties.data.required, ["height", "width"])
        self.assertEqual(again.schema["$defs"], SCHEMA["$defs"])
        with self.assertRaises(jsonschema.ValidationError):
            self.qalx.item.add(data={"height": 1}, blueprint_name=made.name)

    def test_a_set_is_checked_with_the_blueprints_of_its_items(self):
        steel = Blueprint.item()
        steel.add_data("rho", {"type": "number"}, required=True)
        steel = self.qalx.blueprint.add(name=f"steel {self.place}", schema=steel)
        profile = Blueprint.set()
        profile.add_item("steel", steel, required=True)
        name = self.qalx.blueprint.add(name=f"profile {self.place}", schema=profile).name
        ok, stored = self.qalx.rest_api.get("blueprint?sort=-created&limit=1")
        kids = stored["data"][0]["schema"]["properties"]["items"]["properties"]
        self.assertEqual(kids["steel"], {"type": "string", "enum": [steel.name]})
        unpacked = self.qalx.blueprint.get_by_name(name)
        self.assertEqual(unpacked.schema.properties["items"].properties.steel.properties.data.required, ["rho"])
        good, bad = self.add({"rho": 8000}), self.add({"colour": "red"})
        self.assertEqual(self.qalx.set.add(items={"steel": good}, blueprint_name=name)["items"], {"steel": good})
        with self.assertRaises(jsonschema.ValidationError):
            self.qalx.set.add(items={"steel": bad}, blueprint_name=name)
        with self.assertRaises(jsonschema.ValidationError):
            self.qalx.set.add(items={}, blueprint_name=name)
