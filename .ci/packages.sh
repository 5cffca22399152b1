# Sourced by samples/quickstart.sh and tests/run.sh: the Debian packages that the project is built
# from, and how they are installed. Nothing comes from anywhere else.

qry_build_packages=(
    g++ cmake ninja-build pkg-config # compiler and build
    libboost1.81-dev             # Boost.DLL, Boost.Asio (headers)
    libssl-dev                   # TLS, AES, HMAC, SHA-256
    libpq-dev                    # PostgreSQL's client library
    libsqlite3-dev               # the embedded default database
    nlohmann-json3-dev           # manifests, --json
    libre2-dev                   # patterns in manifests, linear time
    libspdlog-dev libfmt-dev     # the log
    libcli11-dev                 # the command line
    libflatbuffers-dev           # message headers of Arrow IPC (headers only)
    libcurl4-openssl-dev         # HTTP, for drivers that speak it
    libsimdjson-dev              # rows in JSON
    libzstd-dev liblz4-dev       # spooled results of Trino
    libhowardhinnant-date-dev    # time zones, which GCC 12 has not
    pybind11-dev python3-dev     # the Python module
)
qry_run_packages=(python3 postgresql openssl ca-certificates)
qry_interop_packages=(
    maven                                  # fetches the Trino server
    krb5-kdc krb5-admin-server krb5-user   # a Kerberos realm for it
)
qry_test_packages=(
    catch2 python3-pytest python3-pytest-asyncio python3-cryptography mypy python3-venv git
)

# qry_install PACKAGE…: installs those that are missing, and says which.
qry_install() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "== packages: all $# are installed"
        return 0
    fi
    echo "== packages: installing ${missing[*]}"
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "error: these packages are missing and neither root nor sudo is at hand" >&2
            return 1
        }
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get -qq update
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}
