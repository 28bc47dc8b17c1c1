"""Hugging Face's library and tessera, each of which answers what modes.py asks."""

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
from modes import BATCH, MODES, SEPARATOR, is_padded  # noqa: E402

DOCUMENT = re.compile(r"document (\d+)|ids\.txt:(\d+)")


class Failed:
    """What one of the two said instead of an answer."""

    def __init__(self, what):
        self.what = what


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
        self.cut_ = self.untrimmed_ = self.whole_ = None

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
        """With truncation, and with padding to a fixed length."""
        if self.cut_ is None:
            self.cut_ = self.load(**({} if is_padded(self.json) else {"padding": None}))
        return self.cut_

    @property
    def whole(self):
        """With truncation and any padding."""
        if self.whole_ is None:
            self.whole_ = self.load()
        return self.whole_

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
        if mode in BATCH:
            each = [self.some(path, tokenizer, mode, [item]) for item in items]
            return [answers[0] if code == 0 else Failed(answers) for code, answers in each]
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
