//! One record of a row begun: found or new, and drafted as far as that needs no function of the app.

use std::ops::Bound;

use app::Field;
use app::permissions::Right;
use app::values::ReferenceInput;
use model::{Class, Code, Error};
use query::{index_key, index_keys};

use super::RowFault;
use super::RowImport;
use super::apply::Applying;
use super::cells::{Cell, CellRow};
use super::chunk::Write;
use super::layout::{Finds, Node};
use super::lookup::Looking;
use super::shape::{Shape, Source};
use crate::records::catalogue::EntityRef;
use crate::records::convert::current;
use crate::records::draft::{Draft, Head, Ref, Slot, Spot, record};
use crate::records::faults::Faults;
use crate::records::prepare::{Begun, Old, Task};
use crate::records::references::{Resolved, Resolver, id_of};
use crate::records::rights::Rights;

/// What became of a related record of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Linked {
    /// The row says nothing of it.
    Nothing,
    /// It has this id.
    Record(String),
}

/// A row on its way.
pub(super) struct Going {
    /// By node.
    pub(super) linked: Vec<Linked>,
    pub(super) writes: Vec<Write>,
    pub(super) relies: Vec<Resolved>,
    pub(super) faults: Vec<RowFault>,
    /// Whether a fault keeps the row from being stored.
    pub(super) refused: bool,
}

/// A record on its way.
pub(super) struct Started {
    pub(super) number: usize,
    pub(super) task: Task,
    pub(super) begun: Begun,
    /// The stored record, as a draft.
    pub(super) before: Draft,
    pub(super) old: Option<Old>,
    pub(super) resolved: Vec<Resolved>,
    /// The draft of a new record as it is stored, and its label, where that is known already.
    pub(super) laid_out: Option<(jsonb::Jsonb, String)>,
}

/// Whether a key is one of a value.
fn is_key(key: &[u8]) -> bool {
    !key.is_empty() && *key != *query::NULL_KEY
}

/// Whether an error is the fault of a row, and not that of the server.
pub(super) fn is_own(error: &Error) -> bool {
    use Class::{BadRequest, Conflict, Forbidden, Invalid, NotFound};
    matches!(
        error.class(),
        BadRequest | Invalid | Forbidden | NotFound | Conflict
    )
}

/// What a row finds of a record.
enum Found {
    Old(Old),
    New,
    /// It has been told why the row fails.
    Told,
}

impl Going {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            linked: vec![Linked::Nothing; nodes],
            writes: Vec::new(),
            relies: Vec::new(),
            faults: Vec::new(),
            refused: false,
        }
    }

    /// A fault that keeps the row from being stored.
    pub(super) fn refuse(&mut self, faults: Vec<RowFault>) {
        self.faults.extend(faults);
        self.refused = true;
    }

    /// What an error of one record means for the row; one that is not the row's fault is handed back.
    pub(super) fn bear(&mut self, error: Error, node: &Node) -> Result<(), Error> {
        match is_own(&error) {
            true => {
                self.refuse(RowFault::of(&error, &node.prefix));
                Ok(())
            }
            false => Err(error),
        }
    }
}

impl RowImport {
    /// Begins the record of a node; none when the row says nothing of it, or it cannot be.
    pub(super) fn begin(
        &self,
        tx: &mut Looking<'_>,
        going: &mut Going,
        (number, row): (usize, &CellRow),
    ) -> Result<Option<Started>, Error> {
        let node = &self.layout.nodes[number];
        if number != self.layout.root() && !self.says_anything(node, row, &going.linked) {
            return Ok(None);
        }
        let entity = self.catalogue.entity(&node.entity)?.clone();
        let rights = Rights::of(&self.catalogue, &entity, &self.call)?;
        if let Finds::Key { index, .. } = &node.finds
            && self.is_free(&rights, &entity)?
        {
            return self.made_or_found(tx, &rights, (number, &entity, index), (going, row));
        }
        let started = match self.found(tx, going, (node, &entity), row)? {
            Found::Told => return Ok(None),
            Found::Old(old) if node.only_found && number != self.layout.root() => {
                going.linked[number] = Linked::Record(id_of(old.body.root())?);
                return Ok(None);
            }
            Found::Old(old) => self.change(tx, &rights, (number, &entity), old, (going, row)),
            Found::New => self.make(tx, &rights, (number, &entity), (going, row)),
        };
        started.map(Some)
    }

    /// A new record, unless there is one already that has what would be its key.
    fn made_or_found(
        &self,
        tx: &mut Looking<'_>,
        rights: &Rights<'_>,
        (number, entity, index): (usize, &EntityRef, &str),
        (going, row): (&mut Going, &CellRow),
    ) -> Result<Option<Started>, Error> {
        let node = &self.layout.nodes[number];
        let mut started = self.make(tx, rights, (number, entity), (going, row))?;
        let (body, label) = self.laid_out(entity, &started.begun.draft, 0)?;
        let keys = index_keys(body.root(), index).map_err(Error::internal)?;
        let key = keys.into_iter().find(|key| is_key(key));
        if let Some(key) = key {
            match self.by_key(tx, going, (node, entity), (index, key))? {
                Found::New => {}
                Found::Told => return Ok(None),
                Found::Old(old) => {
                    return self
                        .change(tx, rights, (number, entity), old, (going, row))
                        .map(Some);
                }
            }
        }
        started.laid_out = Some((body, label));
        Ok(Some(started))
    }

    /// Whether the caller may make any record, with any value.
    fn is_free(&self, rights: &Rights<'_>, entity: &EntityRef) -> Result<bool, Error> {
        Ok(entity.write_rules().is_empty() && rights.reach(Right::Create)?.is_all())
    }

    fn says_anything(&self, node: &Node, row: &CellRow, linked: &[Linked]) -> bool {
        let has = |from: Source| match from {
            Source::Column(column) => row.has(column),
            Source::Node(node) => linked[node] != Linked::Nothing,
        };
        node.label.is_some_and(|column| row.has(column)) || node.shape.any(&has)
    }

    /// The record that the row is about.
    fn found(
        &self,
        tx: &mut Looking<'_>,
        going: &mut Going,
        (node, entity): (&Node, &EntityRef),
        row: &CellRow,
    ) -> Result<Found, Error> {
        let keys = match &node.finds {
            Finds::Nothing => Vec::new(),
            Finds::Value { column, index } => match &row.cells[*column] {
                Cell::Value(scalar) => {
                    let value = scalar.shadow.as_ref().unwrap_or(&scalar.stored);
                    vec![(index, index_key(value.root()).map_err(Error::internal)?)]
                }
                _ => Vec::new(),
            },
            Finds::Key { index, shape } => self
                .keys(tx, entity, (index, shape), row)?
                .into_iter()
                .map(|key| (index, key))
                .collect(),
        };
        if let Some((index, key)) = keys.into_iter().next() {
            return self.by_key(tx, going, (node, entity), (index, key));
        }
        match node.label.map(|column| (column, &row.cells[column])) {
            Some((column, Cell::Asked(asked))) => self.by_label(tx, going, entity, (column, asked)),
            _ => Ok(Found::New),
        }
    }

    /// What the record of a row would have in an index over more than plain values.
    pub(super) fn keys(
        &self,
        tx: &mut Looking<'_>,
        entity: &EntityRef,
        (index, shape): (&str, &Shape),
        row: &CellRow,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut draft = Draft::new(&entity.fields, String::new());
        let mut faults = Faults::default();
        let mut applying = Applying {
            import: self,
            row,
            linked: &[],
            may: &|_| true,
            faults: &mut faults,
        };
        applying.shape(shape, &mut draft, &entity.fields)?;
        self.resolve(tx, entity, &mut draft, &mut faults)?;
        let (body, _) = self.laid_out(entity, &draft, 0)?;
        let keys = index_keys(body.root(), index).map_err(Error::internal)?;
        Ok(keys.into_iter().filter(|key| is_key(key)).collect())
    }

    fn by_key(
        &self,
        tx: &mut Looking<'_>,
        going: &mut Going,
        (node, entity): (&Node, &EntityRef),
        (index, key): (&str, Vec<u8>),
    ) -> Result<Found, Error> {
        let collection = entity.collection();
        if !tx
            .ready_indexes(collection)?
            .iter()
            .any(|ready| ready.name == *index)
        {
            let message = format!("the index {index} of {} is being built", entity.name);
            return Err(Error::new(Code::Unavailable, message).with_retry_after(1));
        }
        let range = (Bound::Included(key.clone()), Bound::Included(key));
        let mut found = tx.by_index(collection, index, &range, 2)?.into_iter();
        match (found.next(), found.next()) {
            (None, _) => Ok(Found::New),
            (Some(one), None) => Ok(Found::Old(Old {
                version: one.version,
                body: one.body,
            })),
            (Some(_), Some(_)) => {
                going.refuse(vec![RowFault {
                    field: node.prefix.clone(),
                    code: "notUnique".to_owned(),
                    message: format!("More than one record of {} fits", entity.name),
                    value: None,
                }]);
                Ok(Found::Told)
            }
        }
    }

    fn by_label(
        &self,
        tx: &mut Looking<'_>,
        going: &mut Going,
        entity: &EntityRef,
        (column, asked): (usize, &ReferenceInput),
    ) -> Result<Found, Error> {
        let mut faults = Faults::default();
        let mut resolver = Resolver {
            tx,
            catalogue: &self.catalogue,
            call: &self.call,
            faults: &mut faults,
            resolved: Vec::new(),
        };
        let (code, message) = match resolver.only(entity, asked)? {
            Ok(body) => {
                let id = id_of(body.root())?;
                let found = tx.body_of(entity.collection(), &id)?;
                let (version, body) =
                    found.ok_or_else(|| Error::internal("a record that was found is gone"))?;
                return Ok(Found::Old(Old { version, body }));
            }
            Err(false) => ("notFound", format!("There is no such record of {}", entity.name)),
            Err(true) => (
                "notUnique",
                format!("More than one record of {} fits", entity.name),
            ),
        };
        going.refuse(vec![RowFault {
            field: self.layout.columns[column].header.clone(),
            code: code.to_owned(),
            message,
            value: Some(crate::records::references::spelled(asked)),
        }]);
        Ok(Found::Told)
    }

    fn change(
        &self,
        tx: &mut Looking<'_>,
        rights: &Rights<'_>,
        (number, entity): (usize, &EntityRef),
        old: Old,
        (going, row): (&Going, &CellRow),
    ) -> Result<Started, Error> {
        rights.check(Right::Update)?;
        let body = current(tx, &self.catalogue, entity, old.body)?;
        rights.check_record(Right::Read, body.root())?;
        rights.check_record(Right::Update, body.root())?;
        let old = Old { body, ..old };
        let task = self.task(entity, id_of(old.body.root())?, false);
        let before = task.draft_of(Some(old.body.root()))?;
        let writes = rights.writes(old.body.root())?;
        let may = |path: &str| !self.flags.filter_by_access_rules || writes.may(path);
        let (draft, faults, resolved) = self.drafted(tx, &task, &before, (number, going, row), &may)?;
        Ok(Started::of(
            number,
            task,
            (before, draft),
            (Some(old), resolved, faults),
        ))
    }

    fn make(
        &self,
        tx: &mut Looking<'_>,
        rights: &Rights<'_>,
        (number, entity): (usize, &EntityRef),
        (going, row): (&Going, &CellRow),
    ) -> Result<Started, Error> {
        rights.check(Right::Create)?;
        let task = self.task(entity, self.new_id(), true);
        let before = task.draft_of(None)?;
        let free = self.is_free(rights, entity)?;
        let mut writes = rights.writes_of_new()?;
        loop {
            let may = |path: &str| free || !self.flags.filter_by_access_rules || writes.may(path);
            let (draft, faults, resolved) = self.drafted(tx, &task, &before, (number, going, row), &may)?;
            if free || !writes.narrow(self.laid_out(entity, &draft, 0)?.0.root())? {
                return Ok(Started::of(
                    number,
                    task,
                    (before, draft),
                    (None, resolved, faults),
                ));
            }
        }
    }

    fn drafted(
        &self,
        tx: &mut Looking<'_>,
        task: &Task,
        before: &Draft,
        (number, going, row): (usize, &Going, &CellRow),
        may: &dyn Fn(&str) -> bool,
    ) -> Result<(Draft, Faults, Vec<Resolved>), Error> {
        let (mut draft, mut faults) = (before.clone(), Faults::default());
        let mut applying = Applying {
            import: self,
            row,
            linked: &going.linked,
            may,
            faults: &mut faults,
        };
        applying.node(&self.layout.nodes[number], &mut draft, &task.entity.fields)?;
        if self.flags.set_default_values {
            task.fill(&mut draft);
        }
        let resolved = self.resolve(tx, &task.entity, &mut draft, &mut faults)?;
        Ok((draft, faults, resolved))
    }

    /// Resolves references; what rows of the chunk have in common is looked for once.
    pub(super) fn resolve(
        &self,
        tx: &mut Looking<'_>,
        entity: &EntityRef,
        draft: &mut Draft,
        faults: &mut Faults,
    ) -> Result<Vec<Resolved>, Error> {
        let (mut all, mut outcome) = (Vec::new(), Ok(()));
        draft.each_mut(&entity.fields, &Spot::default(), &mut |spot, field, slot, _| {
            let Slot::Refs(list) = slot else { return };
            for (number, one) in list.iter_mut().enumerate() {
                if outcome.is_ok() {
                    let spot = spot.element(field, number);
                    outcome = self.resolve_one(tx, entity, (field, one, &spot), (faults, &mut all));
                }
            }
        });
        outcome.map(|()| all)
    }

    fn resolve_one(
        &self,
        tx: &mut Looking<'_>,
        entity: &EntityRef,
        (field, one, spot): (&Field, &mut Ref, &Spot<'_>),
        (faults, all): (&mut Faults, &mut Vec<Resolved>),
    ) -> Result<(), Error> {
        let asked = match one {
            Ref::Asked(asked) => Some(asked.clone()),
            _ => None,
        };
        let place = (entity.collection(), spot.path.to_string());
        if let Some(known) = asked.as_ref().and_then(|asked| tx.view.resolved(&place, asked)) {
            *one = Ref::Known(known.value.clone());
            all.extend(known.resolved.iter().cloned());
            return Ok(());
        }
        let mut resolver = Resolver {
            tx,
            catalogue: &self.catalogue,
            call: &self.call,
            faults,
            resolved: Vec::new(),
        };
        resolver.one(field, one, spot)?;
        let found = resolver.resolved;
        if let (Some(asked), Ref::Known(value)) = (asked, &*one) {
            tx.view
                .note_resolved(place, asked, (value.clone(), found.clone()));
        }
        all.extend(found);
        Ok(())
    }

    pub(super) fn task(&self, entity: &EntityRef, id: String, creates: bool) -> Task {
        let (ids, env) = (self.ids.clone(), self.env.clone());
        Task {
            catalogue: self.catalogue.clone(),
            entity: entity.clone(),
            call: self.call.clone(),
            now: self.now(),
            id,
            creates,
            body: jsonb::object().finish(),
            alive_since: self.now(),
            runner: self.runner.clone(),
            job: None,
            tells: true,
            new_id: Box::new(move || ids.make(&env)),
        }
    }

    /// A draft as it is stored, and its label; `version` is as clients count.
    pub(super) fn laid_out(
        &self,
        entity: &EntityRef,
        draft: &Draft,
        version: u64,
    ) -> Result<(jsonb::Jsonb, String), Error> {
        let head = Head {
            version,
            transient: false,
            entity,
            zone: self.catalogue.zone(),
        };
        record(draft, &head).map_err(Error::internal)
    }
}

impl Started {
    fn of(
        number: usize,
        task: Task,
        (before, draft): (Draft, Draft),
        (old, resolved, faults): (Option<Old>, Vec<Resolved>, Faults),
    ) -> Self {
        let mut begun = Begun::of(draft);
        begun.faults = faults;
        Self {
            number,
            task,
            begun,
            before,
            old,
            resolved,
            laid_out: None,
        }
    }
}
