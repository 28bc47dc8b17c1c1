#include "spooled_inputs.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <tessera/io/file.hpp>
#include "interruption.hpp"

namespace tessera::cli {

namespace {

bool is_read_once(std::string const& path) {
    if (path == "-") return true;
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

// How an input is read depends on the end of its name.
std::string ending_of(std::string const& path) {
    std::string ending;
    for (std::string_view const last : {".gz", ".zst", ".jsonl"}) {
        std::string_view const rest = std::string_view(path).substr(0, path.size() - ending.size());
        if (rest.ends_with(last)) ending.insert(0, last);
    }
    return ending;
}

}  // namespace

// Made in a folder, and removed with this object or when the program is interrupted.
class spooled_inputs::temporary_file {
public:
    temporary_file(std::string const& folder, std::string const& ending)
        : name_(folder + "/tessera-input.XXXXXX" + ending) {
        uninterrupted const guard;
        int const fd = ::mkstemps(name_.data(), static_cast<int>(ending.size()));
        if (fd < 0) detail::throw_io(folder, errno, "text that can be read only once is written there first");
        file_ = detail::descriptor(fd);
        doomed_.emplace(name_);
    }
    ~temporary_file() { ::unlink(name_.c_str()); }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;

    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            ssize_t const n = ::write(file_.get(), bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) detail::throw_io(name_, errno, "make room, or give text as files");
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }

private:
    std::string name_;
    detail::descriptor file_;
    std::optional<doomed_file> doomed_;
};

spooled_inputs::spooled_inputs(std::vector<std::string> inputs, std::string const& beside) : paths_(std::move(inputs)) {
    std::filesystem::path const parent = std::filesystem::path(beside).parent_path();
    std::string buffer;
    for (std::string& path : paths_) {
        if (!is_read_once(path)) continue;
        std::string const name = path == "-" ? "standard input" : path;
        detail::descriptor const in = path == "-" ? detail::descriptor(0) : detail::open_to_read(path);
        made_.push_back(std::make_shared<temporary_file>(parent.empty() ? "." : parent.string(), ending_of(path)));
        buffer.resize(std::size_t{1} << 18);
        while (std::size_t const n = detail::read_some(in.get(), buffer.data(), buffer.size(), name)) {
            made_.back()->write(std::string_view(buffer).substr(0, n));
        }
        path = made_.back()->name();
        names_.emplace_back(path, name);
    }
}

error spooled_inputs::with_own_names(error const& e) const {
    for (auto const& [temporary, name] : names_) {
        if (e.where().starts_with(temporary)) {
            return {e.kind(), name + e.where().substr(temporary.size()), e.message(), e.remedy()};
        }
    }
    return e;
}

}  // namespace tessera::cli
