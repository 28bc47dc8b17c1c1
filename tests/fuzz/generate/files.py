"""What a tokenizer.json says, whatever wrote it."""


def merged(pair, prefix):
    """The token that a merge makes: the library cuts off as many bytes as the prefix has, whatever they are."""
    right = pair[1].encode()
    cut = len((prefix or "").encode())
    try:
        return pair[0] + right[cut:].decode() if len(right) >= cut else None
    except UnicodeDecodeError:
        return None


def model_type(model):
    """Files of old versions do not say it."""
    guess = "Unigram" if isinstance(model["vocab"], list) else "BPE" if "merges" in model else "WordPiece" if "max_input_chars_per_word" in model else "WordLevel"
    return model.get("type", guess)


def merges_are_sound(model):
    if model_type(model) != "BPE":
        return True
    vocab = model["vocab"]
    for merge in model["merges"]:
        pair = merge.split(" ") if isinstance(merge, str) else merge
        if len(pair) != 2 or any(token not in vocab for token in (*pair, merged(pair, model.get("continuing_subword_prefix")))):
            return False
    return True


def vocabulary(model):
    """token -> id of a model as tokenizer.json has it."""
    vocab = model["vocab"]
    return vocab if isinstance(vocab, dict) else {entry[0]: i for i, entry in enumerate(vocab)}
