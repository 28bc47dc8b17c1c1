#!/usr/bin/env python3
"""Makes data/text and data/held_out from larger sources, or checks what is there.

usage: make_data.py SOURCES    SOURCES: a folder with the files that TEXTS names
       make_data.py --check    compares data/ with data/SHA256SUMS

SOURCES/code, domain and lang hold one file per source, made from the packages and projects that data/README.md names:
`code` has source files one after the other, each behind a line `=== FILE path ===`; `lang` has the text of manuals
without markup, a paragraph a line; `domain` has documents one after the other.

A source is read as documents (files, chapters, sections of a statute or a paper, definitions; sentences of a manual).
The text takes whole documents from the first on, the held-out text from the last back, until the next one would not fit; so the two have no
document in common. Where there is no order to keep, documents come in the order of their hashes: a mix of the whole.
"""
import hashlib
import os
import re
import sys

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


# Readers: a source's content as a list of documents.

def source_files(text, wanted="."):
    """Files of code whose path matches, without the lines that named them; none that links to a package registry."""
    parts = re.split(r"(?m)^=== FILE (\S+) ===\n", text)
    files = [content.strip("\n") + "\n\n" for path, content in zip(parts[1::2], parts[2::2]) if re.search(wanted, path)]
    registry = r"crates\.io|pypi\.org|npmjs|deb\.debian|proxy\.golang|repo1\.maven"
    return [f for f in files if len(f) > 4000 and not re.search(registry, f)]  # a short one is mostly its licence


def sections(text, start, end=None):
    """Parts from one line that matches `start` to the next; what stands before the first or from `end` on is left out."""
    if end:
        text = text[:re.search(end, text, re.M).start()]
    starts = [m.start() for m in re.finditer(start, text, re.M)] + [len(text)]
    return [text[a:b].strip("\n") + "\n\n" for a, b in zip(starts, starts[1:])]


def statutes(text):
    """Sections of a code of law without their histories and references; a note that stands in many is in the first."""
    note = re.compile(r"(Jan|Feb|Mar|Apr|May|June|July|Aug|Sept|Oct|Nov|Dec)\.? \d+, \d{4}, |\d{4} Ed\.|R\.S\., D\.C\.|"
                      r"as (added|amended|renumbered)|renumbered|This section is referenced|For (temporary|additional)|"
                      r"Section \d+.*provided that|D\.C\. Law \d|Pub\. L\. |.*, see (\u00a7|\u00a7\u00a7|also) |Applicability|"
                      r"Mayor\u2019s Order")
    seen, documents = set(), []
    for section in sections(text, r"^\d+-\d[\w.]*$"):
        lines = [l for l in section.splitlines(True) if not note.match(l) and not (len(l) > 60 and l in seen)]
        seen.update(lines)
        documents.append("".join(lines))
    return [d for d in documents if len(d) > 300]  # the others are repealed


def reports(text):
    """Passages of annual reports: a table, paragraphs, and the questions that end them."""
    documents, last = [], "?"
    for line in text.splitlines(True):
        if "\t" in line and last.rstrip().endswith("?"):
            documents.append("")
        documents[-1] += line
        last = line
    return documents


def medical_glosses(text):
    """WordNet's definitions of nouns, a line each, that speak of medicine, anatomy or the biology of cells."""
    wanted = re.compile(
        r"\b(disease|disorder|inflammation|infection|tissues?|muscles?|nerves?|arter\w+|veins?|membrane|glands?|hormone|"
        r"enzymes?|proteins?|blood|bones?|skin|tumou?rs?|cancer|virus\w*|bacteri\w+|patients?|surg\w+|symptom\w*|"
        r"syndrome|drugs?|antibiotic|vaccine|vitamin|immun\w+|kidneys?|liver|lungs?|heart|brain|fever|anatom\w+|"
        r"patholog\w+|physiolog\w+|medic\w+|therap\w+|clinical|diagnos\w+|chromosomes?|genes?|DNA|RNA|embryo\w*|cells)\b")
    return [line for line in text.splitlines(True) if wanted.search(line)]


def manual(text, letter, shortest):
    """Sentences of a manual: lines mostly in the language's script, each once; headings, menus and English are left out."""
    seen, lines = set(), []
    for line in text.splitlines(True):
        letters = [c for c in line if c.isalpha()]
        native = sum(1 for c in letters if re.match(letter, c))
        sentence = re.search("[.\u3002\u0964:\uff1a?\u061f!\u061b;][\u00bb\u201d\")]?$", line.rstrip())
        menu = re.search(r"^[\dA-Z]+\.\d| [-\u2013\uff0d] |^=", line)
        if sentence and not menu and len(line) > shortest and native * 3 >= len(letters) * 2 and line not in seen:
            seen.add(line)
            lines.append(line)
    return lines


ARABIC, GREEK, DEVANAGARI = "[\u0600-\u06ff]", "[\u0370-\u03ff\u1f00-\u1fff]", "[\u0900-\u097f]"
C_FILES = r"redis-7\.0\.15/(src/(?!commands\.c|asciilogo)|deps/hiredis/[^/]+$|deps/lua/src/[a-z]+\.[ch]$)"
HAN, HANGUL, JAPANESE = "[\u4e00-\u9fff]", "[\uac00-\ud7a3]", "[\u3040-\u30ff\u4e00-\u9fff]"
LATIN, CYRILLIC = "[A-Za-z\u00c0-\u017f]", "[\u0400-\u04ff]"

LONGEST = 20_000  # bytes of a document that joins a mix

# name, source, bytes of text, bytes held out, documents in their own order?, reader
TEXTS = [
    ("english", "domain/literature__pride_and_prejudice.txt", 280_000, 40_000, True,
     lambda t: sections(t[t.index("Chapter 61\n"):], r"^Chapter \d+$", r"^\*\*\* END OF")[1:]),
    ("legal", "domain/legal__dc_code_title1.txt", 250_000, 40_000, False, statutes),
    ("finance", "domain/finance__tatqa_dev.txt", 250_000, 40_000, True, reports),
    ("biomedical", "domain/encyclopedic__wordnet_noun_glosses.txt", 250_000, 40_000, False, medical_glosses),
    ("mathematics", "domain/math__stacks_project_A.txt", 250_000, 40_000, False,
     lambda t: sections(re.sub(r"\n{3,}", "\n\n", t), r"^\\section\{")),
    ("german", "lang/de.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, LATIN, 40)),
    ("french", "lang/fr.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, LATIN, 40)),
    ("russian", "lang/ru.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, CYRILLIC, 40)),
    ("greek", "lang/el.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, GREEK, 30)),
    ("arabic", "lang/ar-MA.debhandbook.txt", 160_000, 30_000, True, lambda t: manual(t, ARABIC, 40)),
    ("hindi", "lang/hi.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, DEVANAGARI, 30)),
    ("japanese", "lang/ja.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, JAPANESE, 15)),
    ("korean", "lang/ko.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, HANGUL, 20)),
    ("chinese", "lang/zh-cn.lohelp.txt", 160_000, 30_000, True, lambda t: manual(t, HAN, 12)),
    ("c", "code/c.txt", 200_000, 35_000, False, lambda t: source_files(t, C_FILES)),
    ("cpp", "code/cpp.txt", 200_000, 35_000, False, lambda t: source_files(t, "^leveldb/")),
    ("go", "code/go.txt", 200_000, 35_000, False, source_files),
    ("java", "code/java.txt", 200_000, 35_000, False, source_files),
    ("javascript", "code/javascript.txt", 200_000, 35_000, False, lambda t: source_files(t, "^three/package/src/")),
    ("python", "code/python.txt", 200_000, 35_000, False, source_files),
    ("rust", "code/rust.txt", 200_000, 35_000, False, source_files),
]


def read(path):
    with open(path, "rb") as f:
        return f.read().decode("utf-8-sig").replace("\r\n", "\n")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def fitting(documents, n_bytes, in_order):
    """Whole documents, together no more than n_bytes: up to the first that does not fit, or all that do."""
    taken, size = [], 0
    for document in documents:
        n = len(document.encode())
        if size + n <= n_bytes and (in_order or n <= LONGEST):
            taken.append(document)
            size += n
        elif in_order:
            break
    return taken


def make(sources):
    for name, source, n_text, n_held_out, in_order, reader in TEXTS:
        documents = [d for d in reader(read(os.path.join(sources, source))) if d.strip() or in_order]
        if not in_order:
            documents = sorted(set(documents), key=digest)
        text = fitting(documents, n_text, in_order)
        rest = documents[len(text):] if in_order else [d for d in documents if d not in set(text)]
        held_out = fitting(rest[::-1], n_held_out, in_order)[::-1]
        for folder, chosen in (("text", text), ("held_out", held_out)):
            path = os.path.join(DATA, folder, name + ".txt")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="\n") as f:
                f.write("".join(chosen).rstrip("\n") + "\n")
    with open(os.path.join(DATA, "SHA256SUMS"), "w", encoding="utf-8", newline="\n") as f:
        f.writelines(f"{hexadecimal}  {path}\n" for path, hexadecimal in digests())


def digests():
    for part in ("text", "held_out", "gpt2"):
        for name in sorted(os.listdir(os.path.join(DATA, part))):
            with open(os.path.join(DATA, part, name), "rb") as f:
                yield f"{part}/{name}", hashlib.sha256(f.read()).hexdigest()


def check():
    with open(os.path.join(DATA, "SHA256SUMS"), encoding="utf-8") as f:
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
