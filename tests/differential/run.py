#!/usr/bin/env python3
"""Compares our query core with mingo and mongomock on generated cases: run.py PROGRAM [--seed S] [--cases FILTERS,PIPELINES]

PROGRAM is `answers`, the example of the crate query. Cases on which both oracles give the same answer count, and ours must
be that one; operators that only one oracle knows are compared with it alone, on plain inputs, and counted apart. Without
--seed there are two runs: one whose seed is fixed and a short one whose seed is new each time and printed. Exit code 0: no
mismatch, and enough cases on every operator. What the oracles cannot show stands in operators.py.
"""

import argparse
import collections
import json
import pathlib
import secrets
import subprocess
import sys
import threading
import venv

import canonical
import generate
import operators
from shrink import shrink

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "target" / "differential"
MINGO = "7.2.7"
SEED = "20161"
CASES = (32000, 12000)
NEW_CASES = (2000, 500)  # with the new seed
LEAST = {"filter": 20000, "pipeline": 5000}  # cases that both oracles answer alike
BATCH = 4000
SHOWN = 5
LONGEST = 2000


def install():
    """Both oracles by name, when the lists of their versions are others than last time."""
    wanted = (HERE / "requirements.txt").read_text() + f"mingo=={MINGO}\n"
    installed = TARGET / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(TARGET / "python", with_pip=True, clear=True)
        pip = [TARGET / "python" / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
        npm = ["npm", "install", "--silent", "--no-save", "--prefix", TARGET / "node", f"mingo@{MINGO}"]
        subprocess.run(npm, check=True)
        installed.write_text(wanted)
    return {
        "mingo": ["node", HERE / "oracle_mingo.mjs", TARGET / "node" / "node_modules" / "mingo"],
        "mongomock": [TARGET / "python" / "bin" / "python", HERE / "oracle_mongomock.py"],
    }


class Program:
    """A program that answers each line with a line."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def answers(self, cases):
        """The answers to some cases, in order; the lines go out while answers come in."""
        lines = [json.dumps(case, ensure_ascii=False) + "\n" for case in cases]
        writer = threading.Thread(target=self.write, args=(lines,))
        writer.start()
        made = [self.process.stdout.readline() for _ in cases]
        writer.join()
        if not all(made):
            sys.exit(f"{self.process.args[0]} ended before its answers did")
        return [json.loads(line) for line in made]

    def write(self, lines):
        self.process.stdin.writelines(lines)
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Judge:
    """Asks everybody and counts."""

    def __init__(self, ours, oracles):
        self.programs = {name: Program(command) for name, command in {"ours": [ours], **oracles}.items()}
        self.agreed = {kind: collections.Counter() for kind in ("filter", "pipeline", "mingo alone")}
        self.telling = collections.Counter()
        self.third = 0
        self.mismatches = []

    def close(self):
        for program in self.programs.values():
            program.close()

    def ask(self, cases):
        """For every case the answers by name, in canonical form."""
        made, threads = {}, []
        for name in self.programs:
            threads.append(threading.Thread(target=self.ask_one, args=(name, cases, made)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        return [
            {name: canonical.answer(made[name][at], case.get("compare", [])) for name in made}
            | {"why": made["ours"][at]}
            for at, case in enumerate(cases)
        ]

    def ask_one(self, name, cases, made):
        made[name] = self.programs[name].answers(cases)

    def judge(self, cases):
        for case, answers in zip(cases, self.ask(cases), strict=True):
            right = expected(case, answers)
            if right is None:
                several = {answers[name] for name in case["oracles"]}
                self.third += None not in several and answers["ours"] not in several
                continue
            kind = "filter" if "filter" in case else "pipeline"
            counts = self.agreed[kind if len(case["oracles"]) > 1 else "mingo alone"]
            counts.update(["cases", *operators.used(case.get(kind))])
            self.telling[kind] += tells(case, right)
            if answers["ours"] != right:
                self.mismatches.append(case)

    def wrong(self, case, refused):
        """Whether ours is another than the expected answer, and a refusal if that is what it was."""
        answers = self.ask([case])[0]
        right = expected(case, answers)
        return right is not None and answers["ours"] != right and (answers["ours"] is None) == refused

    def show(self, case):
        refused = self.ask([case])[0]["ours"] is None
        case = shrink(case, lambda candidate: self.wrong(candidate, refused))
        answers = self.ask([case])[0]
        lines = [f"mismatch in case {case['case']}, made as small as it goes:"]
        lines += [
            f"  {part}: {json.dumps(case[part], ensure_ascii=False)}"
            for part in ("documents", "collections", "filter", "pipeline")
            if case.get(part)
        ]
        lines += [f"  {name}: {answers[name]}" for name in case["oracles"]]
        lines += [f"  ours: {answers['ours'] or json.dumps(answers['why'], ensure_ascii=False)}"]
        print("\n".join(line[:LONGEST] for line in lines), flush=True)


def expected(case, answers):
    """What the oracles that are asked agree on, or none."""
    several = {answers[name] for name in case["oracles"]}
    return several.pop() if len(several) == 1 else None


def tells(case, right):
    """Whether an answer says more than all or nothing."""
    return right not in ("[]", json.dumps(list(range(len(case["documents"])))))


def run(judge, seed, filters, pipelines):
    batch = []
    for case in generate.cases(seed, filters, pipelines):
        batch.append(case)
        if len(batch) == BATCH:
            judge.judge(batch)
            batch = []
    if batch:
        judge.judge(batch)


def report(judge, seeds):
    """The summary, and what is not as it must be."""
    both = {kind: judge.agreed[kind]["cases"] for kind in LEAST}
    alone, telling = judge.agreed["mingo alone"]["cases"], judge.telling["filter"]
    print(
        f"differential, seeds {', '.join(seeds)}: both oracles answer alike {both['filter']} filters, {telling} of them"
    )
    print(
        f"neither with all nor with nothing, and {both['pipeline']} pipelines; mingo alone {alone}. Ours is a third answer"
    )
    print(f"in {judge.third} cases where the oracles differ. Mismatches: {len(judge.mismatches)}")
    counts = operators.table(judge.agreed)
    (TARGET / "summary.txt").write_text("\n".join(counts) + "\n")
    wrong = [
        f"only {both[kind]} cases of kind {kind} agreed, {least} are asked for"
        for kind, least in LEAST.items()
        if both[kind] < least
    ]
    return wrong + list(operators.lacking(judge.agreed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed")
    parser.add_argument("--cases", default=",".join(map(str, CASES)))
    given = parser.parse_args()
    filters, pipelines = map(int, given.cases.split(","))
    judge = Judge(pathlib.Path(given.program).resolve(), install())
    seeds = [given.seed or SEED]
    run(judge, seeds[0], filters, pipelines)
    if not given.seed:
        seeds.append(secrets.token_hex(4))
        run(judge, seeds[1], *NEW_CASES)
    wrong = report(judge, seeds)
    (TARGET / "mismatches.jsonl").write_text(
        "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in judge.mismatches)
    )
    for case in judge.mismatches[:SHOWN]:
        judge.show(case)
    judge.close()
    wrong += [f"{len(judge.mismatches)} mismatches; all in {TARGET / 'mismatches.jsonl'}"] * bool(judge.mismatches)
    if wrong:
        sys.exit("\n".join(wrong[:20]))


if __name__ == "__main__":
    main()
