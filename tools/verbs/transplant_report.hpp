// What `tessera transplant` says of its work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tessera/io/file_hash.hpp>
#include <tessera/transplant/machine_speed.hpp>
#include <tessera/transplant/make_matrix.hpp>
#include <tessera/transplant/row_plan.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/tokenizer_contrast.hpp>

namespace tessera::cli {

struct hashed_file {
    std::string role;
    std::string path;
    file_hash hash;
};

/// All that was done; what is pointed to outlives it.
struct transplant_report {
    std::string base;
    std::string donor;
    std::string output;
    transplant::row_plan const* plan = nullptr;
    transplant::token_table const* tokens = nullptr;  ///< of the new tokenizer
    std::size_t n_base_rows = 0;
    bool tied = true;
    transplant::made_matrix const* input_rows = nullptr;
    transplant::made_matrix const* output_rows = nullptr;  ///< null if tied
    std::optional<transplant::machine_speed> speed;        ///< measured, where there was matching pursuit
    transplant::tokenizer_contrast contrast;
    std::vector<hashed_file> files;
    std::vector<std::string> notes;
    double seconds = 0;
    std::uint64_t peak_bytes = 0;
};

/// What the new model was made from, and which row came from where: with it the way back is a second transplant. Needs
/// no more than the plan, the matrices' methods and the files.
[[nodiscard]] std::string manifest_json(transplant_report const& report);
[[nodiscard]] std::string report_json(transplant_report const& report);
/// Some lines for a terminal; without the notes.
[[nodiscard]] std::string report_text(transplant_report const& report);

}  // namespace tessera::cli
