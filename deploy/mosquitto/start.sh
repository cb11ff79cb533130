#!/bin/sh
# Start the broker in its container.
#
# mosquitto wants hashed passwords in a file of its own; the secrets hold them as they are. The file
# is made anew at each start, in memory: the secret mqtt_password belongs to the user groundwatt, the
# secret mqtt_password_NAME to the user NAME.
set -eu
umask 077

config=${CONFIG_DIR:-/etc/groundwatt/mosquitto}
secrets=${SECRETS_DIR:-/run/secrets}
memory=${MEMORY_DIR:-/run/mosquitto}

# user FILE NAME: one line of the password file. mosquitto_passwd ends a password at a colon without
# a word, which would leave a short one in force.
user() {
    password=$(cat "$1")
    case $password in
        '' | *:* | *"
"*) echo "$1: a password of MQTT must be one line, not empty and without a colon" >&2 && exit 1 ;;
    esac
    printf '%s:%s\n' "$2" "$password"
}

# A user who exists only for the health check, with a password that nobody knows.
health=$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')
printf -- '-h 127.0.0.1\n-u health\n-P %s\n' "$health" > "$memory/mosquitto_sub"

{
    printf 'health:%s\n' "$health"
    user "$secrets/mqtt_password" groundwatt
    for file in "$secrets"/mqtt_password_*; do
        [ -e "$file" ] || continue
        user "$file" "${file##*/mqtt_password_}"
    done
} > "$memory/passwd"
mosquitto_passwd -U "$memory/passwd"

# mosquitto insists on being the owner of what decides about rights.
cp "$config/acl" "$memory/acl"

exec mosquitto -c "$config/mosquitto.conf"
