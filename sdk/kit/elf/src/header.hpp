// The ELF header and the program headers: is this a shared object for this machine, and whole?
#pragma once

#include <elf.h>

#include <string>
#include <vector>

#include <qry/result.hpp>

#include "source.hpp"

namespace qry::elf {

// All program headers of a file that passed: every loaded segment lies inside the file.
[[nodiscard]] result<std::vector<Elf64_Phdr>> read_segments(
    const source& from, const std::string& file
);

[[nodiscard]] error truncated(
    const std::string& file, std::uint64_t offset, std::uint64_t size, std::uint64_t have
);
[[nodiscard]] error damaged(const std::string& file, const std::string& what);

}  // namespace qry::elf
