// Slow twins of the decoders: each maps a list of strings to a list of strings, as their sources describe it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/decode/any_decoder.hpp>
#include <tessera/pattern/pattern.hpp>

namespace reference {

using strings = std::vector<std::string>;

inline std::string joined(strings const& tokens) {
    std::string text;
    for (std::string const& token : tokens) text += token;
    return text;
}

/// Well-formed characters, and bytes that are in none.
inline strings characters_and_bytes(std::string_view text) {
    strings out;
    for (std::size_t at = 0; at < text.size(); at += out.back().size()) {
        out.emplace_back(text.substr(at, tessera::decode_utf8(text, at).length));
    }
    return out;
}

inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    if (from.empty()) {
        if (to.empty()) return std::string(text);
        for (std::string const& c : characters_and_bytes(text)) out.append(to).append(c);
        return out.append(to);
    }
    for (std::size_t at = 0; at < text.size();) {
        bool const here = text.substr(at).starts_with(from);
        out += here ? to : text.substr(at, 1);
        at += here ? from.size() : 1;
    }
    return out;
}

inline std::string without_english_spaces(std::string text) {
    for (auto const& [from, to] : {std::pair{" .", "."},
                                   {" ?", "?"},
                                   {" !", "!"},
                                   {" ,", ","},
                                   {" ' ", "'"},
                                   {" n't", "n't"},
                                   {" 'm", "'m"},
                                   {" do not", " don't"},
                                   {" 's", "'s"},
                                   {" 've", "'ve"},
                                   {" 're", "'re"}}) {
        text = replaced(text, from, to);
    }
    return text;
}

/// U+2581.
inline constexpr std::string_view meta_space = "\xE2\x96\x81";

/// Each byte that is in no well-formed character becomes U+FFFD.
inline std::string with_replacement_characters(std::string_view bytes) {
    std::string out;
    for (std::string const& c : characters_and_bytes(bytes)) out += tessera::is_valid_utf8(c) ? c : "\xEF\xBF\xBD";
    return out;
}

inline strings decoded(tessera::bpe_decoder const& d, strings tokens) {
    for (std::string& token : tokens) {
        token = replaced(token, d.options().suffix, &token == &tokens.back() ? "" : " ");
    }
    return tokens;
}

inline strings decoded(tessera::byte_fallback_decoder const&, strings const& tokens) {
    strings out;
    for (std::size_t i = 0; i < tokens.size();) {
        std::string bytes;
        for (; i < tokens.size(); ++i) {
            auto const byte = tessera::byte_fallback_decoder::byte_of(tokens[i]);
            if (!byte) break;
            bytes += *byte;
        }
        if (bytes.empty()) {
            out.push_back(tokens[i++]);
        } else if (tessera::is_valid_utf8(bytes)) {
            out.push_back(bytes);
        } else {
            out.insert(out.end(), bytes.size(), "\xEF\xBF\xBD");
        }
    }
    return out;
}

inline strings decoded(tessera::byte_level_decoder const&, strings const& tokens) {
    std::string text;
    for (std::string const& token : tokens) {
        std::string bytes;
        bool is_alphabet = true;
        for (std::size_t at = 0; at < token.size();) {
            auto const [c, length] = tessera::decode_utf8(token, at);
            int const byte = tessera::character_to_byte(c);
            is_alphabet = is_alphabet && byte >= 0;
            bytes += static_cast<char>(byte);
            at += length;
        }
        text += is_alphabet ? bytes : token;
    }
    return {text};
}

inline strings decoded(tessera::ctc_decoder const& d, strings tokens) {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string& token : tokens) {
        token = replaced(token, d.options().pad_token, "");
        if (!d.options().cleanup) continue;
        token = replaced(without_english_spaces(token), d.options().word_delimiter_token, " ");
    }
    std::erase(tokens, "");
    return tokens;
}

inline strings decoded(tessera::fuse_decoder const&, strings const& tokens) { return {joined(tokens)}; }

inline strings decoded(tessera::metaspace_decoder const& d, strings tokens) {
    std::string mark;
    tessera::encode_utf8(d.options().replacement, mark);
    bool const drops = d.options().prepend_scheme != tessera::prepend_scheme::never;
    for (std::string& token : tokens) {
        token = replaced(token, mark, drops && &token == &tokens.front() ? "" : " ");
    }
    return tokens;
}

/// The pattern is the library's: it has twins of its own.
inline strings decoded(tessera::replace_decoder const& d, strings tokens) {
    tessera::pattern const pattern(d.options().pattern);
    for (std::string& token : tokens) {
        std::vector<std::pair<std::size_t, std::size_t>> matches;
        if (!token.empty()) {
            pattern.for_each_match(token,
                                   [&](std::size_t begin, std::size_t end) { matches.emplace_back(begin, end); });
        }
        std::reverse(matches.begin(), matches.end());
        for (auto const& [begin, end] : matches) token.replace(begin, end - begin, d.options().content);
    }
    return tokens;
}

inline strings decoded(tessera::strip_decoder const& d, strings tokens) {
    std::string content;
    tessera::encode_utf8(d.options().content, content);
    for (std::string& token : tokens) {
        for (std::size_t i = 0; i < d.options().start; ++i) {
            if (token.starts_with(content)) token.erase(0, content.size());
        }
        for (std::size_t i = 0; i < d.options().stop; ++i) {
            if (token.ends_with(content)) token.erase(token.size() - content.size());
        }
    }
    return tokens;
}

inline strings decoded(tessera::word_piece_decoder const& d, strings tokens) {
    for (std::string& token : tokens) {
        if (&token != &tokens.front()) {
            token = token.starts_with(d.options().prefix) ? token.substr(d.options().prefix.size()) : " " + token;
        }
        if (d.options().cleanup) token = without_english_spaces(token);
    }
    return tokens;
}

/// Without a denormalizer.
inline strings decoded(tessera::sentencepiece_decoder const& d, strings const& tokens) {
    auto const& o = d.options();
    auto const is_one_of = [](strings const& list, std::string const& piece) {
        return !piece.empty() && std::find(list.begin(), list.end(), piece) != list.end();
    };
    bool at_start = true;  // as SentencePiece's is_bos_ws
    bool had_space = false;
    std::string text;
    std::string bytes;
    auto const end_bytes = [&] {
        text += o.keeps_ill_formed_bytes ? bytes : with_replacement_characters(bytes);
        bytes.clear();
    };
    for (std::string piece : tokens) {
        bool const is_control = is_one_of(o.control_pieces, piece);
        bool const is_unknown = !is_control && is_one_of({o.unknown_piece}, piece);
        bool const is_literal = !is_control && !is_unknown && is_one_of(o.literal_pieces, piece);
        bool const may_be_byte = o.byte_fallback && !is_control && !is_unknown && !is_literal;
        static constexpr std::string_view digits = "0123456789ABCDEF";
        if (may_be_byte && piece.size() == 6 && piece.starts_with("<0x") && piece[5] == '>' &&
            digits.find(piece[3]) != std::string_view::npos && digits.find(piece[4]) != std::string_view::npos) {
            bytes += static_cast<char>(digits.find(piece[3]) * 16 + digits.find(piece[4]));
            continue;
        }
        end_bytes();
        if (had_space || !text.empty()) at_start = false;
        had_space = false;
        if (is_control) continue;
        if (is_unknown) {
            text += o.unknown_surface;
        } else if (is_literal) {
            text += piece;
        } else {
            if (at_start && (o.add_dummy_prefix || o.remove_extra_whitespaces) && piece.starts_with(meta_space)) {
                piece.erase(0, meta_space.size());
                had_space = !o.remove_extra_whitespaces;
            }
            text += replaced(piece, meta_space, " ");
        }
    }
    end_bytes();
    return {text};
}

/// The text of `tokens`.
inline std::string decoded(tessera::any_decoder const& d, strings tokens) {
    if (d.joins_bytes()) return joined(tokens);
    if (d.steps().empty()) {
        for (std::size_t i = 1; i < tokens.size(); ++i) tokens[i].insert(0, " ");
    }
    for (auto const& step : d.steps()) {
        tokens = std::visit([&](auto const& one) { return decoded(one, std::move(tokens)); }, step);
    }
    return joined(tokens);
}

}  // namespace reference
