# A PostgreSQL of its own for one test program: made, run and removed here. Lives as long as its standard input is open,
# so that nothing is left when the test program is killed. $1: folder of PostgreSQL's programs. $2, if given: a folder of
# this user's on the disk that is to be measured; then what is answered is on that disk, as PostgreSQL does by default.
# Prints the folder of its socket when it answers, then takes orders, each answered by itself: `stop` (at once, without
# any care) and `start`. With $PGPORT set it listens on that port of this machine too, with TLS by $STOCKYARD_CERTIFICATE and
# $STOCKYARD_KEY. The locale is one whose order is not that of bytes, so that a forgotten COLLATE shows.
set -eu
umask 077
# In memory, where there is plenty.
place=${TMPDIR:-/tmp}
if [ -z "${2:-}" ] && [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')" -gt 2000000 ] 2>/dev/null && [ -w /dev/shm ]; then
    place=/dev/shm
fi
dir=$(mktemp -d "$place/stockyard-pg.XXXXXX")
data=${2:-$dir}/data
trap 'rm -rf "$dir" "$data"' EXIT
trap 'exit 1' HUP INT TERM
"$1/initdb" --pgdata="$data" --username=stockyard --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en --no-sync --no-instructions >"$dir/initdb.log" 2>&1 || {
    cat "$dir/initdb.log" >&2
    exit 1
}
cat >>"$data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 500
END
if [ -n "${2:-}" ]; then
    cat >>"$data/postgresql.conf" <<END
shared_buffers = 256MB
max_wal_size = 4GB
END
else
    cat >>"$data/postgresql.conf" <<END
shared_buffers = 128MB
fsync = off
wal_level = minimal
max_wal_senders = 0
END
fi
if [ -n "${PGPORT:-}" ]; then
    printf %s "$STOCKYARD_CERTIFICATE" >"$data/server.crt"
    printf %s "$STOCKYARD_KEY" >"$data/server.key"
    printf "listen_addresses = '127.0.0.1'\nport = %s\nssl = on\n" "$PGPORT" >>"$data/postgresql.conf"
fi
start() {
    "$1/postgres" -D "$data" >>"$dir/server.log" 2>&1 &
    server=$!
    tries=0
    until "$1/pg_isready" --quiet --host="$dir"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ] || ! kill -0 "$server" 2>/dev/null; then
            cat "$dir/server.log" >&2
            exit 1
        fi
        sleep 0.1
    done
}
start "$1"
echo "$dir"
while read -r order; do
    case $order in
    stop)
        kill -QUIT "$server"
        wait "$server" || true
        ;;
    start) start "$1" ;;
    *) break ;;
    esac
    echo "$order"
done
kill -INT "$server" 2>/dev/null || true
wait "$server" || true
