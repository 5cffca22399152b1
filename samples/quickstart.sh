#!/usr/bin/env bash
# The main job on a fresh Debian 12 machine: install, build, then add a datasource, test it, read
# its schema, run queries and print rows — on a sample SQLite database and on a PostgreSQL that
# this script starts in a temporary folder and stops again.
#
#   bash samples/quickstart.sh            everything
#   bash samples/quickstart.sh --no-build with what build/release holds already
#                                         (or the build folder that $QRY_QUICKSTART_BUILD names)
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
source .ci/packages.sh

say() { printf '\n== %s\n' "$*"; }
# Shows a command as it would be typed, then runs it.
run() {
    printf '$ %s\n' "$*"
    "$@"
}

if [ "${1:-}" != --no-build ]; then
    qry_install "${qry_build_packages[@]}" "${qry_run_packages[@]}"
    say "building (build/release)"
    cmake --preset release -DQRY_BUILD_TESTS=OFF >/dev/null
    cmake --build --preset release -- --quiet
fi
build=${QRY_QUICKSTART_BUILD:-build/release}
source "$build/env.sh"

work=$(mktemp -d)
trap 'stop_postgres; rm -rf "$work"' EXIT
stop_postgres() { :; }
export QRY_REGISTRY="$work/qry.db"
# The key that stored secrets are sealed with. Yours lives where your other secrets do.
JWT_SECRET_KEY=$(head -c 32 /dev/urandom | base64)
export JWT_SECRET_KEY

say "what is installed"
run qry-host drivers

say "a datasource on SQLite: add (tests first), schema, query"
/usr/bin/python3 samples/make_shop.py "$work/shop.db"
run qry-host datasource add shop --driver sqlite -p path="$work/shop.db"
run qry-host datasource test shop
run qry-host schema refresh shop
run qry-host schema show shop --search customer
run qry-host query shop 'select name, city from customers where city = $1 order by name' --arg Paris

source samples/postgres.sh
if start_postgres "$work/pg"; then
    say "a datasource on PostgreSQL: the same, with a password"
    printf '%s' "$pg_password" >"$work/password"
    run qry-host datasource add sales --driver postgresql -p host=127.0.0.1 -p port="$pg_port" \
        -p dbname=postgres -p user=qry --secret password=@"$work/password"
    run qry-host datasource test sales
    run qry-host query sales 'create table orders as select g as id, (g * 1.25)::numeric(12,2) as total, now() as placed from generate_series(1, 1000) g'
    run qry-host schema refresh sales
    run qry-host schema show sales --search total
    run qry-host query sales 'select count(*), sum(total), max(placed)::date from orders'
    say "from Python (samples/quickstart.py)"
    run /usr/bin/python3 samples/quickstart.py shop sales
else
    say "from Python (samples/quickstart.py)"
    run /usr/bin/python3 samples/quickstart.py shop
fi
run qry-host datasource list

cat <<END

Done. To go on in this shell:

    source build/release/env.sh
    export JWT_SECRET_KEY=...            # any long text; keep it
    qry-host datasource add NAME --driver sqlite -p path=FILE
    qry-host query NAME 'select 1'

README.md continues from here.
END
