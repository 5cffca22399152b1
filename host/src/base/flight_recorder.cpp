#include "base/flight_recorder.hpp"

#include <csignal>
#include <cstring>
#include <memory>
#include <new>

#include <unistd.h>

#include "base/clock.hpp"

namespace qry::base {

namespace {

// What is true of the process and of each thread, not of one host.
std::atomic<flight_slot*> the_page{nullptr};
std::atomic<bool> notes_signals{false};
thread_local flight_slot* own_slot = nullptr;
thread_local flight_slot* page_of_slot = nullptr;
thread_local std::uint64_t served = 0;

constexpr std::size_t signal_stack_bytes = 16U << 10;

// Gives the slot back when the thread ends, and with it the stack that a stack overflow needs.
struct thread_end {
    std::unique_ptr<std::byte[]> stack;
    bool armed = false;
    ~thread_end() {
        if (stack != nullptr) {
            const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
            sigaltstack(&none, nullptr);
        }
        if (own_slot == nullptr || page_of_slot != the_page.load(std::memory_order_relaxed)) return;
        own_slot->tag.store(0, std::memory_order_relaxed);
        own_slot->thread.store(0, std::memory_order_release);
        own_slot = nullptr;
    }
};
thread_local thread_end at_end;

void prepare_signal_stack() noexcept {
    if (!notes_signals.load(std::memory_order_relaxed) || at_end.stack != nullptr) return;
    at_end.stack.reset(new (std::nothrow) std::byte[signal_stack_bytes]);
    if (at_end.stack == nullptr) return;
    const stack_t own{.ss_sp = at_end.stack.get(), .ss_flags = 0, .ss_size = signal_stack_bytes};
    sigaltstack(&own, nullptr);
}

flight_slot* claim(flight_slot* page) noexcept {
    const auto self = static_cast<std::uint32_t>(gettid());
    for (std::size_t i = 1; i < flight_slot_count; ++i) {
        std::uint32_t nobody = 0;
        if (page[i].thread.load(std::memory_order_relaxed) == 0 &&
            page[i].thread.compare_exchange_strong(nobody, self, std::memory_order_acquire)) {
            // The first use is what makes it run at the thread's end.
            at_end.armed = true;
            prepare_signal_stack();
            return &page[i];
        }
    }
    // More threads than slots: the rest is not recorded.
    return nullptr;
}

flight_slot* slot() noexcept {
    flight_slot* page = the_page.load(std::memory_order_relaxed);
    if (page != page_of_slot) {
        page_of_slot = page;
        own_slot = page != nullptr ? claim(page) : nullptr;
    }
    return own_slot;
}

void write(std::uint64_t tag) noexcept {
    served = tag;
    flight_slot* to = slot();
    if (to == nullptr) return;
    if (tag != 0) to->since_ns.store(now_ns(), std::memory_order_relaxed);
    to->tag.store(tag, std::memory_order_relaxed);
}

void leave_note(int signal) noexcept {
    flight_slot* page = the_page.load(std::memory_order_relaxed);
    if (page == nullptr || page->thread.load(std::memory_order_relaxed) != 0) return;
    page->tag.store(served, std::memory_order_relaxed);
    page->thread.store(static_cast<std::uint32_t>(signal), std::memory_order_relaxed);
}

// The disposition is the default again by now. A fault comes back when this returns, for its
// instruction is executed again; a signal that somebody sent would not.
void note(int signal, siginfo_t* info, void*) noexcept {
    leave_note(signal);
    if (info->si_code <= 0) raise(signal);
}

flight describe(std::uint64_t tag, int signal, std::int64_t since_ns) noexcept {
    return {
        .lane = static_cast<std::uint32_t>(tag >> 32),
        .channel = static_cast<std::uint32_t>(tag),
        .signal = signal,
        .since_ns = since_ns};
}

}  // namespace

std::vector<flight> read_flights(std::span<const std::byte> page) {
    std::vector<flight> found;
    if (page.size() < flight_bytes) return found;
    const auto* slots = reinterpret_cast<const flight_slot*>(page.data());
    const auto signal = static_cast<int>(slots[0].thread.load(std::memory_order_relaxed));
    const std::uint64_t blamed = slots[0].tag.load(std::memory_order_relaxed);
    if (signal != 0) {
        if (blamed != 0) found.push_back(describe(blamed, signal, 0));
        return found;
    }
    for (std::size_t i = 1; i < flight_slot_count; ++i) {
        const std::uint64_t tag = slots[i].tag.load(std::memory_order_relaxed);
        if (tag == 0) continue;
        found.push_back(describe(tag, 0, slots[i].since_ns.load(std::memory_order_relaxed)));
    }
    return found;
}

void record_flights(void* page) noexcept {
    the_page.store(static_cast<flight_slot*>(page), std::memory_order_relaxed);
}

void note_fatal_signals() noexcept {
    notes_signals.store(true, std::memory_order_relaxed);
    prepare_signal_stack();
    struct sigaction action {};
    action.sa_sigaction = &note;
    // Once: the second time it is deadly.
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER | SA_ONSTACK | SA_SIGINFO;
    for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP}) {
        sigaction(fatal, &action, nullptr);
    }
}

std::uint64_t current_flight() noexcept {
    return served;
}

flight_scope::flight_scope(std::uint64_t tag) noexcept : before_(served) {
    write(tag);
}

flight_scope::~flight_scope() {
    write(before_);
}

}  // namespace qry::base
