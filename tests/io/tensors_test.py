#!/usr/bin/env python3
"""Files of tensors, read and written, against the packages safetensors, gguf and numpy: every type, random and broken headers,
shards, and files of the machine that are named.

Usage: tests/io/tensors_test.py DRIVER [--seed N] [FILE...]    DRIVER is tensors_driver.cpp, compiled
"""

import argparse
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import peer_package  # noqa: E402

numpy = peer_package.or_skip("numpy")
safetensors = peer_package.or_skip("safetensors")
gguf = peer_package.or_skip("gguf")
import gguf.quants  # noqa: E402
import safetensors.numpy  # noqa: E402

SIZES = {"BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
         "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64,
         "F64": 64, "I64": 64, "U64": 64}
# What the package calls the types that it can write.
NAMES = {"BOOL": "bool", "U8": "uint8", "I8": "int8", "F8_E5M2": "float8_e5m2", "F8_E4M3": "float8_e4m3fn", "F8_E8M0": "float8_e8m0fnu",
         "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz", "I16": "int16", "U16": "uint16", "F16": "float16",
         "BF16": "bfloat16", "I32": "int32", "U32": "uint32", "F32": "float32", "C64": "complex64", "F64": "float64", "I64": "int64",
         "U64": "uint64"}
BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print(f"FAILED: {what}"[:600], flush=True)


class Driver:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *words):
        """The lines of the answer, and the error or None."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        lines = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"the driver ended at {words}")
            if line == "ok\n":
                return lines, None
            if line.startswith("error "):
                return lines, line[6:].rstrip("\n")
            lines.append(line.rstrip("\n"))


def crc(data):
    return zlib.crc32(data)


def as_floats(name, data):
    """The values of the bytes of a type of safetensors, or None."""
    with numpy.errstate(all="ignore"):
        if name == "BF16":
            return (numpy.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
        if name in ("F16", "F32", "F64"):
            return numpy.frombuffer(data, f"<f{SIZES[name] // 8}").astype("<f4")
    return None


def described(name, kind, shape, data, values):
    """The line that the driver has for a tensor."""
    line = " ".join([name, kind, *map(str, shape), "|", str(crc(data))])
    if values is not None:
        line += f" {crc(values.tobytes())}" * (2 if len(shape) == 2 else 1)
    return line


def safetensors_file(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def their_lines(path):
    """What the package safetensors says of a file, in the order of the bytes."""
    with open(path, "rb") as file:
        content = file.read()
    lines = []
    for name, info in safetensors.deserialize(content):
        lines.append(described(name, info["dtype"], info["shape"], bytes(info["data"]), as_floats(info["dtype"], bytes(info["data"]))))
    return lines


def random_tensors(rng):
    entries, data = {}, b""
    for i in range(rng.randint(0, 6)):
        kind = rng.choice(list(SIZES))
        shape = [rng.choice([0, 1, 2, 3, 8, 16]) for _ in range(rng.randint(0, 3))]
        bits = SIZES[kind] * int(numpy.prod(shape, dtype=object))
        if bits % 8:
            continue
        entries[f"t{i}.{rng.choice('abc')}"] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + bits // 8]}
        values = rng.randbytes(bits // 8)
        if kind in ("F16", "BF16", "F32", "F64"):  # no NaN: which of them comes out is nobody's promise
            values = bytes(b & 0x3F if at % (SIZES[kind] // 8) == SIZES[kind] // 8 - 1 else b for at, b in enumerate(values))
        data += values
    return entries, data


def reading(driver, folder, rng):
    path = os.path.join(folder, "x.safetensors")
    n_accepted = n = 0
    for _ in range(800):
        entries, data = random_tensors(rng)
        items = list(entries.items())
        rng.shuffle(items)
        if rng.random() < 0.3:
            items.insert(0, ("__metadata__", {"format": "pt"}))
        text = bytearray(json.dumps(dict(items)).encode() + b" " * rng.randint(0, 8))
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            at = rng.randrange(len(text))
            text[at:at + rng.choice([0, 1, 1])] = rng.choice([b"0", b"1", b"9", b"-", b"[", b"]", b"}", b",", b"8", b" ", b"\"", b"F", b""])
        content = safetensors_file(bytes(text), data + rng.choice([b"", b"", b"", b"\0"]))
        pathlib.Path(path).write_bytes(content)
        lines, why = driver("read", path)
        try:
            theirs = their_lines(path)
        except Exception as e:  # pylint: disable=broad-except
            theirs = repr(e)
        n += 1
        if why is None:
            n_accepted += 1
            if b"-0" in text:  # 0 here
                continue
            check(isinstance(theirs, list) and sorted(lines) == sorted(theirs), f"{content}: {lines} is not {theirs}")
        else:  # stricter in this alone
            check(not isinstance(theirs, list) or "twice" in why, f"{content}: refused: {why}")
    print(f"{n} random headers, {n_accepted} accepted")


def writing(driver, folder, rng):
    path, out = os.path.join(folder, "in.safetensors"), os.path.join(folder, "out")
    os.mkdir(out)
    for _ in range(200):
        entries, data = random_tensors(rng)
        pathlib.Path(path).write_bytes(safetensors_file(entries, data))
        names, why = driver("safetensors", path, out, 10**9)
        check(why is None and names == ["model.safetensors"], f"{entries}: {names} {why}")
        check(sorted(their_lines(path)) == sorted(their_lines(os.path.join(out, "model.safetensors"))), f"{entries} changed")
    data = numpy.frombuffer(rng.randbytes(64), "u1")
    tensors = {f"{name}.{kind}": safetensors.TensorSpec(dtype=name_there, shape=[64 * 8 // SIZES[kind]], data_ptr=data.ctypes.data,
                                                        data_len=64)
               for kind, name_there in NAMES.items() for name in ("z", "a", "\u00e9\"\\\t")}
    pathlib.Path(path).write_bytes(safetensors.serialize(tensors, {"format": "pt"}))
    _, why = driver("safetensors", path, out, 10**9)
    check(why is None and pathlib.Path(out, "model.safetensors").read_bytes() == pathlib.Path(path).read_bytes(),
          "the order or the layout is not that of the package safetensors")
    os.remove(os.path.join(out, "model.safetensors"))
    shards(driver, path, out)


def shards(driver, path, out):
    tensors = {f"layer.{i}.weight": numpy.full((i, 10), i, "float32") for i in range(1, 9)}  # 40 to 320 bytes
    pathlib.Path(path).write_bytes(safetensors.numpy.save(tensors))
    names, why = driver("safetensors", path, out, 300)
    check(why is None, why)
    index = json.loads(pathlib.Path(out, "model.safetensors.index.json").read_text(encoding="utf-8"))
    check(index["metadata"] == {"total_size": 40 * 36}, index)
    check(sorted(index["weight_map"]) == sorted(tensors), index)
    found = {}
    for i, name in enumerate(names[:-1], 1):
        check(name == f"model-{i:05}-of-{len(names) - 1:05}.safetensors", names)
        file = pathlib.Path(out, name)
        these = safetensors.numpy.load(file.read_bytes())
        check(sum(a.nbytes for a in these.values()) <= 300 or len(these) == 1, name)
        check(all(index["weight_map"][key] == name for key in these), name)
        found.update(these)
    check(all((found[key] == tensors[key]).all() for key in tensors), "shards do not have the tensors")
    lines, why = driver("read", out)
    check(why is None and sorted(lines) == sorted(their_lines(path)), f"shards read back: {why}")


def their_gguf(path):
    lines = []
    reader = gguf.GGUFReader(path)
    for t in reader.tensors:
        data = numpy.ascontiguousarray(t.data).tobytes()
        kind = t.tensor_type.name
        shape = [int(n) for n in reversed(t.shape)]
        with numpy.errstate(all="ignore"):
            values = as_floats(kind, data) if kind in SIZES else None
            if kind in BLOCKS:
                values = gguf.quants.dequantize(t.data, t.tensor_type).astype("<f4")
        lines.append(described(t.name, kind, shape, data, values))
    return lines


def keys_of(path):
    return {name: [p.tobytes() for p in field.parts[3:]] for name, field in gguf.GGUFReader(path).fields.items() if name[:5] != "GGUF."}


def gguf_files(driver, folder, rng):
    path, out = os.path.join(folder, "in.gguf"), os.path.join(folder, "out.gguf")
    for alignment in (32, 8, 256):
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_custom_alignment(alignment)
        writer.add_string("general.name", "\u00e9")
        writer.add_array("some.strings", ["a", "", "bc"])
        writer.add_array("some.numbers", [1, -2, 3])
        writer.add_float64("a.double", 0.1)
        writer.add_bool("yes", True)
        for i, kind in enumerate(BLOCKS + ["F32", "F16", "BF16"]):
            rows = rng.randint(1, 5)
            values = numpy.random.default_rng(i).normal(size=(rows, 512)).astype("float32")
            number = gguf.GGMLQuantizationType[kind]
            if kind in ("F32", "F16"):
                writer.add_tensor(f"w{i}", values.astype("float16" if kind == "F16" else "float32"))
                continue
            try:
                data = gguf.quants.quantize(values, number)
            except NotImplementedError:  # any bytes are blocks, but infinite scales give NaN
                size = gguf.constants.GGML_QUANT_SIZES[number][1]
                data = numpy.frombuffer(bytes(b & 0x3B for b in rng.randbytes(rows * 2 * size)), "u1").reshape(rows, 2 * size)
            writer.add_tensor(f"w{i}", data, raw_dtype=number)
        writer.add_tensor("norm", numpy.ones(7, "float32"))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        lines, why = driver("read", path)
        check(why is None and lines == their_gguf(path), f"{why}: {lines} is not {their_gguf(path)}")
        for kind in "Q8_0", "F16", "F32":
            _, why = driver("gguf", path, out, kind)
            check(why is None, why)
            check(keys_of(out) == keys_of(path), f"{kind}: keys changed")
            lines, why = driver("read", out)
            check(why is None and lines == their_gguf(out), f"{why}: {kind} is not read back")
            before, after = gguf.GGUFReader(path).tensors, gguf.GGUFReader(out).tensors
            for a, b in zip(before, after):
                if a.tensor_type == b.tensor_type or len(a.shape) == 1:
                    check(numpy.array_equal(a.data.view("u1"), b.data.view("u1")), f"{a.name} changed")
                    continue
                check(b.tensor_type.name == kind, f"{b.name} is {b.tensor_type.name}")
                values = gguf.quants.dequantize(a.data, a.tensor_type).astype("float32")
                expected = gguf.quants.quantize(values, b.tensor_type)
                check(numpy.array_equal(expected.view("u1"), b.data.view("u1")), f"{a.name} as {kind}")
            check(all(t.data_offset % alignment == 0 for t in after), "alignment")


def named(driver, path):
    lines, why = driver("read", path)
    check(why is None, f"{path}: {why}")
    expected = their_gguf(path) if path.endswith(".gguf") else their_lines(path)
    check(sorted(lines) == sorted(expected), f"{path}: {set(lines) ^ set(expected)}")
    print(f"{path}: {len(lines)} tensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("driver")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    driver = Driver(os.path.abspath(options.driver))
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        reading(driver, folder, rng)
        writing(driver, folder, rng)
        gguf_files(driver, folder, rng)
        for path in options.files:
            named(driver, os.path.abspath(path))
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
