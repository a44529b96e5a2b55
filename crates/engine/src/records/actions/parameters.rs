//! Parameters of an action: described, read, filled up and checked as fields are.

use app::{Action, DefaultValue, Entity, EntityKind, FunctionName, LabelRule, Rule};
use jsonb::{Jsonb, Kind};
use model::Error;
use script::Argument;

use super::super::draft::{Defaults, Draft, Head, Input, Spot, missing, record as laid_out};
use super::super::faults::Faults;
use super::super::references::{Resolved, Resolver};
use super::super::rights::{Rights, lowered};
use super::super::scripts::is_true;
use super::super::unit::Unit;
use super::super::{Call, EntityRef, compute, user_id};

/// Parameters that were read.
struct Read {
    draft: Draft,
    faults: Faults,
    resolved: Vec<Resolved>,
}

impl Unit {
    /// The parameters as the function gets them.
    ///
    /// # Errors
    /// `bad-value` with all that is wrong with them.
    pub(super) fn parameters(
        &self,
        entity: &EntityRef,
        action: &Action,
        (sent, record, call): (&Jsonb, Option<&Jsonb>, &Call),
    ) -> Result<Jsonb, Error> {
        let mut read = self.read_parameters((entity, action), sent, call)?;
        self.defaults(entity, action, (&mut read, record))?;
        self.requirements(entity, action, (&mut read, record, call))?;
        self.validations(entity, action, (&mut read, record))?;
        let body = self.values(entity, action, &read.draft)?;
        read.faults.into_result()?;
        self.refer(read.resolved);
        Ok(body)
    }

    /// Refuses parameters that no record could make right: functions are not asked.
    pub(super) fn plain_parameters(
        &self,
        entity: &EntityRef,
        action: &Action,
        (sent, call): (&Jsonb, &Call),
    ) -> Result<(), Error> {
        let mut read = self.read_parameters((entity, action), sent, call)?;
        missing(
            &read.draft,
            &action.parameters,
            &Spot::default(),
            &mut |spot, field| {
                if field.required == Rule::Always && field.default.is_none() {
                    read.faults.required(&spot.spelled, field);
                }
            },
        );
        read.faults.into_result()
    }

    /// A parameter that the caller may not give is as if it was not sent, as a field that he may not write.
    fn read_parameters(
        &self,
        (entity, action): (&EntityRef, &Action),
        sent: &Jsonb,
        call: &Call,
    ) -> Result<Read, Error> {
        let rights = Rights::of(self.catalogue(), entity, call)?;
        let mut faults = Faults::default();
        let mut draft = Draft::new(&action.parameters, String::new());
        let new_id = self.new_ids();
        let mut input = Input {
            faults: &mut faults,
            new_id: &*new_id,
            writes: &|path| rights.may_give(&action.name, path.split('.').next().unwrap_or(path)),
        };
        input
            .body(&mut draft, &action.parameters, sent.root())
            .map_err(Error::internal)?;
        let (user, catalogue) = (user_id(&call.actor), self.catalogue().clone());
        let defaults = Defaults {
            now: self.now(),
            user: &user,
            zone: catalogue.zone(),
        };
        defaults.fill(&mut draft, &action.parameters);
        let (fields, call) = (action.parameters.clone(), call.clone());
        self.read(move |seen| {
            let mut resolver = Resolver {
                tx: seen,
                catalogue: &catalogue,
                call: &call,
                faults: &mut faults,
                resolved: Vec::new(),
            };
            resolver.all(&mut draft, &fields)?;
            let resolved = resolver.resolved;
            Ok(Read {
                draft,
                faults,
                resolved,
            })
        })
    }

    fn defaults(
        &self,
        entity: &EntityRef,
        action: &Action,
        (read, record): (&mut Read, Option<&Jsonb>),
    ) -> Result<(), Error> {
        let asks = compute::asks(
            &mut read.draft,
            &action.parameters,
            |field, slot, _| match &field.default {
                Some(DefaultValue::Script(function)) if slot.is_empty() => Some(function),
                _ => None,
            },
        );
        for ask in asks {
            let value = self.of_parameter(entity, action, (ask.function, &read.draft, record), false)?;
            read.draft.each_mut(
                &action.parameters,
                &Spot::default(),
                &mut |spot, field, slot, _| {
                    if spot.spelled == ask.spot.spelled {
                        *slot = compute::slot_of(field, value.as_ref());
                    }
                },
            );
        }
        Ok(())
    }

    fn requirements(
        &self,
        entity: &EntityRef,
        action: &Action,
        (read, record, call): (&mut Read, Option<&Jsonb>, &Call),
    ) -> Result<(), Error> {
        let mut wanting = Vec::new();
        missing(
            &read.draft,
            &action.parameters,
            &Spot::default(),
            &mut |spot, field| {
                wanting.push((spot.spelled.clone().into_owned(), field));
            },
        );
        for (path, field) in wanting {
            let needed = match (&field.required, record) {
                (Rule::Always, _) => true,
                (Rule::Never, _) | (Rule::When(_), None) => false,
                (Rule::When(condition), Some(record)) => {
                    let filter =
                        lowered(self.catalogue(), entity, condition, call).map_err(Error::internal)?;
                    filter.matches(record.root()).map_err(Error::internal)?
                }
                (Rule::Script(function), record) => {
                    let said = self.of_parameter(entity, action, (function, &read.draft, record), false)?;
                    is_true(said.as_ref())
                }
            };
            if needed {
                read.faults.required(&path, field);
            }
        }
        Ok(())
    }

    fn validations(
        &self,
        entity: &EntityRef,
        action: &Action,
        (read, record): (&mut Read, Option<&Jsonb>),
    ) -> Result<(), Error> {
        let asks = compute::asks(&mut read.draft, &action.parameters, |field, slot, _| {
            field.validation.as_ref().filter(|_| !slot.is_empty())
        });
        for ask in asks {
            let said = self.of_parameter(entity, action, (ask.function, &read.draft, record), true)?;
            let Some(told) = said.filter(|told| told.root().kind() == Kind::Object) else {
                continue;
            };
            let text = |key: &str, usual: &str| {
                let value = told.root().get(key).ok().flatten();
                let text = value.and_then(|value| value.as_str().ok().flatten());
                text.map_or_else(|| usual.to_owned(), std::borrow::Cow::into_owned)
            };
            read.faults.add(
                &ask.spot.spelled,
                action.parameters.at(&ask.spot.path),
                text("code", "invalid"),
                text("message", "Not a valid value"),
                None,
            );
        }
        Ok(())
    }

    /// What a function says of a parameter: `(record, parentField, action)`, of a validation `(record, parentField, field,
    /// action)`.
    fn of_parameter(
        &self,
        entity: &EntityRef,
        action: &Action,
        (function, draft, record): (&FunctionName, &Draft, Option<&Jsonb>),
        validates: bool,
    ) -> Result<Option<Jsonb>, Error> {
        let values = self.values(entity, action, draft)?;
        let shape = self.catalogue().scripts().parameters(&entity.name, &action.name);
        let shape = shape.ok_or_else(|| Error::internal("an action without a shape"))?;
        let mut arguments = vec![match record {
            Some(body) => Argument::Record {
                shape: self.shape(&entity.name)?,
                body,
                is_new: false,
            },
            None => Argument::None,
        }];
        arguments.push(Argument::None);
        if validates {
            arguments.push(Argument::None);
        }
        arguments.push(Argument::Action {
            name: &action.name,
            shape,
            values: &values,
        });
        self.rule(entity, function, &arguments)
    }

    fn values(&self, entity: &EntityRef, action: &Action, draft: &Draft) -> Result<Jsonb, Error> {
        let like_an_entity = Entity {
            name: entity.name.clone(),
            label: action.label.clone(),
            kind: EntityKind::Data,
            record_label: LabelRule::None,
            audit: app::Audit::default(),
            lookup_fields: Vec::new(),
            indexes: Vec::new(),
            fields: action.parameters.clone(),
            validations: None,
            actions: Vec::new(),
            script: None,
        };
        let head = Head {
            version: 0,
            transient: true,
            entity: &like_an_entity,
            zone: self.catalogue().zone(),
        };
        Ok(laid_out(draft, &head).map_err(Error::internal)?.0)
    }
}
