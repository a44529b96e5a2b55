//! Fields computed over other records, as clients and functions see them.

use serde_json::{Value, json};

use crate::imports::imported;
use crate::support::{Crm, Who, app_of, crm, id};

async fn make(crm: &Crm, entity: &str, body: Value) -> String {
    let path = format!("/data/{entity}");
    id(&crm.expect(Who::Developer, 200, "POST", &path, body).await)
}

async fn counted(crm: &Crm, company: &str) -> Value {
    crm.get(&format!("/data/companies/{company}")).await["contactsCount"].clone()
}

#[tokio::test]
async fn the_contacts_of_a_company_are_counted() {
    let crm = crm().await;
    let company = make(&crm, "companies", json!({ "name": "A", "type": "a" })).await;
    let other = make(&crm, "companies", json!({ "name": "B", "type": "b" })).await;
    assert_eq!(counted(&crm, &company).await, 0);
    let person = |first: &str, at: &str| json!({ "firstName": first, "lastName": "X", "company": at });
    let ann = make(&crm, "contacts", person("Ann", &company)).await;
    make(&crm, "contacts", person("Bob", &company)).await;
    assert_eq!(counted(&crm, &company).await, 2);
    let path = format!("/data/contacts/{ann}");
    crm.expect(Who::Developer, 200, "PUT", &path, json!({ "company": other }))
        .await;
    assert_eq!(
        (counted(&crm, &company).await, counted(&crm, &other).await),
        (json!(1), json!(1))
    );
    let csv = "firstName,lastName,company\nC,X,A\nD,X,B\nE,X,A\n,X,A\n";
    let done = imported(&crm, "contacts", "", csv).await;
    assert_eq!(done["results"]["rowsImported"], 3, "{done}");
    assert_eq!(
        (counted(&crm, &company).await, counted(&crm, &other).await),
        (json!(3), json!(2))
    );
    // It is found, sorted and summed by what it is.
    let found = crm.get("/data/companies?contactsCount=greater(2)").await;
    assert_eq!(
        (&found["total"], &found["items"][0]["name"]),
        (&json!(1), &json!("A"))
    );
    let sums = json!([{ "group": { "all": "sum(contactsCount)" } }]);
    let sums = crm
        .expect(Who::Developer, 200, "PUT", "/data/companies/aggregate", sums)
        .await;
    assert_eq!(sums["items"][0]["all"], 5, "{sums}");
    // What somebody sends of it counts for nothing, and he is not overtaken by new contacts.
    let path = format!("/data/companies/{company}");
    let change = json!({ "version": 0, "name": "AA", "contactsCount": 9 });
    let changed = crm.expect(Who::Developer, 200, "PUT", &path, change).await;
    assert_eq!(
        (&changed["version"], &changed["contactsCount"]),
        (&json!(1), &json!(3))
    );
    // The contacts stay without a company; then they are deleted.
    crm.expect(Who::Developer, 200, "DELETE", &path, Value::Null)
        .await;
    crm.app.run_jobs().await;
    crm.expect(
        Who::Developer,
        200,
        "DELETE",
        "/data/contacts?lastName=X",
        Value::Null,
    )
    .await;
    crm.app.run_jobs().await;
    assert_eq!(counted(&crm, &other).await, 0);
}

const SHOPS: &str = "
name: shops
recordLabel: fields/name
auditLogs: true
fields:
  - {name: name, type: text, unique: true}
  - {name: note, type: text}
  - {name: sales, type: integer, valueCalculation: {aggregate: count, entity: sales, by: shop}}
  - {name: sold, type: money, typeRules: {decimals: 2}, valueCalculation: {aggregate: sum, entity: sales, by: shop, field: price}}
  - {name: mean, type: money, valueCalculation: {aggregate: avg, entity: sales, by: shop, field: price, filter: {price: greater(0)}}}
actions:
  - {name: sell, type: oneRecord, actions: js/sell, resultAsResponse: true, parameters: [{name: fails, type: boolean}]}
";

const SALES: &str = "
name: sales
auditLogs: true
fields:
  - {name: shop, type: relationship, typeRules: {entity: shops, deletePolicy: delete}}
  - {name: price, type: decimal}
";

const SELL: &str = "
function sell(record, oldRecord, action) {
  var seen = [];
  function look() {
    var shop = sys.data.findById('shops', record.id());
    seen.push([shop.field('sales').val(), shop.field('sold').val(), shop.field('mean').val()]);
  }
  var sales = [0.1, 0.2, -1].map(function (price) {
    var sale = sys.data.createRecord('sales');
    sale.field('shop').val(record);
    sale.field('price').val(price);
    sys.data.save(sale);
    look();
    return sale;
  });
  sales[1].field('price').val(0.6);
  sys.data.save(sales[1]);
  look();
  seen.push(sys.data.find('shops', {sales: 'greater(2)'}).count());
  var shop = sys.data.findById('shops', record.id());
  shop.field('name').val('sold ' + shop.field('sales').val());
  sys.data.save(shop);
  sys.data.remove(sales[0]);
  look();
  if (action.field('fails').val()) throw 'no';
  return {seen: seen};
}
";

#[tokio::test]
async fn functions_see_them_as_they_will_be() {
    let crm = app_of(&[
        ("entities/shops.yaml", SHOPS),
        ("entities/shops.js", SELL),
        ("entities/sales.yaml", SALES),
    ])
    .await;
    let shop = make(&crm, "shops", json!({ "name": "A" })).await;
    let (path, sell) = (format!("/data/shops/{shop}"), format!("/data/shops/{shop}/sell"));
    crm.call(Who::Developer, "PUT", &sell, json!({ "fails": true }))
        .await;
    let untouched = crm.get(&path).await;
    assert_eq!(
        (&untouched["sales"], &untouched["name"]),
        (&json!(0), &json!("A"))
    );
    let answer = crm.expect(Who::Developer, 200, "PUT", &sell, json!({})).await;
    let seen = json!([
        [1, 0.1, 0.1],
        [2, 0.3, 0.15],
        [3, -0.7, 0.15],
        [3, -0.3, 0.35],
        1,
        [2, -0.4, 0.6]
    ]);
    assert_eq!(answer["seen"], seen, "{answer}");
    let now = crm.get(&path).await;
    assert_eq!(
        (&now["sales"], &now["sold"], &now["mean"]),
        (&json!(2), &json!(-0.4), &json!(0.6))
    );
    assert_eq!((&now["name"], &now["version"]), (&json!("sold 3"), &json!(1)));
}

/// Undoes a job.
async fn undo(crm: &Crm, job: &str) {
    let path = format!("/status/jobs/{job}/undo");
    let answer = crm.expect(Who::Developer, 200, "PUT", &path, Value::Null).await;
    crm.app.run_jobs().await;
    let undoing = answer["jobId"].as_str().unwrap();
    let ended = crm.get(&format!("/status/jobs/{undoing}")).await;
    assert_eq!(ended["results"]["conflicts"], 0, "{ended}");
}

#[tokio::test]
async fn what_is_undone_is_counted_again() {
    let crm = app_of(&[
        ("entities/shops.yaml", SHOPS),
        ("entities/shops.js", SELL),
        ("entities/sales.yaml", SALES),
    ])
    .await;
    let (a, b) = (
        make(&crm, "shops", json!({ "name": "A" })).await,
        make(&crm, "shops", json!({ "name": "B" })).await,
    );
    for price in [1, 2, 3] {
        make(&crm, "sales", json!({ "shop": a, "price": price })).await;
    }
    let sales = async |shop: &str| crm.get(&format!("/data/shops/{shop}")).await;
    let path = "/data/shops?name=A&_async=true";
    let deletion = crm.expect(Who::Developer, 200, "DELETE", path, Value::Null).await;
    crm.app.run_jobs().await;
    assert_eq!(
        (
            &crm.get("/data/shops").await["total"],
            &crm.get("/data/sales").await["total"]
        ),
        (&json!(1), &json!(0))
    );
    undo(&crm, deletion["jobId"].as_str().unwrap()).await;
    let back = sales(&a).await;
    assert_eq!(
        (&back["sales"], &back["sold"], &back["mean"]),
        (&json!(3), &json!(6), &json!(2))
    );
    let done = imported(&crm, "sales", "", "shop,price\nA,4\nB,5\n").await;
    assert_eq!(
        (&sales(&a).await["sold"], &sales(&b).await["sold"]),
        (&json!(10), &json!(5))
    );
    undo(&crm, done["id"].as_str().unwrap()).await;
    assert_eq!(
        (&sales(&a).await["sold"], &sales(&b).await["sold"]),
        (&json!(6), &json!(0))
    );
    // What was sold after an import stays when the rest of what it did is undone.
    let noted = imported(&crm, "shops", "", "name,note\nB,x\n").await;
    assert_eq!(sales(&b).await["note"], "x", "{noted}");
    make(&crm, "sales", json!({ "shop": b, "price": 7 })).await;
    undo(&crm, noted["id"].as_str().unwrap()).await;
    let back = sales(&b).await;
    assert_eq!(
        (&back["note"], &back["sold"], &back["sales"]),
        (&Value::Null, &json!(7), &json!(1))
    );
}
