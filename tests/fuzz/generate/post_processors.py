"""Random post-processors."""

from .common import options, some


def template(c, specials):
    """`specials`: (content, id) to choose from."""
    rng = c.rng
    used, single = {}, []

    def put_specials(n, pieces=single, type_id=0):
        for _ in range(n):
            content, token_id = rng.choice(specials)
            name = content if rng.random() < 0.9 else content + "2"
            ids, tokens = [token_id], [content]
            if rng.random() < 0.1:
                other, other_id = rng.choice(specials)
                ids, tokens = ids + [other_id], tokens + [other]
            used.setdefault(name, {"id": name, "ids": ids, "tokens": tokens})
            pieces.append({"SpecialToken": {"id": name, "type_id": type_id}})
    if specials:
        put_specials(some(rng, (30, 0), (60, 1), (10, 2)))
    sequence = {"Sequence": {"id": "A", "type_id": 0}}
    if rng.random() < 0.97:
        single.append(sequence)
    if specials:
        put_specials(some(rng, (40, 0), (55, 1), (5, 2)))
    if rng.random() < 0.03:
        single.append(sequence)
    second = rng.choice((0, 1, 1, 1, 5))
    pair = [*single, {"Sequence": {"id": "B", "type_id": second}}]
    if specials:
        put_specials(some(rng, (40, 0), (55, 1), (5, 2)), pair, second)
    if rng.random() < 0.1:  # any order, and any number of either text
        rng.shuffle(pair)
        del pair[rng.randint(1, len(pair)):]
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": used}


def random_post_processor(c, specials, depth=0):
    rng = c.rng
    kind = some(rng, (40, "TemplateProcessing"), (15 if specials else 0, "BertProcessing"), (12 if specials else 0, "RobertaProcessing"),
                (15, "ByteLevel"), (12 if depth < 2 else 0, "Sequence"))
    out = {"type": kind}
    if kind == "TemplateProcessing":
        return template(c, specials)
    if kind in ("BertProcessing", "RobertaProcessing"):
        out.update(sep=list(rng.choice(specials)), cls=list(rng.choice(specials)))
        if kind == "RobertaProcessing":
            out.update(options(rng, trim_offsets=0.5, add_prefix_space=0.5))
    elif kind == "ByteLevel":
        out.update(options(rng, add_prefix_space=0.5, trim_offsets=0.5, use_regex=0.5))
    else:
        out["processors"] = [random_post_processor(c, specials, depth + 1) for _ in range(rng.randint(0, 3))]
    return out
