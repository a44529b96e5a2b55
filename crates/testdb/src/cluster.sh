# A PostgreSQL of its own for one test program: made, run and removed here. Lives as long as its standard input is open,
# so that nothing is left when the test program is killed. $1: folder of PostgreSQL's programs. Prints its folder when it
# answers. The locale is one whose order is not that of bytes, so that a forgotten COLLATE shows.
set -eu
umask 077
# In memory, where there is plenty.
place=${TMPDIR:-/tmp}
if [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')" -gt 2000000 ] 2>/dev/null && [ -w /dev/shm ]; then
    place=/dev/shm
fi
dir=$(mktemp -d "$place/stockyard-pg.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
"$1/initdb" --pgdata="$dir/data" --username=stockyard --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en --no-sync --no-instructions >"$dir/initdb.log" 2>&1 || {
    cat "$dir/initdb.log" >&2
    exit 1
}
cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 500
shared_buffers = 128MB
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
END
"$1/postgres" -D "$dir/data" >"$dir/server.log" 2>&1 &
server=$!
tries=0
until "$1/pg_isready" --quiet --host="$dir"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
        cat "$dir/server.log" >&2
        exit 1
    fi
    sleep 0.1
done
echo "$dir"
cat >/dev/null
kill -INT "$server"
wait "$server" || true
