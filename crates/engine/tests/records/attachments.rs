//! Files in records: what is taken, held and let go.

use serde_json::json;

use crate::support::{Bed, body, code, faults, json as tree};

const ENTITY: &str = r#"
name: companies
label: Companies
recordLabel: fields/name
fields:
  - {name: name, label: Name, type: text, required: always}
  - {name: logo, label: Logo, type: fileUpload}
  - {name: papers, label: Papers, type: fileUpload, multiplicity: many}
"#;

#[tokio::test]
async fn files_are_held_as_long_as_a_field_names_them() {
    let bed = Bed::of(&[("entities/companies.yaml", ENTITY)]).await;
    let inline = r#"{"name":"logo.png","contentType":"image/png","content":"aGVsbG8="}"#;
    let made = bed
        .create(&format!(
            r#"{{"name":"A","logo":{inline},"papers":[{inline},{inline}]}}"#
        ))
        .await
        .unwrap();
    let file = made["logo"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&made["logo"]["name"], made["papers"].as_array().unwrap().len()),
        (&json!("logo.png"), 2)
    );
    let id = made["id"].as_str().unwrap().to_owned();
    let holders = |file: String| {
        let store = bed.app.engine.store().clone();
        async move {
            let held = store.read(move |tx| Ok::<_, model::Error>(tx.file_holders(&file, 9)?));
            held.await
                .unwrap()
                .into_iter()
                .map(|holder| holder.record)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(holders(file.clone()).await, std::slice::from_ref(&id));
    assert_eq!(bed.update(&id, &made.to_string()).await.unwrap()["version"], 0);
    let other = bed
        .create(&format!(r#"{{"name":"B","logo":"{file}"}}"#))
        .await
        .unwrap();
    bed.update(&id, r#"{"logo":null}"#).await.unwrap();
    let other = other["id"].as_str().unwrap().to_owned();
    assert_eq!(holders(file.clone()).await, std::slice::from_ref(&other));
    bed.app
        .engine
        .delete_record(&bed.developer, &bed.companies, &other)
        .await
        .unwrap();
    assert!(holders(file).await.is_empty());
    let missing = bed
        .create(&format!(r#"{{"name":"C","logo":"{}"}}"#, "0".repeat(24)))
        .await;
    assert_eq!(faults(missing)[0].1, "notFound");
}

#[tokio::test]
async fn a_file_of_somebody_else_is_not_taken() {
    let bed = Bed::of(&[("entities/companies.yaml", ENTITY), ("groups/sales.yaml", GROUP)]).await;
    let inline = r#"{"name":"a.txt","contentType":"text/plain","content":"aGVsbG8="}"#;
    let made = bed
        .create(&format!(r#"{{"name":"A","logo":{inline}}}"#))
        .await
        .unwrap();
    let file = made["logo"]["id"].as_str().unwrap().to_owned();
    let sent = body(&format!(r#"{{"name":"B","logo":"{file}"}}"#));
    let engine = &bed.app.engine;
    let refused = engine
        .create_record(&bed.seller, &bed.companies, sent.clone())
        .await;
    assert_eq!(code(refused), "forbidden");
    let id = made["id"].as_str().unwrap();
    bed.update(id, r#"{"name":"shown"}"#).await.unwrap();
    let taken = engine
        .create_record(&bed.seller, &bed.companies, sent)
        .await
        .unwrap();
    assert_eq!(tree(&taken)["logo"]["id"], file.as_str());
}

const GROUP: &str = r#"
name: sales
label: Sales
entityPermissions:
  - {entity: companies, read: {name: ["shown", "B"]}, create: always, update: never, delete: never}
"#;
