#include "interruption.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>
#include <unistd.h>

namespace tessera::cli {

namespace {

struct state {
    std::recursive_mutex mutex;
    std::multiset<std::string> doomed;
};

// Never destroyed: the watching thread may outlive main.
state& shared() {
    static state* const s = new state;
    return *s;
}

[[noreturn]] void wait_for(sigset_t signals) {
    int number = 0;
    while (sigwait(&signals, &number) != 0) {
    }
    state& s = shared();
    s.mutex.lock();  // never unlocked: nothing is to be created any more
    for (std::string const& path : s.doomed) {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    _exit(130);
}

}  // namespace

void watch_for_interruption() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    for (int const number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction current {};
        sigaction(number, nullptr, &current);
        if (current.sa_handler != SIG_IGN) sigaddset(&signals, number);  // nohup, or a shell's "&": stay deaf
    }
    (void)shared();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread(wait_for, signals).detach();
}

doomed_file::doomed_file(std::string path) : path_(std::move(path)) {
    std::lock_guard const lock(shared().mutex);
    shared().doomed.insert(path_);
}

doomed_file::~doomed_file() {
    std::lock_guard const lock(shared().mutex);
    auto& doomed = shared().doomed;
    if (auto const at = doomed.find(path_); at != doomed.end()) doomed.erase(at);
}

uninterrupted::uninterrupted() { shared().mutex.lock(); }
uninterrupted::~uninterrupted() { shared().mutex.unlock(); }

}  // namespace tessera::cli
