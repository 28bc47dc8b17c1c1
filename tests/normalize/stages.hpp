// Normalizers written as one line, `NAME,OPTION,...|NAME,...`, for the golden data and for the comparison with Hugging
// Face's library: text options in hexadecimal, truth values as 0 and 1, an absent one as `-`.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/base64.hpp>
#include <tessera/normalize/bert_normalizer.hpp>
#include <tessera/normalize/byte_level_normalizer.hpp>
#include <tessera/normalize/edit.hpp>
#include <tessera/normalize/form_normalizer.hpp>
#include <tessera/normalize/lowercase_normalizer.hpp>
#include <tessera/normalize/nmt_normalizer.hpp>
#include <tessera/normalize/precompiled_normalizer.hpp>
#include <tessera/normalize/prepend_normalizer.hpp>
#include <tessera/normalize/replace_normalizer.hpp>
#include <tessera/normalize/sentencepiece_normalizer.hpp>
#include <tessera/normalize/strip_accents_normalizer.hpp>
#include <tessera/normalize/strip_normalizer.hpp>

namespace stages {

/// Keeps the place of every byte.
class place_edit {
public:
    static constexpr bool is_plain = false;
    place_edit(std::string_view text, std::vector<std::size_t> const& old_places, std::string& out,
               std::vector<std::size_t>& places)
        : text_(text), old_places_(old_places), out_(out), places_(places) {
        out_.clear();
        places_.clear();
    }
    void keep(std::size_t begin, std::size_t end) {
        if (begin >= end || end > text_.size() || begin < last_) throw std::logic_error("keep() out of order");
        last_ = begin;
        for (; begin < end; ++begin) add(text_[begin], begin);
    }
    void put(std::string_view bytes, std::size_t at) {
        if (at < last_ || (at >= text_.size() && at != 0)) throw std::logic_error("put() out of order");
        last_ = at;
        for (char const b : bytes) add(b, at);
    }

private:
    void add(char byte, std::size_t at) {
        out_ += byte;
        places_.push_back(old_places_[at]);
    }

    std::string_view text_;
    std::vector<std::size_t> const& old_places_;
    std::string& out_;
    std::vector<std::size_t>& places_;
    std::size_t last_ = 0;
};

/// One normalizer with its scratch, for each kind of edit.
struct stage {
    std::function<void(std::string_view, std::string&)> plain;
    std::function<std::size_t(std::string_view, std::size_t, std::string&)> start;
    std::function<void(std::string_view, std::vector<std::size_t> const&, std::string&, std::vector<std::size_t>&)>
        places;
};

template <class N>
stage make_stage(N const& n) {
    using scratch = typename N::scratch;
    return {[n, s = scratch()](std::string_view text, std::string& out) mutable {
                tessera::plain_edit edit(text, out);
                n.rewrite(text, s, edit);
            },
            [n, s = scratch()](std::string_view text, std::size_t from_start, std::string& out) mutable {
                tessera::start_edit edit(text, from_start, out);
                n.rewrite(text, s, edit);
                return edit.from_start();
            },
            [n, s = scratch()](std::string_view text, std::vector<std::size_t> const& old_places, std::string& out,
                               std::vector<std::size_t>& places) mutable {
                place_edit edit(text, old_places, out, places);
                n.rewrite(text, s, edit);
            }};
}

inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> fields(1);
    for (char const c : text) {
        if (c == separator) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

inline std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

inline std::string to_hex(std::string_view bytes) {
    std::string hex;
    for (char const b : bytes) {
        auto const value = static_cast<unsigned char>(b);
        hex += "0123456789abcdef"[value >> 4];
        hex += "0123456789abcdef"[value & 15];
    }
    return hex;
}

/// @param maps  base64 of character maps, by the names that the line may use for them
inline stage parse_stage(std::string const& line, std::map<std::string, std::string> const& maps) {
    using namespace tessera;
    auto const f = split(line, ',');
    auto const yes = [&](std::size_t i) { return f.at(i) == "1"; };
    if (f[0] == "NFC") return make_stage(nfc_normalizer());
    if (f[0] == "NFD") return make_stage(nfd_normalizer());
    if (f[0] == "NFKC") return make_stage(nfkc_normalizer());
    if (f[0] == "NFKD") return make_stage(nfkd_normalizer());
    if (f[0] == "Lowercase") return make_stage(lowercase_normalizer());
    if (f[0] == "StripAccents") return make_stage(strip_accents_normalizer());
    if (f[0] == "Nmt") return make_stage(nmt_normalizer());
    if (f[0] == "ByteLevel") return make_stage(byte_level_normalizer());
    if (f[0] == "Strip") return make_stage(strip_normalizer({yes(1), yes(2)}));
    if (f[0] == "Prepend") return make_stage(prepend_normalizer({from_hex(f.at(1))}));
    if (f[0] == "Replace") return make_stage(replace_normalizer({{from_hex(f.at(2)), yes(1)}, from_hex(f.at(3))}));
    if (f[0] == "Precompiled") return make_stage(precompiled_normalizer({maps.at(f.at(1))}));
    if (f[0] == "BertNormalizer") {
        std::optional<bool> strip_accents;
        if (f.at(3) != "-") strip_accents = yes(3);
        return make_stage(bert_normalizer({yes(1), yes(2), strip_accents, yes(4)}));
    }
    if (f[0] == "SentencePiece") {
        sentencepiece_normalizer_options o;
        if (f.at(1) != "-") tessera::detail::append_from_base64(maps.at(f.at(1)), o.precompiled_charsmap);
        o.add_dummy_prefix = yes(2);
        o.remove_extra_whitespaces = yes(3);
        o.escape_whitespaces = yes(4);
        o.treat_whitespace_as_suffix = yes(5);
        for (std::size_t i = 6; i < f.size(); ++i) o.user_defined_symbols.push_back(from_hex(f[i]));
        return make_stage(sentencepiece_normalizer(o));
    }
    throw std::invalid_argument("no such normalizer: " + line);
}

/// A sequence of normalizers.
class pipeline {
public:
    pipeline(std::string_view line, std::map<std::string, std::string> const& maps) {
        for (std::string const& part : split(line, '|')) stages_.push_back(parse_stage(part, maps));
    }

    std::string plain(std::string_view text) {
        std::string now(text), next;
        for (stage& s : stages_) {
            s.plain(now, next);
            now.swap(next);
        }
        return now;
    }

    /// The text, and how much of it stands for the first character.
    std::pair<std::string, std::size_t> start(std::string_view text) {
        std::string now(text), next;
        std::size_t from_start = text.empty() ? 0 : tessera::decode_utf8(text, 0).length;
        for (stage& s : stages_) {
            from_start = s.start(now, from_start, next);
            now.swap(next);
        }
        return {now, from_start};
    }

    /// The text, and for each byte the place in `text` of what it stands for.
    std::pair<std::string, std::vector<std::size_t>> places(std::string_view text) {
        std::string now(text), next;
        std::vector<std::size_t> places(text.size()), next_places;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const end = at + tessera::decode_utf8(text, at).length;
            for (std::size_t i = at; i < end; ++i) places[i] = at;
            at = end;
        }
        if (places.empty()) places.push_back(0);
        for (stage& s : stages_) {
            s.places(now, places, next, next_places);
            now.swap(next);
            places.swap(next_places);
            if (places.empty()) places.push_back(0);
        }
        places.resize(now.size());
        return {now, places};
    }

private:
    std::vector<stage> stages_;
};

}  // namespace stages
