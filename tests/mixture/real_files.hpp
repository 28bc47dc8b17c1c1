// Published tokenizers, which are not part of this project: TESSERA_SHARED_DATA names the folder they were unpacked to.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/io/tokenizer_file.hpp>

namespace real_files {

/// The path, as often as it is there: once, or not at all.
inline std::vector<std::filesystem::path> paths(std::string const& name) {
    char const* const folder = std::getenv("TESSERA_SHARED_DATA");
    std::filesystem::path const path = std::filesystem::path(folder == nullptr ? "" : folder) / "tokenizers" / name;
    if (folder == nullptr || !std::filesystem::exists(path)) {
        std::cout << "SKIPPED: " << name << " (TESSERA_SHARED_DATA is not set, or it is not there)" << std::endl;
        MESSAGE("skipped: " << name);
        return {};
    }
    return {path};
}

inline std::vector<tessera::any_tokenizer> tokenizers(std::string const& name) {
    std::vector<tessera::any_tokenizer> out;
    for (auto const& path : paths(name)) {
        out.push_back(tessera::load_tokenizer(path, {.pattern = "gpt2", .specials = {}}).tokenizer);
    }
    return out;
}

}  // namespace real_files
