//! Loading: grammar, names of functions, and the top level.

use script::{Kind, Options, Sandbox};

use crate::support::{call, context, load, sandbox, text};

#[test]
fn mistakes_of_grammar_are_found_on_their_line() {
    for (source, line) in [
        ("function f( {", 1),
        ("var a = 1;\nfunction f() {\n  return 1 +;\n}", 3),
        ("}\nvar x; (() => {", 1),
        ("return 1;", 1),
        ("/* open", 1),
    ] {
        let error = sandbox().load("entities/x.js", source).err().unwrap();
        assert_eq!(error.kind, Kind::Syntax, "{source}: {error}");
        assert_eq!(
            (error.file.as_str(), error.line),
            ("entities/x.js", Some(line)),
            "{source}: {error}"
        );
    }
}

#[test]
fn a_top_level_that_fails_is_refused() {
    let error = sandbox()
        .load("entities/x.js", "var a = 1;\nnull.x;")
        .err()
        .unwrap();
    assert_eq!((error.kind, error.line), (Kind::Thrown { code: None }, Some(2)));
    let sandbox = Sandbox::new(Options {
        time: std::time::Duration::from_millis(50),
        ..Options::default()
    })
    .unwrap();
    let error = sandbox.load("entities/x.js", "while (true);").err().unwrap();
    assert_eq!(
        (error.kind, error.file.as_str()),
        (Kind::Timeout, "entities/x.js")
    );
    assert!(sandbox.load("entities/x.js", "function f() {}").is_ok());
}

#[test]
fn files_that_wait_are_refused() {
    for source in [
        "async function f() {}",
        "const f = async () => 1;",
        "const f = async x => x;",
        "const o = {\nasync m() {} };",
        "class A { static async m() {} }",
        "class A { async *m() {} }",
        "function f() { return `${(async () => 1)()}`; }",
        "function f() { return import('x'); }",
        "function f() { while (true) { import\n('x'); break; } }",
        "function f() { if (1) f(); import('x'); }",
    ] {
        let error = sandbox().load("x.js", source).err().unwrap();
        assert_eq!(error.kind, Kind::Syntax, "{source}");
        assert_eq!(
            error.message, "async functions and imports are not available here",
            "{source}"
        );
    }
    for source in [
        "const f = \\u0061sync () => 1;",
        "function f() { return \\u0069mport('x'); }",
        "import x from 'y';",
        "await 1;",
    ] {
        let error = sandbox().load("x.js", source).err().unwrap();
        assert_eq!(error.kind, Kind::Syntax, "{source}");
    }
    for source in [
        "// async () => import('x')",
        "function f() { return 'async () => 1' + `import('x')`; }",
        "var async = 1; function f() { return async + {async: 1, import: 2}.import; }",
        "class A { async() {} get import() {} }",
        "function f() { return typeof Promise; }",
    ] {
        assert!(sandbox().load("x.js", source).is_ok(), "{source}");
    }
}

#[test]
fn functions_are_found_however_they_are_written() {
    let program = load(
        "'use strict';
         function plain() {} var held = function () {}; const arrow = () => 2; let one = 1, two = () => 2;
         var { taken } = { taken() {} }; class Kind {} /* function commented() {} */
         function outer() { function inner() {} } const text = 'function quoted() {}'; const same = Object; // end",
    );
    let mut found = program.functions().to_vec();
    found.sort();
    assert_eq!(
        found,
        ["Kind", "arrow", "held", "outer", "plain", "same", "taken", "two"]
    );
    assert!(load("// nothing").functions().is_empty());
    assert!(load("").functions().is_empty());
}

#[test]
fn a_missing_function_is_named() {
    let error = call(&load("function f() {}"), "g").result.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.to_string().as_str()),
        (Kind::Missing, "entities/companies.js: there is no function g")
    );
}

#[test]
fn many_programs_share_few_places() {
    let sandbox = Sandbox::new(Options {
        workers: 1,
        programs: 2,
        ..Options::default()
    })
    .unwrap();
    let programs: Vec<_> = (0..5)
        .map(|at| {
            sandbox
                .load("x.js", &format!("function f() {{ return {at}; }}"))
                .unwrap()
        })
        .collect();
    drop(sandbox);
    for _ in 0..3 {
        for (at, program) in programs.iter().enumerate() {
            assert_eq!(text(program.call("f", &[], &context())), at.to_string());
        }
    }
}
