#!/usr/bin/env bash
# Apache Hadoop 3.5.0 (HDFS), the three one-time commands of a pair of NameNodes with automatic failover, each with
# -nonInteractive, given a second time after it has done its work. All leave what is there as it is, and each says so by
# an exit code of its own: NameNode -format 1, DFSZKFailoverController -formatZK 2, NameNode -bootstrapStandby 5.
# 1 is also what -format ends with if it cannot do it (its folder cannot be made): "done already" and "failed" look
# alike. And -formatZK ends with its 2 without a word: no line of its log says that there was something already.
# Matters to whoever runs these as jobs that may run again (containers, Ansible): "0 is good" makes every second run a
# failure. A list of good codes has to be kept for each command, and 1 is "done" only if the folder holds a VERSION.
# Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
zookeeper= namenode=
trap 'kill $namenode $zookeeper 2> /dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml << 'XML'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.hadoop</groupId><artifactId>hadoop-common</artifactId><version>3.5.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.hadoop</groupId><artifactId>hadoop-hdfs</artifactId><version>3.5.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.hadoop</groupId><artifactId>hadoop-hdfs-client</artifactId><version>3.5.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/hadoop-hdfs-3*.jar jars/zookeeper-3*.jar

# conf FOLDER NAMES: the settings of the pair, for the member whose names folder is NAMES.
conf() {
	local member
	mkdir -p "$1/webapps/hdfs" # The web pages are not in the jar; the folder suffices.
	cat > "$1/log4j.properties" << 'PROPERTIES'
log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %c: %m%n
PROPERTIES
	cat > "$1/core-site.xml" << XML
<configuration>
  <property><name>fs.defaultFS</name><value>hdfs://pair</value></property>
  <property><name>ha.zookeeper.quorum</name><value>localhost:29581</value></property>
</configuration>
XML
	{
		echo '<configuration>'
		property dfs.nameservices pair
		property dfs.ha.namenodes.pair nn1,nn2
		for member in 1 2; do
			property "dfs.namenode.rpc-address.pair.nn$member" "localhost:2959$member"
			property "dfs.namenode.http-address.pair.nn$member" "localhost:2957$member"
		done
		property dfs.ha.namenode.id "$3"
		property dfs.namenode.name.dir "file://$work/$2"
		property dfs.namenode.shared.edits.dir "file://$work/shared"
		property dfs.ha.automatic-failover.enabled true
		property dfs.ha.fencing.methods 'shell(/bin/true)'
		echo '</configuration>'
	} > "$1/hdfs-site.xml"
}
property() { echo "  <property><name>$1</name><value>$2</value></property>"; }

options=(-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-Djava.io.tmpdir=$work")
hdfs=org.apache.hadoop.hdfs

# code CONF WANTED COMMAND...: runs it, prints how it ended, ends if that is not as wanted.
code() {
	local conf=$1 wanted=$2 seen=0
	shift 2
	java "${options[@]}" -cp "$conf:jars/*" "$hdfs.$@" > last.log 2>&1 < /dev/null || seen=$?
	echo "$* (settings $conf): ends with $seen"
	[ "$seen" = "$wanted" ] || { tail -n 30 last.log; echo "changed: it was $wanted"; exit 1; }
}

keep() { cp "$1/current/VERSION" "$1.kept"; }
kept() { cmp "$1/current/VERSION" "$1.kept" || { echo "changed: $1 was formatted again"; exit 1; }; }

# port NUMBER PID LOG: waits until the port is open.
port() {
	for ((i = 0; i < 600; i++)); do
		if (: < "/dev/tcp/localhost/$1") 2> /dev/null; then return; fi
		kill -0 "$2" || { tail -n 20 "$3"; exit 1; }
		sleep 0.2
	done
	exit 1
}

conf one names-1 nn1
conf two names-2 nn2
conf hopeless log/names nn1
touch log # A file: no folder can be made in it.

java "${options[@]}" -cp 'one:jars/*' org.apache.zookeeper.server.ZooKeeperServerMain 29581 "$work/zookeeper" \
	> zookeeper.log 2>&1 &
zookeeper=$!
port 29581 "$zookeeper" zookeeper.log

code hopeless 1 server.namenode.NameNode -format -nonInteractive
code one 0 server.namenode.NameNode -format -nonInteractive
keep names-1
code one 1 server.namenode.NameNode -format -nonInteractive
kept names-1
code one 0 tools.DFSZKFailoverController -formatZK -nonInteractive
code one 2 tools.DFSZKFailoverController -formatZK -nonInteractive
if grep -v STARTUP_MSG last.log | grep -iE 'exist|already|format|abort'; then
	echo 'changed: -formatZK says why it ends'
	exit 1
fi

java "${options[@]}" -cp 'one:jars/*' $hdfs.server.namenode.NameNode > namenode.log 2>&1 &
namenode=$!
port 29591 "$namenode" namenode.log
code two 0 server.namenode.NameNode -bootstrapStandby -nonInteractive
keep names-2
code two 5 server.namenode.NameNode -bootstrapStandby -nonInteractive
kept names-2
echo 'seen: a one-time command that has done its work already ends with 1, 2 or 5, and 1 means failed as well'
