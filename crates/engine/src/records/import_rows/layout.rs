//! What each column of a file is: a field of the records, or of records that they refer to.
//!
//! Columns behind a relationship make a node of their own: a related record that is found, changed or made before the one
//! that refers to it. A single column of a lookup field only links. Everything that is wrong with a header is told at
//! once, before any row is taken.

use app::{Field, FieldType, RelationshipRules, USERS};
use model::Error;

use super::cells::{By, Reads};
use super::header::{Part, of_labels, parts};
use super::shape::{Shape, Source, Step};
use crate::records::Call;
use crate::records::catalogue::{Catalogue, EntityRef, join};
use crate::records::draft::{Counter, counters};
use crate::records::rights::Rights;
use crate::sheets::{ERROR_COLUMNS, Fault, ImportFlags};

/// See the module.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(super) columns: Vec<Column>,
    /// The records of a row: each behind those it refers to, the row's own last.
    pub(super) nodes: Vec<Node>,
    /// Columns that are not imported, and why.
    pub(crate) passed_over: Vec<String>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) header: String,
    /// The path of its field in its record, with indexes.
    pub(super) path: String,
    pub(super) reads: Reads,
}

/// A record that a row brings.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) entity: String,
    /// What the headers of its columns begin with; empty for the row's own record.
    pub(super) prefix: String,
    pub(super) shape: Shape,
    /// The column that finds it by its label.
    pub(super) label: Option<usize>,
    pub(super) finds: Finds,
    pub(super) counters: Vec<Counter>,
    /// Whether its columns only say which record it is, so that one that is there does not change.
    pub(super) only_found: bool,
}

/// What finds a record that is there already.
#[derive(Debug)]
pub(super) enum Finds {
    /// Nothing: there is a new one for each row.
    Nothing,
    /// The value of a column, in this index.
    Value { column: usize, index: String },
    /// What this index makes of the record, of these columns of it.
    Key { index: String, shape: Shape },
}

/// A record whose columns are being collected.
struct Building {
    entity: EntityRef,
    prefix: String,
    targets: Vec<Target>,
    related: Vec<(Vec<Step>, String, Self)>,
}

struct Target {
    column: usize,
    steps: Vec<Step>,
    path: String,
}

/// Columns being told apart.
struct Reading<'a> {
    catalogue: &'a Catalogue,
    call: &'a Call,
    flags: ImportFlags,
    columns: Vec<Column>,
    passed_over: Vec<String>,
}

impl Layout {
    /// What the columns of a file are for records of `entity`.
    ///
    /// # Errors
    /// The outer one is the server's, the inner one is what is wrong with the header: all of it.
    pub(crate) fn of(
        (catalogue, entity): (&Catalogue, &EntityRef),
        call: &Call,
        flags: ImportFlags,
        headers: &[String],
    ) -> Result<Result<Self, Vec<Fault>>, Error> {
        let mut reading = Reading {
            catalogue,
            call,
            flags,
            columns: Vec::with_capacity(headers.len()),
            passed_over: Vec::new(),
        };
        let (mut root, mut faults) = (Building::of(entity, String::new()), Vec::new());
        for (number, header) in headers.iter().enumerate() {
            if let Err(what) = reading.column(&mut root, number, header) {
                faults.push(Fault {
                    line: 1,
                    column: number + 1,
                    what,
                });
            }
        }
        let mut nodes = Vec::new();
        if faults.is_empty() {
            reading.settle(root, &mut nodes, &mut faults)?;
        }
        let nothing = nodes.last().is_none_or(|root: &Node| root.shape.0.is_empty());
        if faults.is_empty() && nothing {
            faults.push(Fault {
                line: 1,
                column: 1,
                what: format!("no column is a field of {} that can be imported", entity.name),
            });
        }
        Ok(match faults.is_empty() {
            true => Ok(Self {
                columns: reading.columns,
                nodes,
                passed_over: reading.passed_over,
            }),
            false => Err(faults),
        })
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn root(&self) -> usize {
        self.nodes.len() - 1
    }
}

impl Building {
    fn of(entity: &EntityRef, prefix: String) -> Self {
        Self {
            entity: entity.clone(),
            prefix,
            targets: Vec::new(),
            related: Vec::new(),
        }
    }
}

impl Reading<'_> {
    fn column(&mut self, root: &mut Building, number: usize, header: &str) -> Result<(), String> {
        let header = header.trim();
        self.columns.push(Column {
            header: header.to_owned(),
            path: String::new(),
            reads: Reads::Nothing,
        });
        if ERROR_COLUMNS.contains(&header) {
            return Ok(());
        }
        if header.is_empty() {
            return Err("the column has no name".to_owned());
        }
        if header.contains('\0') {
            return Err("the name has the character U+0000 in it".to_owned());
        }
        let by_path = parts(header).and_then(|parts| self.place(root, &parts, number));
        let Err(why) = by_path else {
            return Ok(());
        };
        match of_labels(self.catalogue, &root.entity.fields, header).as_slice() {
            [path] => parts(path).and_then(|parts| self.place(root, &parts, number)),
            [] => Err(why),
            several => Err(format!(
                "{header:?} is the label of several fields: {}",
                several.join(", ")
            )),
        }
    }

    /// Puts a column where its path leads.
    fn place(&mut self, node: &mut Building, parts: &[Part<'_>], column: usize) -> Result<(), String> {
        let entity = node.entity.clone();
        let (mut fields, mut steps, mut path) = (&entity.fields, Vec::new(), String::new());
        for (number, part) in parts.iter().enumerate() {
            let found = fields.0.iter().position(|field| field.name == part.name);
            let Some(place) = found else {
                let within = if path.is_empty() { &entity.name } else { &path };
                return Err(format!("there is no field {:?} in {within}", part.name));
            };
            let field = &fields.0[place];
            check_element(field, part)?;
            steps.push(Step {
                field: place,
                element: part.element,
            });
            path = join(&path, part.name);
            match (&field.kind, &parts[number + 1..]) {
                (FieldType::Nested { .. }, []) => {
                    return Err(format!("{path} has fields of its own, say which one"));
                }
                (FieldType::Nested { fields: inner, .. }, _) => fields = inner,
                (_, []) => return self.leaf(node, (field, None), steps, path, column),
                (FieldType::Relationship(rules), rest) => {
                    return self.related(node, (field, rules), (steps, path), rest, column);
                }
                (
                    FieldType::Group { .. },
                    [
                        Part {
                            name: "id" | "name" | "label",
                            element: None,
                        },
                    ],
                ) => {
                    return self.leaf(node, (field, None), steps, path, column);
                }
                (_, [inner, ..]) => return Err(format!("there is no field {:?} in {path}", inner.name)),
            }
        }
        Err("the column has no name".to_owned())
    }

    fn related(
        &mut self,
        node: &mut Building,
        (field, rules): (&Field, &RelationshipRules),
        (steps, path): (Vec<Step>, String),
        rest: &[Part<'_>],
        column: usize,
    ) -> Result<(), String> {
        let plain = |name: &str| matches!(rest, [part] if part.name == name && part.element.is_none());
        if rules.entity == USERS {
            return match ["id", "label", "email", "name"].into_iter().any(plain) {
                true => self.leaf(node, (field, Some(By::Any)), steps, path, column),
                false => Err(format!("users are linked by {path}.email, they are not imported")),
            };
        }
        let Ok(target) = self.catalogue.entity(&rules.entity).cloned() else {
            return Err(format!("there is no entity {}", rules.entity));
        };
        for (name, by) in [("id", By::Id), ("label", By::Label)] {
            if plain(name) && target.fields.get(name).is_none() {
                return self.leaf(node, (field, Some(by)), steps, path, column);
            }
        }
        let known = node.related.iter().position(|(known, ..)| *known == steps);
        let place = match known {
            Some(place) => place,
            None => {
                let prefix = join(&node.prefix, &spelled(&node.entity, &steps));
                node.related.push((steps, path, Building::of(&target, prefix)));
                node.related.len() - 1
            }
        };
        self.place(&mut node.related[place].2, rest, column)
    }

    fn leaf(
        &mut self,
        node: &mut Building,
        (field, by): (&Field, Option<By>),
        steps: Vec<Step>,
        path: String,
        column: usize,
    ) -> Result<(), String> {
        if let Some(same) = node.targets.iter().find(|target| target.steps == steps) {
            let first = same.column + 1;
            return Err(format!("the field is that of column {first} already"));
        }
        let header = self.columns[column].header.clone();
        if let Some(why) = self.is_passed_over(field) {
            self.passed_over
                .push(format!("the column {header:?} is passed over: {why}"));
            return Ok(());
        }
        self.columns[column].reads = match &field.kind {
            FieldType::Relationship(_) | FieldType::Group { .. } => Reads::Reference(by.unwrap_or(By::Any)),
            _ => Reads::value(field, self.flags.perform_validations),
        };
        self.columns[column].path = spelled(&node.entity, &steps);
        node.targets.push(Target { column, steps, path });
        Ok(())
    }

    fn is_passed_over(&self, field: &Field) -> Option<&'static str> {
        match &field.kind {
            FieldType::File => Some("files cannot be imported"),
            _ if field.calculation.is_some() => Some("the field is calculated"),
            _ if !field.is_writable() => Some("the server sets the field"),
            _ if field.transient && !self.flags.support_transient_fields => Some("the field is never stored"),
            _ => None,
        }
    }

    /// Makes nodes of what was collected: related ones first. Gives the place of this one.
    fn settle(
        &mut self,
        mut building: Building,
        nodes: &mut Vec<Node>,
        faults: &mut Vec<Fault>,
    ) -> Result<usize, Error> {
        let mut entries: Vec<(Vec<Step>, Source)> = Vec::new();
        for (steps, path, inner) in std::mem::take(&mut building.related) {
            if let Some(target) = lookup_alone(&building, &steps, &inner) {
                let lookup = target.path.clone();
                self.columns[target.column].reads = Reads::Reference(By::Lookup(lookup));
                building.targets.push(Target {
                    column: target.column,
                    steps,
                    path,
                });
                continue;
            }
            if inner.targets.is_empty() && inner.related.is_empty() {
                continue;
            }
            let rights = Rights::of(self.catalogue, &inner.entity, self.call)?;
            if !rights.may_import() {
                let column = first_column(&inner);
                let what = format!("you may not import records of {}", inner.entity.name);
                faults.push(Fault {
                    line: 1,
                    column: column + 1,
                    what,
                });
            }
            let label = building.targets.iter().position(|target| target.steps == steps);
            let label = label.map(|place| building.targets.remove(place).column);
            let node = self.settle(inner, nodes, faults)?;
            nodes[node].label = label;
            entries.push((steps, Source::Node(node)));
        }
        let finds = self.finds(&building);
        let own = building.targets;
        entries.extend(
            own.into_iter()
                .map(|target| (target.steps, Source::Column(target.column))),
        );
        let borrowed: Vec<_> = entries
            .iter()
            .map(|(steps, from)| (steps.as_slice(), *from))
            .collect();
        nodes.push(Node {
            only_found: matches!(finds, Finds::Value { .. }) && borrowed.len() == 1,
            shape: Shape::of(&building.entity.fields, "", &borrowed),
            entity: building.entity.name.clone(),
            prefix: building.prefix,
            label: None,
            finds,
            counters: counters(&building.entity.fields),
        });
        Ok(nodes.len() - 1)
    }

    /// The first unique field among the columns; without one, a unique index over several of them.
    fn finds(&self, building: &Building) -> Finds {
        let mut targets: Vec<&Target> = building.targets.iter().collect();
        targets.sort_by_key(|target| target.column);
        let single = |target: &Target| target.steps.iter().all(|step| step.element.is_none());
        let unique = || building.entity.indexed().iter().filter(|index| index.def.unique);
        for target in &targets {
            let index = unique().find(|index| index.fields == [target.path.clone()]);
            let Some(index) = index.filter(|_| single(target)) else {
                continue;
            };
            let index = index.def.name.clone();
            return match &self.columns[target.column].reads {
                Reads::Value(field) if !matches!(field.kind, FieldType::DynamicChoice(_)) => Finds::Value {
                    column: target.column,
                    index,
                },
                _ => Finds::Key {
                    index,
                    shape: shape_of(building, &|path| *path == target.path),
                },
            };
        }
        let given = |path: &String| {
            targets
                .iter()
                .any(|target| target.path == *path && single(target))
        };
        let several = unique().find(|index| index.fields.len() > 1 && index.fields.iter().all(given));
        several.map_or(Finds::Nothing, |index| Finds::Key {
            index: index.def.name.clone(),
            shape: shape_of(building, &|path| index.fields.contains(path)),
        })
    }
}

/// The columns of the fields at some paths.
fn shape_of(building: &Building, wanted: &dyn Fn(&String) -> bool) -> Shape {
    let targets = building.targets.iter().filter(|target| wanted(&target.path));
    let entries: Vec<_> = targets
        .map(|target| (target.steps.as_slice(), Source::Column(target.column)))
        .collect();
    Shape::of(&building.entity.fields, "", &entries)
}

/// The column of a lookup field that is the only one of a related record.
fn lookup_alone<'b>(outer: &Building, steps: &[Step], inner: &'b Building) -> Option<&'b Target> {
    let linked = outer.targets.iter().any(|target| target.steps == steps);
    match inner.targets.as_slice() {
        [only] if inner.related.is_empty() && !linked => {
            inner.entity.lookup_fields.contains(&only.path).then_some(only)
        }
        _ => None,
    }
}

fn first_column(building: &Building) -> usize {
    let own = building.targets.iter().map(|target| target.column);
    let inner = building.related.iter().map(|(_, _, inner)| first_column(inner));
    own.chain(inner).min().unwrap_or(0)
}

fn check_element(field: &Field, part: &Part<'_>) -> Result<(), String> {
    let name = &field.name;
    match (field.many, part.element) {
        (true, None) => Err(format!("{name} is a list, say which value, as in {name}[0]")),
        (false, Some(_)) => Err(format!("{name} is no list")),
        _ => Ok(()),
    }
}

/// A path with its indexes.
fn spelled(entity: &EntityRef, steps: &[Step]) -> String {
    let (mut fields, mut path) = (&entity.fields, String::new());
    for step in steps {
        let field = &fields.0[step.field];
        path = join(&path, &field.name);
        if let Some(element) = step.element {
            path.push_str(&format!("[{element}]"));
        }
        if let FieldType::Nested { fields: inner, .. } = &field.kind {
            fields = inner;
        }
    }
    path
}
