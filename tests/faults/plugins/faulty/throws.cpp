// Ways out of a function that C knows nothing of.
#include <unwind.h>

#include <csetjmp>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

#include "faulty.h"

namespace {

std::jmp_buf gone;

struct foreign {
    _Unwind_Exception head;
};

void drop(_Unwind_Reason_Code, _Unwind_Exception* e) {
    delete reinterpret_cast<foreign*>(e);
}

[[noreturn]] void raise_foreign() {
    auto* e = new foreign{};
    std::memcpy(&e->head.exception_class, "OTHRLANG", 8);
    e->head.exception_cleanup = drop;
    _Unwind_RaiseException(&e->head);
    // Nobody up there would take it.
    std::abort();
}

}  // namespace

void remember_frame(void) {
    (void)setjmp(gone);
}

int strike_by_leaving(const char* kind) {
    const auto is = [kind](const char* name) { return std::strcmp(kind, name) == 0; };
    if (is("throw")) throw std::runtime_error("thrown across the ABI");
    if (is("throw_int")) throw 42;
    if (is("foreign")) raise_foreign();
    if (is("longjmp")) std::longjmp(gone, 1);
    if (is("terminate")) {
        std::thread([] { std::terminate(); }).detach();
        // The process must end of that thread, not of this one.
        for (;;)
            std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    return 0;
}
