//! A definition as a folder: what is read of it, and what is not.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use app::Source;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    write(folder.path(), "app.yaml", "name: test\n");
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("it is in the folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn complaints(folder: &Path) -> Vec<String> {
    let found = Source::read(folder).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn only_files_of_a_definition_are_read() {
    let folder = folder();
    for (path, text) in [
        ("entities/crm/a.yaml", "name: a"),
        ("entities/crm/a.js", "// nothing"),
        ("README.md", "# about"),
        ("data/a.csv", "a,b"),
        (".git/config.yaml", "x"),
        ("entities/.a.yaml", "x"),
    ] {
        write(folder.path(), path, text);
    }
    let source = Source::read(folder.path()).expect("good");
    let paths: Vec<&str> = source.files.keys().map(String::as_str).collect();
    assert_eq!(paths, ["app.yaml", "entities/crm/a.js", "entities/crm/a.yaml"]);
}

#[test]
fn links_lead_nowhere_else() {
    let (folder, other) = (folder(), folder());
    write(folder.path(), "entities/a.yaml", "name: a");
    symlink("../entities/a.yaml", folder.path().join("entities/b.yaml")).expect("linked");
    assert!(
        Source::read(folder.path())
            .expect("a link within the folder")
            .files
            .contains_key("entities/b.yaml")
    );
    symlink(
        other.path().join("app.yaml"),
        folder.path().join("entities/c.yaml"),
    )
    .expect("linked");
    symlink(other.path(), folder.path().join("groups")).expect("linked");
    symlink("nowhere", folder.path().join("entities/d.yaml")).expect("linked");
    let found = complaints(folder.path());
    assert_eq!(
        found[0],
        "entities/c.yaml: is a link that leads out of the folder"
    );
    assert!(
        found[1].starts_with("entities/d.yaml: cannot be read: "),
        "{}",
        found[1]
    );
    assert_eq!(found[2], "groups: is a link that leads out of the folder");
}

#[test]
fn a_link_to_a_folder_around_it_ends() {
    let folder = folder();
    write(folder.path(), "entities/a.yaml", "name: a");
    symlink("..", folder.path().join("entities/up")).expect("linked");
    let found = complaints(folder.path());
    assert!(
        found
            .iter()
            .any(|line| line.ends_with("is deeper than 16 folders")),
        "{found:?}"
    );
}

#[test]
fn sizes_and_characters_are_bounded() {
    let folder = folder();
    write(folder.path(), "entities/a.yaml", &"#".repeat((1 << 20) + 1));
    fs::write(folder.path().join("entities/b.yaml"), [0xff]).expect("written");
    fs::create_dir(folder.path().join("entities/c.yaml")).expect("made");
    assert_eq!(
        complaints(folder.path()),
        [
            "entities/a.yaml: is larger than 1048576 bytes",
            "entities/b.yaml: is not UTF-8"
        ]
    );
}

#[test]
fn what_is_no_folder_is_refused() {
    let folder = folder();
    let missing = folder.path().join("missing");
    assert!(complaints(&missing)[0].contains("missing: cannot be read: "));
    assert!(complaints(&folder.path().join("app.yaml"))[0].contains("cannot be read: "));
}
