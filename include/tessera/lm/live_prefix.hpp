// A handle of a prefix that is released when nobody needs it any more, whatever is thrown meanwhile.
#pragma once

#include <optional>
#include <utility>

#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0::lm {

/// Owns a handle; may be moved. The model must outlive it.
template <LanguageModel M>
class live_prefix {
public:
    /// The beginning of a text.
    explicit live_prefix(M& model) : model_(&model), handle_(model.root()) {}

    live_prefix(live_prefix&& other) noexcept
        : model_(other.model_), handle_(std::exchange(other.handle_, std::nullopt)) {}
    live_prefix& operator=(live_prefix&& other) noexcept {
        std::swap(model_, other.model_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~live_prefix() {
        if (handle_) model_->release(*handle_);
    }

    /// This, followed by `token`.
    [[nodiscard]] live_prefix child(token_id token) const { return {*model_, model_->child(*handle_, token)}; }
    [[nodiscard]] typename M::prefix const& handle() const noexcept { return *handle_; }

private:
    live_prefix(M& model, typename M::prefix handle) : model_(&model), handle_(std::move(handle)) {}

    M* model_;
    std::optional<typename M::prefix> handle_;  // empty: moved away
};

}  // namespace tessera::inline v0::lm
