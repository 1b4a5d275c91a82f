#!/bin/sh
# Brings a backup into an empty database and an empty folder, then proves it.
#   restore.sh BACKUP ANCHOR   needs CCT_HOME, CCT_DATABASE_URL, PGHOST/PGDATABASE … of a superuser
# ANCHOR: the newest signed head, kept where neither the engine nor the backup could change it.
set -eu
umask 077
( cd "$1" && sha256sum --check --quiet SHA256SUMS )
test -z "$(ls -A "$CCT_HOME" 2>/dev/null)" || { echo "$CCT_HOME is not empty; nothing was restored." >&2; exit 1; }
mkdir -p "$CCT_HOME"
pg_restore --exit-on-error --no-password --dbname="${PGDATABASE:-cct}" "$1/database.dump"
tar --extract --file="$1/home.tar" --directory="$CCT_HOME"
chmod 0700 "$CCT_HOME"
cct ledger verify --anchor "$2" --head "$(sed -n 's/.*"head": "\([0-9a-f]\{64\}\)".*/\1/p' "$1/head.json" | head -n 1)"
