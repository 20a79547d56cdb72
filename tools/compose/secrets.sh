#!/bin/sh
# Prints fresh secrets for docker-compose.yml: tools/compose/secrets.sh >.env
set -eu

random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

echo "REDIS_PASSWORD=$(random)"
echo "SERVICE_CREDENTIAL=$(random)"
echo "AUTH_MAC_KEYS=$(random)"
echo "AUTH_PHONE_KEY=$(random)"
echo "MESSAGE_KEY=$(random)"
