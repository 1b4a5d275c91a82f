#!/bin/sh
# A backup of one installation: database, data folder, and the head of the ledger.
#   backup.sh FOLDER        needs CCT_HOME, PGHOST/PGDATABASE … of a role that may read all, and cct
# The database first: the folder may then hold more than the database knows of, never less.
set -eu
umask 077
place="$1/$(date -u +%Y-%m-%dT%H%M%SZ)"
mkdir -p "$place"
pg_dump --format=custom --file="$place/database.dump" "${PGDATABASE:-cct}"
tar --create --file="$place/home.tar" --directory="$CCT_HOME" --exclude=./postgres --exclude=./.doctor-* .
cct ledger head --json > "$place/head.json"
( cd "$place" && sha256sum database.dump home.tar head.json > SHA256SUMS )
echo "$place"
