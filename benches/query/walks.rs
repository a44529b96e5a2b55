//! The walks of the store with the filters and pipelines of the query core.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context, bail};
use jsonb::{Jsonb, Limits, Value};
use model::CollectionId;
use query::{Around, Filter, Flow, NoSource, Pipeline};
use storage::{Error, ReadTx, Store};

use super::documents::ITEMS;

/// A store with items.
pub(crate) struct Walks {
    store: Store,
    items: CollectionId,
    by_fields: Filter,
    by_tag: Filter,
    limits: query::Limits,
}

/// The index over the values of tags.
const TAGS: &str = "tags.value";

impl Walks {
    /// Walks over the items in a store.
    ///
    /// # Errors
    /// When there are none.
    pub(crate) fn of(store: Store) -> anyhow::Result<Self> {
        let found = store.read_blocking(|tx| tx.collection(ITEMS))?;
        Ok(Self {
            items: found.context("there are items")?.id,
            store,
            by_fields: filter(r#"{"data.city":"city-7","data.thickness":{"$gte":80}}"#)?,
            by_tag: filter(r#"{"tags.value":"p-123"}"#)?,
            limits: query::Limits::default(),
        })
    }

    /// The table of items in the database.
    pub(crate) fn table(&self) -> String {
        format!("r{}", self.items)
    }

    /// How many items match by two fields.
    pub(crate) fn scan(&self) -> anyhow::Result<u64> {
        self.count(self.by_fields.clone())
    }

    /// How many have a tag, by looking at all of them.
    pub(crate) fn tags_by_scan(&self) -> anyhow::Result<u64> {
        self.count(self.by_tag.clone())
    }

    /// How many have a tag, by its index.
    pub(crate) fn tags_by_index(&self) -> anyhow::Result<u64> {
        let (items, filter) = (self.items, self.by_tag.clone());
        let found = self.store.read_blocking(move |tx| {
            let terms = filter.terms();
            let [term] = terms.as_slice() else {
                return Ok::<_, Error>(None);
            };
            let places = tx.index_places(items, TAGS, &term.ranges, u64::MAX)?;
            let mut counter = Counter::new(filter.clone());
            tx.scan_bodies_at(items, &places.unwrap_or_default(), &mut |_, body| {
                counter.look(body)
            })?;
            Ok(Some(counter.found))
        })?;
        found.context("the filter has one term")
    }

    fn count(&self, filter: Filter) -> anyhow::Result<u64> {
        let items = self.items;
        let count = move |tx: &mut dyn ReadTx| {
            let clue = filter.clue();
            let mut counter = Counter::new(filter);
            let look = &mut |_, body: &[u8]| counter.look(body);
            match &clue {
                Some(clue) => tx.scan_bodies_with(items, clue, look)?,
                None => tx.scan_bodies(items, look)?,
            }
            Ok::<_, Error>(counter.found)
        };
        let found = self.store.read_blocking(count)?;
        anyhow::ensure!(found > 0, "nothing matches");
        Ok(found)
    }

    /// Cities with how many items there are and the sum of a number.
    pub(crate) fn group(&self) -> anyhow::Result<Vec<(String, i64, i64)>> {
        let text = r#"[{"$group":{"_id":"$data.city","count":{"$sum":1},"n":{"$sum":"$data.n"}}},{"$sort":{"_id":1}}]"#;
        let (items, limits) = (self.items, self.limits.clone());
        let rows = self.store.read_blocking(move |tx| {
            let pipeline = Pipeline::parse(&parsed(text).root(), &limits)?;
            let around = Around {
                now: 0,
                elapsed: &|| Duration::ZERO,
                source: &NoSource,
                seed: 0,
                limits: &limits,
            };
            let (mut run, mut refusal) = (pipeline.start(around), None);
            tx.scan_bodies(items, &mut |_, body| match run.push(Value::of(body)) {
                Ok(Flow::More) => ControlFlow::Continue(()),
                Ok(Flow::Enough) => ControlFlow::Break(()),
                Err(refused) => {
                    refusal = Some(refused);
                    ControlFlow::Break(())
                }
            })?;
            match refusal {
                Some(refused) => Err(Error::from(refused)),
                None => Ok(run.finish()?),
            }
        })?;
        rows.iter().map(|row| group_of(row.root())).collect()
    }
}

fn group_of(row: Value<'_>) -> anyhow::Result<(String, i64, i64)> {
    let number = |name: &str| {
        anyhow::Ok(
            row.get(name)?
                .context("a field")?
                .as_i64()?
                .context("an integer")?,
        )
    };
    let city = row.get("_id")?.context("a group has an id")?.as_str()?;
    Ok((
        city.context("a text")?.into_owned(),
        number("count")?,
        number("n")?,
    ))
}

fn parsed(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).expect("the text is JSON")
}

fn filter(text: &str) -> anyhow::Result<Filter> {
    match Filter::parse(&parsed(text).root(), &query::Limits::default()) {
        Ok(filter) => Ok(filter),
        Err(refusal) => bail!("{text}: {refusal}"),
    }
}

struct Counter {
    filter: Filter,
    found: u64,
}

impl Counter {
    fn new(filter: Filter) -> Self {
        Self { filter, found: 0 }
    }

    fn look(&mut self, body: &[u8]) -> ControlFlow<()> {
        // A damaged body would show as a wrong count.
        self.found += u64::from(self.filter.matches(Value::of(body)).unwrap_or(false));
        ControlFlow::Continue(())
    }
}
