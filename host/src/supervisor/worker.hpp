// One worker process and its control lane: started, greeted, watched, ended, and counted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/loop_group.hpp"
#include "base/timers.hpp"
#include "supervisor/output.hpp"
#include "supervisor/process.hpp"
#include "supervisor/remote_lane.hpp"
#include "supervisor/settings.hpp"
#include "supervisor/worker_fsm.hpp"
#include "supervisor/worker_link.hpp"
#include "wire/lane.hpp"

namespace qry::supervisor {

struct worker_parts {
    base::loop_group& loops;
    // Of loops: where the worker is looked after.
    boost::asio::io_context& home;
    std::shared_ptr<plugin_share> share;
    settings caps;
    // Of the plugin.
    std::string plugin_folder;
    std::string plugin_name;
    worker_limits limits;
};

struct worker_events {
    // It takes channels from now on.
    callback<void()> on_ready;
    // It has to be replaced, and takes no channels any more.
    callback<void()> on_draining;
    // It is gone, and all who used it know. failure: what it said at the start, if it said no.
    callback<void(const death&, std::optional<error> failure)> on_gone;
};

// Not thread-safe: on the home loop only, but for worker_link's.
class worker final : public worker_link,
                     public base::timer_entry,
                     public std::enable_shared_from_this<worker> {
public:
    explicit worker(worker_parts parts);
    ~worker() override;

    // Once; an error: there is no process, and no event.
    [[nodiscard]] result<void> start(const launcher& launch, worker_events events);
    void drain(drain_reason why);
    // Kills the process; whatever it still has fails, and on_gone comes.
    void give_up();
    // Kills the process if it lives; nobody is told. For an owner whose loops have stopped.
    void abandon() noexcept;
    [[nodiscard]] worker_state state() const noexcept { return fsm_.now(); }
    [[nodiscard]] worker_report report() const;
    // Not after on_gone.
    [[nodiscard]] const std::shared_ptr<remote_lane>& lane(std::size_t i) const noexcept {
        return lanes_[i];
    }

    // worker_link: any thread
    void hung_up() override;
    void broke_protocol(const std::string& what) override;
    void has_stuck() override;
    void has_stalled(const std::string& how_long) override;
    void relieved() override;

private:
    void expired() noexcept override;
    template <class What>
    void at_home(What what);
    void greet();
    [[nodiscard]] result<void> on_control(wire::incoming& frame);
    [[nodiscard]] result<void> on_ready(std::span<const std::byte> payload);
    void kill(death why);
    void look();
    void look_at_usage(std::int64_t now);
    void schedule();
    void hang_up();
    void ended(death how);
    void tell_lanes(const death& why);
    // Channels, lane by lane.
    [[nodiscard]] std::vector<std::vector<std::uint32_t>> suspects() const;
    [[nodiscard]] std::vector<std::vector<std::uint32_t>> blamed(const death& why) const;

    const worker_parts parts_;
    worker_events events_;
    base::timers& timers_;
    worker_fsm fsm_;
    std::unique_ptr<process> child_;
    std::shared_ptr<wire::lane> control_;
    std::vector<std::shared_ptr<remote_lane>> lanes_;
    std::shared_ptr<worker_output> output_;
    // Who is inside the plugin; it outlives the process.
    wire::segment_map flights_;
    bool has_flights_ = false;
    std::string plugin_version_;
    // Why we killed it, which its exit status does not know.
    std::optional<death> fate_;
    std::optional<error> refusal_;
    // Nobody inside is to blame for its end.
    bool blameless_ = false;
    // It was killed before it was ready.
    bool unready_ = false;
    // Lanes that were told to retire and have not done so yet.
    int unaware_ = 0;
    std::int64_t hung_up_until_ns_ = base::never_ns;
    std::int64_t next_usage_ns_ = base::never_ns;
    std::uint64_t resident_bytes_ = 0;
};

}  // namespace qry::supervisor
