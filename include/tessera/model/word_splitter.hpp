// For a model that joins pretokens: it must know where they end, so it splits the text itself. Stages do not know each
// other; the model sees only this.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tessera/core/concepts.hpp>
#include <tessera/core/function_ref.hpp>
#include <tessera/core/stages.hpp>

namespace tessera::inline v0 {

/// A pretokenizer behind an interface. Immutable, and may be used by many threads.
class word_splitter {
public:
    /// What changes while splitting; belongs to the splitter that made it.
    class scratch {
    public:
        scratch() = default;
        scratch(scratch const&) = delete;
        scratch& operator=(scratch const&) = delete;
        virtual ~scratch() = default;
    };

    word_splitter() = default;
    word_splitter(word_splitter const&) = delete;
    word_splitter& operator=(word_splitter const&) = delete;
    virtual ~word_splitter() = default;

    [[nodiscard]] virtual std::unique_ptr<scratch> make_scratch() const = 0;
    /// Calls `f` with each word of `text`, in order.
    virtual void split(std::string_view text, scratch& s, function_ref<void(std::string_view)> f) const = 0;
};

template <Pretokenizer P>
class pretokenizing_splitter final : public word_splitter {
public:
    explicit pretokenizing_splitter(P pretokenizer) : pretokenizer_(std::move(pretokenizer)) {}

    [[nodiscard]] std::unique_ptr<scratch> make_scratch() const override { return std::make_unique<own_scratch>(); }
    void split(std::string_view text, scratch& s, function_ref<void(std::string_view)> f) const override {
        detail::for_each_pretoken(pretokenizer_, detail::whole_input(pretokenizer_, text),
                                  static_cast<own_scratch&>(s).held, f);
    }

private:
    struct own_scratch final : scratch {
        typename detail::scratch_of<P>::type held;
    };
    P pretokenizer_;
};

}  // namespace tessera::inline v0
