//! [`Reach`]: the records that a right extends to, group by group.

use jsonb::Value;
use query::{Filter, Refusal};

use crate::lower::{self, LowerError, Scope};
use crate::{FunctionName, Rule};

/// The records that a right extends to.
#[derive(Clone, Debug)]
pub struct Reach<'a> {
    everything: bool,
    grants: Vec<Grant<'a>>,
}

/// What one group grants.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    /// Its place among the caller's groups for the entity.
    group: usize,
    /// Conditions on the record.
    filter: Filter,
    /// Functions that must say yes besides.
    scripts: Vec<&'a FunctionName>,
}

/// Who grants something on one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granting {
    pub(super) everything: bool,
    pub(super) groups: Vec<usize>,
}

impl<'a> Grant<'a> {
    /// What a group grants by these rules; none when one of them never holds.
    pub(super) fn of(
        group: usize,
        rules: &[&'a Rule],
        scope: &Scope<'_>,
    ) -> Result<Option<Self>, LowerError> {
        let mut grant = Self {
            group,
            filter: Filter::all(),
            scripts: Vec::new(),
        };
        for rule in rules {
            match rule {
                Rule::Always => {}
                Rule::Never => return Ok(None),
                Rule::Script(function) => grant.scripts.push(function),
                Rule::When(condition) => {
                    let filter = lower::filter(scope, condition)?;
                    grant.filter = match grant.filter.is_all() {
                        true => filter,
                        false => grant.filter.and(filter),
                    };
                }
            }
        }
        Ok(Some(grant))
    }

    /// The functions that must say yes, each with the record.
    #[must_use]
    pub fn scripts(&self) -> &[&'a FunctionName] {
        &self.scripts
    }

    fn is_all(&self) -> bool {
        self.filter.is_all() && self.scripts.is_empty()
    }
}

impl<'a> Reach<'a> {
    pub(super) fn everything() -> Self {
        Self {
            everything: true,
            grants: Vec::new(),
        }
    }

    pub(super) fn some(grants: Vec<Grant<'a>>) -> Self {
        Self {
            everything: false,
            grants,
        }
    }

    /// Whether it is every record.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.everything || self.grants.iter().any(Grant::is_all)
    }

    /// Whether it is no record at all.
    #[must_use]
    pub fn is_none(&self) -> bool {
        !self.everything && self.grants.is_empty()
    }

    /// Whether [`Reach::filter`] says it all; where scripts decide too, it lets more records through than there are.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.is_all() || self.grants.iter().all(|grant| grant.scripts.is_empty())
    }

    /// The filter of its records.
    #[must_use]
    pub fn filter(&self) -> Filter {
        if self.is_all() {
            return Filter::all();
        }
        let filters = self.grants.iter().map(|grant| grant.filter.clone());
        filters.reduce(Filter::or).unwrap_or_else(Filter::none)
    }

    /// The grants of single groups; none for who is past groups.
    #[must_use]
    pub fn grants(&self) -> &[Grant<'a>] {
        &self.grants
    }

    /// Everybody who grants it on some record.
    #[must_use]
    pub fn anybody(&self) -> Granting {
        Granting {
            everything: self.everything,
            groups: self.grants.iter().map(|grant| grant.group).collect(),
        }
    }

    /// Who grants it on a record. `script` runs a function on that record.
    ///
    /// # Errors
    /// What `script` gives, and a [`Refusal`] when the record's bytes are damaged.
    pub fn on<E: From<Refusal>>(
        &self,
        record: Value<'_>,
        script: &mut dyn FnMut(&FunctionName) -> Result<bool, E>,
    ) -> Result<Granting, E> {
        let mut groups = Vec::new();
        for grant in &self.grants {
            let mut holds = grant.filter.matches(record)?;
            for function in &grant.scripts {
                holds = holds && script(function)?;
            }
            if holds {
                groups.push(grant.group);
            }
        }
        Ok(Granting {
            everything: self.everything,
            groups,
        })
    }
}

impl Granting {
    /// Whether anybody does.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.everything || !self.groups.is_empty()
    }

    /// Those who are in both.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.groups.retain(|group| other.groups.contains(group));
        self.everything &= other.everything;
        self
    }
}
