"""Markdown of what was measured."""

from peers.measure import OURS


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join("---" if i == 0 else "---:" for i in range(len(header))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def merges_in_words(row):
    m = row["merges"]
    if row["trainer"] == OURS:
        return f"{m['ours']:,}"
    if m["equal"]:
        return f"all {m['theirs']:,} equal"
    if m["agree"] == min(m["ours"], m["theirs"]):
        return f"first {m['agree']:,} equal, of ours {m['ours']:,} and theirs {m['theirs']:,}"
    return f"differ from no. {m['agree'] + 1:,} on; {m['common_tokens']:,} of {m['theirs']:,} tokens in both"


def training(rows):
    body = [[f"**{r['trainer']}**" if r["trainer"] == OURS else r["trainer"], f"{r['min_seconds']:.2f}",
             f"{r['median_seconds']:.2f}", f"{r['ratio']:.2f}", f"{r['peak_bytes'] / 1e6:,.0f}", merges_in_words(r)]
            for r in rows]
    return table(["trainer", "seconds, best", "median", "times ours", "peak memory, MB", "merges"], body)


def encoding(rows):
    body = [[f"**{r['encoder']}**" if r["encoder"] == OURS else r["encoder"], f"{r['cold_mb_s']:.1f}", f"{r['warm_mb_s']:.1f}",
             f"{r['cold_ratio']:.2f}", f"{r['warm_ratio']:.2f}",
             f"{r['ids']:,}" if r["encoder"] == OURS else "equal" if r["equal"] else f"DIFFER ({r['ids']:,})"] for r in rows]
    return table(["encoder", "MB/s, cold", "MB/s, warm", "ours to theirs, cold", "warm", "ids"], body)


def superwords(rows):
    body = [[r["tokenizer"], f"{r['cold_mb_s']:.1f}", f"{r['warm_mb_s']:.1f}", f"{r['cold_share']:.2f}",
             f"{r['warm_share']:.2f}", f"{r['ids']:,}", f"{r['peer_mb_s']:.1f}", "equal" if r["equal"] else "DIFFER"]
            for r in rows]
    return table(["tokenizer", "MB/s, cold", "MB/s, warm", "of that of words, cold", "warm", "ids", "tokenizers, MB/s",
                  "its ids"], body)


def loading(rows):
    body = [[r["file"], f"**{r['loader']}**" if r["loader"] == OURS else r["loader"], f"{r['min_seconds'] * 1e3:.0f}",
             f"{r['median_seconds'] * 1e3:.0f}", f"{r['ratio']:.1f}",
             "" if r["loader"] == OURS else "equal" if r["equal"] else "DIFFER"] for r in rows]
    return table(["tokenizer.json of", "loader", "ms, best", "median", "times ours", "ids of 1 MB of text"], body)


def groups(rows, *keys):
    found = {}
    for row in rows:
        found.setdefault(tuple(row[k] for k in keys), []).append(row)
    return found.items()


def markdown(result):
    m = result["machine"]
    parts = [f"{m['date']}, {m['processor']}, {m['cores']} cores, load {m['load']} at the start; {m['compiler']}; "
             f"Python {m['python']}; tessera at {m['revision']}; "
             + ", ".join(f"{name} {version}" for name, version in result["versions"].items()) + ".",
             "`" + result["command"] + "`"]
    o = result["options"]
    for (corpus,), rows in groups(result["training"], "corpus"):
        parts += [f"### Training, {corpus}: {rows[0]['bytes'] / 1e6:.1f} MB, {o['vocab_size']:,} tokens, "
                  f"{o['threads']} threads, best of {o['runs']}", training(rows)]
    if result["loading"]:
        parts += [f"### Loading, from the path to an encoder that has encoded one word, best of {o['runs']}",
                  loading(result["loading"])]
    for (corpus, kind), rows in groups(result["superwords"], "corpus", "kind"):
        what = "in one piece" if kind == "whole" else "in documents of 1 KB"
        parts += [f"### Superwords, {corpus}: {rows[0]['bytes'] / 1e6:.1f} MB {what}, one thread, best of {o['runs']}",
                  superwords(rows)]
    for (name, corpus, kind), rows in groups(result["encoding"], "encoding", "corpus", "kind"):
        what = "in one piece" if kind == "whole" else "in documents of 1 KB"
        parts += [f"### Encoding, {name}, {corpus}: {rows[0]['bytes'] / 1e6:.1f} MB {what}, one thread, "
                  f"best of {o['runs']}", encoding(rows)]
    return "\n\n".join(parts)
