#!/bin/sh
# backup.sh FOLDER: a backup of the hotline that runs in containers, into a folder of this machine; for cron.
# Whole or not there, for who runs this alone. Those older than 14 days go.
set -eu
folder=${1:?which folder of this machine? usage: backup.sh FOLDER}
umask 077
file=$folder/hotline-$(date -u +%Y%m%d-%H%M%S).tar.gz
trap 'rm -f "$file.part"' EXIT
docker compose -f "$(dirname "$0")/compose.yaml" exec -T controller ivr backup make - < /dev/null > "$file.part"
sync "$file.part"
mv "$file.part" "$file"
find "$folder" -maxdepth 1 -name 'hotline-*.tar.gz' -mtime +14 -delete
