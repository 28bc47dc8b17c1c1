// A folder of results that appears whole or not at all.
#pragma once

#include <optional>
#include <string>

#include "interruption.hpp"

namespace tessera::cli {

/// Files are made in a folder beside the final one, which takes its place in `commit`. Without that nothing remains.
class output_folder {
public:
    /// @param mark    a file that each such folder has: no other folder is replaced
    /// @throws error  io: the folder exists (without `force`), is no such folder, or cannot be made where it should be
    output_folder(std::string path, std::string mark, bool force);
    ~output_folder();
    output_folder(output_folder const&) = delete;
    output_folder& operator=(output_folder const&) = delete;

    /// Where to make the file `name`.
    [[nodiscard]] std::string file(std::string const& name) const { return temporary_ + "/" + name; }
    /// Gives the folder its name. @throws error  io
    void commit();

private:
    void check() const;

    std::string path_;
    std::string mark_;
    bool force_;
    std::string temporary_;  // empty once it is gone
    std::optional<doomed_file> doomed_;
};

}  // namespace tessera::cli
