#!/usr/bin/env bash
# settings.sh FOLDER: sets the server in FOLDER up for measuring, and starts it anew: room for the
# sessions of a thousand slow queries, nothing in the background, a role that needs no password
# where a thousand sessions are made.
set -euo pipefail
folder=$1
as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
cd "$folder"
sed -i '1i host all qry_trusted 127.0.0.1/32 trust' data/pg_hba.conf
cat >>data/postgresql.conf <<END
max_connections = 1300
shared_buffers = 512MB
max_wal_size = 4GB
autovacuum = off
fsync = off
synchronize_seqscans = off
max_locks_per_transaction = 256
END
"${as[@]}" "$bin/pg_ctl" -w -s -D data -l log -m fast restart
PGPASSWORD=$QRY_BENCH_PASSWORD psql -qX -h 127.0.0.1 -p "$QRY_BENCH_PORT" -U qry postgres \
    -c 'create role qry_trusted login'
