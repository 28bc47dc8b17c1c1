// A folder of its own for a test, gone afterwards.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

class temporary_folder {
public:
    temporary_folder() {
        static int n = 0;
        path = std::filesystem::temp_directory_path() /
               ("tessera_test_" + std::to_string(::getpid()) + "_" + std::to_string(n++));
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder() { std::filesystem::remove_all(path); }

    /// Makes the folders of `name`, too. @return  the file's path
    std::filesystem::path write(std::string const& name, std::string const& bytes) const {
        std::filesystem::create_directories((path / name).parent_path());
        std::ofstream(path / name, std::ios::binary) << bytes;
        return path / name;
    }
    void link(std::string const& name, std::filesystem::path const& target) const {
        std::filesystem::create_symlink(target, path / name);
    }
    /// How many files and folders are right in it.
    [[nodiscard]] std::size_t size() const {
        std::size_t n = 0;
        for ([[maybe_unused]] auto const& entry : std::filesystem::directory_iterator(path)) ++n;
        return n;
    }

    std::filesystem::path path;
};
