//! What a body says, put into a draft.
//!
//! What is left out stays, null takes a value away, a nested value takes what is given and keeps the rest. Nested values
//! of a list are matched by their ids; those without one are new, and those that are not sent go. What the caller may
//! not write is passed over without a word, as are values that the server makes. All that is wrong is collected.

use app::fault::Problem;
use app::values::{FileInput, ReferenceInput};
use app::{Field, FieldType, Fields};
use jsonb::{Damaged, Kind, Value};

use super::{Draft, Ref, Slot, Spot, refers};
use crate::records::faults::Faults;

/// Keys at the top of a body that clients send back as they got them.
const TOP: [&str; 5] = ["id", "label", "version", "entity", "link"];
/// Those of a nested value.
const NESTED: [&str; 3] = ["id", "label", "link"];

/// See the module.
pub(in crate::records) struct Input<'a> {
    /// What was found to be wrong.
    pub(in crate::records) faults: &'a mut Faults,
    /// Makes ids of nested values.
    pub(in crate::records) new_id: &'a dyn Fn() -> String,
    /// Whether the caller may write the field at a path.
    pub(in crate::records) writes: &'a dyn Fn(&str) -> bool,
}

impl Input<'_> {
    /// Puts a whole body into the draft of a record.
    pub(in crate::records) fn body(
        &mut self,
        draft: &mut Draft,
        fields: &Fields,
        body: Value<'_>,
    ) -> Result<(), Damaged> {
        if body.kind() != Kind::Object {
            self.faults.structure("", None, "a record is an object");
            return Ok(());
        }
        self.level(draft, fields, body, &Spot::default(), &TOP)
    }

    fn level(
        &mut self,
        draft: &mut Draft,
        fields: &Fields,
        body: Value<'_>,
        at: &Spot<'_>,
        system: &[&str],
    ) -> Result<(), Damaged> {
        for entry in body.entries() {
            let (key, value) = entry?;
            let place = fields.0.iter().position(|field| field.name == key);
            match place {
                Some(place) => {
                    let field = &fields.0[place];
                    self.field(field, &mut draft.slots[place], value, &at.field(&field.name))?
                }
                None if system.contains(&&*key) => {}
                None => self.unknown(&at.field(&key)),
            }
        }
        Ok(())
    }

    fn unknown(&mut self, at: &Spot<'_>) {
        self.faults
            .structure(&at.spelled, None, "there is no such field in the entity");
    }

    fn field(
        &mut self,
        field: &Field,
        slot: &mut Slot,
        value: Value<'_>,
        at: &Spot<'_>,
    ) -> Result<(), Damaged> {
        if !field.is_writable() || !(self.writes)(&at.path) {
            return Ok(());
        }
        if value.kind() == Kind::Null {
            *slot = Slot::Empty;
            return Ok(());
        }
        if field.many && value.kind() != Kind::Array {
            self.faults
                .structure(&at.spelled, Some(field), "a list of values is expected");
            return Ok(());
        }
        match &field.kind {
            FieldType::Nested { fields, .. } => self.nested(field, fields, slot, value, at),
            kind if refers(kind) => self.refs(field, slot, value, at),
            _ => self.plain(field, slot, value, at),
        }
    }

    fn plain(
        &mut self,
        field: &Field,
        slot: &mut Slot,
        value: Value<'_>,
        at: &Spot<'_>,
    ) -> Result<(), Damaged> {
        if !field.many {
            let read = match slot {
                Slot::Plain(old) => app::values::read_over(field, value, old.root()),
                _ => app::values::read(field, value),
            };
            if let Some(read) = self.read(field, read, at) {
                *slot = read.map_or(Slot::Empty, |scalar| Slot::Plain(scalar.stored));
            }
            return Ok(());
        }
        let (mut list, mut count) = (jsonb::array(), 0);
        for (number, element) in value.elements().enumerate() {
            let read = app::values::read(field, element?);
            if let Some(Some(scalar)) = self.read(field, read, &at.element(field, number)) {
                (list, count) = (list.item_body(&scalar.stored), count + 1);
            }
        }
        *slot = match count {
            0 => Slot::Empty,
            _ => Slot::Plain(list.finish()),
        };
        Ok(())
    }

    /// What was read; none when it is wrong.
    fn read<T>(&mut self, field: &Field, read: Result<T, Problem>, at: &Spot<'_>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(problem) => {
                self.faults.problem(&at.spelled, field, problem);
                None
            }
        }
    }

    fn refs(
        &mut self,
        field: &Field,
        slot: &mut Slot,
        value: Value<'_>,
        at: &Spot<'_>,
    ) -> Result<(), Damaged> {
        let stored = match std::mem::replace(slot, Slot::Empty) {
            Slot::Refs(list) => list,
            _ => Vec::new(),
        };
        let mut list = Vec::new();
        if !field.many {
            list.extend(self.asked(field, value, at));
        }
        // Nothing for a single value, which is no array.
        for (number, element) in value.elements().enumerate().filter(|_| field.many) {
            list.extend(self.asked(field, element?, &at.element(field, number)));
        }
        for one in &mut list {
            if let Some(known) = same(&stored, one)? {
                *one = known.clone();
            }
        }
        *slot = Slot::Refs(list);
        Ok(())
    }

    fn asked(&mut self, field: &Field, value: Value<'_>, at: &Spot<'_>) -> Option<Ref> {
        if matches!(field.kind, FieldType::File) {
            let read = app::values::read_file(field, value);
            return self.read(field, read, at)?.map(Ref::File);
        }
        let read = app::values::read_reference(field, value);
        self.read(field, read, at)?.map(Ref::Asked)
    }

    fn nested(
        &mut self,
        field: &Field,
        fields: &Fields,
        slot: &mut Slot,
        value: Value<'_>,
        at: &Spot<'_>,
    ) -> Result<(), Damaged> {
        let mut stored = match std::mem::replace(slot, Slot::Empty) {
            Slot::Nested(list) => list,
            _ => Vec::new(),
        };
        let mut list = Vec::new();
        if field.many {
            for (number, element) in value.elements().enumerate() {
                let element = element?;
                let draft = matching(&mut stored, element)?;
                let at = at.element(field, number);
                list.extend(self.nested_one((field, fields), draft, element, &at)?);
            }
        } else {
            let draft = stored.pop();
            list.extend(self.nested_one((field, fields), draft, value, at)?);
        }
        *slot = Slot::Nested(list);
        Ok(())
    }

    fn nested_one(
        &mut self,
        (field, fields): (&Field, &Fields),
        stored: Option<Draft>,
        value: Value<'_>,
        at: &Spot<'_>,
    ) -> Result<Option<Draft>, Damaged> {
        if value.kind() != Kind::Object {
            self.faults.structure(
                &at.spelled,
                Some(field),
                "an object of the inner fields is expected",
            );
            return Ok(stored);
        }
        let mut draft = stored.unwrap_or_else(|| Draft::new(fields, (self.new_id)()));
        self.level(&mut draft, fields, value, at, &NESTED)?;
        Ok(Some(draft))
    }
}

/// What is stored already of a reference that was sent by its id: a client that sends back what it was shown changes
/// nothing, whether or not it may see the other record.
fn same<'s>(stored: &'s [Ref], sent: &Ref) -> Result<Option<&'s Ref>, Damaged> {
    let (Ref::Asked(ReferenceInput::Id(sent) | ReferenceInput::Text(sent)) | Ref::File(FileInput::Id(sent))) =
        sent
    else {
        return Ok(None);
    };
    for one in stored {
        if let Ref::Known(value) = one
            && let Some(id) = value.root().get("id")?
            && id.as_str()?.is_some_and(|id| id.eq_ignore_ascii_case(sent))
        {
            return Ok(Some(one));
        }
    }
    Ok(None)
}

/// Takes the stored value out that has the id of `sent`.
fn matching(stored: &mut Vec<Draft>, sent: Value<'_>) -> Result<Option<Draft>, Damaged> {
    let Some(id) = sent.get("id")?.map(Value::as_str).transpose()?.flatten() else {
        return Ok(None);
    };
    let place = stored.iter().position(|draft| draft.id == *id);
    Ok(place.map(|place| stored.remove(place)))
}
