#!/usr/bin/env python3
"""Tests of the command line: what transplant writes loads, and generates. See cli.py.

transformers loads the folders, llama.cpp (llama-cpp-python) the GGUF files. Without the packages a test is skipped, and says
so. Models are made here, small and random, nothing is fetched. That rows stand in the right places is seen by what a model
says: the same tokens under other ids must give the same scores under those ids.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"

import pathlib  # noqa: E402
import random  # noqa: E402

import cli  # noqa: E402
from cli import TEXT, Skip, check, equal, test  # noqa: E402
from small_models import OTHER_TEXT, gguf_file, gguf_keys, train, vocabulary  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402

torch = peer_package.or_none("torch")
transformers = peer_package.or_none("transformers")
numpy = peer_package.or_none("numpy")
gguf = peer_package.or_none("gguf")
llama_cpp = peer_package.or_none("llama_cpp")
if transformers is not None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

TEXTS = ["The quick brown fox isn't 12345 years old.", "  Der Fuchs\t\u00fc\u00df; \u4e2d\u6587 \U0001f999\n\n",
         "while (x != 0) { y += 1; }\n", "<begin>a<end>", ""]
TEMPLATE = "{% for m in messages %}<begin>{{ m['role'] }}: {{ m['content'] }}<end>{% endfor %}"


def needs(**packages):
    missing = [name for name, package in packages.items() if package is None]
    if missing:
        raise Skip("the Python packages " + ", ".join(missing) + " are not installed")


def ids_of(t, folder):
    """Token -> id, as tokenizer.json spells them; added tokens among them."""
    return vocabulary(t, f"{folder}/tokenizer.json")


def renumbered(t, folder, into, seed=3):
    """The same tokenizer with its ids in another order. Returns new id -> old id."""
    file = json.loads(t.read(f"{folder}/tokenizer.json"))
    n = len(ids_of(t, folder))
    new_of = list(range(n))
    random.Random(seed).shuffle(new_of)
    file["model"]["vocab"] = {token: new_of[i] for token, i in file["model"]["vocab"].items()}
    for token in file["added_tokens"]:
        token["id"] = new_of[token["id"]]
    file["added_tokens"].sort(key=lambda token: token["id"])
    t.write(f"{into}/tokenizer.json", json.dumps(file))
    old_of = [0] * n
    for old, new in enumerate(new_of):
        old_of[new] = old
    return old_of


# Both have pretokenizers that differ in digits and in spaces; the donor's class would build another than the file has.
BASE = {"size": 420, "special": ["<s>", "</s>", "<unused0>"], "bos": "<s>", "eos": "</s>", "text": TEXT, "pretokenizer": "gpt2",
        "class": "PreTrainedTokenizerFast"}
DONOR = {"size": 500, "special": ["<end>", "<begin>", "<call>"], "bos": "<begin>", "eos": "<end>", "text": OTHER_TEXT,
         "pretokenizer": "llama3", "class": "GPT2Tokenizer"}
GGUF_NAMES = {"gpt2": "gpt-2", "llama3": "llama-bpe"}


def make_tokenizer(t, folder, settings):
    train(t, folder, settings["size"], settings["special"], settings["text"], "--pretokenizer", settings["pretokenizer"])


def configure_tokenizer(t, folder, settings):
    t.write(f"{folder}/tokenizer_config.json",
            json.dumps({"tokenizer_class": settings["class"], "bos_token": settings["bos"], "eos_token": settings["eos"],
                        "chat_template": TEMPLATE}))
    tokens = ids_of(t, folder)
    return tokens, tokens[settings["bos"]], tokens[settings["eos"]]


def encoded(t, tokenizer, text):
    return [int(x) for x in t.ok("encode", "-t", tokenizer, "--documents", "nul", "--quiet", stdin=text.encode()).split()]


# What a configuration needs to be small; all else is the class's own.
LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 48, "max_position_embeddings": 64}
KINDS = {"llama": LAYERS, "qwen2": LAYERS, "gemma3_text": {**LAYERS, "head_dim": 32},
         "gpt2": {"n_layer": 2, "n_head": 2, "n_positions": 64},
         "gpt_neox": LAYERS, "mamba": {"num_hidden_layers": 2, "state_size": 4},
         "opt": {"num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 48, "word_embed_proj_dim": 64, "max_position_embeddings": 64},
         "bloom": {"n_layer": 2, "n_head": 2}}


def saved(t, folder, kind, settings, dim=64, tied=None, dtype="float32", extra_rows=0):
    """A random model as transformers saves it."""
    make_tokenizer(t, folder, settings)
    tokens, bos, eos = configure_tokenizer(t, folder, settings)
    options = dict(KINDS[kind])
    if "word_embed_proj_dim" in options:
        options["word_embed_proj_dim"] = dim
    if tied is not None:
        options["tie_word_embeddings"] = tied
    config = transformers.AutoConfig.for_model(kind, hidden_size=dim, vocab_size=len(tokens) + extra_rows, bos_token_id=bos,
                                               eos_token_id=eos, pad_token_id=eos, initializer_range=0.1, **options)
    torch.manual_seed(len(folder))
    model = transformers.AutoModelForCausalLM.from_config(config).to(getattr(torch, dtype))
    model.save_pretrained(t.path(folder))
    return model


def loaded(t, folder):
    """The model in a folder: every tensor found its place, and had the right shape."""
    model, found = transformers.AutoModelForCausalLM.from_pretrained(t.path(folder), output_loading_info=True, dtype="auto")
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        equal(sorted(found[what]) if found.get(what) else [], [], f"{folder}: {what}")
    return model.eval()


def matrices(model):
    return model.get_input_embeddings().weight, model.get_output_embeddings().weight


def scores(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].float()


def check_rows(t, folder, model, old, tokens, n_rows):
    """As many rows as the configuration says, one for each token; shared tokens have the base's to the bit."""
    config = json.loads(t.read(f"{folder}/config.json"))
    equal(config["vocab_size"], n_rows, folder)
    check(n_rows > max(tokens.values()), f"{folder}: a row for every id")
    base_ids = ids_of(t, "base")
    shared = [(i, base_ids[token]) for token, i in tokens.items() if token in base_ids]
    check(len(shared) > 300, f"{len(shared)} shared tokens")
    for new_matrix, old_matrix in zip(matrices(model), matrices(old)):
        equal(tuple(new_matrix.shape), (n_rows, old_matrix.shape[1]), folder)
        new_rows, old_rows = new_matrix[[new for new, _ in shared]], old_matrix[[base for _, base in shared]]
        equal(new_rows.dtype, old_rows.dtype, folder)
        check(torch.equal(new_rows, old_rows), f"{folder}: rows of shared tokens")
        check(bool(torch.isfinite(new_matrix).all()), f"{folder}: finite")


def check_tokenizer(t, folder, tokens, settings, kind="llama"):
    """The file's own rules, whatever kind of model it stands beside. Of Qwen2 transformers has them built in, which the
    program says."""
    take = transformers.PreTrainedTokenizerFast if kind == "qwen2" else transformers.AutoTokenizer
    tokenizer = take.from_pretrained(t.path(folder))
    for text in TEXTS:
        equal(tokenizer(text, add_special_tokens=False)["input_ids"], encoded(t, "donor/tokenizer.json", text), f"{folder}: {text!r}")
    check(max(tokenizer.get_vocab().values()) == max(tokens.values()), f"{folder}: ids")
    equal([tokenizer.bos_token_id, tokenizer.eos_token_id], [tokens[settings["bos"]], tokens[settings["eos"]]], folder)
    equal(tokenizer.apply_chat_template([{"role": "user", "content": "x"}], tokenize=False), "<begin>user: x<end>")
    return tokenizer


def check_generates(model, tokenizer):
    inputs = tokenizer("The quick", return_tensors="pt")
    inputs.pop("token_type_ids", None)
    n = inputs["input_ids"].shape[1]
    out = model.generate(**inputs, min_new_tokens=4, max_new_tokens=4, do_sample=False)
    equal(tuple(out.shape), (1, n + 4))
    check(isinstance(tokenizer.decode(out[0]), str), "text")


@test
def folders_load_in_transformers_and_generate(t):
    needs(torch=torch, transformers=transformers)
    for kind, tied, dtype in (("llama", False, "bfloat16"), ("llama", True, "float16"), ("gemma3_text", True, "bfloat16"),
                              ("qwen2", True, "float32"), ("gpt2", None, "float32"), ("gpt_neox", False, "float32"),
                              ("mamba", None, "float32"), ("opt", None, "float32"), ("bloom", None, "float32")):
        for name in ("base", "donor", "out"):
            cli.shutil.rmtree(t.path(name), ignore_errors=True)
        old = saved(t, "base", kind, BASE, tied=tied, dtype=dtype)
        is_tied = matrices(old)[0].data_ptr() == matrices(old)[1].data_ptr()
        saved(t, "donor", "llama", DONOR, dim=48, tied=False)
        tokens = ids_of(t, "donor")
        t.ok("transplant", "base", "donor", "out", "--quiet")
        model = loaded(t, "out")
        equal(matrices(model)[0].data_ptr() == matrices(model)[1].data_ptr(), is_tied, f"{kind}: tied")
        equal(type(model), type(old))
        check_rows(t, "out", model, old, tokens, max(tokens.values()) + 1)
        check_generates(model, check_tokenizer(t, "out", tokens, DONOR, kind))
        equal([model.config.bos_token_id, model.config.eos_token_id], [tokens["<begin>"], tokens["<end>"]], kind)
        equal([model.generation_config.bos_token_id, model.generation_config.eos_token_id], [tokens["<begin>"], tokens["<end>"]], kind)


@test
def tokenizers_that_name_no_class(t):
    """A model's type would choose one, which has its own idea of text."""
    needs(torch=torch, transformers=transformers)
    saved(t, "base", "gemma3_text", BASE, tied=True)
    make_tokenizer(t, "donor", DONOR)
    keys = gguf_keys(t, "donor", {"bos": "<begin>", "eos": "<end>"}, TEMPLATE)
    keys["tokenizer.ggml.pre"] = ("str", "llama-bpe")
    t.write("donor.gguf", gguf_file(keys, {}))
    for tokenizer in ("donor/tokenizer.json", "donor.gguf"):
        t.ok("transplant", "base", "out", "--tokenizer", tokenizer, "--force", "--quiet")
        theirs = transformers.AutoTokenizer.from_pretrained(t.path("out"))
        for text in TEXTS:
            equal(theirs(text, add_special_tokens=False)["input_ids"], encoded(t, "donor/tokenizer.json", text), f"{tokenizer}: {text!r}")
        check_generates(loaded(t, "out"), theirs)
        if tokenizer == "donor.gguf":
            equal([theirs.bos_token, theirs.eos_token, theirs.chat_template], ["<begin>", "<end>", TEMPLATE])


@test
def padded_vocabularies_and_heads_of_their_own(t):
    needs(torch=torch, transformers=transformers)
    for tied, extra_base, extra_donor, options, n_per in ((True, 0, 0, ["--untie"], 1), (True, 28, 0, ["--pad-to-multiple", 64], 64),
                                                          (False, 28, 36, ["--pad-to-multiple", 64, "--shard-size", "20K"], 64),
                                                          (False, 0, 36, [], 1), (True, 28, 12, ["--untie", "--shard-size", "1K"], 1)):
        for name in ("base", "donor", "out"):
            cli.shutil.rmtree(t.path(name), ignore_errors=True)
        old = saved(t, "base", "llama", BASE, tied=tied, extra_rows=extra_base)
        saved(t, "donor", "llama", DONOR, dim=48, tied=True, extra_rows=extra_donor)
        tokens = ids_of(t, "donor")
        t.ok("transplant", "base", "donor", "out", "--quiet", *options)
        check(os.path.exists(t.path("out/model.safetensors.index.json")) == ("--shard-size" in options), "shards")
        model = loaded(t, "out")
        input_rows, output_rows = matrices(model)
        equal(input_rows.data_ptr() == output_rows.data_ptr(), tied and "--untie" not in options, f"{options}: tied")
        n = max(tokens.values()) + 1
        check_rows(t, "out", model, old, tokens, -(-n // n_per) * n_per)
        check_generates(model, check_tokenizer(t, "out", tokens, DONOR))
        if "--untie" in options:  # the head is what the embeddings were to the head
            check(torch.equal(input_rows, output_rows), "--untie alone changes nothing")
        # A second transplant, from what was written.
        t.ok("transplant", "out", "base", "back", "--quiet", "--force")
        check_generates(loaded(t, "back"), transformers.AutoTokenizer.from_pretrained(t.path("back")))


@test
def other_ids_get_the_same_scores(t):
    needs(torch=torch, transformers=transformers)
    for kind, tied in (("llama", False), ("gemma3_text", True), ("gpt_neox", False)):
        old = saved(t, "base", kind, BASE, tied=tied).eval()
        old_of = renumbered(t, "base", "donor")
        configure_tokenizer(t, "donor", BASE)
        t.ok("transplant", "base", "out", "--tokenizer", "donor/tokenizer.json", "--force", "--quiet")
        model = loaded(t, "out")
        new_ids = list(range(0, len(old_of), 17))
        theirs, ours = scores(old, [old_of[i] for i in new_ids]), scores(model, new_ids)
        check(torch.allclose(ours, theirs[:, old_of], atol=1e-5), f"{kind}: {(ours - theirs[:, old_of]).abs().max()}")
        check(not torch.allclose(ours, theirs, atol=0.1), "ids are other ones")


def gguf_model(t, path, folder, settings, dim=64, tied=False, dtype="float32", extra_rows=0, template=""):
    """A random llama with the tokenizer in FOLDER, as llama.cpp's converter lays it out."""
    file, tokens = json.loads(t.read(f"{folder}/tokenizer.json")), ids_of(t, folder)
    spelled = {i: token for token, i in tokens.items()}
    n = len(tokens) + extra_rows
    writer = gguf.GGUFWriter(t.path(path), "llama")
    writer.add_context_length(256)
    writer.add_embedding_length(dim)
    writer.add_block_count(1)
    writer.add_feed_forward_length(96)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(dim // 2)
    writer.add_vocab_size(n)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(GGUF_NAMES[settings["pretokenizer"]])
    writer.add_token_list([spelled.get(i, f"[PAD{i}]") for i in range(n)])
    special = {token["id"] for token in file["added_tokens"]}
    kinds = gguf.TokenType
    writer.add_token_types([kinds.UNUSED if i not in spelled else kinds.CONTROL if i in special else kinds.NORMAL for i in range(n)])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in file["model"]["merges"]])
    writer.add_bos_token_id(tokens[settings["bos"]])
    writer.add_eos_token_id(tokens[settings["eos"]])
    writer.add_add_bos_token(False)
    if template:
        writer.add_chat_template(template)
    numbers = numpy.random.default_rng(len(path))

    def add(name, *shape):
        values = numpy.ones(shape, "float32") if len(shape) == 1 else numbers.normal(0, 0.1, shape).astype("float32")
        writer.add_tensor(f"{name}.weight", values.astype(dtype) if len(shape) == 2 else values)

    add("token_embd", n, dim)
    for name, *shape in (("attn_norm", dim), ("attn_q", dim, dim), ("attn_k", dim, dim), ("attn_v", dim, dim), ("attn_output", dim, dim),
                         ("ffn_norm", dim), ("ffn_gate", 96, dim), ("ffn_up", 96, dim), ("ffn_down", dim, 96)):
        add(f"blk.0.{name}", *shape)
    add("output_norm", dim)
    if not tied:
        add("output", n, dim)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class LlamaCpp:
    """A GGUF file in llama.cpp."""

    def __init__(self, t, path):
        self.t, self.path = t, path
        self.model = llama_cpp.Llama(t.path(path), n_ctx=256, n_threads=1, n_threads_batch=1, logits_all=True, verbose=False)

    def scores(self, ids):
        self.model.reset()
        self.model.eval(ids)
        return numpy.array(self.model.scores[:len(ids)])

    def check_tokenizes(self, tokenizer):
        for text in TEXTS:
            theirs = self.model.tokenize(text.encode(), add_bos=False, special=True)
            for file in (tokenizer, self.path):
                equal(theirs, encoded(self.t, file, text), f"{self.path}, {file}: {text!r}")

    def check_generates(self):
        n_vocab = self.model.n_vocab()
        prompt = self.model.tokenize(b"The quick", add_bos=True)
        made = []
        for token in self.model.generate(prompt, temp=0):
            made.append(token)
            if len(made) == 8:
                break
        check(len(made) == 8 and all(0 <= i < n_vocab for i in made), made)
        check(isinstance(self.model.detokenize(made), bytes), "text")
        check(bool(numpy.isfinite(self.scores(prompt)).all()), "scores")

    def close(self):
        self.model.close()


def gguf_tensors(t, path):
    return {tensor.name: tensor for tensor in gguf.GGUFReader(t.path(path)).tensors}


@test
def gguf_files_load_in_llama_cpp_and_generate(t):
    needs(llama_cpp=llama_cpp, gguf=gguf, numpy=numpy)
    make_tokenizer(t, "base", BASE)
    make_tokenizer(t, "donor", DONOR)
    tokens = ids_of(t, "donor")
    gguf_model(t, "donor.gguf", "donor", DONOR, dim=96, template=TEMPLATE)
    for tied, extra, options, kind in ((False, 0, ["--output-type", "f16"], "F16"), (True, 0, ["--output-type", "q8_0"], "Q8_0"),
                                       (True, 28, ["--untie", "--output-type", "q8_0"], "Q8_0"), (False, 28, [], "F32"),
                                       (False, 0, ["--pad-to-multiple", 64], "F32"), (True, 0, ["--output-type", "bf16"], "BF16")):
        gguf_model(t, "base.gguf", "base", BASE, tied=tied, extra_rows=extra)
        t.ok("transplant", "base.gguf", "donor.gguf", "out.gguf", "--quiet", "--force", *options)
        n = len(tokens) if "--pad-to-multiple" not in options else -(-len(tokens) // 64) * 64
        written = gguf_tensors(t, "out.gguf")
        old = gguf_tensors(t, "base.gguf")
        has_head = not tied or "--untie" in options
        equal("output.weight" in written, has_head, "head")
        for name in ["token_embd.weight"] + ["output.weight"] * has_head:
            equal([written[name].tensor_type.name, [int(x) for x in written[name].shape]], [kind, [64, n]], f"{options}: {name}")
        for name in old:
            if name not in ("token_embd.weight", "output.weight"):
                equal(written[name].data.tobytes(), old[name].data.tobytes(), name)
        model = LlamaCpp(t, "out.gguf")
        equal(model.model.n_vocab(), n)
        equal(model.model.metadata["tokenizer.chat_template"], TEMPLATE, str(options))
        equal([model.model.token_bos(), model.model.token_eos()], [tokens["<begin>"], tokens["<end>"]])
        model.check_tokenizes("donor/tokenizer.json")
        model.check_generates()
        model.close()


@test
def gguf_files_with_the_tokenizer_of_a_folder(t):
    needs(llama_cpp=llama_cpp, gguf=gguf, numpy=numpy)
    make_tokenizer(t, "base", BASE)
    gguf_model(t, "base.gguf", "base", BASE, template="of the base")
    make_tokenizer(t, "donor", DONOR)
    tokens, bos, eos = configure_tokenizer(t, "donor", DONOR)
    t.ok("transplant", "base.gguf", "out.gguf", "--tokenizer", "donor", "--quiet")
    model = LlamaCpp(t, "out.gguf")
    equal(model.model.n_vocab(), len(tokens))
    equal(model.model.metadata["tokenizer.chat_template"], TEMPLATE)
    equal([model.model.token_bos(), model.model.token_eos()], [bos, eos])
    model.check_tokenizes("donor/tokenizer.json")
    model.check_generates()
    model.close()


@test
def other_ids_get_the_same_scores_in_llama_cpp(t):
    needs(llama_cpp=llama_cpp, gguf=gguf, numpy=numpy)
    make_tokenizer(t, "base", BASE)
    for tied in (False, True):
        gguf_model(t, "base.gguf", "base", BASE, tied=tied)
        old_of = renumbered(t, "base", "donor")
        t.ok("transplant", "base.gguf", "out.gguf", "--tokenizer", "donor/tokenizer.json", "--force", "--quiet")
        new_ids = list(range(0, len(old_of), 17))
        old, new = LlamaCpp(t, "base.gguf"), LlamaCpp(t, "out.gguf")
        theirs, ours = old.scores([old_of[i] for i in new_ids]), new.scores(new_ids)
        old.close()
        new.close()
        check(numpy.allclose(ours, theirs[:, old_of], atol=1e-4), f"{abs(ours - theirs[:, old_of]).max()}")
        check(not numpy.allclose(ours, theirs, atol=0.1), "ids are other ones")


if __name__ == "__main__":
    if (torch is None or transformers is None) and llama_cpp is None:
        print("SKIPPED: neither transformers with torch nor llama_cpp is installed")
        sys.exit(77)
    cli.main()
