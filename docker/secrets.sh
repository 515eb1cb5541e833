#!/bin/sh
# Makes the files that the containers get as secrets; what is there stays as it is.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets own/tls own/data
chmod 0700 secrets own
# what is mounted is read by a user of the containers; on this machine nobody else comes into the folder above
chmod 0755 own/tls own/data
[ -e secrets/hotline.toml ] || cp hotline.example.toml secrets/hotline.toml
if [ ! -e secrets/database_password ]; then
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    printf 'postgresql://hotline:%s@database/hotline\n' "$password" > secrets/database_url
    printf '%s\n' "$password" > secrets/database_password
fi
# A container reads them as a user of its own; on this machine nobody else comes into the folder.
chmod 0644 secrets/*
