// What `tokenizer.ggml.pre` of a GGUF file means: the regular expressions that split the text, and switches.
//
// A file names its pretokenizer only; the expressions are known to the programs that read it. The names and switches
// are llama.cpp's (src/llama-vocab.cpp, release 0.5.0). The expressions are those of the tokenizer.json that each
// name stands for, wherever llama.cpp quotes them; its own engine needs them rewritten, and the two differ on rare
// characters (U+017F after an apostrophe, letters that are neither a-z nor A-Z in cased words).
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace tessera::inline v0 {

/// One name.
struct gguf_pretokenizer {
    std::string_view name;
    /// In Oniguruma's dialect. Each splits every piece the one before it has left: matches become pieces, and so does
    /// what lies between them (Hugging Face's Split, behavior Isolated, one after another).
    std::span<std::string_view const> patterns;
    bool clean_spaces = true;    ///< decoding takes out spaces before punctuation
    bool ignore_merges = false;  ///< a pretoken that is a token is taken whole
    bool add_bos = false;
    bool add_sep = false;
    bool no_bos = false;              ///< there is no token to begin a text with unless the file names one
    bool byte_level = true;           ///< tokens are spelled in GPT-2's byte alphabet; else in UTF-8
    bool escape_whitespaces = false;  ///< spaces become U+2581 before anything else
};

namespace detail::gguf_patterns {

using sv = std::string_view;

// Shared expressions.
inline constexpr sv gpt2_re = R"re('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))re";
inline constexpr sv llama3_re =
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)re";
inline constexpr sv qwen2_re =
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)re";
inline constexpr sv o200k_re =
    R"re([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)re"
    R"re(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)re"
    R"re(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)re";
inline constexpr sv newlines_re = R"re([^\n]+|[\n]+)re";
inline constexpr sv three_digits_re = R"re(\p{N}{1,3})re";
inline constexpr sv digit_re = R"re(\p{N})re";
inline constexpr sv bloom_re = " ?[^(\\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";
inline constexpr sv cjk_re = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";
inline constexpr sv deepseek3_words_re =
    R"re([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*)re"
    R"re(|\s*[\r\n]+|\s+(?!\S)|\s+)re";
inline constexpr sv hangul_and_han_re = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

// The lists.
inline constexpr sv fallback[] = {R"re([\p{P}\$\+<=>\^~\|]+)re", gpt2_re, R"re(\p{N}+)re", "[0-9][0-9][0-9]"};
inline constexpr sv gpt2[] = {gpt2_re};
inline constexpr sv starcoder[] = {digit_re, gpt2_re};
inline constexpr sv falcon[] = {R"re([\p{P}\$\+<=>\^~\|`]+)re", gpt2_re, "[0-9][0-9][0-9]"};
inline constexpr sv llama3[] = {llama3_re};
inline constexpr sv qwen2[] = {qwen2_re};
inline constexpr sv qwen35[] = {
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+)re"
    R"re(|\s+(?!\S)|\s+)re"};
inline constexpr sv gpt4o[] = {o200k_re};
inline constexpr sv tekken[] = {R"re([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)re"
                                R"re(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)re"
                                R"re(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)re"};
inline constexpr sv jais2[] = {
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)re"
    R"re(|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S))re"
    R"re(|\s{1,2}(?!\S)|\s{1})re"};
inline constexpr sv deepseek_llm[] = {
    "[\r\n]",
    "\\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376"
    "\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F"
    "\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77"
    "\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D"
    "\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4"
    "\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139"
    "\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D"
    "\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A"
    "\uFF41-\uFF5A\U00010400-\U0001044F\U000104B0-\U000104D3\U000104D8-\U000104FB\U00010C80-\U00010CB2"
    "\U00010CC0-\U00010CF2\U000118A0-\U000118DF\U0001E900-\U0001E943]+",
    "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
    "\\s+$",
    hangul_and_han_re,
    "\\p{N}+"};
inline constexpr sv deepseek_coder[] = {"[\r\n]", R"re(\s?\p{L}+)re", R"re(\s?\p{P}+)re", hangul_and_han_re, digit_re};
inline constexpr sv deepseek3[] = {three_digits_re, cjk_re, deepseek3_words_re};
inline constexpr sv spark[] = {
    three_digits_re, cjk_re,
    R"re([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n])re"
    R"re(|\s+(?!\S)|\s+)re",
    digit_re};
inline constexpr sv youtu[] = {
    "[\uAC00-\uD7A3\u3131-\u318E]+|[\uFF01\u2026\u201C\u201D\u2018\u2019\u2014\uFF1A\uFF1B\uFF0C\u3001-\u303F"
    "\uFE30-\uFE4F]+|[\u3105-\u312F]+|[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
    R"re([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)re"
    R"re(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)re"
    R"re(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)re"};
inline constexpr sv bloom[] = {bloom_re};
inline constexpr sv viking[] = {bloom_re, digit_re};
inline constexpr sv chameleon[] = {"<sentinel:[0-9]+>",           "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
                                   "([\\t\\n]|    |  )",          digit_re,
                                   R"re([\p{P}!-/:-@\[-`{-~])re", gpt2_re};
inline constexpr sv tiny_aya[] = {R"re(\d{1,3}(?=(?:\d{3})*\b))re", o200k_re};
// llama.cpp quotes no expression but splits by hand, as tokenization_kimi.py's expression does.
inline constexpr sv kimi_k2[] = {
    R"re([\p{Han}]+)re"
    R"re(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+)re"
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)?)re"
    R"re(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*)re"
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)?)re"
    R"re(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)re"};
inline constexpr sv superbpe[] = {R"re(\p{N}+)re", R"re((?=(\d{3})+(?!\d)))re"};
inline constexpr sv bailingmoe[] = {
    R"re('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)re"};
inline constexpr sv seed_coder[] = {
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)re"};
inline constexpr sv ufakzeka[] = {
    R"re([^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)re"};
// The first stands for what llama.cpp does by hand: groups of three digits, counted from the end of the number.
inline constexpr sv afmoe[] = {
    R"re(\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N})))re",
    "[\u4E00-\u9FFF\u3400-\u4DBF\uF900-\uFAFF\u3040-\u309F\u30A0-\u30FF\uFF65-\uFF9F\u2F00-\u2FDF\u0E40-\u0E7F"
    "\u0E80-\u0EFF\u1780-\u17FF\u1000-\u109F\uAA60-\uAA7F\uA9E0-\uA9FF\uAC00-\uD7AF\u1100-\u11FF]+",
    deepseek3_words_re};
inline constexpr sv laguna[] = {newlines_re, qwen2_re};
inline constexpr sv exaone_moe[] = {
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?)re"
    R"re(|\s*[\r\n]|\s+(?!\S)|\s+)re"};
inline constexpr sv gemma4[] = {newlines_re};
inline constexpr sv minicpm5[] = {
    three_digits_re,
    R"re((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)re"};
inline constexpr sv whitespace[] = {R"re(\S+)re"};

inline constexpr gguf_pretokenizer table[] = {
    {.name = "default", .patterns = fallback},
    {.name = "minicpm5", .patterns = minicpm5, .ignore_merges = true},
    {.name = "llama3", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "llama-v3", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "llama-bpe", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "falcon3", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "falcon-h1", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "pixtral", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "midm-2.0", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "lfm2", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "jina-v5-nano", .patterns = llama3, .ignore_merges = true, .add_bos = true},
    {.name = "deepseek-llm", .patterns = deepseek_llm, .clean_spaces = false},
    {.name = "deepseek-coder", .patterns = deepseek_coder, .clean_spaces = false},
    {.name = "deepseek-v3", .patterns = deepseek3, .clean_spaces = false},
    {.name = "hunyuan-dense", .patterns = deepseek3, .clean_spaces = false},
    {.name = "hy_v4", .patterns = deepseek3, .clean_spaces = false},
    {.name = "joyai-llm", .patterns = deepseek3, .clean_spaces = false},
    {.name = "spark2_5", .patterns = spark, .clean_spaces = false},
    {.name = "youtu", .patterns = youtu, .clean_spaces = false, .ignore_merges = true},
    {.name = "falcon", .patterns = falcon},
    {.name = "starcoder", .patterns = starcoder},
    {.name = "refact", .patterns = starcoder},
    {.name = "command-r", .patterns = starcoder, .clean_spaces = false},
    {.name = "smollm", .patterns = starcoder, .clean_spaces = false},
    {.name = "codeshell", .patterns = starcoder},
    {.name = "exaone", .patterns = starcoder},
    {.name = "minerva-7b", .patterns = starcoder},
    {.name = "mellum2", .patterns = starcoder},
    {.name = "gpt-2", .patterns = gpt2},
    {.name = "phi-2", .patterns = gpt2},
    {.name = "jina-es", .patterns = gpt2},
    {.name = "jina-de", .patterns = gpt2},
    {.name = "gigachat", .patterns = gpt2},
    {.name = "jina-v2-es", .patterns = gpt2},
    {.name = "jina-v2-de", .patterns = gpt2},
    {.name = "a.x-4.0", .patterns = gpt2},
    {.name = "mellum", .patterns = gpt2},
    {.name = "modern-bert", .patterns = gpt2},
    {.name = "exaone4", .patterns = gpt2},
    {.name = "mpt", .patterns = gpt2},
    {.name = "olmo", .patterns = gpt2},
    {.name = "jais", .patterns = gpt2},
    {.name = "trillion", .patterns = gpt2, .clean_spaces = false},
    {.name = "granite-docling", .patterns = gpt2, .clean_spaces = false},
    {.name = "jina-v1-en", .patterns = gpt2, .add_sep = true},
    {.name = "jina-v2-code", .patterns = gpt2, .add_sep = true},
    {.name = "roberta-bpe", .patterns = gpt2, .add_sep = true},
    {.name = "jais-2", .patterns = jais2},
    {.name = "gemma4", .patterns = gemma4, .byte_level = false, .escape_whitespaces = true},
    {.name = "granite-embed-multi-311m", .patterns = gemma4, .byte_level = false, .escape_whitespaces = true},
    {.name = "sarvam-moe", .patterns = gemma4, .clean_spaces = false, .byte_level = false, .escape_whitespaces = true},
    {.name = "whitespace", .patterns = whitespace, .byte_level = false},
    {.name = "qwen2", .patterns = qwen2, .clean_spaces = false},
    {.name = "deepseek-r1-qwen", .patterns = qwen2, .clean_spaces = false},
    {.name = "kormo", .patterns = qwen2, .clean_spaces = false},
    {.name = "f2llmv2", .patterns = qwen2, .clean_spaces = false},
    {.name = "megrez", .patterns = qwen2},
    {.name = "stablelm2", .patterns = qwen2},
    {.name = "hunyuan", .patterns = qwen2, .clean_spaces = false},
    {.name = "solar-open", .patterns = qwen2, .clean_spaces = false},
    {.name = "grok-2", .patterns = qwen2, .clean_spaces = false},
    {.name = "qwen35", .patterns = qwen35, .clean_spaces = false},
    {.name = "dbrx", .patterns = llama3},
    {.name = "smaug-bpe", .patterns = llama3},
    {.name = "glm4", .patterns = llama3, .ignore_merges = true, .no_bos = true},
    {.name = "glm5", .patterns = llama3, .ignore_merges = true, .no_bos = true},
    {.name = "chatglm-bpe", .patterns = llama3, .no_bos = true},
    {.name = "poro-chat", .patterns = bloom, .clean_spaces = false},
    {.name = "bloom", .patterns = bloom},
    {.name = "gpt3-finnish", .patterns = bloom},
    {.name = "viking", .patterns = viking, .clean_spaces = false},
    {.name = "tekken", .patterns = tekken, .clean_spaces = false, .ignore_merges = true, .add_bos = true},
    {.name = "exaone-moe", .patterns = exaone_moe},
    {.name = "chameleon", .patterns = chameleon, .clean_spaces = false, .add_bos = true},
    {.name = "gpt-4o", .patterns = gpt4o, .clean_spaces = false},
    {.name = "llama4", .patterns = gpt4o, .clean_spaces = false},
    {.name = "kanana2", .patterns = gpt4o, .clean_spaces = false},
    {.name = "talkie", .patterns = gpt4o, .clean_spaces = false},
    {.name = "minimax-m2", .patterns = gpt4o, .clean_spaces = false},
    {.name = "granite-embed-multi-97m", .patterns = gpt4o, .clean_spaces = false, .ignore_merges = true},
    {.name = "tiny_aya", .patterns = tiny_aya, .clean_spaces = false},
    {.name = "cohere2moe", .patterns = tiny_aya, .clean_spaces = false},
    {.name = "superbpe", .patterns = superbpe, .clean_spaces = false},
    {.name = "bailingmoe", .patterns = bailingmoe, .clean_spaces = false},
    {.name = "bailingmoe2", .patterns = bailingmoe, .clean_spaces = false},
    {.name = "llada-moe", .patterns = bailingmoe, .clean_spaces = false},
    {.name = "seed-coder", .patterns = seed_coder, .clean_spaces = false},
    {.name = "kimi-k2", .patterns = kimi_k2, .clean_spaces = false},
    {.name = "ufakzeka", .patterns = ufakzeka, .clean_spaces = false},
    {.name = "afmoe", .patterns = afmoe, .clean_spaces = false},
    {.name = "laguna", .patterns = laguna, .clean_spaces = false},
};

}  // namespace detail::gguf_patterns

/// All names that are known.
[[nodiscard]] constexpr std::span<gguf_pretokenizer const> gguf_pretokenizers() noexcept {
    return detail::gguf_patterns::table;
}

/// The pretokenizer of that name, or null.
[[nodiscard]] constexpr gguf_pretokenizer const* find_gguf_pretokenizer(std::string_view name) noexcept {
    for (gguf_pretokenizer const& p : gguf_pretokenizers()) {
        if (p.name == name) return &p;
    }
    return nullptr;
}

}  // namespace tessera::inline v0
