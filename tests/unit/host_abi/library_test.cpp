#include "abi/library.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

#include "puppet.hpp"

using qry::abi::open_entry;

namespace {

int inits = 0;

qry_descriptor& about() {
    static qry_descriptor d = puppet::descriptor(QRY_MODEL_ASYNC);
    return d;
}

qry_plugin_entry_table good() {
    return {
        QRY_PLUGIN_MAGIC,
        QRY_ABI_MAJOR,
        QRY_ABI_MINOR,
        sizeof(qry_plugin_entry_table),
        &about(),
        [](const qry_host*, qry_error*) -> qry_status {
            ++inits;
            return QRY_OK;
        },
        [](const char* name) -> const qry_driver* {
            return std::string_view(name) == "puppet" ? &puppet::driver() : nullptr;
        },
        nullptr};
}

qry::registry::manifest manifest() {
    qry::registry::manifest m;
    m.name = "puppet";
    m.version = "1.0.0";
    m.model = "async";
    return m;
}

}  // namespace

TEST_CASE("A good entry gives its tables, and init is called once for the life of the process") {
    static const qry_plugin_entry_table entry = good();
    inits = 0;
    REQUIRE(open_entry(entry, manifest()));
    auto again = open_entry(entry, manifest());
    REQUIRE(again);
    CHECK(again->name == "puppet");
    CHECK(inits == 1);
}

TEST_CASE("An entry that does not fit is refused before its init runs, saying what and why") {
    qry_plugin_entry_table entry = good();
    qry::registry::manifest m = manifest();
    std::string reason;
    SECTION("magic") {
        entry.magic = 1;
        reason = "magic number";
    }
    SECTION("major") {
        entry.abi_major = 2;
        entry.abi_minor = 3;
        reason = "speaks ABI 2.3; this host speaks 1.x";
    }
    SECTION("short") {
        entry.struct_size = 16;
        reason = "16 bytes";
    }
    SECTION("huge") {
        entry.struct_size = 1U << 30;
        reason = "1073741824 bytes";
    }
    SECTION("no init") {
        entry.init = nullptr;
        reason = "lacks descriptor, init or get_driver";
    }
    SECTION("no descriptor") {
        entry.descriptor = nullptr;
        reason = "lacks descriptor, init or get_driver";
    }
    SECTION("another name than the manifest's") {
        m.name = "marionette";
        reason = "says it is 'puppet' 1.0.0";
    }
    SECTION("another version than the manifest's") {
        m.version = "1.0.1";
        reason = "says it is 'puppet' 1.0.0";
    }
    SECTION("another model than the manifest's") {
        m.model = "blocking";
        reason = "model is async, the manifest says blocking";
    }
    inits = 0;
    auto opened = open_entry(entry, m);
    REQUIRE_FALSE(opened);
    CAPTURE(opened.error().message);
    CHECK(opened.error().kind == qry::status::plugin_error);
    CHECK(opened.error().message.find(reason) != std::string::npos);
    CHECK(inits == 0);
}

TEST_CASE("An init that fails, or throws, is told with its reason, now and later") {
    static qry_plugin_entry_table failing = good();
    failing.init = [](const qry_host*, qry_error* e) -> qry_status {
        e->message = "no licence";
        return QRY_PERMISSION_DENIED;
    };
    for (int i = 0; i < 2; ++i) {
        auto opened = open_entry(failing, manifest());
        REQUIRE_FALSE(opened);
        CHECK(opened.error().message == "plugin 'puppet' could not start: no licence");
        CHECK(opened.error().kind == qry::status::permission_denied);
    }
    static qry_plugin_entry_table throwing = good();
    throwing.init = [](const qry_host*, qry_error*) -> qry_status { throw 1; };
    auto opened = open_entry(throwing, manifest());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == qry::status::plugin_error);
}

TEST_CASE("An entry without the driver that the manifest names is refused") {
    static qry_plugin_entry_table entry = good();
    entry.get_driver = [](const char*) -> const qry_driver* { return nullptr; };
    CHECK_FALSE(open_entry(entry, manifest()));
}
