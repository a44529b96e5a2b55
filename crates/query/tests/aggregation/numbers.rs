//! Arithmetic, comparison, booleans and conditions.

use crate::common::{refused, table};

const DOC: &str = r#"{"i":7,"j":-3,"d":2.5,"n":null,"s":"x","big":9223372036854775807,"small":-9223372036854775808,
    "at":{"$date":1393804800000,"$zone":"UTC","$offset":null},"dec":{"$numberDecimal":"1.5"},
    "nan":{"$numberDouble":"NaN"},"t":true,"f":false,"a":[1,2],"o":{"x":1}}"#;

#[test]
fn adding_and_multiplying() {
    table(
        DOC,
        &[
            (r#"{"$add":["$i","$j"]}"#, "4"),
            (r#"{"$add":["$i",0.5]}"#, "7.5"),
            (r#"{"$add":["$i","$n"]}"#, "null"),
            (r#"{"$add":["$i","$nothing"]}"#, "null"),
            (r#"{"$add":[]}"#, "0"),
            (r#"{"$add":["$big",1]}"#, "9.223372036854776e18"),
            (r#"{"$add":["$big",1,-1]}"#, "9223372036854775807"),
            (
                r#"{"$add":["$at",86400000]}"#,
                r#"{"$date":1393891200000,"$zone":"UTC","$offset":null}"#,
            ),
            (
                r#"{"$add":[1,"$at",0.6]}"#,
                r#"{"$date":1393804800002,"$zone":"UTC","$offset":null}"#,
            ),
            (r#"{"$add":[0.1,0.2,0.3]}"#, "0.6"),
            (r#"{"$subtract":["$i","$j"]}"#, "10"),
            (r#"{"$subtract":["$i",0.5]}"#, "6.5"),
            (
                r#"{"$subtract":["$at",300000]}"#,
                r#"{"$date":1393804500000,"$zone":"UTC","$offset":null}"#,
            ),
            (r#"{"$subtract":["$at","$at"]}"#, "0"),
            (r#"{"$subtract":["$n",1]}"#, "null"),
            (r#"{"$subtract":["$small",1]}"#, "-9.223372036854776e18"),
            (r#"{"$multiply":["$i",3]}"#, "21"),
            (r#"{"$multiply":["$i",0.5]}"#, "3.5"),
            (r#"{"$multiply":["$i","$n"]}"#, "null"),
            (r#"{"$multiply":["$big",2]}"#, "1.8446744073709552e19"),
            (r#"{"$multiply":[]}"#, "1"),
            (r#"{"$divide":["$i",2]}"#, "3.5"),
            (r#"{"$divide":[6,2]}"#, "3.0"),
            (r#"{"$divide":["$n",0]}"#, "null"),
            (r#"{"$mod":["$i",3]}"#, "1"),
            (r#"{"$mod":["$j",2]}"#, "-1"),
            (r#"{"$mod":[6.5,4]}"#, "2.5"),
            (r#"{"$mod":["$small",-1]}"#, "0"),
        ],
    );
    refused(
        DOC,
        &[
            (
                r#"{"$add":["$s",1]}"#,
                "$add: an operand must be a number or a date, not string",
            ),
            (r#"{"$add":["$at","$at"]}"#, "only one operand can be a date"),
            (r#"{"$add":["$dec",1]}"#, "decimals"),
            (r#"{"$subtract":[1]}"#, "takes exactly 2 arguments, not 1"),
            (r#"{"$divide":["$i",0]}"#, "cannot divide by zero"),
            (r#"{"$mod":["$i",0]}"#, "cannot divide by zero"),
            (r#"{"$abs":"$small"}"#, "smallest long"),
            (r#"{"$sqrt":-1}"#, "at least 0"),
            (r#"{"$ln":0}"#, "greater than 0"),
            (r#"{"$log":[8,1]}"#, "not 1"),
            (r#"{"$pow":[0,-1]}"#, "0 has no negative powers"),
            (r#"{"$round":[1,101]}"#, "from -20 to 100"),
        ],
    );
}

#[test]
fn functions_of_numbers() {
    table(
        DOC,
        &[
            (r#"{"$abs":"$j"}"#, "3"),
            (r#"{"$abs":[-1.5]}"#, "1.5"),
            (r#"{"$abs":"$n"}"#, "null"),
            (r#"{"$ceil":7.8}"#, "8.0"),
            (r#"{"$ceil":-2.8}"#, "-2.0"),
            (r#"{"$ceil":"$i"}"#, "7"),
            (r#"{"$floor":-2.8}"#, "-3.0"),
            (r#"{"$exp":0}"#, "1.0"),
            (r#"{"$ln":1}"#, "0.0"),
            (r#"{"$log":[100,10]}"#, "2.0"),
            (r#"{"$log10":1000}"#, "3.0"),
            (r#"{"$sqrt":25}"#, "5.0"),
            (r#"{"$pow":[5,2]}"#, "25"),
            (r#"{"$pow":[5,-2]}"#, "0.04"),
            (r#"{"$pow":[2,64]}"#, "1.8446744073709552e19"),
            (r#"{"$pow":[-5,3]}"#, "-125"),
            (r#"{"$pow":[4,0.5]}"#, "2.0"),
            // From the manual of $round and $trunc.
            (r#"{"$round":[10.5]}"#, "10.0"),
            (r#"{"$round":[11.5,0]}"#, "12.0"),
            (r#"{"$round":[19.25,1]}"#, "19.2"),
            (r#"{"$round":[28.73,1]}"#, "28.7"),
            (r#"{"$round":[34.32,1]}"#, "34.3"),
            (r#"{"$round":[-45.39,1]}"#, "-45.4"),
            (r#"{"$round":[28.73,-1]}"#, "30.0"),
            (r#"{"$round":[1234,-2]}"#, "1200"),
            (r#"{"$round":[1250,-2]}"#, "1200"),
            (r#"{"$round":[1350,-2]}"#, "1400"),
            (r#"{"$trunc":[19.25,1]}"#, "19.2"),
            (r#"{"$trunc":[-45.39,1]}"#, "-45.3"),
            (r#"{"$trunc":[7.8]}"#, "7.0"),
            (r#"{"$trunc":[1299,-2]}"#, "1200"),
            (r#"{"$trunc":["$n",1]}"#, "null"),
            (r#"{"$sin":0}"#, "0.0"),
            (r#"{"$atan2":[0,1]}"#, "0.0"),
            (r#"{"$degreesToRadians":180}"#, "3.141592653589793"),
            (r#"{"$isNumber":"$nan"}"#, "true"),
        ],
    );
}

#[test]
fn comparing_and_deciding() {
    table(
        DOC,
        &[
            (r#"{"$cmp":["$i",250]}"#, "-1"),
            (r#"{"$eq":["$i",7.0]}"#, "true"),
            (r#"{"$eq":["$nothing",null]}"#, "false"),
            (r#"{"$ne":["$n",null]}"#, "false"),
            (r#"{"$gt":["$s","$i"]}"#, "true"),
            (r#"{"$lt":["$nothing","$n"]}"#, "true"),
            (r#"{"$gte":["$a",[1,2]]}"#, "true"),
            (r#"{"$lte":[{"x":1},"$o"]}"#, "true"),
            (r#"{"$eq":[{"a":1,"b":2},{"b":2,"a":1}]}"#, "false"),
            (r#"{"$eq":["$dec",1.5]}"#, "true"),
            // From the manual of $and, $or and $not.
            (r#"{"$and":[1,"green"]}"#, "true"),
            (r#"{"$and":[]}"#, "true"),
            (r#"{"$and":[[null],[false],[0]]}"#, "true"),
            (r#"{"$and":[null,true]}"#, "false"),
            (r#"{"$and":[0,true]}"#, "false"),
            (r#"{"$or":[true,false]}"#, "true"),
            (r#"{"$or":[[false],false]}"#, "true"),
            (r#"{"$or":[null,0,"$nothing"]}"#, "false"),
            (r#"{"$or":[]}"#, "false"),
            (r#"{"$not":[true]}"#, "false"),
            (r#"{"$not":[[false]]}"#, "false"),
            (r#"{"$not":[null]}"#, "true"),
            // What decides ends the evaluation: the division is not reached.
            (r#"{"$and":[false,{"$divide":[1,0]}]}"#, "false"),
            (r#"{"$cond":["$t",1,{"$divide":[1,0]}]}"#, "1"),
            (
                r#"{"$cond":{"if":{"$gte":["$i",250]},"then":30,"else":20}}"#,
                "20",
            ),
            (r#"{"$ifNull":["$n","Unspecified"]}"#, r#""Unspecified""#),
            (r#"{"$ifNull":["$nothing","$n","$i"]}"#, "7"),
            (r#"{"$ifNull":["$n","$nothing"]}"#, "missing"),
            (
                r#"{"$switch":{"branches":[{"case":{"$gt":["$i",9]},"then":"a"},{"case":"$t","then":"b"}]}}"#,
                r#""b""#,
            ),
            (
                r#"{"$switch":{"branches":[{"case":false,"then":1}],"default":"none"}}"#,
                r#""none""#,
            ),
        ],
    );
    refused(
        DOC,
        &[
            (
                r#"{"$switch":{"branches":[{"case":false,"then":1}]}}"#,
                "no branch applies",
            ),
            (r#"{"$switch":{"branches":[]}}"#, "at least one branch"),
            (r#"{"$cond":[1,2]}"#, "takes exactly 3 arguments, not 2"),
            (r#"{"$cond":{"if":1,"then":2}}"#, "needs the argument `else`"),
            (r#"{"$ifNull":[1]}"#, "takes at least 2 arguments, not 1"),
        ],
    );
}

#[test]
fn accumulators_as_expressions() {
    table(
        r#"{"q":[10,6,7],"l":[5,null,"x"],"f":80,"m":78.5,"n":null}"#,
        &[
            (r#"{"$sum":"$q"}"#, "23"),
            (r#"{"$sum":["$f","$m"]}"#, "158.5"),
            (r#"{"$sum":["$q","$f"]}"#, "80"),
            (r#"{"$sum":"$n"}"#, "0"),
            (r#"{"$avg":"$q"}"#, "7.666666666666667"),
            (r#"{"$avg":["$f","$m"]}"#, "79.25"),
            (r#"{"$avg":"$n"}"#, "null"),
            (r#"{"$min":"$l"}"#, "5"),
            (r#"{"$max":"$l"}"#, r#""x""#),
            (r#"{"$max":["$f","$m","$n"]}"#, "80"),
            (r#"{"$stdDevPop":[[1,2,3,4]]}"#, "1.118033988749895"),
            (r#"{"$stdDevSamp":"$f"}"#, "null"),
        ],
    );
}
