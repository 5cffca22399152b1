// Symbols that others have, too: an exported function of an everyday name, a variable that the
// loader makes one of for the whole process (GNU_UNIQUE), a thread_local, one that OpenSSL exports,
// and operator new. Each answer says whose was found.
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#define EVERYBODY_SEES __attribute__((visibility("default")))

namespace {
// Plain, so that operator new may count before any constructor has run.
std::size_t counted;
}  // namespace

EVERYBODY_SEES void* operator new(std::size_t size) {
    ++counted;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
EVERYBODY_SEES void operator delete(void* memory) noexcept {
    std::free(memory);
}
EVERYBODY_SEES void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

extern "C" EVERYBODY_SEES const char* helper() {
    return CLASH_NAME;
}
extern "C" EVERYBODY_SEES const char* EVP_sha256() {
    return CLASH_NAME;
}

template <class T>
struct EVERYBODY_SEES shared {
    static const char* owner;
};
template <class T>
const char* shared<T>::owner = CLASH_NAME;

inline EVERYBODY_SEES thread_local const char* of_this_thread = CLASH_NAME;

namespace {

const char* own_new() {
    const std::size_t before = counted;
    delete new std::string(100, 'x');
    return counted > before ? CLASH_NAME : "somebody else's operator new";
}

}  // namespace

extern "C" const char* word_for(const char* question) {
    const auto is = [question](const char* what) { return std::strcmp(question, what) == 0; };
    // Through volatile pointers: the linker, not the compiler, is to answer.
    if (is("helper")) {
        const char* (*volatile found)() = helper;
        return found();
    }
    if (is("EVP_sha256")) {
        const char* (*volatile found)() = EVP_sha256;
        return found();
    }
    if (is("unique")) return shared<int>::owner;
    if (is("thread_local")) return of_this_thread;
    if (is("new")) return own_new();
    return "helper, EVP_sha256, unique, thread_local or new?";
}
