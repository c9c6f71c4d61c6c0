#!/usr/bin/env bash
# jmx_prometheus_javaagent 1.0.1 (Prometheus' exporter for JVMs), a rule whose pattern fits more than one MBean. While
# there is one such bean, its series has the labels of the rule. When a second comes, both get a label that no rule
# names, `_objectname`: the series from before ends, and another begins for the same bean with the same value. If the
# second goes, it is back. No error comes of it: jmx_scrape_error stays 0, and nothing is logged.
# Here as with Kafka, which counts bytes in one bean for all topics, and in one more for each topic once that is written
# to; the rule's pattern `name=(\w+).*` fits both kinds.
# Matters because beans come with use. What was tried on a fresh broker ends with the first message: a rate over the
# end of the series, an alert that matches labels, a join of two series (one has the label, the other not). And a sum
# counts the bytes twice. So give a rule a label for whatever its beans differ in, and see it with two of them.
# Needs Java 17 or newer, Maven, curl.
set -euo pipefail

work="$(mktemp -d)"
program=
trap 'kill $program 2> /dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"

mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" "-DoutputDirectory=$work" \
	-Dartifact=io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1 \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy
ls jmx_prometheus_javaagent-*.jar

cat > Traffic.java << 'JAVA'
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import javax.management.ObjectName;

/** Each line read names a bean that comes (+NAME VALUE) or goes (-NAME); says "done" when it has. */
public class Traffic {
	public interface BytesMBean {
		long getCount();
	}

	public record Bytes(long count) implements BytesMBean {
		public long getCount() {
			return count;
		}
	}

	public static void main(String[] args) throws Exception {
		var server = ManagementFactory.getPlatformMBeanServer();
		var lines = new BufferedReader(new InputStreamReader(System.in));
		for (String line = lines.readLine(); line != null; line = lines.readLine()) {
			String[] words = line.substring(1).split(" ");
			var name = new ObjectName("app:type=Traffic," + words[0]);
			if (line.startsWith("+")) {
				server.registerMBean(new Bytes(Long.parseLong(words[1])), name);
			} else {
				server.unregisterMBean(name);
			}
			System.out.println("done");
		}
	}
}
JAVA
mkdir classes
javac -d classes Traffic.java
cat > rules.yml << 'YAML'
rules:
  - pattern: app<type=Traffic, name=(\w+).*><>Count
    name: app_traffic_$1
    type: COUNTER
    labels:
      cluster: blue
YAML

mkfifo commands answers
java -Xmx64m -XX:+UseSerialGC "-javaagent:$(ls jmx_*.jar)=localhost:29792:rules.yml" -cp classes Traffic \
	< commands > answers 2> log &
program=$!
exec 3> commands 4< answers

# tell LINE WANTED: gives the program the line, and compares the series that are served then.
tell() {
	local answer
	echo "$1" >&3
	read -r answer <&4
	[ "$answer" = 'done' ]
	curl --silent --fail --max-time 20 http://localhost:29792/metrics > page
	grep -qx 'jmx_scrape_error 0.0' page || { echo 'changed: an error is told'; exit 1; }
	echo "== $1"
	grep '^app_' page
	[ "$(grep '^app_' page)" = "$2" ] || { echo 'changed: it was'; echo "$2"; exit 1; }
}

alone='app_traffic_BytesIn_total{cluster="blue"} 7.0'
label='_objectname="app<type=Traffic, name=BytesIn'
tell '+name=BytesIn 7' "$alone"
tell '+name=BytesIn,topic=orders 7' "app_traffic_BytesIn_total{$label, topic=orders><>Count\",cluster=\"blue\"} 7.0
app_traffic_BytesIn_total{$label><>Count\",cluster=\"blue\"} 7.0"
tell '-name=BytesIn,topic=orders' "$alone"
cat log
[ ! -s log ] || { echo 'changed: something is logged'; exit 1; }
echo 'seen: the labels of a series change as soon as another bean fits its rule'
