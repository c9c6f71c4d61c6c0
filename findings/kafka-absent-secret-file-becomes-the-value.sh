#!/usr/bin/env bash
# Apache Kafka 4.4.0, DirectoryConfigProvider: a setting is written as ${dir:FOLDER:FILE}, and its value is what the
# file holds. If the file is not there, nothing fails: the text ${dir:FOLDER:FILE} itself becomes the value. The log
# says nothing either, at any level: the only trace is the dump of all settings, where passwords are shown as [hidden].
# The neighbours differ, which makes it hard to guess:
# - a provider that was never named (a slip of the pen in "dir"): the same, without a word;
# - a folder that is not there, below a folder that is allowed: the same, but a WARN that says "not allowed";
# - a setting that is a number: refused, for the text is no number;
# - FileConfigProvider: a key that its file lacks is as silent; a file that is not there ends the start.
# Matters if secrets are mounted as files: one that is missing or misspelt gives a member that starts, with a value
# that everybody can read in its settings, and fails later, elsewhere, as "authentication failed". So check that each
# file is there before the start.
# Shown with the name and the buffer of a client; settings of brokers, clients and Connect are read by the same class.
# Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml << 'XML'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId><version>4.4.0</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/kafka-clients-*.jar

cat > Read.java << 'JAVA'
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Read FOLDER SETTING VALUE: prints what a producer reads for the setting; nothing is connected. */
public class Read {
	public static void main(String[] args) {
		String providers = "org.apache.kafka.common.config.provider.";
		Map<String, Object> settings = new HashMap<>();
		settings.put("bootstrap.servers", "localhost:9092");
		settings.put("key.serializer", StringSerializer.class.getName());
		settings.put("value.serializer", StringSerializer.class.getName());
		settings.put("config.providers", "dir,file");
		settings.put("config.providers.dir.class", providers + "DirectoryConfigProvider");
		settings.put("config.providers.dir.param.allowed.paths", args[0]);
		settings.put("config.providers.file.class", providers + "FileConfigProvider");
		settings.put(args[1], args[2]);
		try {
			System.out.println(new ProducerConfig(settings).values().get(args[1]));
		} catch (ConfigException e) {
			System.out.println("refused: " + e.getMessage());
		}
	}
}
JAVA
mkdir classes secrets
javac -cp 'jars/*' -d classes Read.java
printf 'orders-1\n' > secrets/name
printf 'name=orders-2\n' > secrets/names.properties

# expect CASE SETTING VALUE READ LINES: what is read (a pattern), and how many lines of the log (TRACE), its dump of the
# settings left out, are WARN or ERROR or name the absent file.
expect() {
	local seen lines
	seen="$(java -Xmx128m -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=trace -cp 'classes:jars/*' \
		Read "$work/secrets" "$2" "$3" 2> log)"
	[[ $seen = refused* ]] || grep -q 'ProducerConfig values' log || { echo 'no log was written'; exit 1; }
	lines="$(grep -v "^$(printf '\t')" log | grep -cE '(WARN|ERROR) |absent' || true)"
	echo "$1: read '${seen//$work/}', lines in the log: $lines"
	if [[ $seen != $4 ]] || [ "$lines" != "$5" ]; then
		echo "changed: with 4.4.0 it was '${4//$work/}', and lines in the log: $5"
		exit 1
	fi
}

absent="\${dir:$work/secrets:absent}"
expect 'the file is there' client.id "\${dir:$work/secrets:name}" orders-1 0
expect 'the file is absent' client.id "$absent" "$absent" 0
unnamed="\${dri:$work/secrets:name}"
expect 'the provider is absent' client.id "$unnamed" "$unnamed" 0
folder="\${dir:$work/secrets/none:name}"
expect 'the folder is absent' client.id "$folder" "$folder" 1
grep -q 'secrets/none is not allowed' log || { echo 'changed: the WARN for an absent folder'; exit 1; }
expect 'a number, the file absent' batch.size "$absent" 'refused: Invalid value*Not a number*' 0
expect 'the key is absent' client.id "\${file:$work/secrets/names.properties:absent}" '*names.properties:absent}' 0
expect 'the file of keys is absent' client.id "\${file:$work/none:name}" 'refused: Could not read properties*' 1
echo 'seen: an absent secret file gives the placeholder as the value, and not a line in the log'
