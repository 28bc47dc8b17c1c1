#!/usr/bin/env python3
"""Makes data/text and data/held_out from larger corpora, or checks what is there.

usage: make_data.py CORPORA    CORPORA: a folder laid out as the `file` column below
       make_data.py --check    compares data/ with data/SHA256SUMS

Each text is cut at line ends from one part of its source, its held-out text from another part. The sources, their
authors and licences are listed in data/README.md.
"""
import hashlib
import os
import re
import sys

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")

# Words of medicine and anatomy: which of WordNet's noun glosses count as biomedical.
BIOMEDICAL = re.compile(
    r"\b(disease|disorder|inflammation|infection|tissues?|muscles?|nerves?|arter\w+|veins?|membrane|glands?|hormone|"
    r"enzymes?|proteins?|blood|bones?|skin|tumou?rs?|cancer|virus\w*|bacteri\w+|patients?|surg\w+|symptom\w*|syndrome|"
    r"drugs?|antibiotic|vaccine|vitamin|immun\w+|kidneys?|liver|lungs?|heart|brain|fever|anatom\w+|patholog\w+|"
    r"physiolog\w+|medic\w+|therap\w+|clinical|diagnos\w+|chromosomes?|genes?|DNA|RNA|embryo\w*|cells)\b")

# name, file, bytes of text, bytes held out, filter
TEXTS = [
    ("english", "domain/literature__pride_and_prejudice.txt", 280_000, 40_000, None),
    ("legal", "domain/legal__dc_code_title28_commercial.txt", 250_000, 40_000, None),
    ("finance", "domain/finance__tatqa_dev.txt", 250_000, 40_000, None),
    ("biomedical", "domain/encyclopedic__wordnet_noun_glosses.txt", 250_000, 40_000, BIOMEDICAL),
    ("mathematics", "domain/math__stacks_project_A.txt", 250_000, 40_000, None),
    ("german", "lang/de.lohelp.txt", 160_000, 30_000, None),
    ("french", "lang/fr.lohelp.txt", 160_000, 30_000, None),
    ("russian", "lang/ru.lohelp.txt", 160_000, 30_000, None),
    ("greek", "lang/el.lohelp.txt", 160_000, 30_000, None),
    ("arabic", "lang/ar-MA.debhandbook.txt", 160_000, 30_000, None),
    ("hindi", "lang/hi.lohelp.txt", 160_000, 30_000, None),
    ("japanese", "lang/ja.lohelp.txt", 160_000, 30_000, None),
    ("korean", "lang/ko.lohelp.txt", 160_000, 30_000, None),
    ("chinese", "lang/zh-cn.lohelp.txt", 160_000, 30_000, None),
    ("c", "code/c.txt", 200_000, 30_000, None),
    ("cpp", "code/cpp.txt", 200_000, 30_000, None),
    ("go", "code/go.txt", 200_000, 30_000, None),
    ("java", "code/java.txt", 200_000, 30_000, None),
    ("javascript", "code/javascript.txt", 200_000, 30_000, None),
    ("python", "code/python.txt", 200_000, 30_000, None),
    ("rust", "code/rust.txt", 200_000, 30_000, None),
]


def lines_from(lines, share, n_bytes):
    """Whole lines of about n_bytes, from the line at this share of the text on."""
    skip = sum(map(len, lines)) * share
    taken, size, at = [], 0, 0
    for line in lines:
        at += len(line)
        if at <= skip:
            continue
        if size + len(line) > n_bytes:
            break
        taken.append(line)
        size += len(line)
    return b"".join(taken)


def write(path, content):
    content.decode("utf-8")  # valid
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


def make(corpora):
    for name, source, n_text, n_held_out, wanted in TEXTS:
        with open(os.path.join(corpora, source), "rb") as f:
            lines = f.read().splitlines(keepends=True)
        if wanted:
            lines = [l for l in lines if wanted.search(l.decode("utf-8"))]
        write(os.path.join(DATA, "text", name + ".txt"), lines_from(lines, 0.05, n_text))
        write(os.path.join(DATA, "held_out", name + ".txt"), lines_from(lines, 0.85, n_held_out))
    with open(os.path.join(DATA, "SHA256SUMS"), "w") as f:
        f.writelines(f"{digest}  {path}\n" for path, digest in digests())


def digests():
    for part in ("text", "held_out", "gpt2"):
        for name in sorted(os.listdir(os.path.join(DATA, part))):
            with open(os.path.join(DATA, part, name), "rb") as f:
                yield f"{part}/{name}", hashlib.sha256(f.read()).hexdigest()


def check():
    with open(os.path.join(DATA, "SHA256SUMS")) as f:
        expected = dict(reversed(line.split()) for line in f)
    found = dict(digests())
    wrong = sorted(p for p in expected.keys() | found.keys() if expected.get(p) != found.get(p))
    for path in wrong:
        print(f"data/{path}: not as recorded in data/SHA256SUMS", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(check() if sys.argv[1] == "--check" else make(sys.argv[1]))
