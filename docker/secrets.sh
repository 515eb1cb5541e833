#!/bin/sh
# Makes the files that the containers get as secrets; what is there stays as it is.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
chmod 0700 secrets
[ -e secrets/hotline.toml ] || cp hotline.example.toml secrets/hotline.toml
if [ ! -e secrets/database_password ]; then
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    printf 'postgresql://hotline:%s@database/hotline\n' "$password" > secrets/database_url
    printf '%s\n' "$password" > secrets/database_password
fi
# A container reads them as a user of its own; on this machine nobody else comes into the folder.
chmod 0644 secrets/*
