// For a model that joins pretokens: it must know where they end, so it splits the text itself. Stages do not know each
// other; the model sees only this.
#pragma once

#include <concepts>
#include <string_view>
#include <utility>

#include <tessera/core/concepts.hpp>
#include <tessera/core/function_ref.hpp>
#include <tessera/core/stages.hpp>

namespace tessera::inline v0 {

/// Any pretokenizer, behind a pointer. Copies share nothing; `const` members may be called from many threads.
class word_splitter {
    // <memory> would be half of what a model takes to compile.
    struct scratch_base {
        virtual ~scratch_base() = default;
    };
    struct base {
        virtual ~base() = default;
        [[nodiscard]] virtual base* clone() const = 0;
        [[nodiscard]] virtual scratch_base* make_scratch() const = 0;
        virtual void split(std::string_view text, scratch_base& s, function_ref<void(std::string_view)> f) const = 0;
    };
    template <Pretokenizer P>
    struct held final : base {
        struct scratch final : scratch_base {
            typename detail::scratch_of<P>::type pretokenizing;
        };
        explicit held(P p) : pretokenizer(std::move(p)) {}
        [[nodiscard]] base* clone() const override { return new held(pretokenizer); }
        [[nodiscard]] scratch_base* make_scratch() const override { return new scratch; }
        void split(std::string_view text, scratch_base& s, function_ref<void(std::string_view)> f) const override {
            detail::for_each_pretoken(pretokenizer, detail::whole_input(pretokenizer, text),
                                      static_cast<scratch&>(s).pretokenizing, f);
        }
        P pretokenizer;
    };

public:
    /// What changes while splitting. Belongs to one splitter: after another, call `forget`.
    class scratch {
    public:
        scratch() = default;
        scratch(scratch&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
        scratch& operator=(scratch&& other) noexcept {
            std::swap(held_, other.held_);
            return *this;
        }
        ~scratch() { delete held_; }
        void forget() noexcept { delete std::exchange(held_, nullptr); }

    private:
        friend class word_splitter;
        scratch_base* held_ = nullptr;
    };

    template <class P>
        requires(!std::same_as<P, word_splitter>) && Pretokenizer<P>
    explicit word_splitter(P pretokenizer) : held_(new held<P>(std::move(pretokenizer))) {}
    word_splitter(word_splitter const& other) : held_(other.held_->clone()) {}
    word_splitter(word_splitter&& other) : word_splitter(std::as_const(other)) {}  // none is empty
    word_splitter& operator=(word_splitter other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~word_splitter() { delete held_; }

    /// Calls `f` with each word of `text`, in order.
    void split(std::string_view text, scratch& s, function_ref<void(std::string_view)> f) const {
        if (s.held_ == nullptr) s.held_ = held_->make_scratch();
        held_->split(text, *s.held_, f);
    }

private:
    base* held_;
};

}  // namespace tessera::inline v0
