"""What is asked of both, Hugging Face's library and tessera, and how each is asked. A mode is one question about a
tokenizer and a text or a list of ids; MODES is the table of them."""

import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("RUST_BACKTRACE", "0")
import peer_package  # noqa: E402

tokenizers = peer_package.or_skip("tokenizers")

import generate  # noqa: E402

SEPARATOR = b"\x01\x7f~tessera~\x7f\x01"
DOCUMENT = re.compile(r"document (\d+)|ids\.txt:(\d+)")


class Failed:
    """What one of the two said instead of an answer."""

    def __init__(self, what):
        self.what = what


# ---- modes -----------------------------------------------------------------------------------------------------------


class Encode:
    """Text -> ids, with or without what the post-processor adds."""

    verb, file = "encode", "texts.jsonl"

    def __init__(self, special):
        self.special = special

    def is_for(self, tokenizer):
        return not self.special or tokenizer["post_processor"] is not None

    def options(self, _):
        return ["--add-special-tokens"] if self.special else []

    def oracle(self, oracle, texts):
        return [e.ids for e in oracle.tokenizer.encode_batch_fast(texts, add_special_tokens=self.special)]

    @staticmethod
    def write(texts):
        return "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()

    @staticmethod
    def read(out):
        return [[int(word) for word in line.split()] for line in out.decode().split("\n")[:-1]]

    @staticmethod
    def same(expected, actual):
        return actual == expected


class Cut(Encode):
    """The file's truncation and padding applied: the ids, and those of each part that was cut off."""

    def __init__(self):
        super().__init__(True)

    def is_for(self, tokenizer):
        return tokenizer["truncation"] is not None or self.is_padded(tokenizer)

    @staticmethod
    def is_padded(tokenizer):
        """To the longest of a batch: there is no batch here."""
        return tokenizer["padding"] is not None and tokenizer["padding"]["strategy"] != "BatchLongest"

    def options(self, tokenizer):
        return ["--add-special-tokens", "--output-format", "json", *(["--truncate"] if tokenizer["truncation"] is not None else []),
                *(["--pad"] if self.is_padded(tokenizer) else [])]

    def oracle(self, oracle, texts):
        return [[e.ids, *(part.ids for part in e.overflowing)] for e in oracle.cut.encode_batch(texts, add_special_tokens=True)]

    @staticmethod
    def read(out):
        objects = [json.loads(line) for line in out.decode().split("\n")[:-1]]
        return [[o["ids"], *o.get("overflowing", [])] for o in objects]


class Offsets(Encode):
    """The place of each token in the text, in code points. Where a normalizer changes the text, the two speak of
    different texts; and the post-processors that cut white space off are left out, as tessera has none of that."""

    def __init__(self):
        super().__init__(False)

    def is_for(self, tokenizer):
        return tokenizer["normalizer"] is None

    def options(self, _):
        return ["--output-format", "json", "--offsets", "--offset-unit", "code-points"]

    def oracle(self, oracle, texts):
        return [[list(pair) for pair in e.offsets] for e in oracle.untrimmed.encode_batch(texts, add_special_tokens=False)]

    @staticmethod
    def read(out):
        return [json.loads(line)["offsets"] for line in out.decode().split("\n")[:-1]]


class Decode:
    """Ids -> text; tessera's is bytes."""

    verb, file = "decode", "ids.txt"

    def __init__(self, skip):
        self.skip = skip

    @staticmethod
    def is_for(_):
        return True

    def options(self, _):
        return ["--skip-special-tokens"] if self.skip else []

    def oracle(self, oracle, lists):
        return oracle.tokenizer.decode_batch(lists, skip_special_tokens=self.skip)

    @staticmethod
    def write(lists):
        return "".join(" ".join(map(str, ids)) + "\n" for ids in lists).encode()

    @staticmethod
    def read(out):
        return out.split(SEPARATOR)[:-1]

    @staticmethod
    def same(expected, actual):
        """There, what is no UTF-8 is U+FFFD (docs/differences.md, Decoding)."""
        return actual == expected.encode("utf-8", "surrogatepass") or actual.decode("utf-8", "replace") == expected


MODES = {"encode": Encode(False), "encode_special": Encode(True), "cut": Cut(), "offsets": Offsets(), "decode": Decode(False),
         "decode_skip": Decode(True)}
DECODE = ("decode", "decode_skip")


# ---- the two ---------------------------------------------------------------------------------------------------------


class Oracle:
    """Hugging Face's library. Its panics are no subclass of Exception."""

    def __init__(self, tokenizer):
        if not generate.merges_are_sound(tokenizer["model"]):  # a panic in a destructor, which ends the process
            raise ValueError("a merge of tokens that are not in the vocabulary")
        self.json = tokenizer
        self.tokenizer = self.load(truncation=None, padding=None)  # not applied unasked
        normalizer = self.tokenizer.normalizer
        if normalizer is not None and any(token["normalized"] and not self.normalize(token["content"]) for token in tokenizer["added_tokens"]):
            raise ValueError("an added token that the normalizer removes, on which the library loops forever")
        self.cut_ = self.untrimmed_ = None

    def load(self, **changes):
        try:
            return tokenizers.Tokenizer.from_str(json.dumps({**self.json, **changes}))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as e:  # pylint: disable=broad-except
            raise ValueError(f"{type(e).__name__}: {str(e)[:200]}") from None

    def normalize(self, text):
        try:
            return self.tokenizer.normalizer.normalize_str(text) if self.tokenizer.normalizer is not None else text
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as e:  # pylint: disable=broad-except
            raise ValueError(f"{type(e).__name__}: {str(e)[:200]}") from None

    @property
    def cut(self):
        """With truncation and padding."""
        if self.cut_ is None:
            self.cut_ = self.load(**({} if Cut.is_padded(self.json) else {"padding": None}))
        return self.cut_

    @property
    def untrimmed(self):
        """Without a post-processor."""
        if self.untrimmed_ is None:
            self.untrimmed_ = self.load(post_processor=None, truncation=None, padding=None)
        return self.untrimmed_

    def has(self, token_id):
        return self.tokenizer.id_to_token(token_id) is not None

    def answer(self, mode, items):
        """One for each item; `Failed` where it fails."""
        for together in (True, False):
            out = []
            for some in [items] if together else [[item] for item in items]:
                try:
                    out += MODES[mode].oracle(self, some)
                except (KeyboardInterrupt, SystemExit):
                    raise
                except BaseException as e:  # pylint: disable=broad-except
                    if together:
                        break
                    out.append(Failed(f"{type(e).__name__}: {str(e)[:80]}"))
            if len(out) == len(items):
                break
        return out


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

    def load_error(self, path):
        """The message with which it refuses a tokenizer, or None."""
        code, _, message = self.run("encode", "-t", path, "--quiet", "--progress", "none", self.write("texts.jsonl", b""))
        return None if code == 0 else message

    def some(self, path, tokenizer, mode, items):
        """(exit code, answers or message)"""
        question = MODES[mode]
        given = self.write(question.file, question.write(items))
        form = ["--documents", "jsonl"] if question.verb == "encode" else ["--separator", "".join(f"\\x{b:02x}" for b in SEPARATOR)]
        code, out, message = self.run(question.verb, "-t", path, *form, "-j", self.threads, "--progress", "none", "--quiet",
                                      *question.options(tokenizer), given)
        if code != 0:
            return code, message
        answers = question.read(out)
        if len(answers) != len(items):
            return 1, f"{len(answers)} documents came out, {len(items)} went in"
        return 0, answers

    def answer(self, path, tokenizer, mode, items):
        """One for each item; `Failed` where it fails, None where that was not found out."""
        out = [None] * len(items)
        left = list(range(len(items)))
        for _ in range(30):
            if not left:
                break
            code, answers = self.some(path, tokenizer, mode, [items[i] for i in left])
            if code == 0:
                for i, answer in zip(left, answers):
                    out[i] = answer
                break
            place = DOCUMENT.search(answers)
            if code == 1 and place and int(place[1] or place[2]) <= len(left):
                out[left.pop(int(place[1] or place[2]) - 1)] = Failed(answers)  # and the others again
                continue
            if len(left) == 1:
                out[left[0]] = Failed(answers)
                break
            for i in left:  # it died, and on which is not known
                code, alone = self.some(path, tokenizer, mode, [items[i]])
                out[i] = alone[0] if code == 0 else Failed(alone)
            if not any(isinstance(out[i], Failed) for i in left):
                out[left[0]] = Failed("only on all of them together: " + answers)
            break
        return out


class Case:
    """One thing given to both. `actual` is None where tessera says `error` instead."""

    def __init__(self, tokenizer, mode, given, expected=None, actual=None, error=""):
        self.tokenizer, self.mode, self.given = tokenizer, mode, given
        self.expected, self.actual, self.error = expected, actual, error

    def under(self, tokenizer, given):
        """What Hugging Face's library answers with another tokenizer; None if it fails."""
        try:
            answer = Oracle(tokenizer).answer(self.mode, [given])[0]
        except ValueError:
            return None
        return None if isinstance(answer, Failed) else answer

    def is_as(self, expected):
        return expected is not None and not self.error and MODES[self.mode].same(expected, self.actual)
