# Sourced by samples/quickstart.sh: a PostgreSQL server of our own, in a folder that goes away.
#
# start_postgres FOLDER sets pg_port and pg_password, and defines stop_postgres; it returns 1 when
# no server is installed. PostgreSQL refuses to run as root, so root runs it as "nobody".

start_postgres() {
    local folder=$1 bin
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$bin" ] || {
        echo "no PostgreSQL server is installed: this part is left out"
        return 1
    }
    local as=()
    [ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
    mkdir -p "$folder"
    [ "$(id -u)" -ne 0 ] || chmod 711 "$(dirname "$folder")"
    [ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$folder"
    pg_password=$(head -c 12 /dev/urandom | base64)
    pg_port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf '%s' "$pg_password" >"$folder/password"
    chmod 600 "$folder/password"
    [ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$folder/password"
    (
        cd "$folder"
        "${as[@]}" "$bin/initdb" -D "$folder/data" -U qry -A scram-sha-256 \
            --pwfile="$folder/password" -E UTF8 --locale=C.UTF-8 >/dev/null
        "${as[@]}" "$bin/pg_ctl" -w -s -D "$folder/data" -l "$folder/log" -o "-p $pg_port \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder" start
    )
    eval "stop_postgres() { (cd '$folder' && ${as[*]} '$bin/pg_ctl' -s -m fast -D '$folder/data' stop) || true; }"
}
