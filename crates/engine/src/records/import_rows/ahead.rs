//! What the rows of a chunk will look for, asked of the snapshot all at once: an exchange with the database for each
//! would take longer than everything else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use app::indexes::stored_path;
use app::values::ReferenceInput;
use app::{FieldType, Fields, Literal, USERS};
use jsonb::Jsonb;
use model::{CollectionId, Error, Record, is_record_id};
use query::{KeyRange, index_key, index_keys};
use storage::ReadTx;

use super::RowImport;
use super::cells::{Cell, CellRow};
use super::layout::{Finds, Node};
use super::lookup::Looking;
use super::node::is_own;
use super::shape::{Given, Held, Shape, Source};
use super::view::View;
use crate::records::catalogue::EntityRef;
use crate::records::values;

/// How many records with one key are asked for at most.
const PER_KEY: u64 = 4;

/// Keys to be asked for, by collection and index.
type Keys = BTreeMap<(CollectionId, String), BTreeSet<Vec<u8>>>;

/// References that rows ask for, by the entity that they lead to.
type Asked<'r> = HashMap<String, Vec<&'r ReferenceInput>>;

impl RowImport {
    /// See the module.
    pub(super) fn ask_ahead(
        &self,
        tx: &mut dyn ReadTx,
        view: &mut View,
        rows: &[CellRow],
    ) -> Result<(), Error> {
        let mut keys = Keys::new();
        let mut asked = Asked::new();
        for node in &self.layout.nodes {
            let entity = self.catalogue.entity(&node.entity)?;
            self.own_keys(node, entity, rows, &mut keys)?;
            collect(&node.shape, &entity.fields, rows, &mut asked);
            if let Some(column) = node.label {
                let cells = rows.iter().filter_map(|row| row.cells[column].asked());
                asked.entry(node.entity.clone()).or_default().extend(cells);
            }
        }
        for (name, list) in &asked {
            let target = self.catalogue.entity(name)?;
            self.first_keys(tx, view, target, list, &mut keys)?;
        }
        ask(tx, view, std::mem::take(&mut keys))?;
        for (name, list) in &asked {
            let target = self.catalogue.entity(name)?;
            self.second_keys(view, target, list, &mut keys)?;
        }
        ask(tx, view, keys)?;
        let keys = self.several_keys(tx, view, rows)?;
        ask(tx, view, keys)
    }

    /// What finds the records of rows by several columns, which may refer to others.
    fn several_keys(&self, tx: &mut dyn ReadTx, view: &mut View, rows: &[CellRow]) -> Result<Keys, Error> {
        let mut keys = Keys::new();
        for node in &self.layout.nodes {
            let Finds::Key { index, shape } = &node.finds else {
                continue;
            };
            let entity = self.catalogue.entity(&node.entity)?;
            let wanted = keys.entry((entity.collection(), index.clone())).or_default();
            for row in rows {
                match self.keys(&mut Looking { tx, view }, entity, (index, shape), row) {
                    Ok(keys) => wanted.extend(keys),
                    // Its row is told when it is its turn.
                    Err(error) if is_own(&error) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(keys)
    }

    /// What finds the records of rows, and what no two of them may have.
    fn own_keys(
        &self,
        node: &Node,
        entity: &EntityRef,
        rows: &[CellRow],
        keys: &mut Keys,
    ) -> Result<(), Error> {
        let mut columns: Vec<(usize, &str)> = Vec::new();
        if let Finds::Value { column, index } = &node.finds {
            columns.push((*column, index));
        }
        for indexed in entity.indexed().iter().filter(|indexed| indexed.def.unique) {
            if let [path] = indexed.fields.as_slice()
                && let Some(column) = column_of(&node.shape, path)
            {
                columns.push((column, &indexed.def.name));
            }
        }
        for (column, index) in columns {
            let place = (entity.collection(), index.to_owned());
            let wanted = keys.entry(place).or_default();
            for row in rows {
                if let Cell::Value(scalar) = &row.cells[column] {
                    let value = scalar.shadow.as_ref().unwrap_or(&scalar.stored);
                    wanted.insert(index_key(value.root()).map_err(Error::internal)?);
                }
            }
        }
        Ok(())
    }

    /// Ids and labels of references, and lookup values that are said to be such.
    fn first_keys(
        &self,
        tx: &mut dyn ReadTx,
        view: &mut View,
        target: &EntityRef,
        list: &[&ReferenceInput],
        keys: &mut Keys,
    ) -> Result<(), Error> {
        let mut ids = BTreeSet::new();
        for asked in list {
            match asked {
                ReferenceInput::Id(id) => {
                    ids.insert(id.to_ascii_lowercase());
                }
                ReferenceInput::Label(label) => add(keys, target, "label", values::text(label))?,
                ReferenceInput::Text(text) => {
                    if is_record_id(text) {
                        ids.insert(text.to_ascii_lowercase());
                    }
                    add(keys, target, "label", values::text(text))?;
                }
                ReferenceInput::Lookup { field, value } => {
                    self.lookup_keys(target, field.as_deref(), value, keys)?;
                }
            }
        }
        by_ids(tx, view, target.collection(), ids)
    }

    /// Lookup values of references that no label has.
    fn second_keys(
        &self,
        view: &View,
        target: &EntityRef,
        list: &[&ReferenceInput],
        keys: &mut Keys,
    ) -> Result<(), Error> {
        for asked in list {
            let ReferenceInput::Text(text) = asked else {
                continue;
            };
            let label = index_key(values::text(text).root()).map_err(Error::internal)?;
            let found = view.found(target.collection(), "label", &label);
            if found.is_none_or(Vec::is_empty) {
                self.lookup_keys(target, None, text, keys)?;
            }
        }
        Ok(())
    }

    fn lookup_keys(
        &self,
        target: &EntityRef,
        name: Option<&str>,
        value: &str,
        keys: &mut Keys,
    ) -> Result<(), Error> {
        for lookup in &target.lookup_fields {
            let field = target.fields.at(lookup);
            let Some(field) = field.filter(|_| name.is_none_or(|name| name == lookup)) else {
                continue;
            };
            let literal = Literal::Text(value.to_owned());
            if let Ok(value) = app::values::operand(field, &literal, self.catalogue.zone()) {
                add(keys, target, &stored_path(lookup, field), value)?;
            }
        }
        Ok(())
    }
}

fn add(keys: &mut Keys, target: &EntityRef, index: &str, value: Jsonb) -> Result<(), Error> {
    let key = index_key(value.root()).map_err(Error::internal)?;
    let place = (target.collection(), index.to_owned());
    keys.entry(place).or_default().insert(key);
    Ok(())
}

/// The references in the columns of a record, by the entity that they lead to.
fn collect<'r>(shape: &Shape, fields: &Fields, rows: &'r [CellRow], asked: &mut Asked<'r>) {
    for Given { field, held, .. } in &shape.0 {
        match (held, &fields.0[*field].kind) {
            (Held::Nested(inner), FieldType::Nested { fields, .. }) => collect(inner, fields, rows, asked),
            (Held::NestedMany(list), FieldType::Nested { fields, .. }) => {
                list.iter().for_each(|inner| collect(inner, fields, rows, asked));
            }
            (Held::One(_) | Held::Many(_), FieldType::Relationship(rules)) if rules.entity != USERS => {
                let sources: &[Source] = match held {
                    Held::One(source) => std::slice::from_ref(source),
                    Held::Many(list) => list,
                    _ => &[],
                };
                let list = asked.entry(rules.entity.clone()).or_default();
                for source in sources {
                    if let Source::Column(column) = source {
                        list.extend(rows.iter().filter_map(|row| row.cells[*column].asked()));
                    }
                }
            }
            _ => {}
        }
    }
}

/// The column of a field that is no list and lies in none.
fn column_of(shape: &Shape, path: &str) -> Option<usize> {
    shape.0.iter().find_map(|given| match &given.held {
        Held::One(Source::Column(column)) => (given.path == path).then_some(*column),
        Held::Nested(inner) => column_of(inner, path),
        _ => None,
    })
}

/// Asks for what lies under keys.
fn ask(tx: &mut dyn ReadTx, view: &mut View, keys: Keys) -> Result<(), Error> {
    for ((collection, index), keys) in keys {
        let ready = tx.indexes(collection)?;
        view.note_indexes(collection, &ready);
        let fresh = |key: &Vec<u8>| view.found(collection, &index, key).is_none();
        let keys: Vec<Vec<u8>> = keys.into_iter().filter(fresh).collect();
        if keys.is_empty() || !ready.iter().any(|ready| ready.name == index) {
            continue;
        }
        let range =
            |key: &Vec<u8>| -> KeyRange { (Bound::Included(key.clone()), Bound::Included(key.clone())) };
        let ranges: Vec<KeyRange> = keys.iter().map(range).collect();
        let most = ranges.len() as u64 * PER_KEY;
        // Where too many have the same key each one is asked for when it is needed.
        let Some(places) = tx.index_places(collection, &index, &ranges, most)? else {
            continue;
        };
        let mut found: HashMap<Vec<u8>, Vec<Record>> =
            keys.into_iter().map(|key| (key, Vec::new())).collect();
        for record in tx.records_at(collection, &places)? {
            for key in index_keys(record.body.root(), &index).map_err(Error::internal)? {
                if let Some(list) = found.get_mut(&key) {
                    list.push(record.clone());
                }
            }
            view.note_body(
                collection,
                &record.id,
                Some((record.version, record.body.clone())),
            );
        }
        for (key, list) in found {
            view.note_found(collection, &index, key, list);
        }
    }
    Ok(())
}

fn by_ids(
    tx: &mut dyn ReadTx,
    view: &mut View,
    collection: CollectionId,
    ids: BTreeSet<String>,
) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = ids.into_iter().collect();
    let places = tx.places_of(collection, &ids)?;
    for record in tx.records_at(collection, &places)? {
        view.note_body(collection, &record.id, Some((record.version, record.body)));
    }
    for id in &ids {
        if view.body(collection, id).is_none() {
            view.note_body(collection, id, None);
        }
    }
    Ok(())
}
