"""Cases by seed: generate.py SEED FILTERS PIPELINES writes JSON lines, the same ones for the same arguments.

A case has `documents` and a `filter` or a `pipeline`; `collections` that the pipeline joins; `compare`: which orders mean
nothing (`rows`, `sets`); `oracles`: who is asked, both or only the one that knows the operators.
"""

import json
import random
import sys

from documents import Documents
from filters import Filters
from pipelines import Pipelines

LONE = {
    "filter": 0.05,
    "pipeline": 0.8,
}  # more cases, in parts of the wanted ones, for operators that only one oracle knows


def filter_case(chance, lone):
    documents = Documents(chance).several(4, 9, 0.0 if lone else chance.choice([0.02, 0.1, 0.25, 0.5]))
    filters = Filters(chance)
    return {"documents": documents, "filter": filters.lone(documents) if lone else filters.filter(documents)}


def pipeline_case(chance, lone):
    documents = Documents(chance).tidies(3, 8, 0.0 if lone else chance.choice([0.0, 0.0, 0.0, 0.1]))
    pipeline, compare, collections = Pipelines(chance, lone).pipeline(documents)
    return {"documents": documents, "pipeline": pipeline, "compare": compare, "collections": collections}


def cases(seed, filters, pipelines):
    """All cases of a run, each from its own source of chance, so that any one can be made again alone."""
    plan = [(filter_case, filters, "filter"), (pipeline_case, pipelines, "pipeline")]
    for make, wanted, kind in plan:
        for lone, number in [(False, wanted), (True, int(wanted * LONE[kind]))]:
            for index in range(number):
                name = f"{seed}-{kind}-{'mingo' if lone else 'both'}-{index}"
                case = make(random.Random(name), lone)
                yield {"case": name, "oracles": ["mingo"] if lone else ["mingo", "mongomock"]} | case


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    for case in cases(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])):
        print(json.dumps(case, ensure_ascii=False))


if __name__ == "__main__":
    main()
