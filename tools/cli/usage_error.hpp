// A wrong command line: exit code 2.
#pragma once

#include <stdexcept>
#include <string>

namespace tessera::cli {

/// What is wrong with the command line, and the way out, in one line.
class usage_error : public std::runtime_error {
public:
    explicit usage_error(std::string const& message) : std::runtime_error(message) {}
};

}  // namespace tessera::cli
