//! Projects.

use model::Timestamp;
use storage::tables::projects::Project;

use super::bed::{Bed, read, write};

fn pairs(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    tags.iter().map(pair).collect()
}

fn project(name: &str, tags: &[(&str, &str)]) -> Project {
    Project {
        name: name.to_owned(),
        tags: pairs(tags),
        created: Timestamp(4),
    }
}

fn insert(bed: &dyn Bed, project: Project) -> bool {
    write(bed, move |tx| tx.insert_project(&project))
}

pub(crate) fn a_project_survives(bed: &dyn Bed) {
    let (b, a) = (project("b", &[("n", "v"), ("n", "w \"x\"")]), project("a ü", &[]));
    assert!(insert(bed, b.clone()) && insert(bed, a.clone()));
    assert_eq!(read(bed, |tx| tx.project("b")), Some(b.clone()));
    assert_eq!(read(bed, |tx| tx.project("c")), None);
    assert_eq!(read(bed, |tx| tx.projects()), [a, b.clone()]);
    assert!(write(bed, |tx| tx.delete_project("a ü")));
    assert!(!write(bed, |tx| tx.delete_project("a ü")));
    assert_eq!(read(bed, |tx| tx.projects()), [b]);
}

pub(crate) fn names_are_unique(bed: &dyn Bed) {
    let first = project("p", &[("n", "v")]);
    assert!(insert(bed, first.clone()));
    assert!(!insert(bed, project("p", &[])));
    assert_eq!(read(bed, |tx| tx.projects()), [first]);
}

pub(crate) fn tags_are_replaced(bed: &dyn Bed) {
    insert(bed, project("p", &[("n", "v")]));
    let set = |name: &'static str, tags: Vec<(String, String)>| {
        write(bed, move |tx| tx.set_project_tags(name, &tags))
    };
    assert!(set("p", pairs(&[("m", "1"), ("o", "2")])));
    assert_eq!(
        read(bed, |tx| tx.project("p")),
        Some(project("p", &[("m", "1"), ("o", "2")]))
    );
    assert!(!set("q", vec![]));
}
