#!/bin/sh
# Makes the user that everything runs as, and the folders that volumes are mounted on: a new volume takes their owner.
set -eu
groupadd --system --gid 10001 hotline
useradd --system --uid 10001 --gid hotline --home-dir /var/lib/hotline --no-create-home --shell /usr/sbin/nologin hotline
install -d -m 0700 -o hotline -g hotline \
    /var/lib/hotline /var/lib/hotline/recordings /var/lib/hotline-database /var/cache/hotline
# Certificates and own data are mounted there.
install -d /etc/hotline/tls /etc/hotline/data
