// What can be said of the file and of its entry, before any database is needed.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <qry/kit/elf/note.hpp>

#include "test_case.hpp"

namespace qry::conformance {
namespace {

elf::image image_of(const bench& b) {
    const int fd = ::open(b.path().c_str(), O_RDONLY | O_CLOEXEC);
    expect(fd >= 0, {"open the file", "it cannot be opened", ""});
    auto read = elf::read(fd, b.path());
    ::close(fd);
    expect(
        read.has_value(),
        {"read the file's headers", read ? "" : describe(read.error()), "is it a shared object?"}
    );
    return std::move(*read);
}

void equal(const char* what, const std::string& note, const std::string& table) {
    expect(
        note == table,
        {std::string("compare ") + what,
         "the note says '" + note + "', the table says '" + table + "'",
         "QRY_PLUGIN_NOTE and the descriptor must be given the same text"}
    );
}

void note(bench& b) {
    const elf::image file = image_of(b);
    const auto checked = elf::check(file, b.path());
    expect(
        checked.has_value(),
        {"check the note as a host does", checked ? "" : describe(checked.error()), ""}
    );
    const qry_note_body& n = *file.note;
    const qry_plugin_entry_table& e = b.plugin().entry();
    equal("name", std::string(elf::name_of(n)), b.plugin().descriptor().name);
    equal("version", std::string(elf::version_of(n)), b.plugin().descriptor().version);
    equal("abi_major", std::to_string(n.abi_major), std::to_string(e.abi_major));
    equal("abi_minor", std::to_string(n.abi_minor), std::to_string(e.abi_minor));
    equal("entry_size", std::to_string(n.entry_size), std::to_string(e.struct_size));
    const qry_driver* driver = e.get_driver(b.plugin().descriptor().name);
    equal("driver_size", std::to_string(n.driver_size), std::to_string(driver->struct_size));
    equal(
        "session_size", std::to_string(n.session_size), std::to_string(driver->session->struct_size)
    );
}

void exports(bench& b) {
    const elf::image file = image_of(b);
    std::string others;
    for (const std::string& name : file.exports) {
        // AddressSanitizer adds one for each symbol that is exported.
        if (name == "qry_plugin_entry" || name.starts_with("__odr_asan.")) continue;
        others += (others.empty() ? "" : ", ") + name;
    }
    expect(
        others.empty(),
        {"list the dynamic symbols",
         "also exported: " + others,
         "build with -fvisibility=hidden and the version script of QryPlugin.cmake"}
    );
    expect(
        !file.exports.empty(),
        {"list the dynamic symbols",
         "qry_plugin_entry is not exported",
         "mark it QRY_EXPORT and give it external linkage"}
    );
}

void texts_are_there(const qry_descriptor& d) {
    const std::pair<const char*, const char*> texts[] = {
        {"name", d.name},
        {"title", d.title},
        {"version", d.version},
        {"publisher", d.publisher},
        {"dialect", d.dialect}};
    for (const auto& [what, text] : texts) {
        expect(
            text != nullptr && *text != '\0',
            {std::string("read descriptor.") + what, "it is NULL or empty", ""}
        );
    }
}

void descriptor(bench& b) {
    const qry_descriptor& d = b.plugin().descriptor();
    texts_are_there(d);
    static const std::regex name_form("[a-z][a-z0-9_]{0,31}");
    static const std::regex version_form(
        R"((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)"
    );
    expect(
        std::regex_match(d.name, name_form),
        {"read descriptor.name", d.name, "a name is [a-z][a-z0-9_]{0,31}"}
    );
    expect(
        std::regex_match(d.version, version_form),
        {"read descriptor.version", d.version, "a version is semantic: 1.2.3"}
    );
    expect(
        d.model == QRY_MODEL_BLOCKING || d.model == QRY_MODEL_ASYNC,
        {"read descriptor.model", std::to_string(d.model), "QRY_MODEL_BLOCKING or QRY_MODEL_ASYNC"}
    );
    constexpr std::uint64_t known = QRY_CAN_CANCEL | QRY_CAN_BIND | QRY_CAN_INTROSPECT |
                                    QRY_CAN_KEYS | QRY_CAN_TRANSACTION | QRY_CAN_WRITE;
    if ((d.capabilities & ~known) != 0) {
        b.warn("capabilities has bits that ABI 1.0 does not know");
    }
    const qry_session_verbs& v = b.plugin().verbs();
    expect(
        (d.capabilities & QRY_CAN_CANCEL) == 0 || v.cancel != nullptr,
        {"read the verbs", "QRY_CAN_CANCEL is declared, cancel is NULL", ""}
    );
    expect(
        (d.capabilities & QRY_CAN_INTROSPECT) == 0 || v.introspect != nullptr,
        {"read the verbs", "QRY_CAN_INTROSPECT is declared, introspect is NULL", ""}
    );
}

void loads(bench& b) {
    const loaded_plugin& p = b.plugin();
    expect(
        p.entry().get_driver("no_such_driver_anywhere") == nullptr,
        {"get_driver(\"no_such_driver_anywhere\")",
         "a driver",
         "compare the name; answer NULL to what is not yours"}
    );
    expect(
        p.extension("no.such.extension/1") == nullptr,
        {"get_extension(\"no.such.extension/1\")", "not NULL", "answer NULL to unknown ids"}
    );
}

// A second copy of the code must not share state with the first: a host that replaces a plugin
// has both in one process for a while.
void loads_twice(bench& b) {
    namespace fs = std::filesystem;
    const auto first = b.connect();
    const fs::path copy =
        fs::temp_directory_path() / ("qry-conformance-" + std::to_string(::getpid()) + ".so");
    fs::copy_file(b.path(), copy, fs::copy_options::overwrite_existing);
    auto second = loaded_plugin::load(copy);
    fs::remove(copy);
    expect(
        second.has_value(),
        {"load a copy of the file into the same process",
         second ? "" : describe(second.error()),
         "a symbol or a library's global state is shared between the two"}
    );
    auto beside = session::connect(*second, b.with().where, bench::usual(), b.on());
    b.must(beside, "connect by the second copy", "state is shared between the two copies");
    b.must_be_usable(**beside, "connect by the second copy");
    b.must_be_usable(*first, "loading a second copy");
}

constexpr test_case tests[] = {
    {"entry.note", "The ELF note, the entry table and the descriptor say the same.", note},
    {"entry.exports", "qry_plugin_entry is the only symbol that the file exports.", exports},
    {"entry.descriptor",
     "The descriptor is complete, and its capabilities are backed.",
     descriptor},
    {"entry.loads", "The plugin loads and answers NULL to names that it does not know.", loads},
    {"entry.loads_twice", "Two copies in one process do not disturb each other.", loads_twice},
};

}  // namespace

std::span<const test_case> entry_tests() {
    return tests;
}

}  // namespace qry::conformance
