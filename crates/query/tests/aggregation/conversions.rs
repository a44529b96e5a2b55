//! Types and conversions.

use crate::common::{refused, table};

const DOC: &str = r#"{"i":7,"l":3000000000,"d":2.7,"n":null,"s":"text","t":true,"o":{},"a":[],
    "at":{"$date":1522169931538,"$zone":"UTC","$offset":null},"id":{"$oid":"5ab9c3da31c2ab715d421285"},
    "u":{"$uuid":"00112233445566778899aabbccddeeff"},"dec":{"$numberDecimal":"12.9"},
    "r":{"$regex":"a","$options":""},"min":{"$minKey":1}}"#;

#[test]
fn types() {
    table(
        DOC,
        &[
            (r#"{"$type":"$i"}"#, r#""int""#),
            (r#"{"$type":"$l"}"#, r#""long""#),
            (r#"{"$type":"$d"}"#, r#""double""#),
            (r#"{"$type":"$n"}"#, r#""null""#),
            (r#"{"$type":"$nothing"}"#, r#""missing""#),
            (r#"{"$type":"$s"}"#, r#""string""#),
            (r#"{"$type":"$t"}"#, r#""bool""#),
            (r#"{"$type":"$o"}"#, r#""object""#),
            (r#"{"$type":"$a"}"#, r#""array""#),
            (r#"{"$type":"$at"}"#, r#""date""#),
            (r#"{"$type":"$id"}"#, r#""objectId""#),
            (r#"{"$type":"$u"}"#, r#""binData""#),
            (r#"{"$type":"$dec"}"#, r#""decimal""#),
            (r#"{"$type":"$r"}"#, r#""regex""#),
            (r#"{"$type":"$min"}"#, r#""minKey""#),
        ],
    );
}

#[test]
fn conversions() {
    const AT: &str = r#"{"$date":1522169931538,"$zone":"UTC","$offset":null}"#;
    table(
        DOC,
        &[
            (r#"{"$toInt":true}"#, "1"),
            (r#"{"$toInt":1.99}"#, "1"),
            (r#"{"$toInt":"-5"}"#, "-5"),
            (r#"{"$toInt":"$dec"}"#, "12"),
            (r#"{"$toInt":"$n"}"#, "null"),
            (r#"{"$toLong":"$at"}"#, "1522169931538"),
            (r#"{"$toLong":"8000000000"}"#, "8000000000"),
            (r#"{"$toDouble":"-5.5"}"#, "-5.5"),
            (r#"{"$toDouble":"$i"}"#, "7.0"),
            (r#"{"$toDouble":"$dec"}"#, "12.9"),
            (r#"{"$toBool":"false"}"#, "true"),
            (r#"{"$toBool":0}"#, "false"),
            (r#"{"$toBool":"$at"}"#, "true"),
            (r#"{"$toString":2.5}"#, r#""2.5""#),
            (r#"{"$toString":3.0}"#, r#""3""#),
            (r#"{"$toString":1e30}"#, r#""1e+30""#),
            (r#"{"$toString":"$at"}"#, r#""2018-03-27T16:58:51.538Z""#),
            (r#"{"$toString":"$id"}"#, r#""5ab9c3da31c2ab715d421285""#),
            (
                r#"{"$toString":"$u"}"#,
                r#""00112233-4455-6677-8899-aabbccddeeff""#,
            ),
            (r#"{"$toString":"$t"}"#, r#""true""#),
            (r#"{"$toDate":1522169931538}"#, AT),
            (r#"{"$toDate":"2018-03-27T16:58:51.538Z"}"#, AT),
            (
                r#"{"$toDate":"$id"}"#,
                r#"{"$date":1522123738000,"$zone":"UTC","$offset":null}"#,
            ),
            (
                r#"{"$toObjectId":"5ab9cbfa31c2ab715d42129e"}"#,
                r#"{"$oid":"5ab9cbfa31c2ab715d42129e"}"#,
            ),
            (
                r#"{"$toUUID":"00112233-4455-6677-8899-AABBCCDDEEFF"}"#,
                r#"{"$uuid":"00112233445566778899aabbccddeeff"}"#,
            ),
            (
                r#"{"$convert":{"input":"$s","to":"int","onError":"bad"}}"#,
                r#""bad""#,
            ),
            (r#"{"$convert":{"input":"$n","to":"int","onNull":0}}"#, "0"),
            (r#"{"$convert":{"input":"$d","to":16}}"#, "2"),
            (r#"{"$convert":{"input":"1","to":{"type":"double"}}}"#, "1.0"),
            ("\"$$NOW\"", AT),
        ],
    );
    refused(
        DOC,
        &[
            (r#"{"$toInt":"$l"}"#, "3000000000 does not fit in an int"),
            (r#"{"$toInt":"$at"}"#, "cannot convert date to int"),
            (r#"{"$toInt":"5.5"}"#, "`5.5` is not a whole number"),
            (r#"{"$toLong":1e300}"#, "does not fit in a long"),
            (r#"{"$toDouble":"0x6400"}"#, "`0x6400` is not a number"),
            (r#"{"$toDouble":"inf"}"#, "is not a number"),
            (r#"{"$toString":"$o"}"#, "cannot convert object to string"),
            (r#"{"$toDate":"friday"}"#, "`friday` is not a date"),
            (r#"{"$toObjectId":"5ab9"}"#, "24 hexadecimal digits"),
            (r#"{"$toDecimal":1}"#, "not supported: decimals"),
            (
                r#"{"$convert":{"input":1,"to":"decimal"}}"#,
                "decimal is not supported",
            ),
            (
                r#"{"$convert":{"input":1,"to":"text"}}"#,
                "cannot convert to `text`",
            ),
        ],
    );
}
