// Schema snapshots, and claims on the work of making one.
#include "datasource_codec.hpp"
#include "names.hpp"
#include "sql_store.hpp"

namespace qry::store {

namespace {

constexpr std::string_view head_columns = "datasource_id, generation, config_hash, taken_at";

snapshot_head read_head(const row& columns) {
    return {
        .datasource_id = text_at(columns, 0),
        .generation = static_cast<std::uint64_t>(integer_at(columns, 1)),
        .config_hash = text_at(columns, 2),
        .taken_at = from_micros(integer_at(columns, 3))};
}

}  // namespace

result<bool> sql_store::save_snapshot(const snapshot_row& snapshot) {
    return transact(access::write, [&]() -> result<bool> {
        // Locks the row: a snapshot must not slip in behind a removal.
        auto owner = find("id", snapshot.datasource_id, lock_rows::yes);
        if (!owner) return std::move(owner).error();
        auto written =
            run("INSERT INTO {s}snapshot (datasource_id, generation, config_hash, taken_at, bytes) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (datasource_id) DO UPDATE SET "
                "generation = excluded.generation, config_hash = excluded.config_hash, "
                "taken_at = excluded.taken_at, bytes = excluded.bytes "
                "WHERE snapshot.generation < excluded.generation",
                {snapshot.datasource_id,
                 static_cast<std::int64_t>(snapshot.generation),
                 snapshot.config_hash,
                 micros(snapshot.taken_at),
                 blob{snapshot.bytes}});
        if (!written) return std::move(written).error();
        return written->changed == 1;
    });
}

result<bool> sql_store::renew_snapshot(const snapshot_head& head) {
    return transact(access::write, [&]() -> result<bool> {
        auto written = run(
            "UPDATE {s}snapshot SET taken_at = CASE WHEN taken_at < $1 THEN $1 ELSE taken_at END "
            "WHERE datasource_id = $2 AND generation = $3 AND config_hash = $4",
            {micros(head.taken_at),
             made_storable(head.datasource_id),
             static_cast<std::int64_t>(head.generation),
             made_storable(head.config_hash)}
        );
        if (!written) return std::move(written).error();
        return written->changed == 1;
    });
}

result<std::optional<snapshot_row>> sql_store::load_snapshot(std::string_view datasource_id) {
    return transact(access::read, [&]() -> result<std::optional<snapshot_row>> {
        auto rows =
            run("SELECT " + std::string(head_columns) +
                    ", bytes FROM {s}snapshot WHERE datasource_id = $1",
                {made_storable(datasource_id)});
        if (!rows) return std::move(rows).error();
        if (rows->rows.empty()) return std::optional<snapshot_row>();
        row& found = rows->rows.front();
        auto* bytes = std::get_if<blob>(&found.at(4));
        // A damaged row is as good as none: the schema is read again.
        if (bytes == nullptr) return std::optional<snapshot_row>();
        snapshot_row out;
        static_cast<snapshot_head&>(out) = read_head(found);
        out.bytes = std::move(bytes->bytes);
        return std::optional<snapshot_row>(std::move(out));
    });
}

result<std::optional<snapshot_head>> sql_store::head_of_snapshot(std::string_view datasource_id) {
    return transact(access::read, [&]() -> result<std::optional<snapshot_head>> {
        auto rows = run(
            "SELECT " + std::string(head_columns) + " FROM {s}snapshot WHERE datasource_id = $1",
            {made_storable(datasource_id)}
        );
        if (!rows) return std::move(rows).error();
        if (rows->rows.empty()) return std::optional<snapshot_head>();
        return std::optional<snapshot_head>(read_head(rows->rows.front()));
    });
}

result<std::vector<snapshot_head>> sql_store::heads_of_snapshots() {
    return transact(access::read, [&]() -> result<std::vector<snapshot_head>> {
        auto rows =
            run("SELECT " + std::string(head_columns) + " FROM {s}snapshot ORDER BY datasource_id",
                {});
        if (!rows) return std::move(rows).error();
        std::vector<snapshot_head> out;
        for (const row& columns : rows->rows)
            out.push_back(read_head(columns));
        return out;
    });
}

result<void> sql_store::delete_snapshot(std::string_view datasource_id) {
    return transact(access::write, [&]() -> result<void> {
        auto gone =
            run("DELETE FROM {s}snapshot WHERE datasource_id = $1", {made_storable(datasource_id)});
        if (!gone) return std::move(gone).error();
        return {};
    });
}

result<bool> sql_store::try_claim(
    std::string_view datasource_id,
    std::string_view what,
    std::string_view owner,
    std::chrono::milliseconds ttl
) {
    return transact(access::write, [&]() -> result<bool> {
        auto target = find("id", datasource_id, lock_rows::yes);
        if (!target) return std::move(target).error();
        auto at = now();
        if (!at) return std::move(at).error();
        auto written =
            run("INSERT INTO {s}claim (datasource_id, what, owner, expires_at) "
                "VALUES ($1, $2, $3, $4) ON CONFLICT (datasource_id, what) DO UPDATE SET "
                "owner = excluded.owner, expires_at = excluded.expires_at "
                "WHERE claim.owner = excluded.owner OR claim.expires_at <= $5",
                {target->id, std::string(what), std::string(owner), micros(*at + ttl), micros(*at)}
            );
        if (!written) return std::move(written).error();
        return written->changed == 1;
    });
}

result<void> sql_store::release_claim(
    std::string_view datasource_id, std::string_view what, std::string_view owner
) {
    return transact(access::write, [&]() -> result<void> {
        auto gone =
            run("DELETE FROM {s}claim WHERE datasource_id = $1 AND what = $2 AND owner = $3",
                {made_storable(datasource_id), std::string(what), std::string(owner)});
        if (!gone) return std::move(gone).error();
        return {};
    });
}

}  // namespace qry::store
