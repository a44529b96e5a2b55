"""Pipelines by chance, over every stage and accumulator that the oracles know.

What MongoDB leaves open is not asked: every sort ends in `_id`, groups are compared as multisets unless they are sorted
by their key, and so are sets. A case that needs it says so in `compare`.
"""

from documents import WORDS, Documents
from expressions import Expressions
from filters import Filters

SORTABLE = ["n", "f", "g", "h", "s", "b", "d", "o.p", "o.q", "o.r.t"]
SIMPLE = ["n", "f", "g", "h", "s", "b", "d", "o", "a", "t", "l", "o.p", "o.q", "o.r.t", "l.k", "l.v", "zz", "o.zz"]
FIELDS = {"new": None, "more": None, "n": "number", "deep.er": "boolean"}
KEYS = ["$g", "$h", "$b", "$o.q", "$s", "$d", None, "$zz"]


class Pipelines:
    """Makes pipelines over tidy documents; `lone` allows what only one oracle knows."""

    def __init__(self, chance, lone=False):
        self.chance = chance
        self.lone = lone
        self.values = Documents(chance)
        self.filters = Filters(chance)
        self.expressions = Expressions(chance, lone)

    def pipeline(self, documents):
        """The stages, how to compare the answers, and the collections that they join."""
        made, compare, collections = [], set(), {}
        makers = [self.match, self.fields, self.fields, self.sort, self.window, self.unwind]
        for _ in range(self.chance.choice([0, 0, 1, 1, 2])):
            made += self.chance.choice(makers)(documents)
        endings = (
            [self.project] * 6 + [self.group] * 5 + [self.facet, self.counted, self.root, self.lookup, self.within]
        )
        endings += [self.special] * 6 if self.lone else [self.bucket]
        ending = self.chance.choice(endings)
        self.expressions.sets = ending == self.project
        made = ending(made, documents, compare, collections)
        if uses(made, {"$setUnion", "$setIntersection", "$setDifference", "$addToSet"}):
            compare.add("sets")
        return made, sorted(compare), collections

    def match(self, documents):
        made = {}
        for _ in range(self.chance.randint(1, 2)):
            path = self.chance.choice([*SORTABLE, "a", "t", "l.k", "l.v"])
            make = self.filters.order if self.lone else self.filters.right
            made[path] = make(documents, path, 1)
        if self.chance.random() < 0.2:
            made = {"$expr": self.expressions.boolean(1)}
        return [{"$match": made}]

    def fields(self, _):
        made = {}
        for _ in range(self.chance.randint(1, 2)):
            name = self.chance.choice([*FIELDS])
            if not clash(name, made):
                made[name] = self.expressions.certainly(0, FIELDS[name])
        return [{self.chance.choice(["$addFields", "$set"]): made}]

    def within(self, *_):
        """A field inside another: alone, since both oracles change what other fields and documents share."""
        return [
            {
                self.chance.choice(["$addFields", "$set"]): {
                    self.chance.choice(["o.p", "o.fresh", "o.r.t"]): self.expressions.boolean()
                }
            }
        ]

    def project(self, before, *_):
        """The last stage that computes: after it fields are missing, which both oracles compute with wrongly."""
        draw, made = self.chance.random(), {}
        if draw < 0.2:
            # Both oracles take inner fields out of what other fields share.
            paths = ["n", "g", "s", "o", "a", "zz", *([] if before else ["o.p", "o.r.t", "l.k"])]
            for path in self.chance.sample(paths, self.chance.randint(1, 3)):
                if not clash(path, made):
                    made[path] = 0
        else:
            for path in self.chance.sample(SIMPLE, self.chance.randint(1, 3)):
                if not clash(path, made):
                    made[path] = self.chance.choice([1, True])
            if draw < 0.9:
                made["made"] = self.expressions.any()
            if self.chance.random() < 0.2:
                made["_id"] = 0
        return [*before, {"$project": made}]

    def sort(self, _):
        made = {}
        for path in self.chance.sample(SORTABLE, self.chance.randint(0, 2)):
            made[path] = self.chance.choice([1, -1])
        return [{"$sort": made | {"_id": self.chance.choice([1, -1])}}]

    def window(self, _):
        return [{self.chance.choice(["$limit", "$skip"]): self.chance.randint(1, 4)}]

    def unwind(self, _):
        # What mingo makes of an array beside a value shows when one path has both.
        path = self.chance.choice(["$t", "$zz"] if self.lone else ["$a", "$t", "$l", "$n", "$zz"])
        if self.chance.random() < 0.5:
            return [{"$unwind": path}]
        made = {"path": path, "preserveNullAndEmptyArrays": not self.lone and self.chance.random() < 0.6}
        if self.chance.random() < 0.4:
            made["includeArrayIndex"] = "place"
        return [{"$unwind": made}]

    def key(self):
        draw = self.chance.random()
        if draw < 0.7:
            return self.chance.choice(KEYS)
        if draw < 0.85:
            return {"one": self.chance.choice(["$g", "$b"]), "two": self.chance.choice(["$h", "$o.q"])}
        return self.expressions.of(self.chance.choice(["number", "string", "boolean"]), 1)

    def accumulator(self):
        """What fields an accumulator takes; order comes from the documents, which come by `_id` or a sort."""
        number, some = lambda: self.expressions.number(1), lambda: self.expressions.certainly(1)
        flat = self.chance.choice(["$n", "$f", "$s", "$g", "$h", "$d", "$o.p"])
        makers = [
            lambda: {"$sum": self.chance.choice([1, "$n", "$f", number()])},
            lambda: {"$avg": self.chance.choice(["$n", "$f", number()])},
            lambda: {self.chance.choice(["$min", "$max"]): flat},
            lambda: {self.chance.choice(["$first", "$last"]): self.chance.choice([flat, some()])},
            lambda: {"$push": self.chance.choice([flat, some(), {"k": "$g", "v": "$n"}])},
            lambda: {"$addToSet": flat},
            lambda: {"$mergeObjects": self.chance.choice(["$o", "$o.r"])},
        ]
        order = {self.chance.choice(SORTABLE): self.chance.choice([1, -1]), "_id": 1}
        several = self.chance.randint(1, 3)
        more = [
            lambda: {"$count": {}},
            lambda: {self.chance.choice(["$stdDevPop", "$stdDevPop"]): self.chance.choice(["$n", "$f"])},
            lambda: {self.chance.choice(["$firstN", "$lastN", "$maxN", "$minN"]): {"n": several, "input": flat}},
            lambda: {self.chance.choice(["$topN", "$bottomN"]): {"n": several, "sortBy": order, "output": flat}},
        ]
        return self.chance.choice([*makers, *(more * 2 if self.lone else [])])()

    def group(self, before, _, compare, __):
        made = {"_id": self.key()}
        for name in self.chance.sample(["x", "y", "w"], self.chance.randint(0, 3)):
            made[name] = self.accumulator()
        stages = [*before, {"$group": made}]
        if self.chance.random() < 0.4 and not isinstance(made["_id"], dict):
            stages.append({"$sort": {"_id": 1}})
            if self.chance.random() < 0.5:
                stages += self.window(None)
        else:
            compare.add("rows")
        return stages

    def bucket(self, before, *_):
        by, bounds, other = self.chance.choice([
            ("$n", [-10, 0, 3, 10], 99), ("$f", [-20, 0, 2.5, 20], "other"),
            ("$h", [0, 1, 2], "rest"), ("$s", ["a", "b", "zz"], "zzz"),
        ])  # fmt: skip
        made = {"groupBy": by, "boundaries": bounds, "default": other}
        if self.chance.random() < 0.6:
            made["output"] = {
                name: self.accumulator() for name in self.chance.sample(["x", "y"], self.chance.randint(1, 2))
            }
        return [*before, {"$bucket": made}]

    def counted(self, before, *_):
        return [stage for stage in before if keeps(stage)] + [{"$count": "total"}]

    def root(self, before, *_):
        return [*before, {"$replaceRoot": {"newRoot": self.expressions.object()}}]

    def facet(self, before, documents, *_):
        inner = [self.match, self.sort, self.window, self.unwind]
        made = {}
        for name in ["one", "two"]:
            made[name] = [
                stage for _ in range(self.chance.randint(1, 2)) for stage in self.chance.choice(inner)(documents)
            ]
        made["three"] = self.project([])
        return [*before, {"$facet": made}]

    def others(self):
        return [
            {"_id": number, "k": self.chance.choice(WORDS), "v": self.values.whole()}
            for number in range(self.chance.randint(0, 5))
        ]

    def lookup(self, before, _, __, collections):
        collections["others"] = self.others()
        local, foreign = self.chance.choice(
            [("s", "k"), ("n", "v"), ("h", "v"), ("o.p", "v"), ("zz", "k"), ("s" if self.lone else "t", "k")]
        )
        return [*before, {"$lookup": {"from": "others", "localField": local, "foreignField": foreign, "as": "found"}}]

    def special(self, before, *rest):
        """The stages that only one oracle knows."""
        maker = self.chance.choice(
            [self.automatic, self.sort_by_count, self.union, self.unset, self.replaced, self.redacted]
        )
        return maker(before, *rest)

    def automatic(self, before, *_):
        made = {"$bucketAuto": {"groupBy": "$_id", "buckets": self.chance.choice([1, 2])}}
        return [stage for stage in before if keeps(stage)] + [made]

    def sort_by_count(self, before, _, compare, __):
        compare.add("rows")
        return [*before, {"$sortByCount": self.chance.choice(["$g", "$h", "$b", "$s"])}]

    def union(self, before, _, __, collections):
        collections["others"] = self.others()
        made = {"coll": "others", "pipeline": [{"$match": {"v": {"$gte": self.chance.randint(-2, 5)}}}]}
        return [*before, {"$unionWith": self.chance.choice(["others", made])}]

    def unset(self, *_):
        """Alone, since mingo takes the field out of what other fields share."""
        paths = self.chance.sample(["n", "g", "o.p", "l.k", "zz", "a"], self.chance.randint(1, 3))
        return [{"$unset": self.chance.choice([paths, paths[0]])}]

    def replaced(self, before, *_):
        new = [{"it": self.expressions.certainly(1)}, {"$mergeObjects": [{"g": 1}, {"r": "$n"}]}]
        return [*before, {"$replaceWith": self.chance.choice(new)}]

    def redacted(self, *_):
        test = self.chance.choice(
            [{"$gt": [{"$ifNull": ["$v", 9]}, self.chance.randint(-2, 6)]}, {"$eq": [{"$type": "$p"}, "missing"]}]
        )
        return [{"$redact": {"$cond": {"if": test, "then": "$$DESCEND", "else": "$$PRUNE"}}}]


def keeps(stage):
    """Whether a stage always has as many documents as before: both oracles count none as 0."""
    return not stage.keys() & {"$match", "$limit", "$skip", "$unwind"}


def clash(path, paths):
    """Whether a path is, holds or lies in one of the others."""
    return any(path == other or path.startswith(other + ".") or other.startswith(path + ".") for other in paths)


def uses(value, wanted):
    if isinstance(value, dict):
        return any(key in wanted or uses(inner, wanted) for key, inner in value.items())
    return isinstance(value, list) and any(uses(inner, wanted) for inner in value)
