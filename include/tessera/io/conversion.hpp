// How exact a tokenizer must be that is written in another format.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

enum class conversion : std::uint8_t {
    exact,    ///< the same ids on every text, or an error
    nearest,  ///< the nearest that the format has a place for; what differs is said
};

namespace detail {

/// What a tokenizer in another format does otherwise.
class differences {
public:
    explicit differences(conversion how) : how_(how) {}

    /// @param where  the part of the tokenizer
    /// @throws error  unsupported: conversion has to be exact
    void add(std::string where, std::string what) {
        if (how_ == conversion::exact) {
            throw error(error_kind::unsupported, std::move(where), std::move(what),
                        "keep the file as it is; --nearest writes what comes closest");
        }
        auto const same = std::find_if(all_.begin(), all_.end(), [&](one const& d) { return d.what == what; });
        if (same == all_.end()) {
            all_.push_back({std::move(where), std::move(what), 1});
        } else {
            ++same->n_places;
        }
    }

    /// A sentence for each kind.
    [[nodiscard]] std::vector<std::string> notes() const {
        std::vector<std::string> out;
        for (one const& d : all_) {
            std::string const more = d.n_places == 1 ? "" : " and " + std::to_string(d.n_places - 1) + " more";
            out.push_back("ids differ on some texts: " + d.where + more + ": " + d.what);
        }
        return out;
    }

private:
    struct one {
        std::string where, what;
        std::size_t n_places;
    };
    conversion how_;
    std::vector<one> all_;
};

}  // namespace detail

}  // namespace tessera::inline v0
