#include "abi/call.hpp"

#include <qry/kit/text/utf8.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "abi/guard.hpp"
#include "base/scrub.hpp"
#include "base/utf8.hpp"

namespace qry::abi {

namespace {

// Longer texts are cut: a plugin may send what it likes.
constexpr std::size_t longest_text = 64 << 10;

status known_status(qry_status raw) noexcept {
    return raw > QRY_OK && raw <= QRY_FORKED_PROCESS ? static_cast<status>(raw)
                                                     : status::plugin_error;
}

origin known_origin(std::int32_t raw) noexcept {
    return raw >= QRY_ORIGIN_HOST && raw <= QRY_ORIGIN_SERVER ? static_cast<origin>(raw)
                                                              : origin::plugin;
}

}  // namespace

std::string clean_text(const char* text, const secret_map& secrets) {
    if (text == nullptr) return {};
    const std::string_view all(text, strnlen(text, longest_text + 4));
    // Scrubbed last: replacing a byte must not bring a fragment together.
    std::string valid = base::cut_utf8(text::replace_invalid_utf8(all), longest_text);
    return base::scrub(valid, secrets);
}

error copy_error(const qry_error& theirs, const secret_map& secrets) {
    // What an older plugin does not know stays zero.
    qry_error raw{};
    std::memcpy(&raw, &theirs, std::min<std::size_t>(theirs.struct_size, sizeof(raw)));
    error out;
    out.kind = known_status(raw.status);
    out.from = known_origin(raw.origin);
    out.retryable = raw.retryable != 0;
    out.vendor_code = raw.vendor_code;
    out.position = raw.position;
    out.message = clean_text(raw.message, secrets);
    if (out.message.empty()) out.message = "the plugin gave no reason";
    out.detail = clean_text(raw.detail, secrets);
    out.hint = clean_text(raw.hint, secrets);
    out.parameter = clean_text(raw.parameter, secrets);
    for (std::size_t i = 0; i < 5; ++i) {
        const char c = raw.sqlstate[i];
        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z')) return out;
    }
    out.sqlstate.assign(raw.sqlstate, 5);
    return out;
}

call_slot::call_slot() noexcept {
    raw_.struct_size = sizeof(raw_);
    raw_.complete = &call_slot::complete;
    raw_.host_data = this;
}

qry_call* call_slot::open(const backend::verb_context& context, std::shared_ptr<call_owner> owner) {
    query_id_.assign(context.query_id, 0, 64);
    raw_.query_id = query_id_.c_str();
    raw_.deadline_ns = context.deadline_ns;
    if (plugin_.empty()) plugin_ = owner->plugin();
    owner_ = std::move(owner);
    open_.store(true, std::memory_order_release);
    return &raw_;
}

bool call_slot::fail(error failure) noexcept {
    if (!claim()) return false;
    const auto owner = std::move(owner_);
    owner->completed(&failure);
    return true;
}

void call_slot::complete(qry_call* raw, const qry_error* failure) noexcept {
    auto* self = static_cast<call_slot*>(raw->host_data);
    if (!self->claim()) {
        log_violation(self->plugin_, "a call was completed a second time");
        return;
    }
    // From here on the slot may be used again as soon as the owner hears of the end.
    const auto owner = std::move(self->owner_);
    if (failure == nullptr) {
        owner->completed(nullptr);
        return;
    }
    error copied{.kind = status::resource_limit, .message = {}, .from = origin::host};
    try {
        copied = copy_error(*failure, owner->secrets());
    } catch (...) {
        // Out of memory for the texts: the kind says so.
    }
    owner->completed(&copied);
}

call_owner* call_slot::owner_of(qry_call* raw, const char* what) noexcept {
    auto* self = static_cast<call_slot*>(raw->host_data);
    if (self->open()) return self->owner_.get();
    log_violation(self->plugin_, what);
    return nullptr;
}

call_slot* call_slots::take() {
    const std::lock_guard lock(mutex_);
    if (free_.size() <= resting) {
        all_.push_back(std::make_unique<call_slot>());
        return all_.back().get();
    }
    call_slot* oldest = free_.front();
    free_.pop_front();
    return oldest;
}

void call_slots::put(call_slot* slot) noexcept {
    try {
        const std::lock_guard lock(mutex_);
        free_.push_back(slot);
    } catch (...) {
        // It rests for ever; `all_` still owns it.
    }
}

}  // namespace qry::abi
