#include "abi/driver_loader.hpp"

#include <utility>

#include "abi/attempt.hpp"
#include "abi/driver_state.hpp"
#include "abi/inline_driver.hpp"
#include "abi/library.hpp"

namespace qry::abi {

namespace {

class inline_driver final : public backend::driver {
public:
    inline_driver(base::loop_group& loops, plugin_tables tables, qry_arena::owner arena)
        : state_(std::make_shared<driver_state>(loops, std::move(tables), std::move(arena))) {}

    operation_ptr connect(
        backend::verb_context context, backend::connect_arguments what, completion<session_ptr> done
    ) override {
        auto made = std::make_shared<attempt>(state_, std::move(context), std::move(what));
        made->connect(std::move(done));
        return made;
    }
    operation_ptr test(
        backend::verb_context context,
        backend::connect_arguments what,
        backend::reports sink,
        completion<void> done
    ) override {
        auto made = std::make_shared<attempt>(state_, std::move(context), std::move(what));
        made->test(std::move(sink), std::move(done));
        return made;
    }

private:
    const std::shared_ptr<driver_state> state_;
};

}  // namespace

std::shared_ptr<backend::driver> make_inline_driver(
    base::loop_group& loops, plugin_tables tables, qry_arena::owner arena
) {
    return std::make_shared<inline_driver>(loops, std::move(tables), std::move(arena));
}

result<std::shared_ptr<backend::driver>> load_driver(
    base::loop_group& loops, const registry::plugin& which, qry_arena::owner arena
) {
    auto tables = load_library(which);
    if (!tables) return std::move(tables).error();
    return make_inline_driver(loops, std::move(*tables), std::move(arena));
}

}  // namespace qry::abi
