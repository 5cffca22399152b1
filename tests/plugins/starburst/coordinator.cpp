#include "coordinator.hpp"

#include <catch2/catch.hpp>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/validate.hpp>

#include <algorithm>
#include <stdexcept>

namespace qry::test {

namespace {

[[noreturn]] void fail(const error& e) {
    throw std::runtime_error(e.message + " [" + e.sqlstate + "] " + e.hint);
}

}  // namespace

coordinator::coordinator()
    : server_([this](connection& by, const received& what) { return serve_one(by, what); }) {}

void coordinator::answer_to(const std::string& part, script_of what) {
    const std::lock_guard lock(mutex_);
    if (!scripts_.contains(part)) parts_.push_back(part);
    scripts_[part] = std::move(what);
}

void coordinator::demand(std::string authorization) {
    const std::lock_guard lock(mutex_);
    demanded_ = std::move(authorization);
}

void coordinator::guard(std::string path) {
    const std::lock_guard lock(mutex_);
    guarded_.insert(std::move(path));
}

void coordinator::fall_silent(std::string path) {
    const std::lock_guard lock(mutex_);
    silent_.insert(std::move(path));
}

bool coordinator::lets_in(const std::string& path, const received& what) const {
    const std::lock_guard lock(mutex_);
    return demanded_.empty() || !guarded_.contains(path) ||
           what.has("Authorization: " + demanded_ + "\r\n");
}

void coordinator::serve(const std::string& path, std::string body) {
    const std::lock_guard lock(mutex_);
    bodies_[path] = std::move(body);
}

void coordinator::send_on(const std::string& path, std::string location) {
    const std::lock_guard lock(mutex_);
    elsewhere_[path] = std::move(location);
}

conformance::datasource coordinator::source(const std::map<std::string, std::string>& changes
) const {
    conformance::datasource out{
        .params = {
            {"host", "127.0.0.1"},
            {"port", std::to_string(server_.port())},
            {"http_scheme", "http"},
            {"user", "ada"}}};
    for (const auto& [name, value] : changes)
        out.params[name] = value;
    return out;
}

std::vector<std::string> coordinator::stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
}

int coordinator::asked(const std::string& what) const {
    const auto log = server_.log();
    return static_cast<int>(std::ranges::count_if(log, [&](const received& r) {
        return r.line.starts_with(what);
    }));
}

received coordinator::last_of(const std::string& what) const {
    const auto log = server_.log();
    const auto last = std::find_if(log.rbegin(), log.rend(), [&](const received& r) {
        return r.line.starts_with(what);
    });
    return last == log.rend() ? received{} : *last;
}

std::string coordinator::head_of(const std::string& what) const {
    return last_of(what).head;
}

std::string coordinator::body_of(const std::string& what) const {
    return last_of(what).body;
}

bool coordinator::serve_one(connection& by, const received& what) {
    const std::size_t from = what.line.find(' ') + 1;
    const std::string path = what.line.substr(from, what.line.find(' ', from) - from);
    {
        const std::lock_guard lock(mutex_);
        if (silent_.contains(path)) return by.wait_for_end() && false;
    }
    if (!lets_in(path, what)) return by.write(answer(401, "Unauthorized"));
    if (path == "/v1/info") {
        return by.write(answer(200, R"({"nodeVersion":{"version":"476"},"starting":false})"));
    }
    if (path == "/v1/statement") return post(by, what);
    if (what.line.starts_with("DELETE ")) return stop(by, path);
    if (path.starts_with("/v1/next/")) return follow(by, path);
    std::unique_lock lock(mutex_);
    if (const auto to = elsewhere_.find(path); to != elsewhere_.end()) {
        const std::string location = to->second;
        lock.unlock();
        return by.write(answer(303, "", "Location: " + location + "\r\n"));
    }
    const auto body = bodies_.find(path);
    const std::string text = body != bodies_.end() ? body->second : std::string();
    const int status = body != bodies_.end() ? 200 : 404;
    lock.unlock();
    return by.write(answer(status, text));
}

std::string coordinator::reply(const std::string& part, std::size_t number) const {
    const std::lock_guard lock(mutex_);
    const script_of& s = scripts_.at(part);
    std::string out = R"({"id":"20240229_1")";
    if (number + 1 < s.replies.size() || s.hangs) {
        const auto index = std::ranges::find(parts_, part) - parts_.begin();
        out += R"(,"nextUri":")" + server_.url() + "/v1/next/" + std::to_string(index) + '/' +
               std::to_string(number + 1) + '"';
    }
    return out + (s.replies[number].empty() ? "" : ",") + s.replies[number] + '}';
}

bool coordinator::post(connection& by, const received& what) {
    std::unique_lock lock(mutex_);
    std::string part;
    for (const auto& [text, ignored] : scripts_) {
        if (what.body.find(text) != std::string::npos && text.size() > part.size()) part = text;
    }
    if (part.empty()) {
        lock.unlock();
        return by.write(answer(400, "no test told how to answer: " + what.body));
    }
    const script_of s = scripts_.at(part);
    lock.unlock();
    if (s.before_first) s.before_first();
    return by.write(answer(200, reply(part, 0), s.headers));
}

bool coordinator::follow(connection& by, const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::size_t number = std::stoul(path.substr(slash + 1));
    std::unique_lock lock(mutex_);
    const std::string part = parts_.at(std::stoul(path.substr(9)));
    const bool there = number < scripts_.at(part).replies.size();
    lock.unlock();
    if (!there) return by.wait_for_end() && false;
    return by.write(answer(200, reply(part, number)));
}

bool coordinator::stop(connection& by, const std::string& path) {
    std::unique_lock lock(mutex_);
    const std::string part = parts_.at(std::stoul(path.substr(9)));
    stopped_.push_back(part);
    const int status = scripts_.at(part).stop_status;
    lock.unlock();
    if (status == 0) return by.wait_for_end() && false;
    return by.write(answer(status, ""));
}

const conformance::loaded_plugin& starburst() {
    static const auto loaded = [] {
        auto p = conformance::loaded_plugin::load(QRY_TEST_PLUGIN);
        if (!p) fail(p.error());
        return std::move(*p);
    }();
    return loaded;
}

std::unique_ptr<conformance::session> connect(const conformance::datasource& to) {
    auto made = conformance::session::connect(starburst(), to);
    if (!made) fail(made.error());
    return std::move(*made);
}

std::unique_ptr<conformance::session> connect(
    const coordinator& to, const std::map<std::string, std::string>& changes
) {
    return connect(to.source(changes));
}

std::vector<std::string> rows_of(result<conformance::table> t) {
    if (!t) fail(t.error());
    std::vector<std::string> rows;
    for (const unique_array& batch : t->batches) {
        auto sound = arrow::validate(*t->schema, *batch);
        if (!sound) fail(sound.error());
        auto view = arrow::array_view::make(*t->schema, *batch);
        if (!view) fail(view.error());
        for (std::int64_t r = 0; r < view->length(); ++r)
            rows.push_back(arrow::format_cell(*view, r));
    }
    return rows;
}

void check_rules(conformance::session& s) {
    CHECK(s.reset());
    CHECK(s.close());
    for (const auto& v : s.book().violations())
        FAIL_CHECK(v.rule << ": " << v.what);
    CHECK(s.memory()->live_buffers() == 0);
    CHECK(s.loop().watches() == 0);
    CHECK(s.loop().timers() == 0);
}

}  // namespace qry::test
