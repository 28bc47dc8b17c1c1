#!/usr/bin/env python3
"""Other projects' test vectors: tests/io/peers_test.py PROGRAM [--only WORD]

For each tokenizer file and each file of vectors: how many strings there are, how many of them tessera encodes (and
decodes) as recorded, or why the pair is not run. What differs first is shown with a command. The vectors are not part of
this project: TESSERA_SHARED_DATA names the folder they were unpacked to; without it the test is skipped (exit code 77).

What was recorded, found by running the libraries themselves:
- hf_oracle: ids of the original libraries, no special tokens added; added tokens in the text recognised by Hugging
  Face's, nothing special recognised by tiktoken's (`encode_ordinary`).
- kitoken: `small` and `mixed` are lines, the empty ones left out, with \\n, \\s (a space) and \\x (nothing) as escapes;
  `utf8` is one text. Ids without added special tokens, but those in the text are recognised, except SentencePiece's. An
  output file is what the ids decode to with special tokens shown; without one, the text itself. `gte` was recorded with
  the file's truncation and padding to 512.
- llama.cpp: texts between lines `__ggml_vocab_test__`, a line of ids for each, by Hugging Face's library without
  special tokens. The files have DOS line ends, which are not part of the texts.
- quicktok: little-endian 32-bit numbers: how many cases, and for each the bytes of a text, the text, how many ids, the
  ids; tiktoken's `encode_ordinary`, for qwen3 Hugging Face's library.
- gpt-tokenizer: TestPlans.txt: `EncodingName:`, `Sample:`, `Encoded:`; tiktoken's ids.
- sentencepiece: nfc.tsv and nfkd.tsv: code points and what they become.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

# Hugging Face's normalizers have Unicode 9.0 (docs/differences.md); what these files have that is newer.
NEWER = re.compile("[\u32ff\ua7f2-\ua7f4\uab69\U00010781-\U000107ba\U00011930-\U00011938\U0001e030-\U0001e06d\U0001f16c\U0001fbf0-\U0001fbf9]")


class Program:
    def __init__(self, program, folder):
        self.program, self.folder = os.path.abspath(program), folder

    def run(self, verb, tokenizer, given, *arguments):
        path = os.path.join(self.folder, "given.jsonl" if verb == "encode" else "given.txt")
        with open(path, "wb") as file:
            file.write(given)
        done = subprocess.run([self.program, verb, "-t", tokenizer, *arguments, "--progress", "none", path], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=600)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace").strip().split("\n")[0])
        return done.stdout

    def encode(self, tokenizer, texts, *arguments):
        given = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
        out = self.run("encode", tokenizer, given, "--documents", "jsonl", "--output-format", "ids", *arguments)
        lines = out.decode().split("\n")[:-1]
        if len(lines) != len(texts):
            raise RuntimeError(f"{len(texts)} documents gave {len(lines)} lines")
        return [[int(i) for i in line.split()] for line in lines]

    def decode(self, tokenizer, lists, *arguments):
        separator = b"\x01\x7f~tessera~\x7f\x01"
        given = "".join(" ".join(map(str, ids)) + "\n" for ids in lists).encode()
        out = self.run("decode", tokenizer, given, "--separator", "".join(f"\\x{b:02x}" for b in separator), *arguments)
        return [part.decode("utf-8", "replace") for part in out.split(separator)[:-1]]


class Pair:
    """One tokenizer and one file of vectors."""

    def __init__(self, name, tokenizer, texts, ids=None, outputs=None, arguments=(), change=None, skip_special=False):
        self.name, self.tokenizer, self.texts, self.ids, self.outputs = name, tokenizer, texts, ids, outputs
        self.arguments, self.change, self.skip_special = arguments, change, skip_special


class NotRun:
    def __init__(self, name, tokenizer, why):
        self.name, self.tokenizer, self.why = name, tokenizer, why


class Data:
    def __init__(self, folder, scratch):
        self.folder, self.scratch = folder, scratch

    def tokenizer(self, *parts):
        return os.path.join(self.folder, "tokenizers", *parts)

    def vectors(self, *parts):
        return os.path.join(self.folder, "conformance", *parts)

    def read(self, *parts):
        with open(self.vectors(*parts), encoding="utf-8", newline="") as file:
            return file.read()

    def gpt2_folder(self):
        """OpenAI's two files by the names that Hugging Face's have."""
        folder = os.path.join(self.scratch, "gpt2")
        if not os.path.isdir(folder):
            os.makedirs(folder)
            shutil.copy(self.tokenizer("gpt2", "encoder.json"), os.path.join(folder, "vocab.json"))
            shutil.copy(self.tokenizer("gpt2", "vocab.bpe"), os.path.join(folder, "merges.txt"))
        return folder


def of_tiktoken(data, name):
    """Path and arguments for one of OpenAI's encodings."""
    if name in ("r50k_base", "gpt2"):
        return data.gpt2_folder(), ("--pattern", "r50k")
    pattern = {"p50k_base": "p50k", "p50k_edit": "p50k", "cl100k_base": "cl100k", "o200k_base": "o200k"}[name]
    return data.tokenizer("tiktoken_ranks", name.replace("_edit", "_base") + ".tiktoken"), ("--pattern", pattern)


def hf_oracle(data):
    texts = [json.loads(line)["text"] for line in data.read("hf_oracle", "inputs_dev.jsonl").split("\n") if line]
    for file in sorted(os.listdir(data.vectors("hf_oracle"))):
        if not file.endswith(".gz"):
            continue
        with gzip.open(data.vectors("hf_oracle", file), "rt") as lines:
            rows = [json.loads(line) for line in lines]
        name = file[:-len(".dev.jsonl.gz")]
        source, _, rest = name.partition("__")
        arguments = ()
        if source == "hf_json":
            tokenizer = data.tokenizer("hf_json", rest + ".json")
        elif source == "kl3m":
            tokenizer = data.tokenizer("kl3m", rest)
        elif source == "spm":
            tokenizer = data.tokenizer("sentencepiece", rest + ".model")
        elif source == "tiktoken":
            tokenizer, arguments = of_tiktoken(data, rest)
            arguments = (*arguments, "--allowed-special", "none")
        else:
            tokenizer = data.tokenizer(name, "tokenizer.json")
        yield Pair(f"hf_oracle/{name}", tokenizer, [texts[row["id"]] for row in rows], [row["ids"] for row in rows], None, arguments)


def kitoken(data):
    def lines(*parts):
        kept = [line.removesuffix("\r") for line in data.read("kitoken", *parts).split("\n")]
        return [line.replace("\\n", "\n").replace("\\s", " ").replace("\\x", "") for line in kept if line]

    def numbers(*parts):
        return [[int(i) for i in line.split(",")] for line in data.read("kitoken", *parts).split("\n") if line]

    for source in ("tokenizers", "sentencepiece", "tiktoken", "tekken"):
        for file in sorted(os.listdir(data.vectors("kitoken", source))):
            kind, _, rest = file.partition("_tokens_")
            if not rest:
                continue
            model = rest.removesuffix(".txt")
            arguments, change = (), None
            if source == "tokenizers":
                tokenizer = {"gemma3": data.tokenizer("lenml_gemma3", "tokenizer.json"), "llama33": data.tokenizer("lenml_llama3_1", "tokenizer.json")}.get(
                    model, data.tokenizer("hf_json", model + ".json"))
                if model == "gte":
                    change = lambda ids: (ids + [0] * 512)[:512]
            elif source == "sentencepiece":
                tokenizer = data.tokenizer("sentencepiece", model + ".model")
            elif source == "tiktoken":
                tokenizer, arguments = of_tiktoken(data, model)
            else:  # tekken's first 1,000 ids are its special tokens
                tokenizer = data.tokenizer("tiktoken_ranks", "mistral_tekken_240718.tiktoken")
                with open(tokenizer.replace(".tiktoken", ".config.json"), encoding="utf-8") as config:
                    arguments = ("--pattern", json.load(config)["pattern"])
                change = lambda ids: [i + 1000 for i in ids]
            has_output = os.path.exists(data.vectors("kitoken", source, f"{kind}_output_{rest}"))
            if kind == "utf8":
                texts = [data.read("kitoken", "utf8_input.txt")]
                ids = [[i for line in numbers(source, file) for i in line]]
                outputs = [data.read("kitoken", source, f"{kind}_output_{rest}")] if has_output else texts
            else:
                texts, ids = lines(f"{kind}_input.txt"), numbers(source, file)
                outputs = lines(source, f"{kind}_output_{rest}") if has_output else texts
            if source in ("tiktoken", "tekken"):  # rank files have no special tokens
                keep = [i for i, text in enumerate(texts) if not re.search(r"<\||</?s>|\[/?INST|<pad>|<unk>", text)]
                texts, ids, outputs = ([column[i] for i in keep] for column in (texts, ids, outputs))
            if change:
                outputs = None
            yield Pair(f"kitoken/{source}/{file}", tokenizer, texts, ids, outputs, arguments, change, source == "sentencepiece")


def llama_cpp(data):
    tokenizers = {"gpt-2": [("hf_json", "gpt2.json")], "gpt-4o": [("tiktoken_ranks", "o200k_base.tiktoken")], "llama-bpe": [("lenml_llama3_1", "tokenizer.json")],
                  "llama-spm": [("ggml_vocab", "ggml-vocab-llama-spm.gguf"), ("hf_json", "llama2.json")], "qwen2": [("lenml_qwen3", "tokenizer.json")],
                  "bert-bge": [("ggml_vocab", "ggml-vocab-bert-bge.gguf"), ("hf_json", "gte.json")],
                  "pixtral": [("tiktoken_ranks", "mistral_tekken_240718.tiktoken")]}
    for date in sorted(os.listdir(data.vectors("llama.cpp"))):
        for file in sorted(os.listdir(data.vectors("llama.cpp", date))):
            if not file.endswith(".inp"):
                continue
            model = file.removeprefix("ggml-vocab-").removesuffix(".gguf.inp")
            texts = data.read("llama.cpp", date, file).replace("\r\n", "\n").split("\n__ggml_vocab_test__\n")
            rows = data.read("llama.cpp", date, file.replace(".inp", ".out")).replace("\r", "").split("\n")
            ids = [[int(i) for i in line.split()] for line in rows[:len(texts)]]
            for parts in tokenizers.get(model, []):
                arguments, change = (), None
                if model == "gpt-4o":
                    arguments = ("--pattern", "o200k")
                if model == "pixtral":
                    with open(data.tokenizer(*parts).replace(".tiktoken", ".config.json"), encoding="utf-8") as config:
                        arguments = ("--pattern", json.load(config)["pattern"])
                    change = lambda ids: [i + 1000 for i in ids]
                yield Pair(f"llama.cpp/{model}", data.tokenizer(*parts), texts, ids, None, arguments, change)
            if model not in tokenizers:
                yield NotRun(f"llama.cpp/{model}", "", "its tokenizer is not among the data")


def quicktok(data):
    def cases(file):
        with open(data.vectors("quicktok", file), "rb") as stream:
            content = stream.read()
        texts, ids, place = [], [], 4
        for _ in range(struct.unpack_from("<I", content)[0]):
            size, = struct.unpack_from("<I", content, place)
            texts.append(content[place + 4:place + 4 + size].decode())
            place += 4 + size
            n, = struct.unpack_from("<I", content, place)
            ids.append(list(struct.unpack_from(f"<{n}I", content, place + 4)))
            place += 4 + 4 * n
        assert place == len(content), file
        return texts, ids

    none = ("--allowed-special", "none")
    for file, tokenizer, arguments in (
            ("vectors.bin", *of_tiktoken(data, "cl100k_base")), ("vectors_o200k.bin", *of_tiktoken(data, "o200k_base")),
            ("vectors_o200k_harmony.bin", *of_tiktoken(data, "o200k_base")), ("vectors_llama3.bin", data.tokenizer("lenml_llama3_1", "tokenizer.json"), ()),
            ("vectors_llama3.bin", data.tokenizer("tiktoken_ranks", "llama3_tiktoken.model"), ("--pattern", "llama3")),
            ("vectors_qwen3.bin", data.tokenizer("lenml_qwen3", "tokenizer.json"), ())):
        texts, ids = cases(file)
        yield Pair(f"quicktok/{file}", tokenizer, texts, ids, None, (*arguments, *none))


def gpt_tokenizer(data):
    plans = {}
    for name, text, ids in re.findall(r"EncodingName: (\S+)\nSample: (.*?)\nEncoded: \[(.*?)\]", data.read("gpt-tokenizer", "TestPlans.txt"), re.DOTALL):
        texts, lists = plans.setdefault(name, ([], []))
        texts.append(text)
        lists.append([int(i) for i in ids.split(",") if i.strip()])
    for name, (texts, lists) in plans.items():
        tokenizer, arguments = of_tiktoken(data, name)
        yield Pair(f"gpt-tokenizer/{name}", tokenizer, texts, lists, texts, (*arguments, "--allowed-special", "none"))


def byte_table():
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [b for b in range(256) if b not in shown]
    return {**{b: chr(b) for b in shown}, **{b: chr(256 + i) for i, b in enumerate(hidden)}}


def sentencepiece(data):
    """A tokenizer of bytes with the normalizer shows what the normalizer does."""
    for form in ("NFC", "NFKD"):
        level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
        path = os.path.join(data.scratch, form, "tokenizer.json")
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="ascii") as file:
            json.dump({"version": "1.0", "added_tokens": [], "normalizer": {"type": form}, "pre_tokenizer": level, "decoder": level,
                       "model": {"type": "BPE", "vocab": {char: b for b, char in byte_table().items()}, "merges": []}}, file)
        rows = [line.split("#")[0].split("\t") for line in data.read("sentencepiece", form.lower() + ".tsv").split("\n") if line.strip()]
        strings = [["".join(chr(int(c, 16)) for c in column.split()) for column in row[:2]] for row in rows]
        strings = [s for s in strings if not NEWER.search(s[0])]
        yield Pair(f"sentencepiece/{form.lower()}.tsv", path, [s[0] for s in strings], [list(s[1].encode()) for s in strings])
    yield NotRun("sentencepiece/botchan.txt", "", "the file is a link to nothing")


def round_trip(data):
    """Texts without recorded ids: byte-level tokenizers must give them back."""
    for parts, file in (((("hf_json", "gpt2.json"), "wagahaiwa_nekodearu.txt")), (("lenml_llama3_1", "tokenizer.json"), "wagahaiwa_nekodearu.txt"),
                        (("hf_json", "gpt2.json"), "utf8_sequence_0x10ffff.txt"), (("lenml_llama3_1", "tokenizer.json"), "utf8_sequence_0x10ffff.txt")):
        folder = "sentencepiece" if file.startswith("wag") else "kitoken"
        text = data.read(folder, file)
        yield Pair(f"{folder}/{file} (there and back)", data.tokenizer(*parts), [text], None, [text])


def unicode15(_):
    yield NotRun("unicode15/NormalizationTest.txt", "", "run by tests/normalize/unicode_normalizer_test.cpp")
    for name in ("GraphemeBreakTest", "WordBreakTest", "SentenceBreakTest", "LineBreakTest", "emoji-test"):
        yield NotRun(f"unicode15/{name}.txt", "", "no component breaks text so")


def short(value, limit=300):
    text = json.dumps(value)
    return text if len(text) <= limit else text[:limit] + " ..."


class Run:
    def __init__(self, program):
        self.program = program
        self.failed = self.passed = self.strings = self.skipped = 0

    def line(self, pair, what):
        shown = os.path.join(*pair.tokenizer.split(os.sep)[-2:]) if pair.tokenizer else "-"
        print(f"{pair.name:62} {shown:58} {what}", flush=True)

    def __call__(self, pair):
        if isinstance(pair, NotRun):
            self.skipped += 1
            return self.line(pair, "not run: " + pair.why)
        if not os.path.exists(pair.tokenizer):
            self.skipped += 1
            return self.line(pair, "not run: the tokenizer is not among the data")
        try:
            got = self.program.encode(pair.tokenizer, pair.texts, *pair.arguments)
        except RuntimeError as e:
            self.failed += 1
            return self.line(pair, f"FAILED: {e}")
        if pair.change:
            got = [pair.change(ids) for ids in got]
        results = []
        wrong = [i for i in range(len(got)) if pair.ids is not None and got[i] != pair.ids[i]]
        if pair.ids is not None:
            results.append(f"{len(got) - len(wrong)} of {len(got)} encode as recorded")
            self.strings += len(got)
        wrong_back = []
        if pair.outputs is not None:
            try:
                flags = ["--skip-special-tokens"] if pair.skip_special else []
                arguments = [a for a in pair.arguments if a not in ("--allowed-special", "none")]
                back = self.program.decode(pair.tokenizer, pair.ids if pair.ids is not None else got, *arguments, *flags)
                wrong_back = [i for i, text in enumerate(back) if text != pair.outputs[i]]
                results.append(f"{len(back) - len(wrong_back)} of {len(back)} decode")
                self.strings += len(back)
            except RuntimeError as e:
                wrong_back = [0]
                results.append(f"decoding fails: {e}")
                back = [str(e)]
        if wrong or wrong_back:
            self.failed += 1
            self.line(pair, "FAILED: " + ", ".join(results))
            if wrong:
                text = pair.texts[min(wrong, key=lambda i: len(pair.texts[i]))]
                i = pair.texts.index(text)
                path = os.path.join(self.program.folder, f"wrong-{self.failed}.jsonl")
                with open(path, "w", encoding="ascii") as file:
                    file.write(json.dumps({"text": text}) + "\n")
                print(f"    text     {short(text)}\n    recorded {short(pair.ids[i])}\n    tessera  {short(got[i])}\n    "
                      f"tessera encode -t {pair.tokenizer} {' '.join(pair.arguments)} {path}")
            if wrong_back and len(back) > wrong_back[0]:
                i = wrong_back[0]
                ids = (pair.ids if pair.ids is not None else got)[i]
                path = os.path.join(self.program.folder, f"wrong-{self.failed}.ids")
                with open(path, "w", encoding="ascii") as file:
                    file.write(" ".join(map(str, ids)) + "\n")
                print(f"    ids      {short(ids)}\n    recorded {short(pair.outputs[i])}\n    tessera  {short(back[i])}\n    tessera decode -t {pair.tokenizer} {path}")
            return None
        self.passed += 1
        return self.line(pair, ", ".join(results))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--only", default="", metavar="WORD", help="pairs in whose name it occurs")
    parser.add_argument("--keep", default=None, metavar="FOLDER", help="where what differs is left")
    options = parser.parse_args()
    folder = os.environ.get("TESSERA_SHARED_DATA")
    if not folder or not os.path.isdir(os.path.join(folder, "conformance")):
        print("SKIPPED: TESSERA_SHARED_DATA names no folder with other projects' test vectors")
        return 77
    scratch = options.keep or tempfile.mkdtemp(prefix="tessera-peers-")
    os.makedirs(scratch, exist_ok=True)
    run = Run(Program(options.program, scratch))
    data = Data(folder, tempfile.mkdtemp(dir=scratch))
    for source in (hf_oracle, kitoken, llama_cpp, quicktok, gpt_tokenizer, sentencepiece, round_trip, unicode15):
        for pair in source(data):
            if options.only in f"{pair.name} {pair.tokenizer}":
                run(pair)
    if not run.failed and not options.keep:
        shutil.rmtree(scratch)
    print(f"{run.strings} strings; pairs: {run.passed} equal, {run.failed} differ, {run.skipped} not run")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
