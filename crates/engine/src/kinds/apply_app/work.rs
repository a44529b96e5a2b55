//! What a change of the app comes to, as stages in a fixed order, worked out from what is stored.

use std::collections::BTreeSet;
use std::sync::Arc;

use app::plan::Conversion;
use app::{Calculation, Entity, Field, FieldType, Fields, LabelRule};
use model::{Env, Error};
use storage::ReadTx;

use crate::apps::{self, Applied};
use crate::records::{Catalogue, Scripts, Step, stores_results};

/// See the module.
pub(super) struct Work {
    pub(super) number: u64,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) stages: Vec<Stage>,
    /// How many records are looked at.
    pub(super) total: u64,
}

/// One after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The records of an entity are brought into the new form.
    Convert(String),
    /// So they are, and functions give them labels and values.
    Compute(String),
    /// References of an entity to records of others, whose labels or copied fields may be new, are made anew.
    Refresh(String, BTreeSet<String>),
    /// The indexes of an entity are filled.
    Indexes(String),
    /// The fields of an entity that are computed over records of others are counted.
    Count(String),
    /// What dropped collections and indexes left behind goes, and files of entities that are gone are let go.
    Sweep,
    /// All records have the new form.
    Settle,
}

impl Work {
    /// None when another definition is in force.
    pub(super) fn load(tx: &mut dyn ReadTx, number: u64) -> Result<Option<Self>, Error> {
        if apps::number(tx)? != number {
            return Ok(None);
        }
        let Some(applied) = Applied::load(tx)? else {
            return Ok(None);
        };
        let catalogue = Catalogue::of(tx, &applied)?;
        let stages = stages(&applied);
        let mut total = 0;
        for stage in &stages {
            if let Stage::Convert(name)
            | Stage::Compute(name)
            | Stage::Refresh(name, _)
            | Stage::Count(name) = stage
            {
                total += tx.count_records(catalogue.entity(name)?.collection())?;
            }
        }
        Ok(Some(Self {
            number,
            catalogue: Arc::new(catalogue),
            stages,
            total,
        }))
    }

    /// The same with the functions of the app, which go by this clock.
    pub(super) fn with_functions(self, scripts: Scripts, env: Env) -> Self {
        let catalogue = Arc::into_inner(self.catalogue).expect("nobody has got hold of the catalogue yet");
        let catalogue = Arc::new(catalogue.with_functions(scripts, env));
        Self { catalogue, ..self }
    }
}

fn stages(applied: &Applied) -> Vec<Stage> {
    let (steps, entities) = (applied.steps(), &applied.app().entities);
    let mut stages: Vec<Stage> = steps
        .iter()
        .flat_map(|(name, steps)| rewritten(name, entities.get(name), steps))
        .collect();
    let mut told: BTreeSet<String> = steps
        .iter()
        .filter(|(name, steps)| {
            let entity = entities.get(*name);
            entity.is_some_and(|entity| shows(entity, steps) || copied(entities.values(), entity, steps))
        })
        .map(|(name, _)| name.clone())
        .collect();
    let mut seen = BTreeSet::new();
    while !told.is_empty() {
        let mut next = BTreeSet::new();
        for (name, entity) in entities {
            let targets: BTreeSet<String> = targets(&entity.fields)
                .filter(|target| told.contains(*target))
                .map(str::to_owned)
                .collect();
            if targets.is_empty() || !seen.insert((name.clone(), targets.clone())) {
                continue;
            }
            stages.push(Stage::Refresh(name.clone(), targets));
            if passes_on(entity, entities.values().map(|entity| &**entity)) {
                next.insert(name.clone());
            }
        }
        told = next;
    }
    stages.extend(entities.keys().cloned().map(Stage::Indexes));
    stages.extend(uncounted(applied).into_iter().map(Stage::Count));
    stages.extend([Stage::Sweep, Stage::Settle]);
    stages
}

/// The entities with fields that still wait to be counted.
fn uncounted(applied: &Applied) -> BTreeSet<String> {
    let lacking = apps::lacking(&applied.state, applied.app());
    lacking.into_iter().map(|(entity, _)| entity).collect()
}

/// The stages that bring the records of an entity into the new form. Functions see the numbers that records get, and
/// those are given within the transaction.
fn rewritten(name: &str, entity: Option<&Arc<Entity>>, steps: &[Arc<Step>]) -> Vec<Stage> {
    let (convert, compute) = (Stage::Convert(name.to_owned()), Stage::Compute(name.to_owned()));
    if !entity.is_some_and(|entity| stores_results(entity)) {
        return vec![convert];
    }
    let mut conversions = steps.iter().flat_map(|step| &step.conversions);
    match conversions.any(|conversion| matches!(conversion, Conversion::Number(_))) {
        true => vec![convert, compute],
        false => vec![compute],
    }
}

/// Whether the labels of an entity's records may be new.
fn shows(entity: &Entity, steps: &[Arc<Step>]) -> bool {
    let mut conversions = steps.iter().flat_map(|step| &step.conversions);
    conversions.any(|conversion| match (conversion, &entity.record_label) {
        (Conversion::Label(None), _) => true,
        // A function may look at anything.
        (_, LabelRule::Script(_)) => true,
        (conversion, LabelRule::Field(field)) => conversion.path() == Some(field.as_str()),
        _ => false,
    })
}

/// Whether other records keep copies of fields that were converted.
fn copied<'e>(
    mut entities: impl Iterator<Item = &'e Arc<Entity>>,
    target: &Entity,
    steps: &[Arc<Step>],
) -> bool {
    let changed: BTreeSet<&str> = steps
        .iter()
        .flat_map(|step| &step.conversions)
        .filter_map(Conversion::path)
        .map(top)
        .chain(calculated(target))
        .collect();
    entities.any(|entity| {
        each(&entity.fields).any(|field| match &field.kind {
            FieldType::Relationship(rules) => {
                let copies = rules.copied.iter().any(|path| changed.contains(top(path)));
                rules.entity == target.name && copies
            }
            _ => false,
        }) || steps.iter().any(|step| {
            let new_copies = |conversion: &Conversion| matches!(conversion, Conversion::Copy(_));
            step.new.name == entity.name && step.conversions.iter().any(new_copies)
        })
    })
}

/// The fields at the top that functions compute, or hold such: what they look at may be any field.
fn calculated(entity: &Entity) -> impl Iterator<Item = &str> {
    let computes = |field: &Field| matches!(field.calculation, Some(Calculation::Script(_)));
    let within = move |field: &Field| match &field.kind {
        FieldType::Nested { fields, .. } => each(fields).any(computes),
        _ => false,
    };
    let fields = entity.fields.iter();
    let fields = fields.filter(move |field| computes(field) || within(field));
    fields.map(|field| field.name.as_str())
}

/// Whether new references of an entity's records show in references to them.
fn passes_on<'e>(entity: &Entity, mut others: impl Iterator<Item = &'e Entity>) -> bool {
    let refers = |name: &str| {
        let field = entity.fields.get(name);
        field.is_some_and(|field| matches!(field.kind, FieldType::Relationship(_)))
    };
    match &entity.record_label {
        LabelRule::Script(_) => return true,
        LabelRule::Field(field) if refers(field) => return true,
        _ => {}
    }
    let computed: BTreeSet<&str> = calculated(entity).collect();
    let shows = |path: &str| refers(path) || computed.contains(path);
    others.any(|other| {
        each(&other.fields).any(|field| match &field.kind {
            FieldType::Relationship(rules) => {
                rules.entity == entity.name && rules.copied.iter().any(|path| shows(top(path)))
            }
            _ => false,
        })
    })
}

fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// The entities that records refer to.
fn targets(fields: &Fields) -> impl Iterator<Item = &str> {
    each(fields).filter_map(|field| match &field.kind {
        FieldType::Relationship(rules) => Some(rules.entity.as_str()),
        _ => None,
    })
}

/// Every field, those within others too.
fn each(fields: &Fields) -> Box<dyn Iterator<Item = &Field> + '_> {
    Box::new(fields.iter().flat_map(|field| {
        let inner = match &field.kind {
            FieldType::Nested { fields, .. } => Some(each(fields)),
            _ => None,
        };
        std::iter::once(field).chain(inner.into_iter().flatten())
    }))
}
