#include "service/context.hpp"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include <unistd.h>

#include "abi/driver_loader.hpp"
#include "base/log.hpp"
#include "base/post.hpp"

namespace qry::service {

namespace {

// $QRY_REGISTRY, else $XDG_DATA_HOME/qry/qry.db, else ~/.local/share/qry/qry.db.
std::string default_location() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    };
    if (auto registry = variable("QRY_REGISTRY"); !registry.empty()) return registry;
    std::filesystem::path base = variable("XDG_DATA_HOME");
    if (base.empty()) base = std::filesystem::path(variable("HOME")) / ".local" / "share";
    return base / "qry" / "qry.db";
}

std::string host_name() {
    char name[256] = {};
    return gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

// Unique among the hosts that share a registry, and among the opens of one process.
std::string make_owner() {
    static std::atomic<unsigned> opened{0};
    return host_name() + ":" + std::to_string(getpid()) + ":" + std::to_string(++opened);
}

std::string default_actor() {
    const char* user = std::getenv("USER");
    return std::string(user != nullptr ? user : "uid " + std::to_string(getuid())) + "@" +
           host_name();
}

// They have nothing to do any more when this begins.
constexpr auto worker_patience = std::chrono::milliseconds(1500);

}  // namespace

result<context_ptr> context::open(host_options options, abi::block_source batches) {
    if (options.isolation != "process" && options.isolation != "inline") {
        return error{
            .kind = status::invalid_parameter,
            .message = "isolation is '" + options.isolation + "'; expected 'process' or 'inline'",
            .from = origin::host,
            .parameter = "isolation"};
    }
    if (options.registry.empty()) options.registry = default_location();
    auto workers = supervisor::read_settings([](const char* name) { return std::getenv(name); });
    if (!workers) return std::move(workers).error();
    batches = abi::bounded(std::move(batches), workers->batch_budget);
    workers->copies = batches;
    auto registry = store::store::open(options.registry);
    if (!registry) return std::move(registry).error();
    context_ptr made(
        new context(
            std::move(options), std::move(*registry), std::move(*workers), std::move(batches)
        ),
        &context::destroy
    );
    // A changed key is said once, here; nothing is touched, and what needs no secret goes on.
    if (auto key = made->vault_->check_key(); !key) {
        base::write_log(base::log_level::error, "host", key.error().message);
    }
    return made;
}

context::context(
    host_options options,
    std::unique_ptr<store::store> registry,
    supervisor::settings workers,
    abi::block_source batches
)
    : actor_(options.actor.empty() ? default_actor() : options.actor),
      owner_(make_owner()),
      isolation_(options.isolation),
      location_(registry->location()),
      plugins_(registry::catalog::scan(registry::default_search(options.plugin_path))),
      batches_(std::move(batches)),
      supervisor_(std::make_unique<class supervisor::supervisor>(loops_, std::move(workers))),
      registry_(std::move(registry)),
      vault_(std::make_unique<class vault>(
          *registry_, std::move(options.jwt_secret_key), std::move(options.jwt_secret_key_previous)
      )) {}

// The pools join their threads first, while what the threads use is still there.
context::~context() {
    work_thread_.join();
    store_thread_.join();
    // Workers end while there are loops to see it.
    inline_drivers_.clear();
    shared_drivers_.clear();
    supervisor_->stop(worker_patience);
    loops_.stop();
}

bool context::on_own_thread() const noexcept {
    return loops_.on_loop_thread() ||
           const_cast<boost::asio::thread_pool&>(store_thread_)
               .get_executor()
               .running_in_this_thread() ||
           const_cast<boost::asio::thread_pool&>(work_thread_)
               .get_executor()
               .running_in_this_thread();
}

void context::end_workers(callback<void()> then) {
    supervisor_->shut(std::move(then));
}

void context::settle(std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto pass = [&](auto&& post) {
        auto promise = std::make_shared<std::promise<void>>();
        auto passed = promise->get_future();
        post([promise] { promise->set_value(); });
        passed.wait_until(until);
    };
    pass([this](auto work) { on_work_thread(std::move(work)); });
    for (std::size_t i = 0; i < loops_.size(); ++i)
        pass([&](auto work) { base::post(loops_.loop(i), std::move(work)); });
    pass([this](auto work) { on_store_thread(std::move(work)); });
}

// The last reference may go inside one of the threads that the destructor joins.
void context::destroy(context* self) noexcept {
    if (self->on_own_thread()) {
        std::thread([self] { delete self; }).detach();
    } else {
        delete self;
    }
}

result<std::shared_ptr<backend::driver>> context::inline_driver(const registry::plugin& which) {
    auto& loaded = inline_drivers_[which.about.name];
    if (!loaded) {
        auto made = abi::load_driver(loops_, which, qry_arena::make(SIZE_MAX, batches_));
        if (!made) return std::move(made).error();
        loaded = std::move(*made);
    }
    return loaded;
}

std::shared_ptr<backend::driver> context::own_driver(
    const registry::plugin& which, const store::datasource_row& of
) {
    // One that is only being checked is not stored, and has no id.
    if (of.id.empty()) return supervisor_->driver(which, of.name);
    std::erase_if(own_drivers_, [](const auto& one) { return one.second.expired(); });
    auto& known = own_drivers_[which.about.name + "/" + of.id];
    auto made = known.lock();
    if (!made) {
        made = supervisor_->driver(which, of.name);
        known = made;
    }
    return made;
}

result<std::shared_ptr<backend::driver>> context::driver(const store::datasource_row& of) {
    auto plugin = plugins_.find(of.driver);
    if (!plugin) return std::move(plugin).error();
    if (of.isolation == "datasource") return own_driver(**plugin, of);
    if (of.isolation == "inline" || isolation_ == "inline") return inline_driver(**plugin);
    auto& made = shared_drivers_[(*plugin)->about.name];
    if (!made) made = supervisor_->driver(**plugin, {});
    return made;
}

}  // namespace qry::service
