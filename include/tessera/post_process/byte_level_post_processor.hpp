// Hugging Face's post-processor `ByteLevel`, which trims offsets and adds nothing.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <tessera/post_process/encoding.hpp>

namespace tessera::inline v0 {

/// Those of the pretokenizer of the same name. None changes an encoding.
struct byte_level_post_processor_options {
    bool add_prefix_space = true;
    bool trim_offsets = true;
    bool use_regex = true;
    friend bool operator==(byte_level_post_processor_options const&,
                           byte_level_post_processor_options const&) = default;
};

/// @par Source  tokenizers 0.23.3, pre_tokenizers/byte_level.rs
class byte_level_post_processor {
public:
    using options_type = byte_level_post_processor_options;
    static constexpr std::string_view type = "ByteLevel";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("add_prefix_space", o.add_prefix_space);
        f("trim_offsets", o.trim_offsets);
        f.optional("use_regex", o.use_regex);
    }

    explicit byte_level_post_processor(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// How many ids are added to one text or two.
    [[nodiscard]] static std::size_t n_added(bool /*pair*/) noexcept { return 0; }
    void process(std::vector<encoding>& /*parts*/, bool /*add_special_tokens*/) const noexcept {}

    friend bool operator==(byte_level_post_processor const&, byte_level_post_processor const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
