#!/bin/sh
# install.sh LIST...: installs the Debian packages of the lists, one a line; # begins a comment.
set -eu
apt-get -q update
sed 's/#.*//' "$@" | DEBIAN_FRONTEND=noninteractive xargs apt-get -qy --no-install-recommends install
rm -rf /var/lib/apt/lists/*
