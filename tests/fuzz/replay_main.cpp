// Feeds the files of a corpus to a target, and cut short at every place: what a compiler without
// libFuzzer can do.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <vector>

#include "fuzz.hpp"

namespace {

// In a block of its exact size, so that AddressSanitizer sees a read beyond it.
void feed(const std::vector<char>& bytes, std::size_t size) {
    const auto exact = std::make_unique<std::uint8_t[]>(size);
    std::copy_n(bytes.begin(), size, exact.get());
    qry::fuzz::take({exact.get(), size});
}

}  // namespace

int main(int argc, char** argv) {
    constexpr std::size_t most_cuts = 512;
    std::size_t files = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
            // Named before, so that a crash says which.
            std::cout << entry.path().filename().string() << std::endl;
            feed(bytes, bytes.size());
            const std::size_t step = bytes.size() / most_cuts + 1;
            for (std::size_t size = 0; size < bytes.size(); size += step)
                feed(bytes, size);
            ++files;
        }
    }
    if (files == 0) {
        std::cerr << "no inputs: give the folders of a corpus\n";
        return 1;
    }
    std::cout << files << " inputs\n";
    return 0;
}
