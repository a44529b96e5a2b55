//! `$unwind`.

use crate::common::{check, run};

const CLOTHES: &str = r#"[{"_id":1,"item":"Shirt","sizes":["S","M"]},{"_id":2,"item":"Shorts","sizes":[]},
    {"_id":3,"item":"Hat","sizes":"M"},{"_id":4,"item":"Gloves"},{"_id":5,"item":"Scarf","sizes":null}]"#;

#[test]
fn forms() {
    check(
        r#"[{"$unwind":"$sizes"}]"#,
        CLOTHES,
        r#"[{"_id":1,"item":"Shirt","sizes":"S"},{"_id":1,"item":"Shirt","sizes":"M"},{"_id":3,"item":"Hat","sizes":"M"}]"#,
    );
    check(
        r#"[{"$unwind":{"path":"$sizes","preserveNullAndEmptyArrays":true,"includeArrayIndex":"at"}}]"#,
        CLOTHES,
        r#"[{"_id":1,"item":"Shirt","sizes":"S","at":0},{"_id":1,"item":"Shirt","sizes":"M","at":1},
            {"_id":2,"item":"Shorts","at":null},{"_id":3,"item":"Hat","sizes":"M","at":null},
            {"_id":4,"item":"Gloves","at":null},{"_id":5,"item":"Scarf","sizes":null,"at":null}]"#,
    );
    check(
        r#"[{"$unwind":"$a.b"},{"$unwind":"$a.b.c"}]"#,
        r#"[{"a":{"x":0,"b":[{"c":[1,2]},{"c":[[3]]}]}},{"a":[{"b":[1]}]}]"#,
        r#"[{"a":{"x":0,"b":{"c":1}}},{"a":{"x":0,"b":{"c":2}}},{"a":{"x":0,"b":{"c":[3]}}}]"#,
    );
    check(
        r#"[{"$unwind":"$v"},{"$limit":2}]"#,
        r#"[{"v":[1,2,3]},{"v":[4]}]"#,
        r#"[{"v":1},{"v":2}]"#,
    );
}

#[test]
fn mistakes() {
    for (pipeline, part) in [
        (
            r#"[{"$unwind":"sizes"}]"#,
            "0.$unwind: the path `sizes` must start with `$`",
        ),
        (
            r#"[{"$unwind":{"path":"$a","includeArrayIndex":"$i"}}]"#,
            "starts with `$`",
        ),
        (
            r#"[{"$unwind":{"path":"$a","preserveNullAndEmptyArrays":1}}]"#,
            "a boolean, not int",
        ),
        (r#"[{"$unwind":{}}]"#, "needs the argument `path`"),
    ] {
        let why = run(pipeline, "[]").unwrap_err();
        assert!(why.contains(part), "{pipeline}: {why}");
    }
}
