"""The operators that must be compared, how often, and why not where they cannot be."""

import re

LEAST = {"filter": 200, "pipeline": 30}
LEAST_ALONE = 15

FILTER = """$eq $ne $gt $gte $lt $lte $in $nin $and $or $nor $not $exists $type $regex $options $mod $size $all $elemMatch
$expr""".split()

STAGES = """$match $project $addFields $set $unset $group $sort $limit $skip $unwind $count $sortByCount $replaceRoot
$replaceWith $bucket $bucketAuto $facet $sample $lookup $unionWith $redact""".split()

ACCUMULATORS = """$sum $avg $min $max $first $last $push $addToSet $stdDevPop $stdDevSamp $mergeObjects $top $bottom $topN
$bottomN $firstN $lastN $minN $maxN""".split()

EXPRESSIONS = """$abs $add $ceil $divide $exp $floor $ln $log $log10 $mod $multiply $pow $round $sqrt $subtract $trunc
$cmp $eq $ne $gt $gte $lt $lte $and $or $not $cond $ifNull $switch
$concat $toLower $toUpper $substr $substrCP $substrBytes $strLenCP $strLenBytes $strcasecmp $split $trim $ltrim $rtrim
$replaceOne $replaceAll $indexOfCP $indexOfBytes $regexMatch $regexFind $regexFindAll
$arrayElemAt $concatArrays $filter $in $indexOfArray $isArray $map $range $reduce $reverseArray $size $slice $sortArray $zip
$arrayToObject $objectToArray
$setUnion $setIntersection $setDifference $setEquals $setIsSubset $anyElementTrue $allElementsTrue
$year $month $dayOfMonth $dayOfWeek $dayOfYear $hour $minute $second $millisecond $week $isoWeek $isoWeekYear
$isoDayOfWeek $dateToString $dateFromString $dateFromParts $dateToParts $dateAdd $dateSubtract $dateDiff $dateTrunc
$toString $toInt $toLong $toDouble $toDecimal $toBool $toDate $convert $type $isNumber
$getField $setField $unsetField $let $literal""".split()

# Operators that fewer cases than LEAST show. Where mingo knows them, it alone is asked (LEAST_ALONE cases).
ALONE = {
    "mongomock does not know it": """$mod $unset $sortByCount $replaceWith $bucketAuto $unionWith $redact $stdDevPop $topN
$bottomN $firstN $lastN $minN $maxN $round $cmp $substrCP $substrBytes $strLenCP $strLenBytes $trim $ltrim $rtrim
$replaceOne $replaceAll $indexOfBytes $regexFindAll $indexOfArray $range $reduce $reverseArray $sortArray $zip
$setIntersection $setDifference $setIsSubset $anyElementTrue $allElementsTrue $isoWeek $isoDayOfWeek
$dateFromString $dateToParts $dateAdd $dateSubtract $dateDiff $dateTrunc $toDouble $toBool $toDate $type $getField
$setField $unsetField""".split(),
    "mongomock takes one argument, mingo two": ["$trunc"],
}
MANUAL = {
    "$sample": "what comes is up to chance, and mingo draws with replacement",
    "$top": "mongomock does not know it, mingo answers an array",
    "$bottom": "mongomock does not know it, mingo answers an array",
    "$stdDevSamp": "mongomock does not know it, mingo divides by zero where MongoDB answers null",
    "$regexFind": "mongomock does not know it, mingo leaves out fields of the answer",
    "$indexOfCP": "neither oracle knows it",
    "$isoWeekYear": "mongomock does not know it, mingo answers the calendar's year",
    "$toDecimal": "refused: decimals are kept and compared, not made",
    "$convert": "mongomock does not know it, mingo takes other types of numbers for one",
}


def used(value):
    """The operators that a filter or pipeline uses."""
    found = set()
    if isinstance(value, dict):
        if "$date" in value or "$uuid" in value:
            return found
        for key, inner in value.items():
            if re.fullmatch(r"\$[a-zA-Z0-9]+", key):
                found.add(key)
            found |= used(inner)
    elif isinstance(value, list):
        for each in value:
            found |= used(each)
    return found


def lists():
    return {"filter": FILTER, "pipeline": [*dict.fromkeys(STAGES + ACCUMULATORS + EXPRESSIONS)]}


def table(agreed):
    """Lines of what was compared how often."""
    lines = ["kind\toperator\tboth oracles\tmingo alone"]
    for kind, names in lists().items():
        lines += [f"{kind}\t{name}\t{agreed[kind][name]}\t{agreed['mingo alone'][name]}" for name in names]
    return lines


def lacking(agreed):
    """Operators that too few cases show and that are not excepted above."""
    alone = {name for names in ALONE.values() for name in names}
    for kind, names in lists().items():
        for name in names:
            if agreed[kind][name] >= LEAST[kind] or name in MANUAL:
                continue
            if name in alone and agreed["mingo alone"][name] >= LEAST_ALONE:
                continue
            yield f"{name}: {agreed[kind][name]} {kind} cases agreed, {agreed['mingo alone'][name]} with mingo alone"
