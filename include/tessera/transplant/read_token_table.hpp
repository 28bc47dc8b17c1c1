// The table of a tokenizer file, with the roles that the files say. Next to read: token_table.hpp.
#pragma once

#include <filesystem>

#include <tessera/io/loaded_tokenizer.hpp>
#include <tessera/io/read_special_roles.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// The table of a tokenizer that was loaded from a file.
/// @throws error  as read_special_roles
[[nodiscard]] inline token_table token_table_of(loaded_tokenizer const& loaded) {
    return token_table(loaded.tokenizer, read_special_roles(loaded));
}

/// @throws error  as load_tokenizer and read_special_roles
[[nodiscard]] inline token_table read_token_table(std::filesystem::path const& path, load_options const& options = {}) {
    return token_table_of(load_tokenizer(path, options));
}

}  // namespace tessera::inline v0::transplant
