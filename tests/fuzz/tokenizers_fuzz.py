#!/usr/bin/env python3
"""Random tokenizers and random texts, encoded and decoded by tessera and by Hugging Face's tokenizers.

    tests/fuzz/tokenizers_fuzz.py PROGRAM [--seconds S] [--tokenizers N] [--texts N] [--seed S] [--jobs N] [--only PART]

Compared are, for each tokenizer that both load (both.py): the ids of each text with and without the tokens of the
post-processor, and with the file's truncation and padding; the same of pairs of texts, with their type ids; batches
padded to the longest; where tokens lie in the text; the text of ids with and without special tokens (modes.py). What
differs is made small and saved to a folder of its own under --save, with a command that shows it.
`--seed S --first I --tokenizers 1` makes one tokenizer again. `--replay FOLDER` runs saved cases again.

Where this interpreter lacks the package, TESSERA_ORACLE_PYTHON may name one that has it (../peer_package.py).

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
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from both import Case, Failed, Oracle, Tessera, tokenizers  # noqa: E402
from modes import BATCH, DECODE, MODES, PAIR, n_strings  # noqa: E402

import explained  # noqa: E402
import generate  # noqa: E402
import shrink  # noqa: E402
import texts as text_maker  # noqa: E402

NO_OFFSETS = re.compile(r"tokens have no place in it|have known places")
STUCK_SECONDS = 150  # a worker that says nothing for so long is ended


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


def compared(tokenizer, mode, given, expected, actual):
    """A case if the two differ; None if not, or if one of them has no answer."""
    if isinstance(expected, Failed) or actual is None:
        return None
    if isinstance(actual, Failed):
        return None if mode == "offsets" and NO_OFFSETS.search(actual.what) else Case(tokenizer, mode, given, expected, None, actual.what)
    return None if MODES[mode].same(expected, actual) else Case(tokenizer, mode, given, expected, actual)


class Compare:
    """Runs cases through both."""

    def __init__(self, program, folder):
        self.tessera = Tessera(program, folder)

    def one(self, case):
        """A case with what came out if that differs unexplained in the same way, else None."""
        try:
            oracle = Oracle(case.tokenizer)
        except ValueError:
            return None
        path = self.tessera.load(case.tokenizer)
        if case.mode == "load":
            message = self.tessera.load_error(path)
            if message is None or kind_of_error(message) != kind_of_error(case.error):
                return None
            found = Case(case.tokenizer, "load", case.given, "loads", None, message)
            return None if explained.explain(found) else found
        if not MODES[case.mode].is_for(case.tokenizer):
            return None
        if case.mode in DECODE and not case.error and not all(oracle.has(i) for i in case.given):
            return None
        expected = oracle.answer(case.mode, [case.given])[0]
        actual = self.tessera.answer(path, case.tokenizer, case.mode, [case.given])[0]
        found = compared(case.tokenizer, case.mode, case.given, expected, actual)
        if found is None or (kind_of_error(found.error) != kind_of_error(case.error) if case.error else found.error):
            return None
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
        message = self.compare.tessera.load_error(path)
        if message is not None:
            count["tokenizers not loaded"] += 1
            self.differs(index, profile, [Case(tokenizer, "load", "", "loads", None, message)], count)
            return count
        count["tokenizers compared"] += 1
        for name in set(types_of(tokenizer)):
            self.say("note", ("compared components", name))
        contents = [token["content"] for token in tokenizer["added_tokens"]]
        given = self.maker.texts(rng, options.texts, words, contents)
        self.compare.tessera.threads = "2" if index % 8 == 0 else "1"
        ids = self.mode(index, profile, oracle, tokenizer, path, "encode", given, count)
        if options.only != "decoder" or index % 4 == 0:
            for mode, texts in (("encode_special", given[::3]), ("cut", given[1::3]), ("offsets", given[2::3])):
                if MODES[mode].is_for(tokenizer):
                    self.mode(index, profile, oracle, tokenizer, path, mode, texts, count)
            self.pairs_and_batches(index, profile, oracle, tokenizer, path, given, count)
        known = list(generate.vocabulary(tokenizer["model"]).values()) + [token["id"] for token in tokenizer["added_tokens"]]
        known = [i for i in known if oracle.has(i)]
        lists = [list_ for list_ in ids[::2] if not isinstance(list_, Failed) and len(list_) < 2000]
        lists = [list_ for list_ in lists if all(oracle.has(i) for i in set(list_))]
        if known:
            for _ in range(options.texts // (2 if options.only == "decoder" else 6)):
                lists.append([rng.choice(known) for _ in range(int(rng.expovariate(0.2)))])
            if rng.random() < 0.1:
                lists.append([rng.choice(known), max(known) + rng.choice((1, 2, 1000)), rng.choice(known)])
        if lists:
            self.mode(index, profile, oracle, tokenizer, path, "decode", lists, count)
            self.mode(index, profile, oracle, tokenizer, path, "decode_skip", lists[::2], count)
        return count

    def pairs_and_batches(self, index, profile, oracle, tokenizer, path, given, count):
        rng = random.Random(f"{self.options.seed} {index} pairs")
        for at, mode in enumerate(PAIR):
            if MODES[mode].is_for(tokenizer):
                pairs = [list(pair) for pair in zip(given[at::4], rng.sample(given, len(given)))]
                if MODES[mode].tab:
                    pairs = [[first.replace("\t", " "), second] for first, second in pairs]
                self.mode(index, profile, oracle, tokenizer, path, mode, pairs, count)
        for mode in BATCH:
            if MODES[mode].is_for(tokenizer):
                ones = given[:40] if mode == "batch" else [list(pair) for pair in zip(given[:40], rng.sample(given, len(given)))]
                # One that fails, as one too short for OnlySecond, fails its batch.
                ones = [one for one, e in zip(ones, oracle.answer(MODES[mode].of_batch, ones)) if not isinstance(e, Failed)]
                batches, size = [], 1
                while ones:
                    batches.append(ones[:size])
                    ones, size = ones[size:], rng.randint(1, 12)
                if batches:
                    self.mode(index, profile, oracle, tokenizer, path, mode, batches, count)

    def mode(self, index, profile, oracle, tokenizer, path, mode, given, count):
        """Compares all of one mode; returns what the oracle made of it."""
        expected = oracle.answer(mode, given)
        for g, e in zip(given, expected):
            if isinstance(e, Failed):
                count["strings on which the oracle fails"] += n_strings(mode, g)
                self.say("note", ("oracle fails", re.sub(r"\d+", "0", e.what)))
        good = [(g, e) for g, e in zip(given, expected) if not isinstance(e, Failed)]
        unexplained = []
        actual = self.compare.tessera.answer(path, tokenizer, mode, [g for g, _ in good])
        for (g, e), a in zip(good, actual):
            case = compared(tokenizer, mode, g, e, a)
            if case is None:
                if a is None or isinstance(a, Failed):
                    count[f"strings not compared ({mode})"] += n_strings(mode, g)
                else:
                    count[mode] += n_strings(mode, g)
                continue
            count[mode] += n_strings(mode, g)
            name = explained.explain(case)
            if name is None:
                unexplained.append(case)
            else:
                count["strings explained"] += 1
                self.say("note", ("explained", f"{name} ({mode})"))
        if unexplained:
            count["strings that differ"] += len(unexplained)
            self.differs(index, profile, sorted(unexplained, key=lambda case: len(json.dumps(case.given)))[:3], count)
        return expected

    def differs(self, index, profile, cases, count):
        if cases[0].mode == "load" and (name := explained.explain(cases[0])):
            count["tokenizers not loaded, explained"] += 1
            self.say("note", ("explained", f"{name} (load)"))
            return
        found = next((f for f in (self.compare.one(case) for case in cases) if f), None)
        if found is None:  # alone it agrees: the state between texts matters
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
        size = len(json.dumps(case.tokenizer)) + len(json.dumps(case.given))
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
        question = MODES.get(case.mode, MODES["encode"])
        flags = " ".join(question.options(case.tokenizer))
        if case.mode in DECODE:
            command = f"echo {' '.join(map(str, case.given))} | tessera decode {flags} -t {folder}/tokenizer.json"
        else:
            with open(os.path.join(folder, "text.jsonl"), "wb") as file:
                file.write(question.write([case.given]))
            command = f"tessera encode {flags} -t {folder}/tokenizer.json {folder}/text.jsonl"
        print(f"\nDIFFERS: {signature}  (tokenizer {index}, {profile})\n  tokenizer   {shown(case.tokenizer, 1500)}\n  given       {shown(json.dumps(case.given))}"
              f"\n  tokenizers  {shown(json.dumps(case.expected))}\n  tessera     {shown(json.dumps(actual))}\n  {command}", flush=True)

    def strings(self):
        return sum(self.count[mode] for mode in MODES)

    def line(self):
        c = self.count
        return (f"{self.strings()} strings of {c['tokenizers compared']} tokenizers compared; disagreements: "
                f"{c['strings that differ'] + self.kinds_of_loading()} unexplained, "
                f"{c['strings explained'] + c['tokenizers not loaded, explained']} explained")

    def kinds_of_loading(self):
        return sum(n for kind, n in self.kinds.items() if kind.startswith("load;"))

    def close(self, seconds):
        print(f"\nseed {self.options.seed}; {seconds:.0f} s; tokenizers {tokenizers.__version__}")
        for key, n in sorted(self.count.items()):
            print(f"  {n:8} {key}")
        for title, notes in sorted(self.notes.items()):
            if title != "explained":
                print(f"{title}:")
                for what, n in notes.most_common(40):
                    print(f"  {n:8} {what}")
        print("explained:")
        for what, n in self.notes["explained"].most_common():
            print(f"  {n:8} {what}")
        print("unexplained, by what they are made of:")
        for what, n in self.kinds.most_common():
            print(f"  {n:8} {what}")
        print(self.line())


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
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
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
