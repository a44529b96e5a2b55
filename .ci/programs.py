"""Runs programs of tests that are built already: programs.py FOLDER[/NAME] … [-- ARGUMENT …]

What `cargo test --no-run --message-format=json` says of them is the standard input. To choose packages for cargo itself would
build all of them anew, with the features that those packages alone ask for.
"""

import json
import os
import pathlib
import subprocess
import sys


def chosen(wanted):
    """The tests' programs of these packages, by the names of their folders."""
    for line in sys.stdin:
        told = json.loads(line)
        if not told.get("executable") or not told.get("profile", {}).get("test"):
            continue
        folder = pathlib.Path(told["manifest_path"]).parent
        name = told["target"]["name"]
        if folder.name in wanted or f"{folder.name}/{name}" in wanted:
            yield folder, name, told["executable"]


def main():
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    wanted, arguments = words[:cut], words[cut + 1 :]
    programs = list(chosen(wanted))
    missing = [word for word in wanted if not any(word in (f.name, f"{f.name}/{n}") for f, n, _ in programs)]
    if missing:
        sys.exit(f"there are no tests of {missing}")
    for folder, name, program in programs:
        print(f"{folder.name}/{name}", flush=True)
        environment = os.environ | {"CARGO_MANIFEST_DIR": str(folder)}
        ended = subprocess.run([program, "--quiet", *arguments], cwd=folder, env=environment)
        if ended.returncode:
            sys.exit(f"{folder.name}/{name} failed")


main()
