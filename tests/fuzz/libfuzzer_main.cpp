// What libFuzzer calls. Inputs come in a block of their exact size already.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    qry::fuzz::take({data, size});
    return 0;
}
