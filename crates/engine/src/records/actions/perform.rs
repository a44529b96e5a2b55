//! An action within a unit of work: what has to be true, its function, and who hears of it.

use app::permissions::Right;
use app::{Action, ActionKind, DataEventKind};
use jsonb::Jsonb;
use model::{Code, Error};
use script::Argument;

use super::super::prepare::missing_record;
use super::super::rights::Rights;
use super::super::stored_condition::Stored;
use super::super::unit::{Event, Query, Saving, Unit};
use super::super::{Call, Category, EntityRef, Selection};

/// Records of a choice that are resolved to their ids at most, where permissions ask for that.
const MOST_CHECKED: u64 = 10_000;

impl Unit {
    /// Runs an action on one record; what its function returned. Nothing stays when it fails.
    pub(crate) fn perform_on(
        &self,
        entity: &EntityRef,
        action: &Action,
        (id, sent, call): (&str, &Jsonb, &Call),
    ) -> Result<Option<Jsonb>, Error> {
        self.whole(|| {
            let body = self
                .stored(entity, id)?
                .ok_or_else(|| missing_record(entity, id))?;
            let rights = Rights::of(self.catalogue(), entity, call)?;
            rights.check_record(Right::Action(&action.name), body.root())?;
            self.check_precondition(entity, action, Some(&body), call)?;
            let parameters = self.parameters(entity, action, (sent, Some(&body), call))?;
            if action.save_first {
                self.save_linked(entity, action, (id, sent, call))?;
            }
            let record = self.find(entity, id)?.ok_or_else(|| missing_record(entity, id))?;
            let shape = self.shape(&entity.name)?;
            let of_record = |body| Argument::Record {
                shape,
                body,
                is_new: false,
            };
            let value = self.call_action(
                entity,
                action,
                vec![of_record(&record), of_record(&body)],
                &parameters,
            )?;
            let after = self.stored(entity, id)?;
            if after.is_some() {
                self.note_action(entity, &action.name, (id, call));
            }
            self.fire(&Event {
                entity,
                kind: DataEventKind::Action(action.name.clone()),
                before: Some(&body),
                after: after.as_ref().or(Some(&body)),
                source: call.category,
            })?;
            Ok(value)
        })
    }

    /// Runs an action on all chosen records at once, or on none; what its function returned.
    pub(crate) fn perform_all(
        &self,
        entity: &EntityRef,
        action: &Action,
        (which, sent, call): (Option<&Selection>, &Jsonb, &Call),
    ) -> Result<Option<Jsonb>, Error> {
        self.whole(|| {
            let parameters = self.parameters(entity, action, (sent, None, call))?;
            let chosen = match which {
                Some(which) => Some(self.chosen(entity, action, which, call)?),
                None => None,
            };
            if action.kind == ActionKind::Global {
                self.check_precondition(entity, action, None, call)?;
            }
            let arguments = match &chosen {
                Some(chosen) => vec![Argument::Query {
                    entity: &entity.name,
                    chosen,
                }],
                None => Vec::new(),
            };
            let value = self.call_action(entity, action, arguments, &parameters)?;
            self.fire(&Event {
                entity,
                kind: DataEventKind::Action(action.name.clone()),
                before: None,
                after: None,
                source: call.category,
            })?;
            Ok(value)
        })
    }

    /// Has the history of a record tell of an action, if it is to.
    fn note_action(&self, entity: &EntityRef, action: &str, (id, call): (&str, &Call)) {
        let kept = match call.category {
            Category::User => entity.audit.users,
            Category::Script => entity.audit.scripts,
            Category::System => return,
        };
        if kept.actions {
            let context = format!("entities.{}.actions.{action}", entity.name);
            self.note_deed(entity, id, call.stamp(self.around().now, &context));
        }
    }

    fn call_action<'a>(
        &'a self,
        entity: &EntityRef,
        action: &'a Action,
        mut arguments: Vec<Argument<'a>>,
        parameters: &'a Jsonb,
    ) -> Result<Option<Jsonb>, Error> {
        let scripts = self.catalogue().scripts();
        let missing = || Error::internal(format!("{} has no functions", entity.name));
        let program = scripts.entity(&entity.name).ok_or_else(missing)?;
        let shape = scripts
            .parameters(&entity.name, &action.name)
            .ok_or_else(missing)?;
        arguments.push(Argument::Action {
            name: &action.name,
            shape,
            values: parameters,
        });
        self.run(program, &action.function.0, &arguments)
    }

    /// Gives the record what parameters say that have the names of its fields.
    fn save_linked(
        &self,
        entity: &EntityRef,
        action: &Action,
        (id, sent, call): (&str, &Jsonb, &Call),
    ) -> Result<(), Error> {
        let mut body = jsonb::object();
        let rights = Rights::of(self.catalogue(), entity, call)?;
        let given = |parameter: &&app::Field| rights.may_give(&action.name, &parameter.name);
        for parameter in action.parameters.iter().filter(given) {
            let value = sent.root().get(&parameter.name).map_err(Error::internal)?;
            if let (Some(value), Some(_)) = (value, entity.fields.get(&parameter.name)) {
                body = body.field_raw(&parameter.name, value);
            }
        }
        self.save(Saving {
            entity: entity.clone(),
            id: Some(id.to_owned()),
            body: body.finish(),
            // Who may run the action may have it save its parameters.
            call: Call {
                category: Category::Script,
                ..call.clone()
            },
            fires: true,
        })?;
        Ok(())
    }

    /// The chosen records as the function gets them: those on which the caller may run the action.
    fn chosen(
        &self,
        entity: &EntityRef,
        action: &Action,
        which: &Selection,
        call: &Call,
    ) -> Result<Jsonb, Error> {
        let rights = Rights::of(self.catalogue(), entity, call)?;
        let reach = rights.reach(Right::Action(&action.name))?;
        if let (true, Selection::Filter(filter)) =
            (reach.is_all() && action.precondition == app::Rule::Always, which)
        {
            self.check_fields(entity, filter.as_ref(), call)?;
            let object = jsonb::object();
            return Ok(match filter {
                None => object.finish(),
                Some(condition) => {
                    let text = crate::kinds::to_json(&Stored::of(condition)?)?;
                    object.field_body("stored", &self.json(&text)?).finish()
                }
            });
        }
        let ids = match which {
            Selection::Ids(ids) => {
                for id in ids {
                    let body = self
                        .stored(entity, id)?
                        .ok_or_else(|| missing_record(entity, id))?;
                    rights.check_record(Right::Action(&action.name), body.root())?;
                    self.check_precondition(entity, action, Some(&body), call)?;
                }
                ids.clone()
            }
            Selection::Filter(filter) => {
                self.check_fields(entity, filter.as_ref(), call)?;
                let mut ids = Vec::new();
                self.each(&Query::of(entity, filter.clone()), &mut |body| {
                    if !rights.is_in(&reach, body.root())? {
                        return Ok(());
                    }
                    self.check_precondition(entity, action, Some(body), call)?;
                    ids.push(super::super::references::id_of(body.root())?);
                    match ids.len() as u64 > MOST_CHECKED {
                        true => Err(too_many(&action.name)),
                        false => Ok(()),
                    }
                })?;
                ids
            }
        };
        let list = ids.iter().fold(jsonb::array(), |list, id| list.item_str(id));
        Ok(jsonb::object().field_body("ids", &list.finish()).finish())
    }
}

fn too_many(action: &str) -> Error {
    let message =
        format!("more than {MOST_CHECKED} records would have to be checked for the action {action}");
    Error::new(Code::BadRequest, message)
}
