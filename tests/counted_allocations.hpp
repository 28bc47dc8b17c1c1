// Counts what a test allocates. Replaces operator new for the whole program, so a test that includes this is an
// executable of its own, of one file.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::size_t n_allocations = 0;

void* counted(std::size_t size) {
    ++n_allocations;
    void* const memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
