// The dynamic section: what a shared object needs and exports.
#pragma once

#include <elf.h>

#include <string>
#include <vector>

#include <qry/kit/elf/note.hpp>

#include "source.hpp"

namespace qry::elf {

// Fills in `exports`, `needed`, `run_path` and `versions`.
[[nodiscard]] result<void> read_dynamic(
    const source& from, const std::vector<Elf64_Phdr>& segments, image* out, const std::string& file
);

}  // namespace qry::elf
