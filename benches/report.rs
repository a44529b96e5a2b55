//! The table of figures: kept as JSON, shown as Markdown.
//!
//! A run of one part replaces that part's figures and leaves the others as they were measured last.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::machine;

/// What a figure is to be.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

/// One line of the table.
#[derive(Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// What the server did, with its unit.
    pub(crate) ours: String,
    /// What the floor or the peer did; empty for a bare figure.
    pub(crate) against: String,
    /// The quotient, or the bare figure.
    pub(crate) value: f64,
    /// The unit of `value`; empty for a quotient.
    pub(crate) unit: String,
    /// What it should be; a figure without one is for information.
    pub(crate) target: Option<Target>,
}

impl Figure {
    /// A quotient.
    pub(crate) fn ratio(
        name: impl Into<String>,
        ours: impl Into<String>,
        against: impl Into<String>,
        value: f64,
    ) -> Self {
        Self {
            name: name.into(),
            ours: ours.into(),
            against: against.into(),
            value,
            unit: String::new(),
            target: None,
        }
    }

    /// A figure that stands for itself.
    pub(crate) fn bare(name: impl Into<String>, value: f64, unit: &str) -> Self {
        Self {
            unit: unit.to_owned(),
            ..Self::ratio(name, format!("{value:.1} {unit}"), "", value)
        }
    }

    /// Sets what a bare figure may be read against.
    pub(crate) fn against(mut self, text: &str) -> Self {
        text.clone_into(&mut self.against);
        self
    }

    /// Sets what it should be.
    pub(crate) fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    fn row(&self) -> String {
        let value = match self.unit.as_str() {
            "" => format!("{:.2}", self.value),
            unit => format!("{:.1} {unit}", self.value),
        };
        let (target, met) = match self.target {
            None => (String::new(), ""),
            Some(Target::AtLeast(bound)) => (format!("≥ {bound}"), word(self.value >= bound)),
            Some(Target::AtMost(bound)) => (format!("≤ {bound}"), word(self.value <= bound)),
        };
        let Self {
            name, ours, against, ..
        } = self;
        format!("| {name} | {ours} | {against} | {value} | {target} | {met} |")
    }
}

fn word(met: bool) -> &'static str {
    if met { "yes" } else { "no" }
}

/// The figures of one part and the circumstances.
#[derive(Serialize, Deserialize)]
struct Section {
    part: String,
    quick: bool,
    at: String,
    commit: String,
    machine: String,
    load: String,
    figures: Vec<Figure>,
}

/// All that was measured last.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Report {
    sections: Vec<Section>,
}

impl Report {
    /// The report of the last run; an empty one when there is none that can be read.
    pub(crate) fn load() -> Self {
        let text = fs::read(path("latest.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Replaces the figures of a part.
    pub(crate) fn put(&mut self, part: &str, quick: bool, figures: Vec<Figure>) {
        let section = Section {
            part: part.to_owned(),
            quick,
            at: jiff::Timestamp::now().strftime("%F %R UTC").to_string(),
            commit: machine::commit(),
            machine: machine::facts(),
            load: machine::load(),
            figures,
        };
        match self.sections.iter_mut().find(|known| known.part == part) {
            Some(known) => *known = section,
            None => self.sections.push(section),
        }
    }

    /// Writes both files.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn save(&self) -> anyhow::Result<()> {
        let json = serde_json::to_string_pretty(self)? + "\n";
        fs::create_dir_all(path("")).context("benches/results")?;
        fs::write(path("latest.json"), json).context("latest.json")?;
        fs::write(path("latest.md"), self.markdown()).context("latest.md")
    }

    /// The table for people.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from(
            "# Figures\n\nRatios against a floor or a peer measured in the same run; see `benches/README.md`.\n",
        );
        for section in &self.sections {
            let Section {
                part,
                at,
                commit,
                machine,
                load,
                ..
            } = section;
            let kind = if section.quick { ", short run" } else { "" };
            let _ = write!(
                text,
                "\n## {part}\n\n{at}, commit {commit}{kind}; {machine}; load {load}\n\n\
                 | figure | ours | floor or peer | result | target | met |\n|---|---|---|---|---|---|\n"
            );
            for figure in &section.figures {
                text.push_str(&figure.row());
                text.push('\n');
            }
        }
        text
    }
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../benches/results")
        .join(name)
}
