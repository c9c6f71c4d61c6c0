#!/usr/bin/env bash
# Stands in for /__cacert_entrypoint.sh, which apache/kafka has from eclipse-temurin: adds certificates to Java's own.
set -euo pipefail

if [ -n "${USE_SYSTEM_CA_CERTS-}" ] && compgen -G '/certificates/*crt' > /dev/null; then
	# A copy, for the user may not write to the original.
	store="$(mktemp -d)/cacerts"
	cp "$JAVA_HOME/lib/security/cacerts" "$store"
	chmod u+w "$store"
	for file in /certificates/*crt; do
		keytool -importcert -noprompt -keystore "$store" -storepass changeit \
			-alias "$(basename "$file" .crt)" -file "$file" 2> /dev/null
	done
	added="-Djavax.net.ssl.trustStore=$store -Djavax.net.ssl.trustStorePassword=changeit"
	export JAVA_TOOL_OPTIONS="${JAVA_TOOL_OPTIONS:+$JAVA_TOOL_OPTIONS }$added"
fi

exec "$@"
