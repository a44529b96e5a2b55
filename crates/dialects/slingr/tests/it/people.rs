//! Functions that wait for jobs, and those that ask about users and change them.

use serde_json::{Value, json};

use crate::support::{Crm, Who, app_of, error, id};

const NOTES: &str = "
name: notes
recordLabel: fields/text
auditLogs: true
fields:
  - {name: text, type: text, indexable: true}
actions:
  - {name: touch, type: oneRecord, actions: js/touch, executeInBackground: true}
  - {name: follow, type: global, actions: js/follow, resultAsResponse: true, parameters: [{name: job, type: text}, {name: timeout, type: integer}, {name: status, type: text}]}
  - {name: own, type: global, actions: js/own, resultAsResponse: true}
  - {name: about, type: global, actions: js/about, resultAsResponse: true, parameters: [{name: who, type: text}]}
  - {name: change, type: global, actions: js/change, resultAsResponse: true, parameters: [{name: who, type: text}, {name: how, type: text}, {name: group, type: text}]}
  - {name: fail, type: global, actions: js/fail, parameters: [{name: who, type: text}]}
";

const FUNCTIONS: &str = "
function touch(record) { record.field('text').val('touched'); sys.data.save(record); }
function follow(action) {
  var timeout = action.field('timeout').val(), status = action.field('status').val();
  sys.jobs.waitForJob(action.field('job').val(), status, timeout);
  return sys.jobs.findById(action.field('job').val()).status;
}
function own() { sys.jobs.waitForJob(sys.data.delete('notes', {text: 'x'})); }
function about(action) {
  var who = action.field('who').val(), primary = sys.users.getPrimaryGroup(who);
  return [primary && primary.name, sys.users.containsGroup(who, 'sales'), sys.users.isPrimaryGroup(who, 'sales')].join(' ');
}
function change(action) {
  var who = action.field('who').val();
  sys.users[action.field('how').val()](who, action.field('group').val(), true);
  return about(action);
}
function fail(action) { sys.users.addGroup(action.field('who').val(), 'sales'); throw 'it fails'; }
";

const SALES: &str = "
name: sales
label: Sales
security: {restApiPermissions: {allowDataApi: true, allowJobsApi: true}}
entityPermissions:
  - {entity: notes, read: always}
";

async fn bed() -> Crm {
    app_of(&[
        ("entities/notes.yaml", NOTES),
        ("entities/notes.js", FUNCTIONS),
        ("groups/sales.yaml", SALES),
    ])
    .await
}

async fn act(crm: &Crm, status: u16, name: &str, body: Value) -> Value {
    let path = format!("/data/notes/{name}");
    crm.expect(Who::Developer, status, "PUT", &path, body).await
}

#[tokio::test]
async fn functions_wait_for_jobs_and_hold_nobody_up() {
    let crm = bed().await;
    let note = id(&crm
        .expect(Who::Developer, 200, "POST", "/data/notes", json!({ "text": "a" }))
        .await);
    let job = act(&crm, 200, "touch", json!({})).await["jobId"].clone();
    let late = act(&crm, 400, "follow", json!({ "job": job, "timeout": 20 })).await;
    assert_eq!(
        error(&late),
        (
            "timeout",
            format!("the job {} has not come to an end in time", job.as_str().unwrap()).as_str()
        )
    );
    let pending = act(&crm, 200, "follow", json!({ "job": job, "status": "PENDING" })).await;
    assert_eq!(pending, "PENDING");
    let waiting = act(&crm, 200, "follow", json!({ "job": job }));
    let working = async {
        // Others write meanwhile.
        let path = format!("/data/notes/{note}");
        crm.expect(Who::Developer, 200, "PUT", &path, json!({ "text": "b" }))
            .await;
        crm.app.run_jobs().await;
    };
    let (ended, ()) = tokio::join!(waiting, working);
    assert_eq!(ended, "FINISHED");
    assert_eq!(crm.get(&format!("/data/notes/{note}")).await["text"], "touched");
    let own = act(&crm, 400, "own", json!({})).await;
    let (code, message) = error(&own);
    assert!(
        code == "badRequest"
            && message.ends_with("is handed in when the function ends, it cannot wait for it"),
        "{own}"
    );
    let none = act(&crm, 404, "follow", json!({ "job": "0".repeat(24) })).await;
    assert_eq!(error(&none).0, "notFound");
}

#[tokio::test]
async fn functions_ask_about_users_and_change_them() {
    let crm = bed().await;
    let who = Who::Stranger.email();
    let about = async |who: Who| act(&crm, 200, "about", json!({ "who": who.email() })).await;
    assert_eq!(
        (about(Who::Seller).await, about(Who::Stranger).await),
        (json!("sales true true"), json!(" false false"))
    );
    let list = "/data/notes";
    crm.expect(Who::Stranger, 403, "GET", list, Value::Null).await;
    let failed = act(&crm, 400, "fail", json!({ "who": who })).await;
    assert_eq!(error(&failed).0, "javascriptException");
    assert_eq!(
        about(Who::Stranger).await,
        " false false",
        "what failed is undone"
    );
    let change = async |how: &str| {
        act(
            &crm,
            200,
            "change",
            json!({ "who": who, "how": how, "group": "sales" }),
        )
        .await
    };
    assert_eq!(change("addGroup").await, "sales true true");
    crm.expect(Who::Stranger, 200, "GET", list, Value::Null).await;
    assert_eq!(change("removeGroup").await, " false false");
    crm.expect(Who::Stranger, 403, "GET", list, Value::Null).await;
    change("deactivate").await;
    crm.expect(Who::Stranger, 401, "GET", list, Value::Null).await;
    change("activate").await;
    crm.expect(Who::Stranger, 403, "GET", list, Value::Null).await;
    for (body, status) in [
        (json!({ "who": who, "how": "removeGroup", "group": "sales" }), 404),
        (json!({ "who": who, "how": "addGroup", "group": "nobody" }), 404),
        (json!({ "who": "nobody", "how": "activate" }), 404),
        (json!({ "who": Who::Developer.email(), "how": "deactivate" }), 403),
        (json!({ "who": who, "how": "resetPassword" }), 400),
    ] {
        act(&crm, status, "change", body).await;
    }
}
