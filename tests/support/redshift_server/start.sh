# Sourced by tests: a PostgreSQL of our own, behind a front that answers as Redshift does.
#
# start_redshift FOLDER LOGIN sets redshift_port and redshift_password; the user is ada, the
# certificate's authority FOLDER/ca.pem, for the name localhost. stop_redshift ends both.

redshift_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$redshift_here/../../../samples/postgres.sh"
redshift_front=
stop_postgres() { :; }

stop_redshift() {
    [ -z "$redshift_front" ] || kill "$redshift_front" 2>/dev/null || true
    stop_postgres
}

start_redshift() {
    local folder=$1 login=$2 line
    start_postgres "$folder/pg"
    PGPASSWORD=$pg_password psql -h 127.0.0.1 -p "$pg_port" -U qry -d postgres -qX -v ON_ERROR_STOP=1 \
        -f "$redshift_here/catalog.sql" >/dev/null 2>&1
    until psql -h 127.0.0.1 -p "$pg_port" -U qry -d postgres -qXtc "select 1" -w >/dev/null 2>&1; do :; done
    redshift_password="correct horse"
    (
        umask 077
        printf '%s' "$redshift_password" >"$folder/redshift_password"
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext \
            "subjectAltName=DNS:localhost" -keyout "$folder/key.pem" -out "$folder/ca.pem" 2>/dev/null
        cat "$folder/key.pem" "$folder/ca.pem" >"$folder/tls.pem"
    )
    # Not in the background of a pipe: its end must not wait for the front's.
    mkfifo "$folder/says"
    /usr/bin/python3 "$redshift_here/redshift_server.py" --backend "$pg_port" --user ada \
        --password-file "$folder/redshift_password" \
        --login "$login" --tls "$folder/tls.pem" --log "$folder/front.log" >"$folder/says" &
    redshift_front=$!
    read -r line <"$folder/says"
    redshift_port=${line##* }
}
