# Sourced by tests/bench/run.sh and tests/interop/run.sh: other people's clients, in a virtual
# environment outside the tree.
#
# need_peers sets peers_python, or returns 1 with the reason on standard error when the registry of
# Python packages cannot be reached. $QRY_PEERS names the folder to keep them in.

need_peers() {
    local folder=${QRY_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/qry/peers}
    local wanted=tests/support/peers.txt stamp
    stamp=$folder/$(sha256sum "$wanted" | cut -c1-16)
    if [ ! -e "$stamp" ]; then
        echo "== peers: installing $(grep -vc '^#' "$wanted") packages into $folder"
        rm -rf "$folder"
        if ! { /usr/bin/python3 -m venv "$folder" &&
            "$folder/bin/pip" --quiet --retries 3 install -r "$wanted"; }; then
            echo "peers: the packages of $wanted could not be installed" >&2
            return 1
        fi
        touch "$stamp"
    fi
    peers_python=$folder/bin/python
}
