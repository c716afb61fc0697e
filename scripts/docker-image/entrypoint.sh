#!/bin/sh
# Starts PostgreSQL as the official image does, as far as tests need it: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB,
# POSTGRES_INITDB_ARGS and PGDATA; a server without a port while the cluster is made, then the real one.
set -eu

case "${1:-postgres}" in
  -*) set -- postgres "$@" ;;
esac
[ "${1:-postgres}" = postgres ] || exec "$@"
[ $# -gt 0 ] || set -- postgres

if ! [ -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?The superuser needs a password: set POSTGRES_PASSWORD.}"
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  umask 077
  printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
  # The arguments are several words.
  # shellcheck disable=SC2086
  initdb -D "$PGDATA" --username="$user" --pwfile=/tmp/password --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  [ "$database" = postgres ] || printf 'create database "%s"\n' "$database" | postgres --single -D "$PGDATA" postgres >/dev/null
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" start
  pg_ctl -D "$PGDATA" -w -m fast stop
fi
unset POSTGRES_PASSWORD
exec "$@"
