// Inputs that are read several times: what can be read only once is written to a temporary file first.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace tessera::cli {

/// Standard input and pipes as files, which are removed with this object; other inputs as they are.
class spooled_inputs {
public:
    /// @param beside  an output: the files are made in its folder
    /// @throws error  io
    spooled_inputs(std::vector<std::string> inputs, std::string const& beside);

    [[nodiscard]] std::vector<std::string> const& paths() const noexcept { return paths_; }

private:
    class temporary_file;

    std::vector<std::string> paths_;
    std::vector<std::shared_ptr<temporary_file>> made_;
};

}  // namespace tessera::cli
