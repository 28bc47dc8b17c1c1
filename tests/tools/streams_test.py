#!/usr/bin/env python3
"""Tests of the command line: what all verbs have in common: outputs, streams, signals, progress, sizes. See cli.py."""

import json
import os
import pty
import signal
import subprocess
import time

import cli
from cli import Skip, TEXT, check, equal, test


@test
def an_unwritable_output(t):
    if os.geteuid() == 0:
        path = "/proc/out.json"  # root may write everywhere else
        if not os.path.isdir("/proc"):
            raise Skip("no folder that root cannot write to")
    else:
        os.mkdir(t.path("locked"), 0o555)
        path = "locked/out.json"
    t.fails(1, ["train", "-o", path, t.corpus()], path)
    t.fails(1, ["count", "-o", path + ".tsv", t.corpus()], path)
    t.fails(1, ["encode", "-t", t.tokenizer(), "-o", path, t.corpus()], path)


@test
def outputs_are_not_overwritten_without_force(t):
    corpus, tokenizer = t.corpus(), t.tokenizer()
    t.write("out.json", "mine")
    for args in [["train", "-o", "out.json", "--vocab-size", "300", corpus], ["count", "-o", "out.json", corpus],
                 ["merge-counts", "-o", "out.json"], ["encode", "-t", tokenizer, "-o", "out.json", corpus],
                 ["decode", "-t", tokenizer, "-o", "out.json"],
                 ["compare", "-t", tokenizer, "--html", "out.json", corpus]]:
        t.fails(1, args, "out.json: exists", "--force")
        equal(t.read("out.json"), b"mine")
    t.ok("train", "--force", "-o", "out.json", "--vocab-size", 300, corpus)
    check(t.read("out.json") != b"mine", "--force")


@test
def a_full_disk_is_an_error(t):
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    tokenizer = t.tokenizer()
    for args in [["encode", "-t", tokenizer], ["count"], ["--help"], ["inspect", "-t", tokenizer], ["train", "--help"]]:
        with open("/dev/full", "wb") as full:
            done = subprocess.run([t.program, *args], input=TEXT.encode(), stdout=full, stderr=subprocess.PIPE, cwd=t.folder)
        equal(done.returncode, 1, str(args))
        check(done.stderr.count(b"\n") == 1 and b"standard output" in done.stderr, done.stderr)


@test
def a_closed_pipe_is_quiet(t):
    tokenizer = t.tokenizer()
    t.write("long.txt", TEXT * 100)
    process = subprocess.Popen([t.program, "encode", "-t", tokenizer, "long.txt"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, cwd=t.folder)
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    equal(error, b"")
    check(process.wait(60) in (-signal.SIGPIPE, 0), f"exit code {process.returncode}")


@test
def interruption_leaves_nothing(t):
    tokenizer = t.tokenizer()
    for number in [signal.SIGINT, signal.SIGTERM]:
        for args in [["count", "-o", "out"], ["train", "-o", "out.json"], ["encode", "-t", tokenizer, "-o", "out"]]:
            before = sorted(os.listdir(t.folder))
            process = subprocess.Popen([t.program, *args, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, cwd=t.folder,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
            process.stdin.write(TEXT.encode() * 50)
            process.stdin.flush()
            time.sleep(0.3)
            check(process.poll() is None, f"{args} ended early")
            process.send_signal(number)
            equal(process.wait(20), 130, f"{args}: exit code")
            for stream in [process.stdin, process.stdout, process.stderr]:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
            equal(sorted(os.listdir(t.folder)), before, f"{args}: files left")


@test
def progress(t):
    corpus = t.corpus()
    done = t.run("train", "--progress", "json", "-o", "a.json", "--vocab-size", 300, corpus)
    lines = [json.loads(line) for line in done.stderr.decode().splitlines() if line.startswith("{")]
    check(lines and {"stage", "done", "total", "seconds", "rate", "seconds_left"} <= set(lines[0]), done.stderr)
    check({"counting"} <= {line["stage"] for line in lines}, "stages")
    for name in ["b.json", "c.json"]:
        done = t.run("train", *(["--progress", "none"] if name == "b.json" else []), "-o", name, "--vocab-size", 300, corpus)
        check(b"\r" not in done.stderr and b"{" not in done.stderr, done.stderr)
    done = t.run("train", "--progress", "bar", "-o", "d.json", "--vocab-size", 300, corpus)
    check(b"\r" in done.stderr and b"%" in done.stderr, done.stderr)
    ours, theirs = pty.openpty()
    done = subprocess.run([t.program, "train", "-o", "e.json", "--vocab-size", "300", corpus], stderr=theirs, cwd=t.folder)
    os.close(theirs)
    shown = os.read(ours, 100000)
    os.close(ours)
    equal(done.returncode, 0)
    check(b"\r" in shown and b"left" in shown or b"%" in shown, shown)


@test
def one_line_errors_even_for_odd_names(t):
    t.fails(1, ["train", "-o", "out.json", "a\nb\x1b[31m.txt"], "a\\nb")
    t.fails(2, ["train\n", "x"])


@test
def a_long_line(t):
    size = (100 if t.long else 5) << 20
    tokenizer = t.tokenizer()
    for line in [b"word " * (size // 5), b"a" * size]:
        t.write("long.txt", line)
        t.ok("train", "-o", "out.json", "--force", "--vocab-size", 260, "long.txt")
        ids = t.ok("encode", "-t", tokenizer, "long.txt")
        equal(t.ok("decode", "-t", tokenizer, "--separator", "", stdin=ids) == line, True, "comes back")
        os.remove(t.path("long.txt"))


if __name__ == "__main__":
    cli.main()
