#include "service/doctor.hpp"

#include <openssl/crypto.h>

namespace qry::service {

namespace {

using findings = std::vector<doctor_finding>;

void plugins(context& shared, findings& out) {
    for (const auto& folder : shared.plugins().folders()) {
        out.push_back({"ok", "plugin folder", folder.path.string() + " (" + folder.origin + ")", {}}
        );
    }
    // Hashed: a library that was changed since it was installed is found here, not at first use.
    const registry::catalog verified = shared.plugins().verified();
    for (const auto& plugin : verified.plugins()) {
        const std::string name =
            plugin.about.name.empty() ? plugin.folder.filename().string() : plugin.about.name;
        if (plugin.usable()) {
            out.push_back(
                {"ok", "plugin " + name, plugin.about.version + ", " + plugin.library.string(), {}}
            );
        } else {
            out.push_back(
                {"error",
                 "plugin " + name,
                 plugin.reason,
                 "repair or remove " + plugin.folder.string()}
            );
        }
    }
    if (shared.plugins().plugins().empty()) {
        out.push_back(
            {"error",
             "plugins",
             "no plugin was found",
             "set QRY_PLUGIN_PATH to the folder that holds them"}
        );
    }
}

void registry(context& shared, findings& out) {
    auto wrong = shared.registry().check();
    if (!wrong) {
        out.push_back({"error", "registry", wrong.error().message, wrong.error().hint});
        return;
    }
    if (wrong->empty()) out.push_back({"ok", "registry", shared.location(), {}});
    for (const auto& sentence : *wrong) {
        out.push_back({"error", "registry", sentence, "restore it from a backup"});
    }
}

void keys(context& shared, findings& out) {
    const auto& ring = shared.vault().keys();
    for (const auto& sentence : ring.warnings()) {
        out.push_back({"warning", "keys", sentence, {}});
    }
    if (!ring.usable()) {
        const error why = ring.seal(secret("x")).error();
        out.push_back({"warning", "keys", why.message, why.hint});
        return;
    }
    if (auto key = shared.vault().check_key(); !key) {
        out.push_back({"error", "keys", key.error().message, key.error().hint});
        return;
    }
    auto report = shared.vault().check(rotate_mode::check_only);
    if (!report) {
        out.push_back({"error", "secrets", report.error().message, report.error().hint});
        return;
    }
    std::size_t shut = 0;
    std::size_t old = 0;
    for (const auto& row : report->rows) {
        if (row.key.empty()) ++shut;
        if (!row.key.empty() && row.key != credential::key_ring::key_name(0)) ++old;
    }
    const std::string counted = std::to_string(report->rows.size()) + " stored";
    if (shut > 0) {
        out.push_back(
            {"error",
             "secrets",
             counted + ", " + std::to_string(shut) + " do not open with the keys at hand",
             "'qry-host secrets check' lists them"}
        );
    } else if (old > 0) {
        out.push_back(
            {"warning",
             "secrets",
             counted + ", " + std::to_string(old) + " sealed with an older key",
             "run 'qry-host secrets rotate'"}
        );
    } else {
        out.push_back({"ok", "secrets", counted + ", all open with the current key", {}});
    }
}

}  // namespace

std::vector<doctor_finding> examine(context& shared) {
    findings out;
    out.push_back({"ok", "version", std::string("qry-host ") + version(), {}});
    out.push_back({"ok", "openssl", OpenSSL_version(OPENSSL_VERSION), {}});
    registry(shared, out);
    keys(shared, out);
    plugins(shared, out);
    return out;
}

}  // namespace qry::service
