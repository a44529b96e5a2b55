//! Reading the operators behind a path.

use jsonb::{Kind, Value};

use super::{Parser, is_operators, shown};
use crate::filter::list;
use crate::ops::{Compare, Distance, Kinds, Leaf, List, Literal, Modulo, Op, Test, called, size};
use crate::{Limits, Refusal, Val};

impl Parser<'_> {
    /// An object of operators; each gives one test.
    pub(super) fn operators(&mut self, value: Value<'_>, depth: usize) -> Result<Vec<Test>, Refusal> {
        Limits::check(depth, self.limits.depth, "the query nests too deep", "depth")?;
        let mut tests = Vec::new();
        for entry in value.entries() {
            let (name, operand) = entry?;
            self.count()?;
            let test = match &*name {
                // Says itself whether the pattern or the options are meant.
                "$regex" => Ok(Some(self.regex(operand, value.get("$options")?)?)),
                "$options" if value.get("$regex")?.is_some() => Ok(None),
                "$comment" => Ok(None),
                name => self.operator(name, operand, depth).map(Some),
            };
            tests.extend(test.map_err(|refusal| refusal.under(&name))?);
        }
        Ok(tests)
    }

    fn operator(&mut self, name: &str, operand: Value<'_>, depth: usize) -> Result<Test, Refusal> {
        let leaf = match name {
            "$eq" => Leaf::Equal(Literal::parse(operand)?),
            "$ne" => return Ok(Test::Leaf(Leaf::Equal(no_pattern(operand)?)).not()),
            "$gt" => compare(Op::Greater, operand)?,
            "$gte" => compare(Op::GreaterOrEqual, operand)?,
            "$lt" => compare(Op::Less, operand)?,
            "$lte" => compare(Op::LessOrEqual, operand)?,
            "$in" => self.list(operand)?,
            "$nin" => return Ok(Test::Leaf(self.list(operand)?).not()),
            "$exists" if Val::of(operand)?.is_true() => Leaf::Exists,
            "$exists" => return Ok(Test::Leaf(Leaf::Exists).not()),
            "$type" => Leaf::Type(Kinds::parse(operand)?),
            "$mod" => Leaf::Modulo(Modulo::parse(operand)?),
            "$distance" => Leaf::Distance(Box::new(Distance::parse(operand)?)),
            "$size" => Leaf::Size(size(operand)?),
            "$all" => return self.every(operand, depth),
            "$elemMatch" => self.element(operand, depth)?,
            "$not" => return self.negation(operand, depth),
            "$options" => return Err(Refusal::new("`$options` needs a `$regex` beside it")),
            _ => return Err(list::operator(name)),
        };
        Ok(Test::Leaf(leaf))
    }

    fn regex(&mut self, operand: Value<'_>, options: Option<Value<'_>>) -> Result<Test, Refusal> {
        let given = match options {
            None => None,
            Some(options) => Some(options.as_str()?.ok_or_else(|| {
                let found = called(options);
                Refusal::new(format!("must be a string, found {found}")).under("$options")
            })?),
        };
        let pattern = match Val::of(operand)? {
            Val::Str(text) => self.pattern(&text, given.as_deref().unwrap_or_default())?,
            Val::Regex(_, own) if given.is_some() && !own.is_empty() => {
                let why = "options are set both in the pattern and in `$options`";
                return Err(Refusal::new(why).under("$regex"));
            }
            Val::Regex(text, own) => self.pattern(&text, given.as_deref().unwrap_or(&own))?,
            _ => {
                let found = called(operand);
                return Err(Refusal::new(format!("needs a string, found {found}")).under("$regex"));
            }
        };
        Ok(Test::Leaf(Leaf::Regex(Box::new(pattern))))
    }

    fn list(&mut self, operand: Value<'_>) -> Result<Leaf, Refusal> {
        let (mut values, mut patterns) = (Vec::new(), Vec::new());
        for (at, element) in self.array(operand)?.enumerate() {
            let element = element?;
            let mut read = || -> Result<(), Refusal> {
                if is_operators(element)? {
                    return Err(Refusal::new(format!(
                        "operators cannot stand in a list: {}",
                        shown(element)
                    )));
                }
                match Val::of(element)? {
                    Val::Regex(text, options) => patterns.push(self.pattern(&text, &options)?),
                    _ => values.push(Literal::parse(element)?),
                }
                Ok(())
            };
            read().map_err(|refusal| refusal.under(at))?;
        }
        Ok(Leaf::In(List::new(values, patterns)))
    }

    /// `$all`: each literal is there, or each `$elemMatch` holds.
    fn every(&mut self, operand: Value<'_>, depth: usize) -> Result<Test, Refusal> {
        let mut tests = Vec::new();
        for (at, element) in self.array(operand)?.enumerate() {
            let element = element?;
            self.count()?;
            let inside = |refusal: Refusal| refusal.under(at);
            let nested = is_operators(element).map_err(inside)?;
            if nested
                && element
                    .entries()
                    .next()
                    .transpose()?
                    .is_none_or(|(key, _)| key != "$elemMatch")
            {
                let why = format!("only `$elemMatch` can stand in `$all`: {}", shown(element));
                return Err(inside(Refusal::new(why)));
            }
            tests.extend(self.condition(element, depth + 1).map_err(inside)?);
        }
        match tests.is_empty() {
            // All of nothing holds for no document, as MongoDB has it.
            true => Ok(Test::Leaf(Leaf::In(List::new(Vec::new(), Vec::new())))),
            false => Ok(Test::All(tests)),
        }
    }

    /// `$elemMatch`: operators are for the elements themselves, anything else is a filter on documents among them.
    fn element(&mut self, operand: Value<'_>, depth: usize) -> Result<Leaf, Refusal> {
        let logical = |key: &str| matches!(key, "$and" | "$or" | "$nor" | "$expr" | "$where" | "$comment");
        let first = operand.entries().next().transpose()?;
        let on_values = first.is_some_and(|(key, _)| key.starts_with('$') && !logical(&key));
        if on_values && operand.kind() == Kind::Object {
            return Ok(Leaf::Element(Box::new(Test::All(
                self.operators(operand, depth + 1)?,
            ))));
        }
        self.elements += 1;
        let node = self.document(operand, depth + 1)?;
        self.elements -= 1;
        Ok(Leaf::ElementDocument(std::sync::Arc::new(node)))
    }

    fn negation(&mut self, operand: Value<'_>, depth: usize) -> Result<Test, Refusal> {
        let is_pattern = matches!(Val::of(operand)?, Val::Regex(..));
        if !is_pattern && !is_operators(operand)? {
            let found = shown(operand);
            return Err(Refusal::new(format!(
                "needs operators or a pattern, found {found}"
            )));
        }
        Ok(Test::All(self.condition(operand, depth + 1)?).not())
    }

    fn array<'a>(&self, operand: Value<'a>) -> Result<jsonb::Elements<'a>, Refusal> {
        if operand.kind() != Kind::Array {
            let found = called(operand);
            return Err(Refusal::new(format!("needs an array, found {found}")));
        }
        Limits::check(operand.len()?, self.limits.list, "the list is too long", "list")?;
        Ok(operand.elements())
    }
}

fn compare(op: Op, operand: Value<'_>) -> Result<Leaf, Refusal> {
    let with = no_pattern(operand)?;
    Ok(Leaf::Compare(Compare { op, with }))
}

fn no_pattern(operand: Value<'_>) -> Result<Literal, Refusal> {
    match Val::of(operand)? {
        Val::Regex(..) => Err(Refusal::new("cannot take a pattern; use `$not` or `$regex`")),
        _ => Literal::parse(operand),
    }
}
