// A callable passed by reference without being part of a type: where code is large and its callers are many.
#pragma once

#include <type_traits>

namespace tessera::inline v0 {

template <class Signature>
class function_ref;

/// What a `function_ref` refers to must outlive it: make one in a call, do not keep it.
template <class Result, class... Arguments>
class function_ref<Result(Arguments...)> {
public:
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref> &&
                 std::is_invocable_r_v<Result, F&, Arguments...>)
    function_ref(F&& callable) noexcept
        : object_(const_cast<void*>(static_cast<void const*>(&callable))),
          call_([](void* object, Arguments... arguments) -> Result {
              return (*static_cast<std::remove_reference_t<F>*>(object))(arguments...);
          }) {}

    Result operator()(Arguments... arguments) const { return call_(object_, arguments...); }

private:
    void* object_;
    Result (*call_)(void*, Arguments...);
};

}  // namespace tessera::inline v0
