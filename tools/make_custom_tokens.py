#!/usr/bin/env python3
"""Writes data/custom_tokens/: the families of custom tokens that KL3M's tokenizers carry (arXiv 2503.17247).

    tools/make_custom_tokens.py REPORTERS_DB

REPORTERS_DB is a checkout of freelawproject/reporters-db. KL3M reads its newest version from the network whenever it
trains; here the lists are made once and kept (data/README.md names the commit)."""

import json
import pathlib
import string
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "data" / "custom_tokens"
TAGS = (
    "html head body div span img table thead tbody tfoot tr td ul ol li h1 h2 h3 h4 iframe script style svg input button"
    " form label select option textarea meta link title pre code row column"
).split()
ATTRIBUTES = "href src alt title class id".split()
ROMAN = "ii iii iv v vi vii viii ix".split()


def runs(characters, longest=8):
    return [c * n for c in characters for n in range(2, longest + 1)]


def families(reporters_db):
    yield "whitespace", runs(" \t\r\n") + ["\r\n", "\t "]
    markdown = "## ### #### ##### ###### ** ~~ ``` ![ http:// https:// www. ftp:// mailto: tel: ://".split()
    yield "markdown", markdown + runs(".-=_*~")
    tags = [form for tag in TAGS for form in (f"<{tag}", f"<{tag.upper()}", f"</{tag}>")]
    yield "html", tags + [f" {form}=" for a in ATTRIBUTES for form in (a, a.upper())]
    yield "json", ['{"', '"}', '["', '"]', '":', '","', '":"', "null", "true", "false"]
    yield "xml", "<!-- --> <![CDATA[ ]]> <?xml <xml </xml>".split()
    yield "years", [str(year) for year in range(1776, 2050)]
    inner = [*string.ascii_letters, *map(str, range(1, 100)), *ROMAN, *(r.upper() for r in ROMAN)]
    yield "enumerators", [f"({one})" for one in inner]
    yield "numbers", [str(number) for number in range(10, 1000)]
    yield "legal_citations", legal_citations(pathlib.Path(reporters_db) / "reporters_db" / "data")


def legal_citations(folder):
    def keys(name):
        return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))

    reporters = keys("reporters")
    texts = [*keys("laws"), *reporters, *keys("journals"), *keys("case_name_abbreviations")]
    texts += [variation for entries in reporters.values() for one in entries for variation in one["variations"]]
    return [word for text in texts for word in text.split()]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    OUT.mkdir(exist_ok=True)
    for name, tokens in families(sys.argv[1]):
        tokens = sorted({token for token in tokens if len(token) > 1})
        lines = ",\n".join(json.dumps(token, ensure_ascii=False) for token in tokens)
        (OUT / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        print(f"{name}.json: {len(tokens)} tokens")


if __name__ == "__main__":
    main()
