// Slow twin of llama_cpp_bert_normalizer.hpp: llama.cpp's rule one code point at a time, with ICU's properties where
// the normalizer has tables. ICU's Unicode must be 15.0 or 15.1: they differ in characters of no class named here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <tessera/core/utf8.hpp>

namespace reference {

using namespace tessera;

inline constexpr bool icu_is_of_unicode_15 = std::string_view(U_UNICODE_VERSION).starts_with("15.");

inline bool is_chinese(char32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/// The words, without U+2581 in front.
inline std::vector<std::string> llama_cpp_words(std::string_view text, bool strip_accents, bool lowercase) {
    UErrorCode status = U_ZERO_ERROR;
    icu::Normalizer2 const* const nfd = icu::Normalizer2::getNFDInstance(status);
    std::vector<std::string> words(1);
    for (std::size_t at = 0; at < text.size();) {
        auto const [code_point, length] = decode_utf8(text, at);
        at += length;
        auto c = static_cast<UChar32>(code_point);
        icu::UnicodeString parts;
        if (strip_accents && nfd->getDecomposition(c, parts)) c = parts.char32At(0);
        auto const categories = U_GET_GC_MASK(c);
        if (u_isUWhiteSpace(c)) {
            words.emplace_back();
            continue;
        }
        if (c == 0 || c == 0xFFFD || (categories & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0) continue;
        if (strip_accents && (categories & U_GC_M_MASK) != 0) continue;
        bool const is_alone = (categories & U_GC_P_MASK) != 0 || (c < 0x7F && (categories & U_GC_S_MASK) != 0) ||
                              is_chinese(static_cast<char32_t>(c));
        if (is_alone) words.emplace_back();
        encode_utf8(static_cast<char32_t>(lowercase ? u_tolower(c) : c), words.back());
        if (is_alone) words.emplace_back();
    }
    std::erase(words, "");
    return words;
}

}  // namespace reference
