//! Strings and regular expressions.

use crate::common::{refused, table};

const DOC: &str = r#"{"s":"Hello World","e":"jalapeño","c":"寿司sushi","n":null,"i":42,"empty":"",
    "at":{"$date":1388564139736,"$zone":"UTC","$offset":null},"v":"  \n good  bye \t "}"#;

#[test]
fn cutting_and_joining() {
    table(
        DOC,
        &[
            (r#"{"$concat":["$s"," - ","x"]}"#, r#""Hello World - x""#),
            (r#"{"$concat":["$s","$n"]}"#, "null"),
            (r#"{"$concat":[]}"#, r#""""#),
            (r#"{"$toLower":"$s"}"#, r#""hello world""#),
            (r#"{"$toUpper":"$e"}"#, r#""JALAPEñO""#),
            (r#"{"$toLower":"$n"}"#, r#""""#),
            (r#"{"$toUpper":"$i"}"#, r#""42""#),
            (r#"{"$toLower":"$at"}"#, r#""2014-01-01t08:15:39.736z""#),
            (r#"{"$strcasecmp":["$s","hello world"]}"#, "0"),
            (r#"{"$strcasecmp":["a","B"]}"#, "-1"),
            (r#"{"$strLenBytes":"$e"}"#, "9"),
            (r#"{"$strLenCP":"$e"}"#, "8"),
            (r#"{"$strLenCP":"$c"}"#, "7"),
            (r#"{"$strLenBytes":"$c"}"#, "11"),
            (r#"{"$substr":["$s",0,5]}"#, r#""Hello""#),
            (r#"{"$substr":["$s",6,-1]}"#, r#""World""#),
            (r#"{"$substr":["$s",100,2]}"#, r#""""#),
            (r#"{"$substr":["$i",1,1]}"#, r#""2""#),
            (r#"{"$substrBytes":["$c",0,3]}"#, r#""寿""#),
            (r#"{"$substrBytes":["$n",0,3]}"#, r#""""#),
            (r#"{"$substrCP":["$c",1,3]}"#, r#""司su""#),
            (r#"{"$split":["June-15-2013","-"]}"#, r#"["June","15","2013"]"#),
            (r#"{"$split":["headphone jack","jack"]}"#, r#"["headphone ",""]"#),
            (r#"{"$split":["$n","-"]}"#, "null"),
            (r#"{"$trim":{"input":"$v"}}"#, r#""good  bye""#),
            (
                r#"{"$trim":{"input":" ggggoodbyeeeee","chars":"ge"}}"#,
                r#"" ggggoodby""#,
            ),
            (
                r#"{"$ltrim":{"input":" ggggoodbyeeeee","chars":" gd"}}"#,
                r#""oodbyeeeee""#,
            ),
            (r#"{"$rtrim":{"input":"good  bye    "}}"#, r#""good  bye""#),
            (r#"{"$trim":{"input":"$n"}}"#, "null"),
            (r#"{"$trim":{"input":"x","chars":"$n"}}"#, "null"),
            (
                r#"{"$replaceOne":{"input":"blue paint blue","find":"blue paint","replacement":"red"}}"#,
                r#""red blue""#,
            ),
            (
                r#"{"$replaceAll":{"input":"a.a.a","find":"a","replacement":"bb"}}"#,
                r#""bb.bb.bb""#,
            ),
            (
                r#"{"$replaceAll":{"input":"$n","find":"a","replacement":"b"}}"#,
                "null",
            ),
        ],
    );
    refused(
        DOC,
        &[
            (
                r#"{"$concat":["$s",1]}"#,
                "$concat: an operand must be a string, not int",
            ),
            (r#"{"$strLenCP":"$n"}"#, "must be a string, not null"),
            (r#"{"$substrBytes":["$c",0,2]}"#, "cut a character"),
            (r#"{"$substrBytes":["$s",-1,2]}"#, "at least 0, not -1"),
            (r#"{"$substrCP":["$s",0,-1]}"#, "at least 0, not -1"),
            (r#"{"$split":["$s",""]}"#, "must not be empty"),
            (
                r#"{"$replaceOne":{"input":1,"find":"a","replacement":"b"}}"#,
                "input must be a string, not int",
            ),
            (r#"{"$trim":{"input":"a","char":"b"}}"#, "has no argument `char`"),
        ],
    );
}

#[test]
fn finding() {
    table(
        DOC,
        &[
            // From the manual of $indexOfBytes and $indexOfCP.
            (r#"{"$indexOfBytes":["cafeteria","e"]}"#, "3"),
            (r#"{"$indexOfBytes":["cafétéria","é"]}"#, "3"),
            (r#"{"$indexOfBytes":["cafétéria","e"]}"#, "-1"),
            (r#"{"$indexOfBytes":["cafétéria","t"]}"#, "5"),
            (r#"{"$indexOfCP":["cafétéria","t"]}"#, "4"),
            (r#"{"$indexOfBytes":["foo.bar.fi",".",5]}"#, "7"),
            (r#"{"$indexOfBytes":["vanilla","ll",0,2]}"#, "-1"),
            (r#"{"$indexOfBytes":["vanilla","ll",12]}"#, "-1"),
            (r#"{"$indexOfBytes":["vanilla","ll",5,2]}"#, "-1"),
            (r#"{"$indexOfBytes":["vanilla","nilla",3]}"#, "-1"),
            (r#"{"$indexOfCP":["vanilla","ll",0,12]}"#, "4"),
            (r#"{"$indexOfCP":["$n","foo"]}"#, "null"),
            (r#"{"$indexOfCP":["","",0]}"#, "0"),
            (r#"{"$regexMatch":{"input":"$s","regex":"^hello"}}"#, "false"),
            (
                r#"{"$regexMatch":{"input":"$s","regex":"^hello","options":"i"}}"#,
                "true",
            ),
            (
                r#"{"$regexMatch":{"input":"$s","regex":{"$regex":"^hello","$options":"i"}}}"#,
                "true",
            ),
            (r#"{"$regexMatch":{"input":"$n","regex":"a"}}"#, "false"),
            (
                r#"{"$regexMatch":{"input":"$s","regex":{"$concat":["W","or"]}}}"#,
                "true",
            ),
            (
                r#"{"$regexFind":{"input":"$c","regex":"(s)(u)|(x)"}}"#,
                r#"{"match":"su","idx":2,"captures":["s","u",null]}"#,
            ),
            (r#"{"$regexFind":{"input":"$s","regex":"x"}}"#, "null"),
            (
                r#"{"$regexFindAll":{"input":"$s","regex":"o."}}"#,
                r#"[{"match":"o ","idx":4,"captures":[]},{"match":"or","idx":7,"captures":[]}]"#,
            ),
            (r#"{"$regexFindAll":{"input":"$n","regex":"x"}}"#, "[]"),
        ],
    );
    refused(
        DOC,
        &[
            (r#"{"$indexOfCP":["a","b",-1]}"#, "at least 0, not -1"),
            (
                r#"{"$indexOfCP":["a",1]}"#,
                "the substring must be a string, not int",
            ),
            (
                r#"{"$regexMatch":{"input":"$s","regex":"(?=x)"}}"#,
                "cannot be used",
            ),
            (
                r#"{"$regexMatch":{"input":"$s","regex":"a","options":"z"}}"#,
                "unknown regular expression option",
            ),
            (
                r#"{"$regexMatch":{"input":1,"regex":"a"}}"#,
                "input must be a string, not int",
            ),
        ],
    );
}
