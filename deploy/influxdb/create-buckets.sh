#!/bin/bash
# Runs once, when the InfluxDB container starts with an empty volume: it has made the bucket
# `groundwatt` by then. Adds the bucket of the roll-ups, which outlive the raw values, and a user for
# Grafana who can read both and write nothing.
set -euo pipefail

organisation=$DOCKER_INFLUXDB_INIT_ORG
raw=$DOCKER_INFLUXDB_INIT_BUCKET
rollup=${raw}_rollup

bucket_id() {
    influx bucket list --org "$organisation" --name "$1" --hide-headers | cut -f 1
}

influx bucket create --org "$organisation" --name "$rollup" \
    --retention "${GROUNDWATT_ROLLUP_RETENTION:-0}"

influx v1 auth create --org "$organisation" --description "Grafana, read only" \
    --username grafana --password "$(cat /run/secrets/influx_grafana_password)" \
    --read-bucket "$(bucket_id "$raw")" --read-bucket "$(bucket_id "$rollup")"
