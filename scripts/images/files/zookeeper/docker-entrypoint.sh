#!/bin/sh
# The environment contract of the official zookeeper image, for the lab's own ZooKeeper.
set -eu

if [ "${1-}" = zkServer.sh ] && [ "$(id -u)" = 0 ]; then
	chown -R zookeeper:zookeeper "$ZOO_DATA_DIR" "$ZOO_DATA_LOG_DIR" "$ZOO_LOG_DIR"
	# May be mounted read-only, with the operator's own zoo.cfg in it.
	chown zookeeper:zookeeper "$ZOO_CONF_DIR" 2>/dev/null || true
	# By its path: the name alone is an applet of this shell, which knows none of these options.
	exec /usr/bin/setpriv --reuid=zookeeper --regid=zookeeper --clear-groups "$0" "$@"
fi

config="$ZOO_CONF_DIR/zoo.cfg"
if [ ! -f "$config" ]; then
	{
		echo "dataDir=$ZOO_DATA_DIR"
		echo "dataLogDir=$ZOO_DATA_LOG_DIR"
		echo "tickTime=$ZOO_TICK_TIME"
		echo "initLimit=$ZOO_INIT_LIMIT"
		echo "syncLimit=$ZOO_SYNC_LIMIT"
		echo "autopurge.snapRetainCount=$ZOO_AUTOPURGE_SNAPRETAINCOUNT"
		echo "autopurge.purgeInterval=$ZOO_AUTOPURGE_PURGEINTERVAL"
		echo "maxClientCnxns=$ZOO_MAX_CLIENT_CNXNS"
		echo "standaloneEnabled=$ZOO_STANDALONE_ENABLED"
		echo "admin.enableServer=$ZOO_ADMINSERVER_ENABLED"
		# Words, on purpose: both are lists separated by spaces.
		for server in ${ZOO_SERVERS:-server.1=localhost:2888:3888;2181}; do echo "$server"; done
		if [ -n "${ZOO_4LW_COMMANDS_WHITELIST-}" ]; then echo "4lw.commands.whitelist=$ZOO_4LW_COMMANDS_WHITELIST"; fi
		for entry in ${ZOO_CFG_EXTRA-}; do echo "$entry"; done
	} > "$config.new"
	mv "$config.new" "$config"
fi

if [ ! -f "$ZOO_DATA_DIR/myid" ]; then echo "${ZOO_MY_ID:-1}" > "$ZOO_DATA_DIR/myid"; fi

exec "$@"
