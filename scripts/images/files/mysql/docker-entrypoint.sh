#!/bin/sh
# The environment contract of the official mysql image, for the lab's own MySQL. Two things differ inside: the data
# directory starts as a copy of one that was initialised when the image was built, and users and passwords are set by the
# server's own --init-file, before it takes its first connection, so no second start is needed.
set -eu

say() { echo "[Entrypoint]: $*" >&2; }
fail() { say "ERROR: $*"; exit 1; }

# NAME, or the content of the file NAME_FILE; both are a mistake.
value_of() {
	eval "direct=\${$1-} file=\${$1_FILE-}"
	[ -z "$direct" ] || [ -z "$file" ] || fail "both $1 and $1_FILE are set (but are exclusive)"
	if [ -n "$file" ]; then cat -- "$file" || fail "$1_FILE: $file cannot be read"; else printf %s "$direct"; fi
}

quoted() { printf "'%s'" "$(printf %s "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g")"; }
name_quoted() { printf '`%s`' "$(printf %s "$1" | sed -e 's/`/``/g')"; }

first_sql() {
	root=$(quoted "$root_password")
	echo 'SET @@SESSION.SQL_LOG_BIN=0;'
	if [ -n "${MYSQL_DATABASE-}" ]; then echo "CREATE DATABASE IF NOT EXISTS $(name_quoted "$MYSQL_DATABASE");"; fi
	if [ -n "${MYSQL_USER-}" ] && [ -n "$user_password" ]; then
		user="$(quoted "$MYSQL_USER")@'%'"
		echo "CREATE USER IF NOT EXISTS $user IDENTIFIED BY $(quoted "$user_password");"
		# In GRANT, an underscore in a database name stands for any character unless escaped.
		if [ -n "${MYSQL_DATABASE-}" ]; then echo "GRANT ALL ON $(name_quoted "$(printf %s "$MYSQL_DATABASE" | sed 's/_/\\_/g')").* TO $user;"; fi
	fi
	if [ -n "$root_host" ] && [ "$root_host" != localhost ]; then
		echo "CREATE USER IF NOT EXISTS 'root'@$(quoted "$root_host") IDENTIFIED BY $root;"
		echo "GRANT ALL ON *.* TO 'root'@$(quoted "$root_host") WITH GRANT OPTION;"
		if [ -n "${MYSQL_ONETIME_PASSWORD-}" ]; then echo "ALTER USER 'root'@$(quoted "$root_host") PASSWORD EXPIRE;"; fi
	fi
	echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $root;"
	# A table that is a file: its presence tells the next start that everything above was done.
	echo 'CREATE TABLE IF NOT EXISTS mysql.lab_initialised (done INT NOT NULL) ENGINE=CSV;'
}

check_settings() {
	root_password=$(value_of MYSQL_ROOT_PASSWORD)
	user_password=$(value_of MYSQL_PASSWORD)
	root_host=${MYSQL_ROOT_HOST-%}
	if [ -z "$root_password$([ -z "${MYSQL_ALLOW_EMPTY_PASSWORD-}" ] || echo empty)${MYSQL_RANDOM_ROOT_PASSWORD-}" ]; then
		fail 'Database is uninitialized and password option is not specified: set one of MYSQL_ROOT_PASSWORD (or MYSQL_ROOT_PASSWORD_FILE), MYSQL_ALLOW_EMPTY_PASSWORD, MYSQL_RANDOM_ROOT_PASSWORD'
	fi
	[ "${MYSQL_USER-}" != root ] || fail 'MYSQL_USER="root": root exists already; set MYSQL_ROOT_PASSWORD instead'
	if [ -n "${MYSQL_USER-}" ] && [ -z "$user_password" ]; then say "Warning: MYSQL_USER is set without MYSQL_PASSWORD; the user will not be created"; fi
	if [ -n "${MYSQL_RANDOM_ROOT_PASSWORD-}" ]; then
		root_password=$(head -c 24 /dev/urandom | base64 | tr -d '\n')
		# Part of the official contract: there is no other way to learn it.
		say "GENERATED ROOT PASSWORD: $root_password"
	fi
}

copy_template() {
	if [ -n "$(find "$datadir" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name "$marker" | head -n 1)" ] && [ ! -e "$datadir/$marker" ]; then
		fail "$datadir has files in it, but no MySQL data"
	fi
	say 'Initializing database files'
	: > "$datadir/$marker"
	tar -xzf /usr/share/mysql-template.tar.gz -C "$datadir"
	# Last and in one step: its presence means that the copy is complete.
	mv "$datadir/.mysql-system" "$datadir/mysql"
}

run_init_scripts() {
	say 'Starting temporary server'
	mysqld "$@" --skip-networking --mysqlx=OFF --socket="$socket" --init-file="$sql" &
	server=$!
	export MYSQL_PWD="$root_password"
	until [ -e "$datadir/mysql/lab_initialised.CSV" ] && mysqladmin --protocol=socket --socket="$socket" -uroot ping >/dev/null 2>&1; do
		kill -0 "$server" 2>/dev/null || fail 'the temporary server did not start'
		sleep 0.1
	done
	for script in /docker-entrypoint-initdb.d/*; do
		say "running $script"
		case $script in
			*.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
			*.sql) mysql --protocol=socket --socket="$socket" -uroot ${MYSQL_DATABASE:+--database="$MYSQL_DATABASE"} < "$script" ;;
			*.sql.gz) gunzip -c "$script" | mysql --protocol=socket --socket="$socket" -uroot ${MYSQL_DATABASE:+--database="$MYSQL_DATABASE"} ;;
			*) say "ignoring $script" ;;
		esac
	done
	mysqladmin --protocol=socket --socket="$socket" -uroot shutdown
	wait "$server"
	unset MYSQL_PWD
	say 'Temporary server stopped'
}

case ${1-} in -*) set -- mysqld "$@" ;; esac
[ "${1-}" = mysqld ] || exec "$@"
for argument; do case $argument in --help | --verbose | --version | -V | -'?') exec "$@" ;; esac; done

datadir=/var/lib/mysql
for argument; do case $argument in --datadir=*) datadir=${argument#--datadir=} ;; esac; done
socket=/var/run/mysqld/mysqld.sock
marker=.lab-initialising

if [ "$(id -u)" = 0 ]; then
	mkdir -p "$datadir"
	find "$datadir" /var/run/mysqld ! -user mysql -exec chown mysql:mysql {} +
	# By its path: the name alone is an applet of this shell, which knows none of these options.
	exec /usr/bin/setpriv --reuid=mysql --regid=mysql --clear-groups "$0" "$@"
fi

# Shared memory, where there is some: the passwords in it then never reach a disk.
sql=$(if [ -w /dev/shm ]; then echo /dev/shm; else echo /var/run/mysqld; fi)/mysql-init.sql
rm -f "$sql"
if [ ! -d "$datadir/mysql" ]; then
	check_settings
	copy_template
elif [ -e "$datadir/$marker" ] && [ ! -e "$datadir/mysql/lab_initialised.CSV" ]; then
	say 'the first start was cut short; setting users and passwords again'
	check_settings
else
	rm -f "$datadir/$marker"
	exec "$@"
fi
(umask 077; first_sql > "$sql")
shift
if [ -n "$(find /docker-entrypoint-initdb.d -mindepth 1 -maxdepth 1 2>/dev/null | head -n 1)" ]; then
	run_init_scripts "$@"
	rm -f "$sql" "$datadir/$marker"
	exec mysqld "$@"
fi
say 'MySQL init process: users are set by the server before it listens'
exec mysqld "$@" --init-file="$sql"
