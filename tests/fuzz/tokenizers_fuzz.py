#!/usr/bin/env python3
"""Random tokenizers and random texts, encoded and decoded by tessera and by Hugging Face's tokenizers.

    tests/fuzz/tokenizers_fuzz.py PROGRAM [--seconds S] [--tokenizers N] [--texts N] [--seed S] [--jobs N] [--only PART]

Compared are, for each tokenizer that both load, the ids of each text with and without the tokens of the post-processor,
and the text of ids with and without special tokens. What differs is made small and saved to a folder of its own under
--save, with a command that shows it. `--seed S --first I --tokenizers 1` makes one tokenizer again. `--replay FOLDER`
runs saved cases again.

Where this interpreter lacks the package, TESSERA_ORACLE_PYTHON may name one that has it.

Exit code: 0 nothing differs but what explained.py explains, 1 something does, 77 the package tokenizers is missing.
"""

import argparse
import collections
import hashlib
import json
import multiprocessing
import multiprocessing.connection
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("RUST_BACKTRACE", "0")
try:
    import tokenizers
except ImportError:
    tokenizers = None

import explained
import generate
import shrink
import texts as text_maker

SEPARATOR = b"\x01\x7f~tessera~\x7f\x01"
UNSUPPORTED = re.compile(r"not supported|unsupported|supported (?:are|model)|the supported|no scanner splits")
STUCK_SECONDS = 150  # a worker that says nothing for so long is ended
ENCODE = {"encode": False, "encode_special": True}
DECODE = {"decode": False, "decode_skip": True}
OFFSETS = "offsets"  # in code points, without special tokens


class Case:
    """One thing given to both."""

    def __init__(self, tokenizer, mode, given, expected=None, actual=None, error=""):
        self.tokenizer, self.mode, self.given = tokenizer, mode, given
        self.expected, self.actual, self.error = expected, actual, error

    def oracle_decode(self, ids, skip):
        return Oracle(self.tokenizer).decode([ids], skip)[0]


class OracleFailed:
    """What the oracle said instead of an answer."""

    def __init__(self, what):
        self.what = what


class Oracle:
    """Hugging Face's library. Its panics are no subclass of Exception."""

    def __init__(self, tokenizer):
        if not generate.merges_are_sound(tokenizer["model"]):  # a panic in a destructor, which ends the process
            raise ValueError("a merge of tokens that are not in the vocabulary")
        try:
            self.tokenizer = tokenizers.Tokenizer.from_str(json.dumps(tokenizer))
            normalizer = self.tokenizer.normalizer
            if normalizer is not None and any(token["normalized"] and not normalizer.normalize_str(token["content"]) for token in tokenizer["added_tokens"]):
                raise ValueError("an added token that the normalizer removes, on which the library loops forever")
            if "truncation" in explained.NOT_APPLIED:
                self.tokenizer.no_truncation()
            if "padding" in explained.NOT_APPLIED:
                self.tokenizer.no_padding()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as e:  # pylint: disable=broad-except
            raise ValueError(f"{type(e).__name__}: {str(e)[:200]}") from None

    def _each(self, one, many, items):
        try:
            return many(items)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # pylint: disable=broad-except
            pass
        out = []
        for item in items:
            try:
                out.append(one(item))
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as e:  # pylint: disable=broad-except
                out.append(OracleFailed(f"{type(e).__name__}: {str(e)[:80]}"))
        return out

    def encode(self, items, special):
        batch = getattr(self.tokenizer, "encode_batch_fast", self.tokenizer.encode_batch)
        return self._each(lambda text: self.tokenizer.encode(text, add_special_tokens=special).ids,
                          lambda texts: [e.ids for e in batch(texts, add_special_tokens=special)], items)

    def offsets(self, items):
        return self._each(lambda text: [list(pair) for pair in self.tokenizer.encode(text, add_special_tokens=False).offsets],
                          lambda texts: [[list(pair) for pair in e.offsets] for e in self.tokenizer.encode_batch(texts, add_special_tokens=False)], items)

    def answer(self, mode, items):
        if mode in ENCODE:
            return self.encode(items, ENCODE[mode])
        return self.decode(items, DECODE[mode]) if mode in DECODE else self.offsets(items)

    def decode(self, items, skip):
        return self._each(lambda ids: self.tokenizer.decode(ids, skip_special_tokens=skip),
                          lambda lists: self.tokenizer.decode_batch(lists, skip_special_tokens=skip), items)


class Tessera:
    """The program, one process for one file of texts."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.threads = "1"

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def load(self, tokenizer, name="one.json"):
        return self.write(name, json.dumps(tokenizer).encode())

    def run(self, *args):
        """(exit code, output, message)"""
        try:
            done = subprocess.run([self.program, *args], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            return -999, b"", "it ran for more than 60 seconds"
        return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()

    def encode(self, path, items, special):
        """Lists of ids, or the message of an error; and the exit code."""
        given = self.write("texts.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in items).encode())
        code, out, message = self.run("encode", "-t", path, "--documents", "jsonl", "--output-format", "ids", "-j", self.threads, "--progress", "none",
                                      *(["--add-special-tokens"] if special else []), given)
        if code != 0:
            return code, message
        lines = out.decode().split("\n")[:-1]
        if len(lines) != len(items):
            return 1, f"{len(lines)} documents came out, {len(items)} went in"
        return 0, lines

    def decode(self, path, items, skip):
        given = self.write("ids.txt", "".join(" ".join(map(str, ids)) + "\n" for ids in items).encode())
        code, out, message = self.run("decode", "-t", path, "--separator", "".join(f"\\x{b:02x}" for b in SEPARATOR), "-j", self.threads, "--progress", "none",
                                      *(["--skip-special-tokens"] if skip else []), given)
        if code != 0:
            return code, message
        parts = out.split(SEPARATOR)[:-1]
        if len(parts) != len(items):
            return 1, f"{len(parts)} documents came out, {len(items)} went in"
        return 0, parts

    def offsets(self, path, items):
        given = self.write("texts.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in items).encode())
        code, out, message = self.run("encode", "-t", path, "--documents", "jsonl", "--output-format", "json", "--offsets", "--offset-unit",
                                      "code-points", "-j", self.threads, "--progress", "none", given)
        if code != 0:
            return code, message
        return 0, [json.loads(line)["offsets"] for line in out.decode().split("\n")[:-1]]

    def __call__(self, path, mode, items):
        if mode in ENCODE:
            return self.encode(path, items, ENCODE[mode])
        return self.decode(path, items, DECODE[mode]) if mode in DECODE else self.offsets(path, items)


def same(mode, expected, actual):
    if mode in ENCODE:
        return actual == " ".join(map(str, expected))
    if mode == OFFSETS:
        return actual == expected
    return actual == expected.encode("utf-8", "surrogatepass") or actual.decode("utf-8", "replace") == expected


def kind_of_error(message):
    """An error message without what is particular to one file."""
    message = re.sub(r"^tessera \w+: [^:]*(?::\d+)?: ", "", message.split("\n")[0])
    message = re.sub(r'"(?:[^"\\]|\\.)*"', '""', message)
    return re.sub(r"\d+", "0", message)[:160]


def types_of(node):
    """The names of all components in a part of a tokenizer.json."""
    if isinstance(node, dict):
        own = [node["type"]] if isinstance(node.get("type"), str) and node["type"] != "Sequence" else []
        return own + [name for key, value in node.items() if key not in ("vocab", "merges", "special_tokens") for name in types_of(value)]
    if isinstance(node, list):
        return [name for value in node[:50] for name in types_of(value)]
    return []


class Compare:
    """Runs cases through both."""

    def __init__(self, program, folder):
        self.tessera = Tessera(program, folder)

    def one(self, case):
        """A case with what came out if that differs unexplained, else None."""
        try:
            oracle = Oracle(case.tokenizer)
        except ValueError:
            return None
        path = self.tessera.load(case.tokenizer)
        if case.mode == "load":
            code, message = self.tessera(path, "encode", [""])
            if code == 0 or UNSUPPORTED.search(message) or kind_of_error(message) != kind_of_error(case.error):
                return None
            found = Case(case.tokenizer, "load", case.given, "loads", b"", message)
            return None if explained.explain(found) else found
        if case.mode in DECODE and not all(oracle.tokenizer.id_to_token(i) is not None for i in case.given):
            return None
        expected = oracle.answer(case.mode, [case.given])[0]
        if isinstance(expected, OracleFailed):
            return None
        code, out = self.tessera(path, case.mode, [case.given])
        if code != 0:
            if not case.error or kind_of_error(out) != kind_of_error(case.error):
                return None
            found = Case(case.tokenizer, case.mode, case.given, expected, b"", out)
        else:
            if case.error or same(case.mode, expected, out[0]):
                return None
            found = Case(case.tokenizer, case.mode, case.given, expected, out[0])
        return None if explained.explain(found) else found


class Worker:
    """Makes tokenizers by number and compares; tells the parent what it finds."""

    def __init__(self, options, say):
        self.options, self.say = options, say
        self.folder = tempfile.mkdtemp(prefix="tessera-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.compare = Compare(options.program, self.folder)
        self.maker = text_maker.Texts(random.Random(f"{options.seed} pool"), options.prose)
        self.seen = collections.Counter()

    def tokenizer(self, index):
        options = self.options
        count = collections.Counter()
        rng = random.Random(f"{options.seed} {index}")
        profile, tokenizer, words = generate.random_tokenizer(rng, options.only)
        count["tokenizers"] += 1
        self.say("start", index)
        try:
            oracle = Oracle(tokenizer)
        except ValueError as e:
            self.say("note", ("refused by the oracle", re.sub(r"\d+", "0", str(e))[:100]))
            count["tokenizers refused by the oracle"] += 1
            return count
        path = self.compare.tessera.load(tokenizer, "tokenizer.json")
        code, message = self.compare.tessera(path, "encode", [""])
        if code != 0:
            if UNSUPPORTED.search(message):
                count["tokenizers unsupported"] += 1
                self.say("note", ("unsupported", kind_of_error(message)))
            else:
                count["tokenizers not loaded"] += 1
                self.differs(index, profile, [Case(tokenizer, "load", "", "loads", b"", message)], count)
            return count
        count["tokenizers compared"] += 1
        for name in set(types_of(tokenizer)):
            self.say("note", ("compared components", name))
        contents = [token["content"] for token in tokenizer["added_tokens"]]
        given = self.maker.texts(rng, options.texts, words, contents)
        self.compare.tessera.threads = "2" if index % 8 == 0 else "1"
        ids = self.mode(index, profile, oracle, tokenizer, path, "encode", given, count)
        if options.only != "decoder" or index % 4 == 0:
            if tokenizer["post_processor"] is not None:
                self.mode(index, profile, oracle, tokenizer, path, "encode_special", given[::3], count)
        if options.offsets:
            self.mode(index, profile, oracle, tokenizer, path, OFFSETS, given[::3], count)
        known = list(generate.vocabulary(tokenizer["model"]).values()) + [token["id"] for token in tokenizer["added_tokens"]]
        known = [i for i in known if oracle.tokenizer.id_to_token(i) is not None]
        lists = [list_ for list_ in ids[::2] if not isinstance(list_, OracleFailed) and len(list_) < 2000]
        lists = [list_ for list_ in lists if all(oracle.tokenizer.id_to_token(i) is not None for i in set(list_))]
        if known:
            for _ in range(options.texts // (2 if options.only == "decoder" else 6)):
                lists.append([rng.choice(known) for _ in range(int(rng.expovariate(0.2)))])
        if lists:
            self.mode(index, profile, oracle, tokenizer, path, "decode", lists, count)
            self.mode(index, profile, oracle, tokenizer, path, "decode_skip", lists[::2], count)
        return count

    def mode(self, index, profile, oracle, tokenizer, path, mode, given, count):
        """Compares all of one mode; returns what the oracle made of it."""
        expected = oracle.answer(mode, given)
        good = [(g, e) for g, e in zip(given, expected) if not isinstance(e, OracleFailed)]
        for e in expected:
            if isinstance(e, OracleFailed):
                count["strings on which the oracle fails"] += 1
                self.say("note", ("oracle fails", re.sub(r"\d+", "0", e.what)))
        found = []
        code, out = self.compare.tessera(path, mode, [g for g, _ in good])
        if code != 0:
            found = [Case(tokenizer, mode, g, e, b"", out) for g, e in good]
            found = [f for f in (self.compare.one(f) for f in sorted(found, key=lambda f: len(f.given))[:400]) if f][:3]
            if not found and not any(explained.explain(Case(tokenizer, mode, g, e, b"", out)) for g, e in good):
                found = [Case(tokenizer, mode, good[0][0], good[0][1], b"", out)]
                self.say("note", ("failed on many texts, on none alone", kind_of_error(out)))
        else:
            count[mode] += len(good)
            for (g, e), actual in zip(good, out):
                if not same(mode, e, actual):
                    found.append(Case(tokenizer, mode, g, e, actual))
        unexplained = []
        for case in found:
            name = explained.explain(case)
            if name is None:
                unexplained.append(case)
            else:
                count["strings explained"] += 1
                self.say("note", ("explained", f"{name} ({mode})"))
        if unexplained:
            count["strings that differ"] += len(unexplained)
            self.differs(index, profile, sorted(unexplained, key=lambda case: len(case.given))[:3], count)
        return expected

    def differs(self, index, profile, cases, count):
        found = next((f for f in (self.compare.one(case) for case in cases) if f), None)
        if found is None:
            if cases[0].mode == "load" and (name := explained.explain(cases[0])):
                count["tokenizers not loaded, explained"] += 1
                self.say("note", ("explained", f"{name} (load)"))
                return
            # Alone it agrees: the state between texts matters, or it is explained after all.
            self.say("found", (index, profile, cases[0], "not shown by this text alone", "together"))
            return
        count["tokenizers that differ"] += 1
        def still(case):
            self.say("alive", index)
            return self.compare.one(case) is not None
        shrinker = shrink.Shrinker(still, self.options.shrink_seconds)
        small = shrinker.structure(found)
        signature = self.signature(small)
        self.seen[signature] += 1
        if self.seen[signature] <= self.options.per_kind:
            small = shrinker.shrink(small)
            signature = self.signature(small)
        self.say("found", (index, profile, self.compare.one(small) or small, signature, "alone"))

    @staticmethod
    def signature(case):
        model = case.tokenizer["model"]
        on = [name for name in ("ignore_merges", "fuse_unk", "byte_fallback", "continuing_subword_prefix", "end_of_word_suffix") if model.get(name)]
        parts = [f"{part}={'+'.join(types_of(case.tokenizer[part]))}" for part in ("normalizer", "pre_tokenizer", "decoder", "post_processor")
                 if case.tokenizer[part] is not None and types_of(case.tokenizer[part])]
        flags = sorted({flag for token in case.tokenizer["added_tokens"] for flag in ("single_word", "lstrip", "rstrip", "normalized", "special")
                        if token[flag]})
        added = [f"added tokens{''.join(' ' + flag for flag in flags)}"] if case.tokenizer["added_tokens"] else []
        error = [kind_of_error(case.error)] if case.error else []
        return "; ".join([case.mode, " ".join([generate.model_type(model), *on]), *parts, *added, *error])


def work(options, first, step, connection):
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)  # the oracle's panics
    worker = Worker(options, lambda *message: connection.send(message))
    try:
        index = first
        while (options.tokenizers is None or index < options.first + options.tokenizers) and time.time() < options.end:
            connection.send(("done", index, worker.tokenizer(index)))
            index += step
        connection.send(("end",))
    except Exception:  # pylint: disable=broad-except
        connection.send(("note", ("mistakes of this program", traceback.format_exc()[-600:])))
        raise
    finally:
        shutil.rmtree(worker.folder, ignore_errors=True)


def shown(value, limit=600):
    text = value if isinstance(value, str) else json.dumps(value) if isinstance(value, (list, dict)) else repr(value)
    return text if len(text) <= limit else text[:limit] + f" ... ({len(text)} characters)"


class Report:
    def __init__(self, options):
        self.options = options
        self.count = collections.Counter()
        self.notes = collections.defaultdict(collections.Counter)
        self.kinds = collections.Counter()
        self.smallest = {}

    def found(self, index, profile, case, signature, _):
        self.kinds[signature] += 1
        size = len(json.dumps(case.tokenizer)) + len(case.given)
        if self.kinds[signature] > self.options.per_kind and size >= self.smallest.get(signature, 0):
            return
        self.smallest[signature] = min(size, self.smallest.get(signature, size))
        name = f"{case.mode}-{hashlib.sha256(json.dumps(case.tokenizer).encode()).hexdigest()[:10]}"
        folder = os.path.join(self.options.save, name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "tokenizer.json"), "w", encoding="ascii") as file:
            json.dump(case.tokenizer, file, indent=1 if size < 5000 else None)
        actual = case.error or (case.actual.decode("utf-8", "backslashreplace") if isinstance(case.actual, bytes) else case.actual)
        with open(os.path.join(folder, "case.json"), "w", encoding="ascii") as file:
            json.dump({"mode": case.mode, "given": case.given, "tokenizers": case.expected, "tessera": actual, "is_error": bool(case.error), "seed": self.options.seed,
                       "index": index, "signature": signature}, file, indent=1)
        if case.mode in DECODE:
            flag = " --skip-special-tokens" if DECODE[case.mode] else ""
            command = f"echo {' '.join(map(str, case.given))} | tessera decode{flag} -t {folder}/tokenizer.json"
        else:
            with open(os.path.join(folder, "text.jsonl"), "w", encoding="ascii") as file:
                file.write(json.dumps({"text": case.given}) + "\n")
            flag = " --add-special-tokens" if ENCODE.get(case.mode) else " --json --offsets --offset-unit code-points" if case.mode == OFFSETS else ""
            command = f"tessera encode{flag} -t {folder}/tokenizer.json {folder}/text.jsonl"
        print(f"\nDIFFERS: {signature}  (tokenizer {index}, {profile})\n  tokenizer   {shown(case.tokenizer, 1500)}\n  given       {shown(json.dumps(case.given))}"
              f"\n  tokenizers  {shown(json.dumps(case.expected))}\n  tessera     {shown(json.dumps(actual))}\n  {command}", flush=True)

    def strings(self):
        return sum(self.count[mode] for mode in (*ENCODE, *DECODE, OFFSETS))

    def line(self):
        c = self.count
        return (f"{c['tokenizers']} tokenizers: {c['tokenizers compared']} compared, {c['tokenizers unsupported']} unsupported, "
                f"{c['tokenizers refused by the oracle']} refused by the oracle, {c['tokenizers that differ']} differ; {self.strings()} strings: "
                f"{c['strings that differ']} differ, {c['strings explained']} explained")

    def close(self, seconds):
        print(f"\nseed {self.options.seed}; {seconds:.0f} s; tokenizers {tokenizers.__version__}")
        print(self.line())
        for key, n in sorted(self.count.items()):
            print(f"  {key}: {n}")
        for title, notes in sorted(self.notes.items()):
            print(f"{title}:")
            for what, n in notes.most_common(40):
                print(f"  {n:7} {what}")
        print(f"disagreements: {sum(self.kinds.values())} of {len(self.kinds)} kinds")
        for what, n in self.kinds.most_common():
            print(f"  {n:7} {what}")


def run_workers(options, report):
    """One process a job; one that dies or hangs is replaced, and what it was at is counted."""
    context = multiprocessing.get_context("fork")
    jobs = {}

    def start(first):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(options, first, options.jobs, there), daemon=True)
        process.start()
        there.close()
        jobs[here] = [process, first, time.time()]

    for job in range(options.jobs):
        start(options.first + job)
    said = time.time()
    while jobs:
        for connection in multiprocessing.connection.wait(list(jobs), timeout=5):
            job = jobs[connection]
            try:
                message = connection.recv()
            except EOFError:
                message = ("died",)
            job[2] = time.time()
            kind = message[0]
            if kind == "start":
                job[1] = message[1]
            elif kind == "note":
                title, what = message[1]
                report.notes[title][what] += 1
            elif kind == "done":
                report.count.update(message[2])
                job[1] = message[1] + options.jobs
            elif kind == "found":
                report.found(*message[1])
            elif kind in ("end", "died"):
                process, index = job[:2]
                process.join()
                del jobs[connection]
                if kind == "died":
                    report.notes["workers that died"][f"tokenizer {index}"] += 1
                    if time.time() < options.end:
                        start(index + options.jobs)
        for connection, (process, index, last) in list(jobs.items()):
            if time.time() - last > STUCK_SECONDS:
                process.kill()
                report.notes["workers that hung"][f"tokenizer {index}"] += 1
        if time.time() - said > 30 and options.verbose:
            print(report.line(), flush=True)
            said = time.time()


def replay(options):
    """Saved cases again: those that still differ are printed."""
    folder = tempfile.mkdtemp(prefix="tessera-fuzz-")
    compare = Compare(options.program, folder)
    n, left = 0, 0
    for root, _, files in sorted(os.walk(options.replay)):
        if "case.json" not in files:
            continue
        with open(os.path.join(root, "case.json"), encoding="ascii") as file:
            saved = json.load(file)
        with open(os.path.join(root, "tokenizer.json"), encoding="ascii") as file:
            tokenizer = json.load(file)
        n += 1
        for error in ("", saved["tessera"]) if saved["is_error"] else ("",):
            found = compare.one(Case(tokenizer, saved["mode"], saved["given"], error=error))
            if found:
                left += 1
                print(f"{root}: {Worker.signature(found)}\n  given       {shown(json.dumps(found.given))}\n  tokenizers  {shown(json.dumps(found.expected))}"
                      f"\n  tessera     {shown(found.error or found.actual)}")
                break
    shutil.rmtree(folder)
    print(f"{n} cases, {left} still differ")
    return 1 if left else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", help="tessera")
    parser.add_argument("--seed", default=None, help="default: the time")
    parser.add_argument("--first", type=int, default=0, help="number of the first tokenizer")
    parser.add_argument("--tokenizers", type=int, default=None)
    parser.add_argument("--texts", type=int, default=300, help="for each tokenizer")
    parser.add_argument("--seconds", type=float, default=None, help="default: 60, without --tokenizers")
    parser.add_argument("--only", choices=generate.ONLY, default=None)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--save", default="fuzz-found", help="folder for what differs")
    parser.add_argument("--per-kind", type=int, default=2, help="how many of one kind are shrunk and printed")
    parser.add_argument("--shrink-seconds", type=float, default=20)
    parser.add_argument("--prose", default=None, help="folder of texts to draw from")
    parser.add_argument("--replay", default=None, metavar="FOLDER")
    parser.add_argument("--offsets", action="store_true", help="compare the tokens' places in the text as well")
    parser.add_argument("--unsupported", default="", metavar="REGEX", help="messages that mean what `not supported` means")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if tokenizers is None:
        other = os.environ.pop("TESSERA_ORACLE_PYTHON", None)
        if other:
            os.execv(other, [other, *sys.argv])
        print("SKIPPED: the Python package tokenizers is not installed")
        return 77
    if options.unsupported:
        global UNSUPPORTED  # pylint: disable=global-statement
        UNSUPPORTED = re.compile(f"{UNSUPPORTED.pattern}|{options.unsupported}")
    options.program = os.path.abspath(options.program)
    if options.replay:
        return replay(options)
    if options.prose is None and "TESSERA_DATA" in os.environ:
        options.prose = os.path.join(os.environ["TESSERA_DATA"], "text")
    if options.seed is None:
        options.seed = str(int(time.time()))
    if options.seconds is None:
        options.seconds = 60 if options.tokenizers is None else 1e9
    begin = time.time()
    options.end = begin + options.seconds
    print(f"seed {options.seed}", flush=True)
    report = Report(options)
    run_workers(options, report)
    report.close(time.time() - begin)
    if report.notes["workers that died"] or report.notes["workers that hung"]:
        print("a worker died or hung")
    return 1 if report.kinds else 0


if __name__ == "__main__":
    sys.exit(main())
