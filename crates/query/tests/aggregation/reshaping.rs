//! `$project`, `$addFields`, `$unset`, `$replaceRoot`, `$redact`, `$match` with `$expr`.

use crate::common::{check, run};

const BOOK: &str = r#"[{"_id":1,"title":"abc123","isbn":"0001122223334","author":{"last":"zzz","first":"aaa"},"copies":5.50,
    "stops":[{"t":"x","n":1},{"t":"y","n":2}],"at":{"$date":1,"$zone":"UTC","$offset":null}}]"#;

#[test]
fn projections() {
    check(
        r#"[{"$project":{"title":1,"copies":1}}]"#,
        BOOK,
        r#"[{"_id":1,"title":"abc123","copies":5.50}]"#,
    );
    check(
        r#"[{"$project":{"_id":0,"copies":true}}]"#,
        BOOK,
        r#"[{"copies":5.50}]"#,
    );
    check(
        r#"[{"$project":{"_id":0,"author.last":1,"stops":{"t":1},"at":{"x":1}}}]"#,
        BOOK,
        r#"[{"author":{"last":"zzz"},"stops":[{"t":"x"},{"t":"y"}]}]"#,
    );
    check(
        r#"[{"$project":{"isbn":0,"author":{"first":0},"stops.n":0,"copies":0,"at.x":0}}]"#,
        BOOK,
        r#"[{"_id":1,"title":"abc123","author":{"last":"zzz"},"stops":[{"t":"x"},{"t":"y"}],
            "at":{"$date":1,"$zone":"UTC","$offset":null}}]"#,
    );
    check(
        r#"[{"$project":{"title":{"$toUpper":"$title"},"first":"$author.first","const":"words","list":["$title",1],
            "none":"$nothing","copies":1}}]"#,
        BOOK,
        r#"[{"_id":1,"copies":5.50,"title":"ABC123","first":"aaa","const":"words","list":["abc123",1]}]"#,
    );
    check(
        r#"[{"$project":{"_id":0,"author":{"name":"$author.last"},"made":{"up":{"$literal":1}},"stops":{"of":"$_id"}}}]"#,
        BOOK,
        r#"[{"author":{"name":"zzz"},"stops":[{"of":1},{"of":1}],"made":{"up":1}}]"#,
    );
    check(
        r#"[{"$project":{"_id":0}},{"$project":{"title":1}}]"#,
        BOOK,
        r#"[{"title":"abc123"}]"#,
    );
    check(
        r#"[{"$project":{"_id":0,"v":{"$cond":["$flag","$v","$$REMOVE"]}}}]"#,
        r#"[{"v":1,"flag":true},{"v":2,"flag":false}]"#,
        r#"[{"v":1},{}]"#,
    );
}

#[test]
fn added_fields() {
    const STUDENT: &str =
        r#"[{"_id":1,"homework":[10,5,10],"specs":{"doors":4},"list":[{"a":1},2],"n":1.50}]"#;
    check(
        r#"[{"$addFields":{"total":{"$sum":"$homework"}}},{"$set":{"homework":{"$size":"$homework"},"n":"$n"}}]"#,
        STUDENT,
        r#"[{"_id":1,"homework":3,"specs":{"doors":4},"list":[{"a":1},2],"n":1.5,"total":25}]"#,
    );
    check(
        r#"[{"$addFields":{"specs.fuel":"new","specs.doors":"$$REMOVE","n.x":1,"list.b":"$_id","deep":{"er":{"est":2}}}}]"#,
        STUDENT,
        r#"[{"_id":1,"homework":[10,5,10],"specs":{"fuel":"new"},"list":[{"a":1,"b":1},{"b":1}],"n":{"x":1},
            "deep":{"er":{"est":2}}}]"#,
    );
    check(
        r#"[{"$unset":["homework","specs.doors","list.a","nothing.here"]}]"#,
        STUDENT,
        r#"[{"_id":1,"specs":{},"list":[{},2],"n":1.50}]"#,
    );
    check(
        r#"[{"$unset":"list"},{"$unset":["homework","specs"]}]"#,
        STUDENT,
        r#"[{"_id":1,"n":1.50}]"#,
    );
}

#[test]
fn roots() {
    const PETS: &str =
        r#"[{"_id":1,"pets":{"dogs":2,"cats":3}},{"_id":2,"pets":{"dogs":1}},{"_id":3,"pets":5}]"#;
    check(
        r#"[{"$match":{"_id":{"$lt":3}}},{"$replaceRoot":{"newRoot":"$pets"}}]"#,
        PETS,
        r#"[{"dogs":2,"cats":3},{"dogs":1}]"#,
    );
    check(
        r#"[{"$limit":1},{"$replaceWith":{"$mergeObjects":[{"dogs":0,"fish":0},"$pets"]}}]"#,
        PETS,
        r#"[{"dogs":2,"fish":0,"cats":3}]"#,
    );
    let why = run(r#"[{"$replaceRoot":{"newRoot":"$pets"}}]"#, PETS).unwrap_err();
    assert_eq!(why, "0.$replaceRoot: the new root must be a document, not int");
    let why = run(r#"[{"$replaceWith":"$nothing"}]"#, PETS).unwrap_err();
    assert_eq!(
        why,
        "0.$replaceWith: the new root must be a document, not missing"
    );
}

#[test]
fn redacting() {
    // The first example of the manual.
    check(
        r#"[{"$match":{"year":2014}},{"$redact":{"$cond":{
            "if":{"$gt":[{"$size":{"$setIntersection":["$tags",["STLW","G"]]}},0]},
            "then":"$$DESCEND","else":"$$PRUNE"}}}]"#,
        r#"[{"_id":1,"title":"123","tags":["G","STLW"],"year":2014,"subsections":[
            {"subtitle":"Section 1","tags":["SI","G"],"content":"c1"},
            {"subtitle":"Section 2","tags":["STLW"],"content":"c2"},
            {"subtitle":"Section 3","tags":["TK"],"content":{"tags":["G"]}}]}]"#,
        r#"[{"_id":1,"title":"123","tags":["G","STLW"],"year":2014,"subsections":[
            {"subtitle":"Section 1","tags":["SI","G"],"content":"c1"},
            {"subtitle":"Section 2","tags":["STLW"],"content":"c2"}]}]"#,
    );
    check(
        r#"[{"$redact":{"$cond":[{"$eq":["$level",5]},"$$PRUNE","$$DESCEND"]}}]"#,
        r#"[{"level":1,"a":{"level":5,"x":1},"b":{"level":3,"c":{"level":5}}},{"level":5}]"#,
        r#"[{"level":1,"b":{"level":3}}]"#,
    );
    let why = run(r#"[{"$redact":"$x"}]"#, r#"[{"x":1}]"#).unwrap_err();
    assert_eq!(why, "0.$redact: must give $$KEEP, $$PRUNE or $$DESCEND");
    let why = run(r#"[{"$addFields":{"x":"$$PRUNE"}}]"#, "[]").unwrap_err();
    assert!(why.contains("there is no variable `$$PRUNE` here"), "{why}");
}

#[test]
fn matching_with_expressions() {
    const BUDGET: &str = r#"[{"_id":1,"budget":400,"spent":450},{"_id":2,"budget":100,"spent":150},
        {"_id":3,"budget":100,"spent":50},{"_id":4,"budget":500,"spent":300}]"#;
    check(
        r#"[{"$match":{"$expr":{"$gt":["$spent","$budget"]}}},{"$project":{"_id":1}}]"#,
        BUDGET,
        r#"[{"_id":1},{"_id":2}]"#,
    );
    check(
        r#"[{"$match":{"budget":{"$gt":100},"$or":[{"$expr":{"$gt":["$spent","$budget"]}},{"_id":4}]}},
            {"$project":{"_id":1}}]"#,
        BUDGET,
        r#"[{"_id":1},{"_id":4}]"#,
    );
    check(
        r#"[{"$match":{"$nor":[{"$expr":{"$gt":["$spent","$budget"]}},{"_id":4}]}},{"$project":{"_id":1}}]"#,
        BUDGET,
        r#"[{"_id":3}]"#,
    );
    let why = run(r#"[{"$match":{"$and":[{"$expr":{"$nope":1}}]}}]"#, BUDGET).unwrap_err();
    assert_eq!(
        why,
        "0.$match.$and.0.$expr.$nope: there is no expression operator `$nope`"
    );
}
