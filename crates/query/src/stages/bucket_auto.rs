//! `$bucketAuto`: groups of about as many documents each, whose boundaries follow from the documents.

use jsonb::Value;

use super::group::{Gathered, output};
use super::{Parsed, Stage, State, Vars, val};
use crate::accumulators::Field;
use crate::expr::{Expr, Parser, Scope, args, named_values};
use crate::pipeline::{Flow, Next};
use crate::{Refusal, Val, compare, equal};

#[derive(Debug)]
struct BucketAuto {
    by: Expr,
    buckets: usize,
    fields: Vec<Field>,
}

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let parts = named_values(&val(value)?, &["groupBy", "buckets"], &["output", "granularity"])?;
    let mut parts = parts.into_iter();
    let (by, buckets) = (parts.next().flatten(), parts.next().flatten());
    let (fields, granularity) = (parts.next().flatten(), parts.next().flatten());
    if granularity.is_some() {
        return Err(Refusal::new("`granularity` is not supported"));
    }
    let by = parser
        .expr(&by.unwrap_or(Val::Missing))
        .map_err(|refusal| refusal.under("groupBy"))?;
    let buckets = args::positive(&buckets.unwrap_or(Val::Missing), "buckets")?;
    let fields = match fields {
        None => vec![Field::counting("count")],
        Some(fields) => output(&fields, parser).map_err(|refusal| refusal.under("output"))?,
    };
    Ok(Box::new(BucketAuto { by, buckets, fields }))
}

impl Stage for BucketAuto {
    fn name(&self) -> &'static str {
        "$bucketAuto"
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Filling {
            spec: self,
            vars: Vars::clone(vars),
            rows: Vec::new(),
        })
    }
}

struct Row {
    by: Val<'static>,
    document: Box<[u8]>,
}

struct Filling<'p> {
    spec: &'p BucketAuto,
    vars: Vars,
    rows: Vec<Row>,
}

impl State for Filling<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let by = self
            .spec
            .by
            .eval(&mut Scope::new(val(document)?, &self.vars, next.cx))?;
        let by = if by.is_missing() {
            Val::Null
        } else {
            by.into_owned()?
        };
        let document: Box<[u8]> = document.as_bytes().into();
        next.cx.hold(by.weight() + document.len() + size_of::<Row>())?;
        self.rows.push(Row { by, document });
        Ok(Flow::More)
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        next.cx.work(self.rows.len())?;
        self.rows.sort_by(|left, right| compare(&left.by, &right.by));
        // Rounded to the nearest; the last bucket takes what is left.
        let size = ((self.rows.len() * 2 + self.spec.buckets) / self.spec.buckets.saturating_mul(2)).max(1);
        let mut rest = self.rows.as_slice();
        for bucket in 1..=self.spec.buckets {
            if rest.is_empty() {
                break;
            }
            let mut end = if bucket == self.spec.buckets {
                rest.len()
            } else {
                size.min(rest.len())
            };
            // Equal values share a bucket.
            while let (Some(last), Some(after)) = (rest.get(end - 1), rest.get(end))
                && equal(&last.by, &after.by)
            {
                end += 1;
            }
            let (rows, after) = rest.split_at(end);
            if self.emit(rows, after.first(), next)? == Flow::Enough {
                break;
            }
            rest = after;
        }
        Ok(())
    }
}

impl Filling<'_> {
    fn emit(&self, rows: &[Row], after: Option<&Row>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let bound = |row: Option<&Row>| row.map_or(Val::Null, |row| row.by.clone());
        let id = Val::document(vec![
            ("min".into(), bound(rows.first())),
            ("max".into(), bound(after.or_else(|| rows.last()))),
        ])?;
        let mut bucket = Gathered::new(&id, &self.spec.fields, next.cx)?;
        for row in rows {
            next.cx.tick()?;
            let mut scope = Scope::new(val(Value::of(&row.document))?, &self.vars, next.cx);
            bucket.add(&self.spec.fields, &mut scope)?;
        }
        bucket.emit(&self.spec.fields, next)
    }
}
