#include "supervisor/supervisor.hpp"

#include <atomic>
#include <future>
#include <utility>

#include "base/post.hpp"
#include "supervisor/fleet.hpp"

namespace qry::supervisor {

namespace {

// From SIGKILL to the moment all who used a worker know.
constexpr auto kill_patience = std::chrono::seconds(1);

class remote_driver final : public backend::driver {
public:
    remote_driver(base::loop_group& loops, std::shared_ptr<fleet> workers)
        : loops_(loops), workers_(std::move(workers)) {}
    remote_driver(const remote_driver&) = delete;
    remote_driver& operator=(const remote_driver&) = delete;
    ~remote_driver() override { workers_->shut(nullptr); }

    operation_ptr connect(
        backend::verb_context context,
        backend::connect_arguments what,
        completion<std::unique_ptr<backend::session>> done
    ) override {
        auto made = attempt(std::move(context), std::move(what));
        made->connect(std::move(done));
        return made;
    }
    operation_ptr test(
        backend::verb_context context,
        backend::connect_arguments what,
        backend::reports sink,
        completion<void> done
    ) override {
        auto made = attempt(std::move(context), std::move(what));
        made->test(std::move(sink), std::move(done));
        return made;
    }

private:
    std::shared_ptr<remote_attempt> attempt(
        backend::verb_context context, backend::connect_arguments what
    ) {
        const std::size_t loop = (what.loop ? *what.loop : turn_++) % loops_.size();
        return std::make_shared<remote_attempt>(
            workers_, loops_.loop(loop), loop, std::move(context), std::move(what)
        );
    }

    base::loop_group& loops_;
    const std::shared_ptr<fleet> workers_;
    std::atomic<std::size_t> turn_{0};
};

}  // namespace

supervisor::supervisor(base::loop_group& loops, settings how)
    : supervisor(loops, how, make_launcher(how)) {}

supervisor::supervisor(base::loop_group& loops, settings how, launcher launch)
    : loops_(loops),
      how_(std::move(how)),
      launch_(std::move(launch)),
      gate_(std::make_shared<life_gate>()) {}

supervisor::~supervisor() {
    stop(std::chrono::milliseconds(3000));
}

std::shared_ptr<backend::driver> supervisor::driver(
    const registry::plugin& which, std::string_view for_datasource
) {
    auto share = std::make_shared<plugin_share>();
    share->plugin = which.about.name;
    share->name = which.about.name;
    share->datasource = for_datasource;
    if (!for_datasource.empty()) share->name += " for '" + std::string(for_datasource) + "'";
    share->how =
        how_.trusted.contains(which.about.name) ? wire::trust::trusted : wire::trust::checked;
    share->arena_bytes = how_.arena_bytes;
    share->arena = qry_arena::make(SIZE_MAX, how_.copies);
    share->gate = gate_;
    const std::lock_guard lock(mutex_);
    fleet_parts parts{
        .worker =
            {.loops = loops_,
             .home = loops_.loop(turn_++ % loops_.size()),
             .share = std::move(share),
             .caps = how_,
             .plugin_folder = which.folder.string(),
             .plugin_name = which.about.name,
             .limits = {}},
        .manifest = which.folder / "qry-plugin.json",
        .library = which.library,
        .launch = launch_};
    auto made = std::make_shared<fleet>(std::move(parts));
    std::erase_if(fleets_, [](const auto& one) { return one.expired(); });
    fleets_.push_back(made);
    return std::make_shared<remote_driver>(loops_, std::move(made));
}

std::vector<std::shared_ptr<fleet>> supervisor::living() {
    std::vector<std::shared_ptr<fleet>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& one : fleets_) {
        if (auto held = one.lock()) out.push_back(std::move(held));
    }
    return out;
}

// What their ends have posted is done afterwards: lanes on other loops let go of what they held.
void supervisor::settle() noexcept {
    const auto until = std::chrono::steady_clock::now() + kill_patience;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        auto promise = std::make_shared<std::promise<void>>();
        auto passed = promise->get_future();
        base::post(loops_.loop(i), [promise] { promise->set_value(); });
        passed.wait_until(until);
    }
}

std::vector<plugin_figures> supervisor::figures(std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    std::vector<plugin_figures> out;
    for (const auto& one : living()) {
        auto promise = std::make_shared<std::promise<std::vector<worker_report>>>();
        auto lines = promise->get_future();
        one->report([promise](std::vector<worker_report> r) { promise->set_value(std::move(r)); });
        plugin_figures made{
            .driver = one->share().plugin,
            .datasource = one->share().datasource,
            .count = {one, &one->share().count},
            .workers = {}};
        if (lines.wait_until(until) == std::future_status::ready) made.workers = lines.get();
        out.push_back(std::move(made));
    }
    return out;
}

void supervisor::shut(callback<void()> done) {
    // The last of them to let go of it has its deleter call.
    const std::shared_ptr<callback<void()>> all(
        new callback<void()>(std::move(done)),
        [](callback<void()>* last) {
            (*last)();
            delete last;
        }
    );
    for (const auto& one : living())
        one->shut([all] {});
}

void supervisor::stop(std::chrono::milliseconds patience) noexcept {
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto all = living();
    std::vector<std::future<void>> ends;
    for (const auto& one : all) {
        auto promise = std::make_shared<std::promise<void>>();
        ends.push_back(promise->get_future());
        one->shut([promise] { promise->set_value(); });
    }
    std::vector<std::future<void>*> late;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (ends[i].wait_until(until) == std::future_status::ready) continue;
        all[i]->give_up();
        late.push_back(&ends[i]);
    }
    for (const auto* end : late)
        end->wait_for(kill_patience);
    if (!all.empty()) settle();
    // Batches that are still out find nobody to be given back to.
    gate_->close();
}

}  // namespace qry::supervisor
