"""Makes a disagreement small: first the tokenizer, then the text or ids, then the vocabulary. `still(case)` says whether
a smaller case still shows it."""

import copy
import time

import generate
from modes import BATCH, DECODE

LISTS = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "decoder": "decoders", "post_processor": "processors"}


class Shrinker:
    def __init__(self, still, seconds):
        self.still, self.end = still, time.monotonic() + seconds

    def out_of_time(self):
        return time.monotonic() > self.end

    def list(self, case, get, put):
        """Leaves out stretches of a list: halves, quarters, ..., single entries."""
        items = get(case)
        step = max(len(items) // 2, 1)
        while items and not self.out_of_time():
            i, removed = 0, False
            while i < len(items) and not self.out_of_time():
                fewer = items[:i] + items[i + step:]
                smaller = put(copy.deepcopy(case), fewer)
                if smaller is not None and self.still(smaller):
                    case, items, removed = smaller, fewer, True
                else:
                    i += step
            if step == 1 and not removed:
                break
            step = max(step // 2, 1)
        return case

    def attempt(self, case, change):
        """Applies `change` to a copy; keeps it if it still shows."""
        if self.out_of_time():
            return case
        smaller = copy.deepcopy(case)
        if change(smaller) is False or (smaller.tokenizer == case.tokenizer and smaller.given == case.given):
            return case
        return smaller if self.still(smaller) else case

    # ---- the tokenizer

    def component(self, case, part):
        """Leaves out what it can of one component, which may be a Sequence of Sequences."""
        key = LISTS[part]

        def sites(node, path=()):
            yield path, node
            if node and node["type"] == "Sequence":
                for i, child in enumerate(node[key]):
                    yield from sites(child, (*path, i))

        def put(case, path, value):
            if not path:
                case.tokenizer[part] = value
                return
            node = case.tokenizer[part]
            for i in path[:-1]:
                node = node[key][i]
            if value is None:
                del node[key][path[-1]]
            else:
                node[key][path[-1]] = value

        case = self.attempt(case, lambda c: c.tokenizer.__setitem__(part, None))
        for path, node in list(sites(case.tokenizer[part])) if case.tokenizer[part] else []:
            if node["type"] == "TemplateProcessing":
                name, other = ("pair", "single") if case.mode.startswith("pair") else ("single", "pair")

                def put_template(c, pieces):
                    at(c.tokenizer[part], key, path).update({name: pieces, other: []})
                    return c
                case = self.list(case, lambda c: at(c.tokenizer[part], key, path)[name], put_template)
        again = True
        while again and case.tokenizer[part] is not None and not self.out_of_time():
            again = False
            for path, node in list(sites(case.tokenizer[part])):
                replacements = [None]
                if node["type"] == "Sequence" and len(node[key]) == 1:
                    replacements.append(node[key][0])
                if node["type"] == "Sequence" and path:  # into the one above is the same
                    pass
                for value in replacements:
                    smaller = self.attempt(case, lambda c: put(c, path, copy.deepcopy(value)))
                    if smaller is not case:
                        case, again = smaller, True
                        break
                if again:
                    break
        for path, node in list(sites(case.tokenizer[part])) if case.tokenizer[part] else []:
            for name, value in node.items():
                for simple in simpler(name, value):
                    case = self.attempt(case, lambda c: at(c.tokenizer[part], key, path).__setitem__(name, simple))
        return case

    def structure(self, case):
        for name in ("truncation", "padding"):
            case = self.attempt(case, lambda c: c.tokenizer.__setitem__(name, None))
        for part in ("post_processor", "decoder", "normalizer", "pre_tokenizer"):
            case = self.component(case, part)

        def put_added(c, tokens):
            known = generate.vocabulary(c.tokenizer["model"])
            kept = [token["content"] for token in tokens]
            old = {token["content"]: token["id"] for token in c.tokenizer["added_tokens"]}
            c.tokenizer["added_tokens"] = [token for token in c.tokenizer["added_tokens"] if token["content"] in kept]
            ids, next_id = {}, len(known)
            for token in c.tokenizer["added_tokens"]:
                if token["content"] not in known:
                    ids[token["id"]] = next_id
                    next_id += 1
            lost = {i for content, i in old.items() if content not in kept and content not in known}
            if c.mode in DECODE and lost & set(c.given):
                return None
            renumber(c, lambda i: ids.get(i, i))
            return c
        case = self.list(case, lambda c: c.tokenizer["added_tokens"], put_added)
        for i, token in enumerate(case.tokenizer["added_tokens"]):
            for flag in ("single_word", "lstrip", "rstrip", "normalized", "special"):
                if token[flag]:
                    case = self.attempt(case, lambda c: c.tokenizer["added_tokens"][i].__setitem__(flag, False))
        model = case.tokenizer["model"]
        for name, simple in (("dropout", None), ("ignore_merges", False), ("fuse_unk", False), ("byte_fallback", False),
                             ("continuing_subword_prefix", None), ("end_of_word_suffix", None), ("unk_token", None), ("max_input_chars_per_word", 100)):
            if model.get(name) and (name != "unk_token" or generate.model_type(model) == "BPE"):
                if name != "continuing_subword_prefix" or generate.model_type(model) == "BPE":
                    case = self.attempt(case, lambda c: c.tokenizer["model"].__setitem__(name, simple))
        return case

    def vocabulary(self, case):
        def put_merges(c, merges):
            c.tokenizer["model"]["merges"] = merges
            return c
        if generate.model_type(case.tokenizer["model"]) == "BPE":
            case = self.list(case, lambda c: c.tokenizer["model"]["merges"], put_merges)

        def put_vocab(c, entries):
            model = c.tokenizer["model"]
            if generate.model_type(model) == "Unigram":
                if model["unk_id"] is not None:
                    unknown = model["vocab"][model["unk_id"]]
                    if unknown not in entries:
                        return None
                    model["unk_id"] = entries.index(unknown)
                ids = {i: entries.index(entry) for i, entry in enumerate(model["vocab"]) if entry in entries}
            else:
                ids = {model["vocab"][token]: k for k, token in enumerate(entries)}
            before, after = len(model["vocab"]), len(entries)
            if c.mode in DECODE and any(i < before and i not in ids for i in c.given):
                return None
            renumber(c, lambda i: ids.get(i, i - before + after if i >= before else 0))
            model["vocab"] = entries if generate.model_type(model) == "Unigram" else {token: k for k, token in enumerate(entries)}
            return c

        def get_vocab(c):
            vocab = c.tokenizer["model"]["vocab"]
            return list(vocab) if isinstance(vocab, list) else sorted(vocab, key=vocab.get)
        return self.list(case, get_vocab, put_vocab)

    # ---- what is given

    def given(self, case):
        if case.mode in BATCH:
            def put_batch(c, items):
                c.given = items
                return c if items else None
            case = self.list(case, lambda c: list(c.given), put_batch)
        elif case.mode in DECODE:
            case = self.list(case, lambda c: list(c.given), lambda c, items: setattr(c, "given", items) or c)
        for path in list(texts_of(case.given)):
            case = self.text(case, path)
        return case

    def text(self, case, path):
        """Makes the text smaller that `path` leads to."""
        def get(c):
            text = c.given
            for i in path:
                text = text[i]
            return text

        def put(c, items):
            if not path:
                c.given = "".join(items)
                return c
            holder = c.given
            for i in path[:-1]:
                holder = holder[i]
            holder[path[-1]] = "".join(items)
            return c
        case = self.list(case, lambda c: list(get(c)), put)
        for i, char in enumerate(get(case)):
            for simple in "a ":
                if char in "a ":
                    break
                case = self.attempt(case, lambda c: put(c, get(c)[:i] + simple + get(c)[i + 1:]))
        return case

    def shrink(self, case):
        case = self.structure(case)
        case = self.given(case)
        case = self.vocabulary(case)
        case = self.structure(case)
        return self.given(case)


def texts_of(given, path=()):
    """The ways to each text of what is given."""
    if isinstance(given, str):
        yield path
    elif isinstance(given, list):
        for i, one in enumerate(given):
            yield from texts_of(one, (*path, i))


def at(node, key, path):
    for i in path:
        node = node[key][i]
    return node


def simpler(name, value):
    if name in ("type", "normalizers", "pretokenizers", "decoders", "processors", "single", "pair", "special_tokens"):
        return []
    if name == "precompiled_charsmap":
        return []
    if name == "pattern":
        return [simple for simple in ({"String": "a"}, {"String": " "}, {"Regex": "a"}, {"Regex": r"\s+"}) if simple != value]
    if value is True:
        return [False]
    if name == "content" and value not in ("", "b"):
        return ["", "b"]
    if name == "behavior" and value != "Isolated":
        return ["Isolated"]
    return []


def renumber(case, new):
    """Applies new(id) wherever ids stand outside the vocabulary."""
    tokenizer = case.tokenizer
    for token in tokenizer["added_tokens"]:
        token["id"] = new(token["id"])
    if case.mode in DECODE:
        case.given = [new(i) for i in case.given]

    def walk(node):
        if isinstance(node, dict):
            if "ids" in node:
                node["ids"] = [new(i) for i in node["ids"]]
            for key, value in node.items():
                if key in ("sep", "cls"):
                    node[key] = [value[0], new(value[1])]
                else:
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
    walk(tokenizer["post_processor"])
