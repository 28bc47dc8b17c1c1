// Scratch for a list of steps, each of which is one of the alternatives of a variant: any_normalizer, any_pretokenizer,
// any_decoder.
#pragma once

#include <cstddef>
#include <type_traits>
#include <variant>
#include <vector>

namespace tessera::inline v0 {

template <class Variant>
class step_scratch;

/// One `Steps::scratch` a place in the list; made on first use, so that a scratch may serve another list later.
template <class... Steps>
class step_scratch<std::variant<Steps...>> {
public:
    /// Makes room, after which `of` for smaller places leaves all others where they are.
    void reserve(std::size_t n) {
        if (places_.size() < n) places_.resize(n);
    }

    /// The scratch of the step at `place`. @pre place < the n of reserve
    template <class Step>
    [[nodiscard]] typename Step::scratch& of(std::size_t place) {
        constexpr std::size_t index = index_of<Step>() + 1;  // by index: two steps may share a type of scratch
        if (places_[place].index() != index) places_[place].template emplace<index>();
        return *std::get_if<index>(&places_[place]);
    }

private:
    template <class Step>
    static constexpr std::size_t index_of() {
        std::size_t i = 0;
        (void)((std::is_same_v<Step, Steps> || (++i, false)) || ...);
        return i;
    }

    std::vector<std::variant<std::monostate, typename Steps::scratch...>> places_;
};

}  // namespace tessera::inline v0
