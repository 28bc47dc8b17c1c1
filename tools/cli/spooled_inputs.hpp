// Inputs that are read several times: what can be read only once is written to a temporary file first.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>

namespace tessera::cli {

/// Standard input and pipes as files, which are removed with this object; other inputs as they are.
class spooled_inputs {
public:
    /// @param beside  an output: the files are made in its folder
    /// @throws error  io
    spooled_inputs(std::vector<std::string> inputs, std::string const& beside);

    [[nodiscard]] std::vector<std::string> const& paths() const noexcept { return paths_; }

    /// Calls `read()`, which reads these inputs. Errors name them as the command line does.
    template <class F>
    auto reading(F&& read) const {
        try {
            return read();
        } catch (error const& e) {
            throw with_own_names(e);
        }
    }

private:
    class temporary_file;

    [[nodiscard]] error with_own_names(error const& e) const;

    std::vector<std::string> paths_;
    std::vector<std::pair<std::string, std::string>> names_;  // of a file made, and of what it was made from
    std::vector<std::shared_ptr<temporary_file>> made_;
};

}  // namespace tessera::cli
