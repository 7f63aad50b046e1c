#!/bin/bash
# A STAND-IN for the entrypoint of Ozone's image, written for these tests after
# docs/research/ozone.md#image-and-entrypoint: it waits, writes the configuration from the environment, initialises if
# it is told to, and then runs the command.
set -e
export OZONE_CONF_DIR=${OZONE_CONF_DIR:-/etc/hadoop}
[ -z "$SLEEP_SECONDS" ] || sleep "$SLEEP_SECONDS"
if [ -n "$WAITFOR" ]; then
  until (exec 3<>"/dev/tcp/${WAITFOR%%:*}/${WAITFOR##*:}") 2>/dev/null; do
    [ "$SECONDS" -lt "${WAITFOR_TIMEOUT:-300}" ] || { echo "timed out waiting for $WAITFOR" >&2; exit 1; }
    sleep 1
  done
fi
cp /opt/hadoop/etc/hadoop/* "$OZONE_CONF_DIR/" 2>/dev/null || true
envtoconf.sh
if [ -n "$ENSURE_SCM_INITIALIZED" ] && [ ! -f "$ENSURE_SCM_INITIALIZED" ]; then ozone scm --init; fi
if [ -n "$ENSURE_OM_INITIALIZED" ] && [ ! -f "$ENSURE_OM_INITIALIZED" ]; then ozone om --init; fi
exec "$@"
