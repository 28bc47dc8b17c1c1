"""What the tests of the command line share. Each is a script: tests/tools/VERB_test.py PROGRAM [--long] [NAME...]

It prints a line for each test and closes with `N passed, N failed, N skipped`. It needs nothing but Python: what it reads
it makes itself, tokenizers with the program under test. NAME picks the tests whose names contain it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

TESTS = []
TEXT = ("The quick brown fox jumps over the lazy dog. It's a test, isn't it?  Two spaces\tand a tab.\n"
        "Der schnelle braune Fuchs \u00e4\u00f6\u00fc\u00df springt; 12345 numbers 67890!\n"
        "\u4e2d\u6587\u5b57\u7b26 \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u0442\u0435\u043a\u0441\u0442 \U0001f999\n") * 40


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def test(function):
    TESTS.append(function)
    return function


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(left, right, what=""):
    if left != right:
        raise Failure(f"{what}: {str(left)[:300]!r} is not {str(right)[:300]!r}")


class Place:
    """A folder of its own for each test, and the program."""

    shared = {}

    def __init__(self, program, folder, long):
        self.program, self.folder, self.long = program, folder, long

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def run(self, *args, stdin=b"", **options):
        return subprocess.run([self.program, *map(str, args)], input=stdin, capture_output=True, cwd=self.folder,
                              timeout=300, **options)

    def ok(self, *args, stdin=b""):
        """Runs, expects exit code 0, returns standard output."""
        done = self.run(*args, stdin=stdin)
        check(done.returncode == 0, f"{args}: exit code {done.returncode}, {done.stderr[:500]!r}")
        return done.stdout

    def fails(self, code, args, *places, stdin=b"", absent="out"):
        """Expects an exit code, one line on standard error that names the places, and no output file."""
        before = sorted(os.listdir(self.folder))
        done = self.run(*args, stdin=stdin)
        error = done.stderr.decode()
        check(done.returncode == code, f"{args}: exit code {done.returncode}, not {code}: {error[:500]!r}")
        check(error.endswith("\n") and error.count("\n") == 1, f"{args}: not one line: {error[:600]!r}")
        verb = f"tessera {args[0]}: " if args and not args[0].startswith("-") else "tessera: "
        check(error.startswith(verb) or error.startswith("tessera: "), f"{args}: {error!r}")
        for place in places:
            check(place in error, f"{args}: {place!r} is not in {error!r}")
        check(len(error) < 1500, f"{args}: the line has {len(error)} bytes")
        equal(sorted(os.listdir(self.folder)), before, f"{args}: files left")
        return error

    def tokenizer(self):
        """A small tokenizer.json, trained once."""
        if "json" not in Place.shared:
            corpus = self.write("training/corpus.txt", TEXT)
            out = self.path("training/tokenizer.json")
            self.ok("train", "-o", out, "--vocab-size", 380, "--special-token", "<|endoftext|>", corpus)
            with open(out, encoding="utf-8") as file:
                Place.shared["json"] = file.read()
            shutil.rmtree(self.path("training"))
        return self.write("tokenizer.json", Place.shared["json"])

    def corpus(self):
        return self.write("corpus.txt", TEXT)


def changed(t, change):
    """The small tokenizer.json with a change."""
    t.tokenizer()
    file = json.loads(t.read("tokenizer.json"))
    change(file)
    return json.dumps(file)


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    long = "--long" in sys.argv or bool(os.environ.get("TESSERA_LONG"))
    if not arguments:
        sys.exit(f"usage: {sys.argv[0]} PROGRAM [--long] [NAME...]")
    program = os.path.abspath(arguments[0])
    passed = failed = skipped = 0
    for function in TESTS:
        name = function.__name__
        if len(arguments) > 1 and not any(part in name for part in arguments[1:]):
            continue
        with tempfile.TemporaryDirectory(prefix="tessera-test-") as folder:
            started = time.monotonic()
            try:
                function(Place(program, folder, long))
                outcome, passed = "ok", passed + 1
            except Skip as reason:
                outcome, skipped = f"SKIPPED: {reason}", skipped + 1
            except Exception as reason:  # a bug of the test is a failure too
                outcome, failed = f"FAILED: {type(reason).__name__ if not isinstance(reason, Failure) else ''} {reason}", failed + 1
        print(f"{name}: {outcome} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)
