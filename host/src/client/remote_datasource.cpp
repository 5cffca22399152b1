#include "client/remote_datasource.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <chrono>
#include <future>
#include <utility>

#include "client/asked.hpp"
#include "client/remote_query.hpp"
#include "schema/image.hpp"

namespace qry::client {

using daemon::call_type;

namespace {

constexpr auto pool_patience = std::chrono::milliseconds(250);
constexpr int needed_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

error bad_image(const std::string& why) {
    return {
        .kind = status::plugin_error,
        .message = "the image of a schema " + why,
        .from = origin::host};
}

result<schema_ptr> map_image(const registry::unique_fd& memory, std::uint64_t bytes) {
    if (memory.get() < 0) return bad_image("did not come with its frame");
    // Else its pages could change, or go away, under the reader.
    const int seals = ::fcntl(memory.get(), F_GET_SEALS);
    if (seals < 0 || (seals & needed_seals) != needed_seals) return bad_image("is not sealed");
    struct stat found {};
    if (::fstat(memory.get(), &found) != 0 || bytes == 0 ||
        static_cast<std::uint64_t>(found.st_size) != bytes) {
        return bad_image("is not as long as announced");
    }
    void* at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, memory.get(), 0);
    if (at == MAP_FAILED) {
        return error{
            .kind = status::resource_limit,
            .message = "no room to map a schema of " + std::to_string(bytes) + " bytes",
            .from = origin::host};
    }
    std::shared_ptr<const void> owner(at, [bytes](const void* p) {
        ::munmap(const_cast<void*>(p), bytes);
    });
    return schema::load_in_place(
        std::move(owner), {static_cast<const std::byte*>(at), static_cast<std::size_t>(bytes)}
    );
}

}  // namespace

remote_datasource::remote_datasource(link_ptr over, datasource_info info)
    : link_(std::move(over)), id_(info.id), info_(std::move(info)) {}

datasource_info remote_datasource::info() const {
    const std::lock_guard guard(mutex_);
    return info_;
}

void remote_datasource::update(datasource_info info) {
    const std::lock_guard guard(mutex_);
    info_ = std::move(info);
}

operation_ptr remote_datasource::test(
    callback<void(const test_step_report&)> on_step, completion<test_report> done
) {
    auto read = [self = shared_from_this()](wire::incoming& in) -> result<test_report> {
        auto said = daemon::decode<daemon::report>(in.payload);
        if (!said) return std::move(said).error();
        if (said->info) self->update(std::move(*said->info));
        return std::move(said->outcome);
    };
    auto what = make_asked(
        call_type::test, daemon::by_id{id_}, call_type::report, std::move(read), std::move(done)
    );
    what->on_report(
        call_type::step,
        [tell = std::move(on_step)](wire::incoming& in) mutable -> result<void> {
            auto said = daemon::decode<test_step_report>(in.payload);
            if (!said) return std::move(said).error();
            if (tell) tell(*said);
            return {};
        }
    );
    link_->start(what);
    return std::make_shared<remote_operation>(link_, what);
}

operation_ptr remote_datasource::execute(query what, completion<result_ptr> done) {
    // Its error went to the completion.
    auto made = remote_query::make(link_, id_, std::move(what), std::move(done));
    if (!made) return nullptr;
    link_->start(*made);
    return std::make_shared<remote_operation>(link_, *made);
}

daemon::schema_call remote_datasource::schema_question(std::optional<duration> max_age) const {
    const std::lock_guard guard(mutex_);
    return {.id = id_, .max_age = max_age, .known = image_};
}

result<schema_ptr> remote_datasource::keep(daemon::image said, registry::unique_fd memory) {
    std::optional<std::chrono::system_clock::time_point> taken_at;
    {
        const std::lock_guard guard(mutex_);
        info_ = std::move(said.info);
        taken_at = info_.schema_taken_at;
        if (said.number == image_) {
            if (snapshot_ && taken_at) snapshot_ = renewed(snapshot_, *taken_at);
            return snapshot_;
        }
    }
    auto snapshot = map_image(memory, said.bytes);
    if (!snapshot) return std::move(snapshot).error();
    const std::lock_guard guard(mutex_);
    snapshot_ = taken_at ? renewed(*snapshot, *taken_at) : *snapshot;
    image_ = said.number;
    return snapshot_;
}

operation_ptr remote_datasource::schema(
    std::optional<duration> max_age, completion<schema_ptr> done
) {
    auto read = [self = shared_from_this()](wire::incoming& in) -> result<schema_ptr> {
        auto said = daemon::decode<daemon::image>(in.payload);
        if (!said) return std::move(said).error();
        return self->keep(std::move(*said), std::move(in.descriptor));
    };
    auto what = make_asked(
        call_type::schema,
        schema_question(max_age),
        call_type::snapshot,
        std::move(read),
        std::move(done)
    );
    link_->start(what);
    return std::make_shared<remote_operation>(link_, what);
}

schema_ptr remote_datasource::cached_schema() const {
    const std::lock_guard guard(mutex_);
    return snapshot_;
}

operation_ptr remote_datasource::refresh_schema(
    callback<void(const refresh_progress&)> on_progress, completion<schema_diff> done
) {
    auto read = [self = shared_from_this()](wire::incoming& in) -> result<schema_diff> {
        auto said = daemon::decode<daemon::changes>(in.payload);
        if (!said) return std::move(said).error();
        auto kept = self->keep(std::move(said->now), std::move(in.descriptor));
        if (!kept) return std::move(kept).error();
        return std::move(said->diff);
    };
    auto what = make_asked(
        call_type::refresh,
        schema_question(std::nullopt),
        call_type::changes,
        std::move(read),
        std::move(done)
    );
    what->on_report(
        call_type::progress,
        [tell = std::move(on_progress)](wire::incoming& in) mutable -> result<void> {
            auto said = daemon::decode<refresh_progress>(in.payload);
            if (!said) return std::move(said).error();
            if (tell) tell(*said);
            return {};
        }
    );
    link_->start(what);
    return std::make_shared<remote_operation>(link_, what);
}

pool_stats remote_datasource::pool() const {
    if (!link_->on_own_thread()) {
        auto promise = std::make_shared<std::promise<result<pool_stats>>>();
        auto answer = promise->get_future();
        completion<pool_stats> done = [promise](result<pool_stats> r) {
            promise->set_value(std::move(r));
        };
        link_->start(make_asked(
            call_type::pool,
            daemon::by_id{id_},
            call_type::sessions,
            as_it_came<pool_stats>(),
            std::move(done)
        ));
        if (answer.wait_for(pool_patience) == std::future_status::ready) {
            auto found = answer.get();
            const std::lock_guard guard(mutex_);
            if (found) last_pool_ = std::move(*found);
        }
    }
    const std::lock_guard guard(mutex_);
    return last_pool_;
}

datasource_ptr book::of(datasource_info info) {
    const std::lock_guard guard(mutex_);
    auto& known = known_[info.id];
    if (auto there = known.lock()) {
        there->update(std::move(info));
        return there;
    }
    std::erase_if(known_, [&info](const auto& each) {
        return each.second.expired() && each.first != info.id;
    });
    auto made = std::make_shared<remote_datasource>(link_, std::move(info));
    known = made;
    return made;
}

}  // namespace qry::client
