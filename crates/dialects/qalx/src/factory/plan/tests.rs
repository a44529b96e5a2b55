//! A plan that is good, and what is told of one that is not.

use model::Code;

use super::check;

const GOOD: &str = r#"
factory:
  name: simulations
  bots:
    meshing:
      source: {path: ./meshing}
      bot_path: "meshing.bot:bot"
      requirements_path: requirements.txt
    solving:
      source: {url: "git@example.com:solve.git", branch: main}
      bot_path: "solve:bot"
    report:
      source: {pypi: reporter, version: 1.2}
      bot_path: "reporter.bots.main:report_bot"
  stages:
    dev:
      workflow: chain
      user_profile: dev
      here:
        type: local
        bots:
          meshing: {queue-name: mesh, processes: 2, skip-ini: true}
          solving: {queue-name: solve}
    prod:
      cloud:
        type: aws
        region_name: eu-west-2
        parameters: {ImageId: ami-1, InstanceType: t3.small}
        alarm: idle
        bots:
          report: {queue-name: report, processes: 1}
  workflows:
    chain:
      meshing:
        - solving:
            - report
  alarms:
    idle: {Threshold: 1, AlarmActions: [stop]}
  meta: {team: marine}
  tags: {project_code: abc}
  debug: {demolish_on_failure: true}
"#;

/// What is told of `GOOD` with one text put for another.
fn told(instead_of: &str, put: &str) -> Vec<String> {
    assert!(GOOD.contains(instead_of), "{instead_of}");
    let error = check(&GOOD.replacen(instead_of, put, 1)).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::BadValue, Some("plan")));
    error
        .details()
        .iter()
        .map(|detail| detail.message.clone())
        .collect()
}

#[test]
fn a_good_plan_passes_as_yaml_and_as_json() {
    assert_eq!(check(GOOD), Ok(()));
    let value: serde_json::Value = yaml_serde::from_str(GOOD).unwrap();
    assert_eq!(check(&value.to_string()), Ok(()));
}

#[test]
#[expect(clippy::too_many_lines, reason = "the table is long")]
fn each_fault_has_its_path() {
    for (instead_of, put, expected) in [
        ("name: simulations", "nam: x", "factory: name is required"),
        (
            "name: simulations",
            "name: 7",
            "factory.name: expected text, got 7",
        ),
        (
            "{path: ./meshing}",
            "{path: a, url: b}",
            "factory.bots.meshing.source: exactly one of path, url and pypi is required, got 2",
        ),
        (
            "{path: ./meshing}",
            "{}",
            "factory.bots.meshing.source: exactly one of path, url and pypi is required, got 0",
        ),
        (
            "{path: ./meshing}",
            "here",
            "factory.bots.meshing.source: expected a mapping, got \"here\"",
        ),
        (
            "version: 1.2",
            "version: [1]",
            "factory.bots.report.source.version: expected a version, got a list",
        ),
        (
            "\"solve:bot\"",
            "solve.bot",
            "factory.bots.solving.bot_path: expected module.path:variable, got \"solve.bot\"",
        ),
        (
            "\"solve:bot\"",
            "\"1solve:bot\"",
            "factory.bots.solving.bot_path: expected module.path:variable, got \"1solve:bot\"",
        ),
        (
            "requirements.txt",
            "''",
            "factory.bots.meshing.requirements_path: must not be empty",
        ),
        (
            "type: local",
            "type: gcp",
            "factory.stages.dev.here.type: expected local or aws, got \"gcp\"",
        ),
        (
            "type: local",
            "typ: local",
            "factory.stages.dev.here: type is required",
        ),
        (
            "workflow: chain",
            "workflow: other",
            "factory.stages.dev.workflow: factory.workflows has no \"other\"",
        ),
        (
            "solving: {queue-name: solve}",
            "solver: {queue-name: solve}",
            "factory.stages.dev.here.bots.solver: factory.bots has no \"solver\"",
        ),
        (
            "{queue-name: solve}",
            "{}",
            "factory.stages.dev.here.bots.solving: queue-name is required",
        ),
        (
            "processes: 2",
            "processes: 0",
            "factory.stages.dev.here.bots.meshing.processes: expected a whole number above zero, got 0",
        ),
        (
            "{ImageId: ami-1, InstanceType: t3.small}",
            "{}",
            "factory.stages.prod.cloud.parameters: ImageId is required",
        ),
        (
            "alarm: idle",
            "alarm: busy",
            "factory.stages.prod.cloud.alarm: factory.alarms has no \"busy\"",
        ),
        (
            "- report",
            "- reporter",
            "factory.workflows.chain.meshing[0].solving[0]: factory.bots has no \"reporter\"",
        ),
        (
            "- report",
            "- meshing",
            "factory.workflows.chain.meshing[0].solving[0]: \"meshing\" stands in this workflow already",
        ),
        (
            "AlarmActions: [stop]",
            "AlarmActions: stop",
            "factory.alarms.idle.AlarmActions: expected a list, got \"stop\"",
        ),
        (
            "{team: marine}",
            "[]",
            "factory.meta: expected a mapping, got a list",
        ),
        (
            "project_code: abc",
            "project_code: 5",
            "factory.tags.project_code: expected text, got 5",
        ),
        (
            "project_code: abc",
            "1: abc",
            "factory.tags: the key 1 is not text",
        ),
    ] {
        assert_eq!(told(instead_of, put), [expected], "{put}");
    }
    assert_eq!(
        told("demolish_on_failure: true", "demolish_on_failure: maybe"),
        ["factory.debug.demolish_on_failure: expected true or false, got \"maybe\""]
    );
    assert_eq!(
        told("    chain:\n", "    chain:\n      report:\n"),
        [
            "factory.workflows.chain: exactly one root is required, got 2",
            "factory.workflows.chain.meshing[0].solving[0]: \"report\" stands in this workflow already"
        ]
    );
}

#[test]
fn several_faults_are_told_at_once_and_bounded() {
    let error = check("factory: {}").unwrap_err();
    let told: Vec<_> = error.details().iter().map(|detail| &*detail.message).collect();
    assert_eq!(
        told,
        [
            "factory: name is required",
            "factory: bots is required",
            "factory: stages is required"
        ]
    );
    let bots: String = (0..60).map(|number| format!("b{number}: 1, ")).collect();
    let error = check(&format!("factory: {{name: x, bots: {{{bots}}}, stages: {{}}}}")).unwrap_err();
    assert_eq!(error.details().len(), 51);
    assert_eq!(error.details()[50].message, "and 11 more faults");
}

#[test]
fn what_is_no_plan_is_told() {
    for (text, needle) in [
        ("", "plan: expected a mapping, got nothing"),
        ("[]", "plan: expected a mapping, got a list"),
        ("a: 1", "plan: factory is required"),
        ("factory: {name: x", "not YAML:"),
        ("factory:\n\tname: x", "not YAML:"),
        ("factory: 1\nfactory: 2", "not YAML:"),
        ("factory: !x 5", "expected a mapping, got a value with a tag"),
    ] {
        let error = check(text).unwrap_err();
        assert!(error.message().contains(needle), "{text:?}: {}", error.message());
    }
    let deep = "[".repeat(100_000);
    assert!(check(&deep).is_err());
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d \
                [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: \
                [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    assert!(check(bomb).is_err());
}
