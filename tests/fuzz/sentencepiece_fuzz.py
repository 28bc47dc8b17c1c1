#!/usr/bin/env python3
"""Random SentencePiece models and random texts, encoded and decoded by tessera and by SentencePiece.

    tests/fuzz/sentencepiece_fuzz.py PROGRAM [--seconds S] [--models N] [--texts N] [--seed S] [--first I] [--save FOLDER]

Compared are, for each model that both load, the ids of each text (any bytes), and the text of each list of ids. What
differs is made small and saved under --save with a command that shows it. `--seed S --first I --models 1` makes one
model again, with the same version of the package.

tessera's program gives the ids of SentencePiece up to 0.2.1 (include/tessera/io/sentencepiece_tokenizer.hpp has those
since 0.2.2 as well). Where a newer package is installed, unigram models, models of words with byte fallback, and models with unused pieces
are left out.
Where this interpreter lacks the package, TESSERA_ORACLE_PYTHON may name one that has it (../peer_package.py).

Exit code: 0 nothing differs, 1 something does, 77 the package sentencepiece is missing.
"""

import argparse
import collections
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import peer_package  # noqa: E402

sentencepiece = peer_package.or_skip("sentencepiece")

import sentencepiece_models as models  # noqa: E402
import texts as text_maker  # noqa: E402

IS_OLD = tuple(int(n) for n in sentencepiece.__version__.split(".")[:3]) < (0, 2, 2)
SEPARATOR = b"\x01\x7f~tessera~\x7f\x01"


class Oracle:
    """SentencePiece, in a process of its own: a model put together by chance may end it."""

    def __init__(self):
        self.process = None

    def ask(self, data, texts, lists):
        """(ids of each text, text of each list); None where it fails; a message if it does not load."""
        return self.answer("run", data, texts, lists)

    def make(self, seed, prose, folder):
        """(model, how it was made); the model is None if the trainer would not."""
        made = self.answer("make", seed, prose, folder)
        return (None, "not trained: it died") if isinstance(made, str) else made

    def answer(self, *request):
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--oracle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,  # pylint: disable=consider-using-with
                                            stderr=subprocess.DEVNULL)
        try:
            pickle.dump(request, self.process.stdin)
            self.process.stdin.flush()
            return pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            self.process.wait()
            return "it died"

    @staticmethod
    def serve():
        while True:
            try:
                what, *request = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            try:
                answer = Oracle.made(*request) if what == "make" else Oracle.run(*request)
            except Exception as e:  # pylint: disable=broad-except
                answer = str(e)
            pickle.dump(answer, sys.stdout.buffer)
            sys.stdout.buffer.flush()

    @staticmethod
    def run(data, texts, lists):
        model = sentencepiece.SentencePieceProcessor(model_proto=data)
        answer = []
        for one, items in ((model.encode, texts), (model.decode, lists)):
            answer.append([])
            for item in items:
                try:
                    out = one(item)
                    if IS_OLD and one == model.encode and not out and model.normalize(item):
                        out = None  # it says nothing when it fails
                    answer[-1].append(out)
                except Exception:  # pylint: disable=broad-except
                    answer[-1].append(None)
        return answer

    @staticmethod
    def made(seed, prose, folder):
        rng = random.Random(seed)
        how = rng.random()
        if how < 0.5:
            return models.put_together(rng), "put together"
        made = models.trained(rng, prose_of(prose), folder)
        if made is None:
            return None, "not trained"
        if how < 0.7:
            return models.changed(rng, made[0]), "trained and changed"
        return made[0], "trained"


def prose_of(folder, known={}):  # pylint: disable=dangerous-default-value
    if folder and folder not in known:
        known[folder] = []
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8", errors="ignore") as file:
                known[folder].append(file.read(100_000))
    return known.get(folder, [])


class Tessera:
    """The program."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace").strip().split("\n")[0] or f"exit code {done.returncode}")
        return done.stdout

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def encode(self, data, texts):
        model = self.file("one.model", data)
        plain = [i for i, text in enumerate(texts) if b"\0" not in text]
        other = [i for i, text in enumerate(texts) if b"\0" in text]
        out = [None] * len(texts)
        for places, kind in ((plain, "nul"), (other, "file")):
            if not places:
                continue
            if kind == "nul":
                paths = [self.file("texts", b"".join(texts[i] + b"\0" for i in places))]
            else:
                paths = [self.file(f"text-{n}", texts[i]) for n, i in enumerate(places)]
            lines = self.run("encode", "-t", model, "--documents", kind, "--output-format", "ids", "--progress", "none", "-q", *paths).decode().split("\n")[:-1]
            if len(lines) != len(places):
                raise RuntimeError(f"{len(places)} texts gave {len(lines)} lines")
            for i, line in zip(places, lines):
                out[i] = [int(word) for word in line.split()]
        return out

    def decode(self, data, lists):
        model = self.file("one.model", data)
        path = self.file("ids", "".join(" ".join(map(str, ids)) + "\n" for ids in lists).encode())
        out = self.run("decode", "-t", model, "--separator", "".join(f"\\x{b:02x}" for b in SEPARATOR), "--progress", "none", "-q", path)
        return out.split(SEPARATOR)[:-1]


class TextMaker:
    """Bytes for a model with these pieces."""

    def __init__(self, rng, prose):
        self.texts = text_maker.Texts(rng, prose, 1500)

    def text(self, rng, pieces):
        words = [piece.replace(models.SPACE, rng.choice((" ", models.SPACE))) for piece in rng.sample(pieces, min(len(pieces), 8))]
        kind = rng.random()
        if kind < 0.35:
            text = "".join(rng.choice(words) + rng.choice(("", "", "", " ", rng.choice(text_maker.SPACES), rng.choice(models.SYMBOLS)))
                           for _ in range(int(rng.expovariate(0.15)) + 1))
        elif kind < 0.5:
            text = "".join(rng.choice("ab c\u2581\u4e2dA1\uff21\U0001f600\u0301\ufb01") for _ in range(int(rng.expovariate(0.05)) + 1))
        elif kind < 0.55:
            unit = rng.choice(words + ["a", " ", models.SPACE, "\n", "\u4e2d", "\U0001f600"])
            text = unit * min(int(2 ** rng.uniform(1, 11)), 4000 // len(unit) + 1)
        else:
            text = self.texts.text(rng, words, models.SYMBOLS + models.CONTROLS + ["<s>", "</s>", "<unk>", "<0x41>"])
        data = text.encode("utf-8", "surrogatepass")
        if rng.random() < 0.2:  # not UTF-8 any more
            for _ in range(rng.randint(1, 6)):
                at = rng.randrange(len(data) + 1)
                how = rng.random()
                if how < 0.4:
                    data = data[:at] + bytes([rng.choice((0xFF, 0xC0, 0x80, 0xE2, 0x96, 0x81, 0xED, 0xA0, 0xF4, 0x90, 0, rng.randrange(256)))]) + data[at:]
                else:
                    data = data[:at] + data[at + rng.randint(1, 3):]
        return data


class Fuzz:
    def __init__(self, options, tessera):
        self.options, self.tessera, self.oracle = options, tessera, Oracle()
        self.count = collections.Counter()
        self.kinds = collections.Counter()
        self.makers = TextMaker(random.Random(f"{options.seed} texts"), options.prose)

    def one(self, index):
        rng = random.Random(f"{self.options.seed} {index} texts")
        data, how = self.oracle.make(f"{self.options.seed} {index}", self.options.prose, self.tessera.folder)
        if data is None:
            self.count[how] += 1
            return
        parts = models.Model(data)
        model_type = parts.trainer.get(3, 1)
        has_changed = model_type == models.UNIGRAM or any(kind == models.UNUSED for _, _, kind in parts.pieces) or (model_type == models.WORD and 35 in parts.trainer)
        if has_changed and not IS_OLD and not self.options.any_release:
            self.count["not compared: other ids since 0.2.2"] += 1
            return
        pieces = [text for text, _, kind in parts.pieces if kind != models.BYTE]
        texts = [self.makers.text(rng, pieces) for _ in range(self.options.texts)]
        answer = self.oracle.ask(data, texts, [])
        try:
            ours = self.tessera.encode(data, texts)
        except RuntimeError as e:
            if isinstance(answer, str):
                self.count["refused by both"] += 1
            elif "of another type" in str(e):
                self.count["refused for shared spellings"] += 1
            else:
                self.found(index, "load", data, None, answer[0][:1], str(e))
            return
        if isinstance(answer, str):
            self.count["refused by SentencePiece alone: " + answer[:60]] += 1
            return
        self.count[f"{how}, {models.NAMES[parts.trainer.get(3, 1)]}"] += 1
        lists = [ids for ids in answer[0] if ids is not None]
        for _ in range(self.options.texts // 4):
            lists.append([rng.randrange(len(parts.pieces)) for _ in range(rng.randint(0, 12))])
        decoded = self.oracle.ask(data, [], lists)
        back = self.tessera.decode(data, lists)
        for kind, given, theirs, mine in (("encode", texts, answer[0], ours), ("decode", lists, decoded[1], back)):
            for item, a, b in zip(given, theirs, mine):
                if a is None:
                    self.count[kind + ": SentencePiece fails"] += 1
                    continue
                self.count[kind] += 1
                if (a if kind == "encode" else a.encode()) != b:
                    self.found(index, kind, data, item, a, b)
                    break

    def differ(self, kind, data, items):
        """Of these items the first that still differs, with both answers."""
        answer = self.oracle.ask(data, *((items, []) if kind == "encode" else ([], items)))
        if isinstance(answer, str):
            return None
        mine = (self.tessera.encode if kind == "encode" else self.tessera.decode)(data, items)
        for item, a, b in zip(items, answer[0 if kind == "encode" else 1], mine):
            if a is not None and (a if kind == "encode" else a.encode()) != b:
                return item, a, b
        return None

    def shrink(self, kind, data, item, a, b):
        step = max(len(item) // 2, 1)
        end = time.time() + 20
        while time.time() < end:
            shorter = [item[:at] + item[at + step:] for at in range(0, len(item), step)]
            smaller = self.differ(kind, data, shorter) if shorter else None
            if smaller:
                item, a, b = smaller
            elif step == 1:
                break
            step = max(min(step, len(item)) // (1 if smaller else 2), 1)
        parts = models.Model(data)
        at = len(parts.pieces) - 1
        while at >= 0 and time.time() < end and kind == "encode":  # fewer pieces
            if parts.pieces[at][2] in (models.NORMAL, models.UNUSED, models.USER_DEFINED):
                without = models.Model(data)
                del without.pieces[at]
                smaller = self.differ(kind, without.data(), [item])
                if smaller:
                    data, (item, a, b), parts = without.data(), smaller, without
            at -= 1
        return data, item, a, b

    def found(self, index, kind, data, item, a, b):
        self.kinds[kind] += 1
        if self.kinds[kind] > self.options.per_kind:
            return
        if kind != "load":
            data, item, a, b = self.shrink(kind, data, item, a, b)
        folder = os.path.join(self.options.save, f"{self.options.seed}-{index}-{kind}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "one.model"), "wb") as file:
            file.write(data)
        with open(os.path.join(folder, "given"), "wb") as file:
            file.write(item if kind == "encode" else json.dumps(item).encode())
        parts = models.Model(data)
        normal = [piece for piece in parts.pieces if piece[2] != models.BYTE]
        print(f"{kind} differs: seed {self.options.seed}, model {index}, {models.NAMES[parts.trainer.get(3, 1)]}\n  given          {item!r:.400}\n"
              f"  sentencepiece  {a!r:.400}\n  tessera        {b!r:.400}\n  normalizer     { {k: v for k, v in parts.normalizer.items() if k in (1, 3, 4, 5)} }"
              f"\n  trainer        { {k: v for k, v in parts.trainer.items() if k in (3, 24, 35, 44)} }\n  pieces         {normal!r:.600}\n"
              f"  {'tessera encode -t ' + folder + '/one.model --documents file ' + folder + '/given'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", help="tessera")
    parser.add_argument("--seed", default=None, help="default: the time")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--models", type=int, default=None)
    parser.add_argument("--texts", type=int, default=200, help="for each model")
    parser.add_argument("--seconds", type=float, default=None, help="default: 60, without --models")
    parser.add_argument("--save", default="fuzz-found")
    parser.add_argument("--per-kind", type=int, default=3)
    parser.add_argument("--prose", default=None, help="folder of texts to draw from")
    parser.add_argument("--any-release", action="store_true", help="PROGRAM gives the ids of the release that is installed")
    if sys.argv[1:] == ["--oracle"]:
        Oracle.serve()
        return 0
    options = parser.parse_args()
    if options.prose is None and "TESSERA_DATA" in os.environ:
        options.prose = os.path.join(os.environ["TESSERA_DATA"], "text")
    if options.seed is None:
        options.seed = str(int(time.time()))
    if options.seconds is None:
        options.seconds = 60 if options.models is None else 1e9
    folder = tempfile.mkdtemp(prefix="tessera-fuzz-")
    print(f"seed {options.seed}, sentencepiece {sentencepiece.__version__}", flush=True)
    fuzz = Fuzz(options, Tessera(os.path.abspath(options.program), folder))
    end = time.time() + options.seconds
    index = options.first
    while time.time() < end and (options.models is None or index < options.first + options.models):
        fuzz.one(index)
        index += 1
    shutil.rmtree(folder)
    for what, n in sorted(fuzz.count.items()):
        print(f"  {n:8} {what}")
    print(f"{index - options.first} models; {fuzz.count['encode']} texts encoded, {fuzz.count['decode']} lists decoded; " +
          (", ".join(f"{n} models differ in {kind}" for kind, n in sorted(fuzz.kinds.items())) or "nothing differs"))
    return 1 if fuzz.kinds else 0


if __name__ == "__main__":
    sys.exit(main())
