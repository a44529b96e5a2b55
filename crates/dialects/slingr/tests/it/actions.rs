//! Actions while a client waits: the samples of the document, and what functions do to records.

use serde_json::{Value, json};

use crate::support::{Crm, Who, app_of, crm, error, id};

const NONE: &str = "588775f63b063a0007604f4c";

async fn company(crm: &Crm, body: Value) -> String {
    id(&crm
        .expect(Who::Developer, 200, "POST", "/data/companies", body)
        .await)
}

#[tokio::test]
async fn an_action_on_one_record_is_answered_with_the_record() {
    let crm = crm().await;
    let made = company(&crm, json!({ "name": "A", "type": "a", "state": "active" })).await;
    let path = format!("/data/companies/{made}/logSomething");
    let answer = crm
        .expect(Who::Developer, 200, "PUT", &path, json!({ "param1": "hello" }))
        .await;
    assert_eq!(answer, crm.get(&format!("/data/companies/{made}")).await);
    let logs = crm.get("/status/logs?message=said").await;
    assert_eq!(logs["items"][0]["message"], "said hello", "{logs}");
    assert_eq!(logs["items"][0]["subType"], "SCRIPT");
    assert_eq!(logs["items"][0]["userEmail"], Who::Developer.email());
}

#[tokio::test]
async fn parameters_are_checked_as_fields_are() {
    let crm = crm().await;
    let made = company(&crm, json!({ "name": "A", "type": "a", "state": "active" })).await;
    let path = format!("/data/companies/{made}/logSomething");
    let refused = crm.expect(Who::Developer, 400, "PUT", &path, json!({})).await;
    let expected = json!({
        "code": "validationErrors", "message": "There are validation errors",
        "errors": [{
            "field": "param1", "fieldLabel": "Param 1", "code": "required",
            "message": "This field is required", "additionalInfo": null,
        }],
    });
    assert_eq!(refused, expected);
    let refused = crm
        .expect(
            Who::Developer,
            400,
            "PUT",
            &path,
            json!({ "param1": "x", "param9": 1 }),
        )
        .await;
    assert_eq!(refused["errors"][0]["field"], "param9");
    assert_eq!(refused["errors"][0]["code"], "invalidStructure");
}

#[tokio::test]
async fn a_precondition_that_is_not_met_refuses_the_action() {
    let crm = crm().await;
    let closed = company(&crm, json!({ "name": "C", "type": "a", "state": "closed" })).await;
    let path = format!("/data/companies/{closed}/logSomething");
    let refused = crm
        .expect(Who::Developer, 400, "PUT", &path, json!({ "param1": "x" }))
        .await;
    assert_eq!(
        error(&refused),
        (
            "badRequest",
            "the precondition of the action logSomething is not met"
        )
    );
}

#[tokio::test]
async fn several_records_are_answered_one_by_one() {
    let crm = crm().await;
    let open = company(&crm, json!({ "name": "A", "type": "a", "state": "active" })).await;
    let closed = company(&crm, json!({ "name": "C", "type": "a", "state": "closed" })).await;
    let path = format!("/data/companies/{open},{closed},{NONE}/logSomething");
    let answer = crm
        .expect(Who::Developer, 200, "PUT", &path, json!({ "param1": "x" }))
        .await;
    assert_eq!(answer[&open]["status"], "ok");
    assert_eq!(answer[&open]["response"]["name"], "A");
    assert_eq!(answer[&closed]["status"], "error");
    assert_eq!(
        answer[&closed]["errorMessage"],
        "the precondition of the action logSomething is not met"
    );
    assert_eq!(answer[NONE]["status"], "error");
    let by_query = crm
        .expect(
            Who::Developer,
            200,
            "PUT",
            "/data/companies/logSomething?state=active",
            json!({ "param1": "x" }),
        )
        .await;
    assert_eq!(by_query.as_object().unwrap().keys().collect::<Vec<_>>(), [&open]);
}

#[tokio::test]
async fn an_action_on_many_records_is_answered_with_what_it_returned() {
    let crm = crm().await;
    for (name, state, employees) in [("A", "active", 5), ("B", "active", 7), ("C", "pending", 100)] {
        company(
            &crm,
            json!({ "name": name, "type": "a", "state": state, "numberOfEmployees": employees }),
        )
        .await;
    }
    let count = async |path: &str| crm.expect(Who::Developer, 200, "PUT", path, Value::Null).await;
    let all = count("/data/companies/countEmployees").await;
    assert_eq!(all, json!({ "numberOfEmployees": 112 }));
    let active = count("/data/companies/countEmployees?state=active").await;
    assert_eq!(active, json!({ "numberOfEmployees": 12 }));
}

#[tokio::test]
async fn unknown_actions_and_records_are_told_apart() {
    let crm = crm().await;
    let made = company(&crm, json!({ "name": "A", "type": "a" })).await;
    for path in [
        format!("/data/companies/{made}/nothing"),
        "/data/companies/nothing".to_owned(),
        format!("/data/nothing/{made}/logSomething"),
    ] {
        let answer = crm.expect(Who::Developer, 404, "PUT", &path, json!({})).await;
        assert_eq!(error(&answer).0, "notFound", "{path}");
    }
    let path = format!("/data/companies/{NONE}/logSomething");
    let body = json!({ "param1": "x" });
    let answer = crm.expect(Who::Developer, 404, "PUT", &path, body).await;
    assert_eq!(error(&answer).0, "notFound");
}

const TASKS: &str = "
name: tasks
recordLabel: fields/title
auditLogs: true
fields:
  - {name: number, type: autoIncrement, typeRules: {minValue: 10}}
  - {name: title, type: text, required: always, unique: true, indexable: true}
  - {name: size, type: integer, indexable: true, typeRules: {minValue: 0}}
  - {name: double, type: integer, valueCalculation: js/doubleValue}
  - {name: parent, type: relationship, typeRules: {entity: tasks, copiedFields: [size]}}
  - {name: due, type: date}
  - {name: at, type: dateTime}
  - {name: tags, type: text, multiplicity: many}
  - name: parts
    type: nestedFields
    multiplicity: many
    nestedFields: [{name: what, type: text}, {name: many, type: integer}]
actions:
  - {name: run, type: oneRecord, parameters: [{name: how, type: text}], actions: js/run, resultAsResponse: true}
  - {name: many, type: manyRecords, actions: js/many}
  - {name: global, type: global, parameters: [{name: how, type: text, defaultValue: js/how}], actions: js/global, resultAsResponse: true}
  - {name: silent, type: global, actions: js/silent}
  - {name: linked, type: oneRecord, parameters: [{name: title, type: text}], actions: js/linked, saveDataBeforeRunning: true, resultAsResponse: true}
";

const RUN: &str = "
function doubleValue(record) { return (record.field('size').val() || 0) * 2; }
function how(record, parentField, action) { return 'default of ' + action.name(); }
function silent(action) {}
function linked(record, oldRecord, action) { return [record.field('title').val(), oldRecord.field('title').val()]; }
function many(query, action) {
  var titles = [];
  sys.data.find(query).each(function (task) { titles.push(task.field('title').val()); });
  return titles;
}
function make(title, size) {
  var task = sys.data.createRecord('tasks');
  task.field('title').val(title);
  task.field('size').val(size);
  sys.data.save(task);
  return task;
}
";

/// An app whose global action does what a test says.
async fn tasks(body: &str) -> Crm {
    let functions = format!(
        "{RUN}\nfunction run(record, oldRecord, action) {{ {body} }}\nfunction global(action) {{ {body} }}\n"
    );
    app_of(&[("entities/tasks.yaml", TASKS), ("entities/tasks.js", &functions)]).await
}

async fn run(crm: &Crm, status: u16) -> Value {
    crm.expect(Who::Developer, status, "PUT", "/data/tasks/global", json!({}))
        .await
}

async fn global(body: &str) -> Value {
    run(&tasks(body).await, 200).await
}

#[tokio::test]
async fn functions_see_what_they_have_saved() {
    let seen = global(
        "
        var one = make('one', 1), two = make('two', 2), three = make('three', 3);
        two.field('size').val(20);
        sys.data.save(two);
        sys.data.remove(three);
        var titles = function (found) { return found.toArray().map(function (each) { return each.field('title').val(); }); };
        return {
          versions: [one.version(), two.version()],
          numbers: [one.field('number').val(), two.field('number').val()],
          doubled: two.field('double').val(),
          all: titles(sys.data.find('tasks', {})),
          sorted: titles(sys.data.find('tasks', {_sortField: 'size', _sortType: 'asc'})),
          large: titles(sys.data.find('tasks', {size: 'greater(10)'})),
          byTitle: sys.data.findOne('tasks', {title: 'two'}).id() === two.id(),
          byId: sys.data.findById('tasks', one.id()).field('title').val(),
          gone: sys.data.findById('tasks', three.id()),
          count: [sys.data.count('tasks', {}), sys.data.count('tasks', {size: 'less(10)'})],
          sum: sys.data.aggregate('tasks', [{group: {total: 'sum(size)'}}])[0].total,
        };",
    )
    .await;
    let expected = json!({
        "versions": [0, 1], "numbers": [10, 11], "doubled": 40, "all": ["two", "one"], "sorted": ["one", "two"],
        "large": ["two"], "byTitle": true, "byId": "one", "gone": null, "count": [2, 1], "sum": 21,
    });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_is_saved_stands_afterwards_with_its_history() {
    let crm = tasks(
        "
        var one = make('one', 1), two = sys.data.createRecord('tasks', {title: 'two', parent: one, tags: ['a']});
        sys.data.save(two);
        two.field('tags').add('b');
        two.field('parts').add({what: 'leg', many: 4});
        two.field('due').val(new Date(Date.UTC(2026, 0, 2)));
        two.field('at').val(new Date(5));
        sys.data.save(two);
        one.field('size').val(9);
        sys.data.save(one);
        sys.data.remove(make('three', 3));
        return two.field('parts').first().field('many').val();",
    )
    .await;
    assert_eq!(run(&crm, 200).await, json!(4));
    let found = crm.get("/data/tasks?_sortField=title&_sortType=asc").await;
    assert_eq!(found["total"], 2);
    let (one, two) = (&found["items"][0], &found["items"][1]);
    assert_eq!(
        (&one["size"], &one["double"], &one["version"]),
        (&json!(9), &json!(18), &json!(1))
    );
    assert_eq!(two["tags"], json!(["a", "b"]));
    assert_eq!(
        (&two["parts"][0]["what"], &two["due"], &two["at"]),
        (&json!("leg"), &json!("2026-01-02"), &json!(5))
    );
    assert_eq!((&one["number"], &two["number"]), (&json!(10), &json!(11)));
    let history = crm.get("/data/tasks/history").await;
    let events: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["eventType"].as_str().unwrap())
        .collect();
    let (created, changed) = ("SCRIPT_RECORD_CREATED", "SCRIPT_RECORD_CHANGED");
    assert_eq!(
        events,
        [
            "SCRIPT_RECORD_DELETED",
            created,
            changed,
            changed,
            created,
            created
        ]
    );
    let made = crm
        .expect(
            Who::Developer,
            200,
            "POST",
            "/data/tasks",
            json!({ "title": "next" }),
        )
        .await;
    assert_eq!(made["number"], 13, "numbers go on");
}

#[tokio::test]
async fn a_function_that_fails_leaves_nothing() {
    for (body, status, code) in [
        ("make('one', 1); throw 'no';", 400, "javascriptException"),
        ("make('one', 1); make('one', 2);", 400, "validationErrors"),
        ("make('one', 1); make('two', -1);", 400, "validationErrors"),
        (
            "make('one', 1); sys.data.save(sys.data.createRecord('tasks'));",
            400,
            "validationErrors",
        ),
        (
            "make('one', 1); sys.exceptions.throwException('notFound', 'no such thing');",
            404,
            "notFound",
        ),
        (
            "make('one', 1); sys.exceptions.throwException('odd', 'very odd');",
            400,
            "odd",
        ),
        (
            "make('one', 1); sys.data.find('nothing', {}).next();",
            404,
            "notFound",
        ),
        (
            "make('one', 1); sys.data.find('tasks', {nothing: 1}).next();",
            400,
            "badRequest",
        ),
        (
            "make('one', 1); sys.data.importRecords('tasks');",
            400,
            "javascriptException",
        ),
        (
            "var one = make('one', 1), same = sys.data.findById('tasks', one.id()); one.field('size').val(2); sys.data.save(one); same.field('size').val(3); sys.data.save(same);",
            409,
            "optimisticLocking",
        ),
    ] {
        let crm = tasks(body).await;
        let refused = run(&crm, status).await;
        assert_eq!(error(&refused).0, code, "{body}: {refused}");
        assert_eq!(crm.get("/data/tasks").await["total"], 0, "{body}");
        let made = crm
            .expect(
                Who::Developer,
                200,
                "POST",
                "/data/tasks",
                json!({ "title": "a" }),
            )
            .await;
        assert_eq!(made["number"], 10, "{body}");
    }
}

#[tokio::test]
async fn validation_errors_that_a_function_does_not_catch_name_the_field() {
    let crm = tasks("make('one', -1);").await;
    let refused = run(&crm, 400).await;
    assert_eq!(refused["errors"][0]["field"], "size", "{refused}");
    let crm = tasks(
        "try { make('one', -1); } catch (e) { return [sys.exceptions.getCode(e), sys.exceptions.getAdditionalInfo(e)[0].field]; }",
    )
    .await;
    assert_eq!(run(&crm, 200).await, json!(["validationErrors", "size"]));
}

#[tokio::test]
async fn queries_are_put_together_in_many_ways() {
    let seen = global(
        "
        for (var n = 1; n <= 250; n++) make('t' + n, n);
        var sizes = function (found) { return found.toArray().map(function (each) { return each.field('size').val(); }); };
        var query = sys.data.createQuery('tasks');
        query.field('size').greater(10); query.field('size').less(14);
        query.sortBy('size', 'asc');
        var either = sys.data.createQuery('tasks').query(q.or(q.field('size').equals(3), q.and({size: 5}, q.field('title').equals('t5')))).sortBy('size', 'desc');
        var paged = sys.data.createQuery('tasks').sortBy('size', 'asc').offset(5).size(3);
        return {
          between: sizes(sys.data.find(query)), either: sizes(sys.data.find(either)), paged: sizes(sys.data.find(paged)),
          first: sizes(sys.data.find('tasks', {_size: 2})), all: sizes(sys.data.find('tasks', {})).length,
          list: sizes(sys.data.find('tasks', {size: [7, 9], _sortField: 'size', _sortType: 'asc'})),
          or: sys.data.count('tasks', {_or: {size: 1, title: 't2'}}), many: sys.data.find('tasks', {size: 'greater(100)'}).count(),
        };",
    )
    .await;
    let expected = json!({
        "between": [11, 12, 13], "either": [5, 3], "paged": [6, 7, 8], "first": [250, 249], "all": 250, "list": [7, 9],
        "or": 2, "many": 150,
    });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn stored_and_own_records_are_found_in_one_order() {
    let crm = tasks(
        "
        var all = sys.data.find('tasks', {}).toArray();
        all.forEach(function (each) { each.field('size').val(each.field('size').val() + 100); sys.data.save(each); });
        make('own', 50);
        return [sys.data.find('tasks', {_sortField: 'size', _sortType: 'asc'}), sys.data.find('tasks', {})].map(function (found) {
          return found.toArray().map(function (each) { return each.field('title').val(); }).join(' ');
        });",
    )
    .await;
    for n in [3, 1, 2] {
        crm.expect(
            Who::Developer,
            200,
            "POST",
            "/data/tasks",
            json!({ "title": format!("s{n}"), "size": n }),
        )
        .await;
    }
    assert_eq!(run(&crm, 200).await, json!(["own s1 s2 s3", "own s2 s1 s3"]));
}

#[tokio::test]
async fn parameters_have_defaults_and_actions_may_return_nothing() {
    assert_eq!(
        global("return action.field('how').val();").await,
        json!("default of global")
    );
    let crm = tasks("").await;
    assert_eq!(run(&crm, 200).await, json!({}));
    let silent = crm
        .expect(Who::Developer, 200, "PUT", "/data/tasks/silent", json!({}))
        .await;
    assert_eq!(silent, json!({}));
}

#[tokio::test]
async fn linked_parameters_are_saved_before_the_function_runs() {
    let crm = tasks("").await;
    let made = id(&crm
        .expect(
            Who::Developer,
            200,
            "POST",
            "/data/tasks",
            json!({ "title": "old" }),
        )
        .await);
    let path = format!("/data/tasks/{made}/linked");
    let seen = crm
        .expect(Who::Developer, 200, "PUT", &path, json!({ "title": "new" }))
        .await;
    assert_eq!(seen, json!(["new", "old"]));
    assert_eq!(crm.get(&format!("/data/tasks/{made}")).await["title"], "new");
}

const KEPT: &str = "
name: kept
recordLabel: fields/text
auditLogs: {userContext: {recordCreated: true, recordChanged: true, actionExecuted: true}, scriptContext: {recordChanged: true}}
fields:
  - {name: text, type: text, indexable: true}
actions:
  - {name: mark, type: oneRecord, actions: js/mark}
  - {name: fail, type: oneRecord, actions: js/fail}
  - {name: chain, type: oneRecord, actions: js/chain}
";

const KEPT_FUNCTIONS: &str = "
function mark(record) { record.field('text').val(record.field('text').val() + '!'); sys.data.save(record); }
function fail(record) { mark(record); throw 'it fails'; }
function chain(record) { sys.data.executeAction(record, 'mark', {}, {background: false}); }
";

#[tokio::test]
async fn histories_tell_of_actions() {
    let crm = app_of(&[("entities/kept.yaml", KEPT), ("entities/kept.js", KEPT_FUNCTIONS)]).await;
    let made = id(&crm
        .expect(Who::Developer, 200, "POST", "/data/kept", json!({ "text": "a" }))
        .await);
    let act = async |status: u16, name: &str| {
        let path = format!("/data/kept/{made}/{name}");
        crm.expect(Who::Developer, status, "PUT", &path, json!({})).await
    };
    act(200, "mark").await;
    act(400, "fail").await;
    act(200, "chain").await;
    let history = crm.get(&format!("/data/kept/{made}/history")).await;
    let told: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap_or_default();
            format!(
                "{} {} {}",
                text("eventType"),
                text("contextPath"),
                text("recordName")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "USER_ACTION_PERFORMED entities.kept.actions.chain a!!",
            "SCRIPT_RECORD_CHANGED entities.kept.update a!!",
            "USER_ACTION_PERFORMED entities.kept.actions.mark a!",
            "SCRIPT_RECORD_CHANGED entities.kept.update a!",
            "USER_RECORD_CREATED entities.kept.create a",
        ],
        "what a script runs is not to be kept"
    );
    assert_eq!(history["total"], 5);
    let line = &history["items"][0];
    assert_eq!((&line["oldRecord"], &line["newRecord"]), (&json!({}), &json!({})));
    let changed = &history["items"][1];
    assert_eq!(
        changed["oldRecord"]["text"]["json"], "a!",
        "what was before an action is what was before"
    );
    let only = crm
        .get("/data/kept/history?eventTypes=USER_ACTION_PERFORMED")
        .await;
    assert_eq!(
        (&only["total"], &only["items"][0]["id"]),
        (&json!(2), &line["id"])
    );
    assert_eq!(crm.get(&format!("/data/kept/{made}")).await["version"], 2);
}

const BUYERS: &str = "
name: sales
label: Sales
security: {restApiPermissions: {allowDataApi: true}}
entityPermissions:
  - entity: kept
    read: always
    actions:
      - {action: order, permission: always, parameters: [{parameter: price, permission: none}, {parameter: text, permission: readOnly}]}
";

const PRICED: &str = "
name: kept
recordLabel: fields/text
fields:
  - {name: text, type: text, indexable: true}
actions:
  - {name: order, type: oneRecord, actions: js/order, resultAsResponse: true, saveDataBeforeRunning: true, parameters: [
      {name: price, type: integer, defaultValue: 7}, {name: text, type: text}, {name: count, type: integer}]}
";

const ORDER: &str = "
function order(record, oldRecord, action) {
  return [action.field('price').val(), action.field('text').val() || '-', action.field('count').val(), record.field('text').val()].join(' ');
}
";

#[tokio::test]
async fn groups_say_which_parameters_may_be_given() {
    let files = [
        ("entities/kept.yaml", PRICED),
        ("entities/kept.js", ORDER),
        ("groups/sales.yaml", BUYERS),
    ];
    let crm = app_of(&files).await;
    let made = id(&crm
        .expect(Who::Developer, 200, "POST", "/data/kept", json!({ "text": "a" }))
        .await);
    let path = format!("/data/kept/{made}/order");
    let sent = json!({ "price": 1, "text": "b", "count": 2 });
    let order = async |who: Who| crm.expect(who, 200, "PUT", &path, sent.clone()).await;
    assert_eq!(order(Who::Seller).await, "7 - 2 a", "nor are they saved before");
    assert_eq!(order(Who::Developer).await, "1 b 2 b");
}
