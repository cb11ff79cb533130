#!/bin/sh
# Start the login in its container, for the user groundwatt with the secret web_password.
set -eu
umask 077

config=${CONFIG_DIR:-/etc/groundwatt/web}
secrets=${SECRETS_DIR:-/run/secrets}
memory=${MEMORY_DIR:-/run/web}

# nginx ends a password at a colon without a word, which would leave a short one in force.
password=$(cat "$secrets/web_password")
case $password in
    '' | *:* | *"
"*) echo "$secrets/web_password must be one line, not empty and without a colon" >&2 && exit 1 ;;
esac
printf 'groundwatt:{PLAIN}%s\n' "$password" > "$memory/users"

exec nginx -c "$config/nginx.conf"
