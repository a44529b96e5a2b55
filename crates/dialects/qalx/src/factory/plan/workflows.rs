//! `factory.workflows`: trees of bots, in which a message goes from each bot to those below it.
//!
//! A tree is a mapping with one root; what hangs below a name is a name, a list of names and trees, or a mapping. The
//! client puts the whole of it into one tree by name, so no bot may stand in it twice.

use std::collections::HashSet;

use yaml_serde::{Mapping, Value};

use super::faults::{Faults, Node};
use super::is_member;

pub(super) fn check(factory: &Node<'_>, parts: &Mapping, faults: &mut Faults) {
    let Some(workflows) = factory.optional("workflows", parts) else {
        return;
    };
    for workflow in workflows.members(faults) {
        if let Some(tree) = workflow.object(faults)
            && tree.len() != 1
        {
            let count = tree.len();
            faults.add(
                &workflow.path,
                format_args!("exactly one root is required, got {count}"),
            );
        }
        let mut walk = Walk {
            parts,
            seen: HashSet::new(),
            faults,
        };
        if workflow.value.is_mapping() {
            walk.below(&workflow);
        }
    }
}

struct Walk<'a, 'b> {
    parts: &'a Mapping,
    seen: HashSet<String>,
    faults: &'b mut Faults,
}

impl Walk<'_, '_> {
    /// As deep as the YAML reader lets a plan be nested.
    fn below(&mut self, node: &Node<'_>) {
        match node.value {
            Value::Null => {}
            Value::String(name) => self.note(name, &node.path),
            Value::Sequence(_) => {
                for element in node.elements(self.faults) {
                    self.below(&element);
                }
            }
            Value::Mapping(_) => {
                for member in node.members(self.faults) {
                    self.note(member.name(), &member.path);
                    self.below(&member);
                }
            }
            _ => node.expected("a bot, a list or a mapping", self.faults),
        }
    }

    fn note(&mut self, name: &str, path: &str) {
        if !is_member(self.parts, "bots", name) {
            self.faults
                .add(path, format_args!("factory.bots has no {name:?}"));
        }
        if !self.seen.insert(name.to_owned()) {
            self.faults
                .add(path, format_args!("{name:?} stands in this workflow already"));
        }
    }
}
