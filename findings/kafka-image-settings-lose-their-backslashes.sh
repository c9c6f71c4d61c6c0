#!/usr/bin/env bash
# Apache Kafka 4.4.0, kafka.docker.KafkaDockerWrapper (the program that the image apache/kafka starts with): it writes
# each variable KAFKA_… into server.properties as it is, escaping nothing, and the broker reads that file by Java's rules
# for properties. So the file shows what was given, and the broker has something else, without a word:
# - a backslash is gone: `RULE:^CN=(\w+),.*$/$1/` asks for the letter w, matches nobody, and DEFAULT decides;
# - a value that ends with one takes the next setting with it: that one is no longer set, and if a message comes of it,
#   it speaks of that one. Which one it is changes with what else the environment holds, for so does the file's order;
# - blanks that a value begins with are gone.
# In sasl.jaas.config a second reader follows, with the escapes of C: a password with one backslash needs four in the
# variable (two, which is right for one reader, are gone after both), and `\\101` gives an A.
# Matters to whoever takes a regular expression from the documentation into a variable, or makes passwords at random:
# who looks into the container finds the right text in the file, and nobody logs in.
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
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/kafka_2.13-*.jar

cat > Read.java << 'JAVA'
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.ssl.SslPrincipalMapper;
import org.apache.kafka.common.utils.Utils;

/** Read FILE: the settings as the broker reads them, and what they come to. */
public class Read {
	public static void main(String[] args) throws Exception {
		var given = Utils.loadProps(args[0]);
		var read = KafkaConfig.fromProps(given, false);
		System.out.println("retention in hours: " + given.getProperty("log.retention.hours"));
		System.out.println("key password: '" + given.getProperty("ssl.key.password") + "'");
		String rules = read.getString("ssl.principal.mapping.rules");
		System.out.println("rules: " + rules);
		System.out.println("alice is: " + SslPrincipalMapper.fromRules(rules).getName("CN=alice,OU=shop"));
		Map<String, ?> listener = read.valuesWithPrefixOverride("listener.name.users.");
		var jaas = JaasContext.loadServerContext(new ListenerName("USERS"), "PLAIN", listener);
		System.out.println("password: '" + jaas.configurationEntries().get(0).getOptions().get("user_alice") + "'");
	}
}
JAVA
mkdir classes default mounted
javac -cp 'jars/*' -d classes Read.java
touch default/server.properties
printf 'Configuration:\n  Loggers:\n    Root:\n      level: INFO\n' | tee default/log4j2.yaml > default/tools-log4j2.yaml

run=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp 'classes:jars/*')

# render NAME RULES KEY_PASSWORD PASSWORD [RACK]: writes the settings, and tells whether that is well.
render() {
	local login="org.apache.kafka.common.security.plain.PlainLoginModule required user_alice=\"$4\";"
	mkdir "$1"
	env -i PATH="$PATH" CLUSTER_ID=AAAAAAAAAAAAAAAAAAAAAA KAFKA_NODE_ID=1 \
		KAFKA_PROCESS_ROLES=broker,controller KAFKA_LISTENERS=USERS://localhost:29092,CONTROLLER://localhost:29093 \
		KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:29093 \
		KAFKA_INTER_BROKER_LISTENER_NAME=USERS \
		KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=USERS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT KAFKA_LOG_DIRS="$work/$1/data" \
		KAFKA_SASL_ENABLED_MECHANISMS=PLAIN KAFKA_SASL_MECHANISM_INTER_BROKER_PROTOCOL=PLAIN \
		KAFKA_SSL_PRINCIPAL_MAPPING_RULES="$2" KAFKA_SSL_KEY_PASSWORD="$3" \
		KAFKA_BROKER_RACK="${5:-row-1}" KAFKA_LOG_RETENTION_HOURS=24 \
		KAFKA_LISTENER_NAME_USERS_PLAIN_SASL_JAAS_CONFIG="$login" \
		"${run[@]}" kafka.docker.KafkaDockerWrapper setup --default-configs-dir default \
		--mounted-configs-dir mounted --final-configs-dir "$1" > "$1/log" 2>&1
}

# read_back NAME RULES KEY_PASSWORD PASSWORD [RACK]: what the broker has of them, and that the file shows them as given.
read_back() {
	local value
	render "$@" || { cat "$1/log"; exit 1; }
	for value in "$2" "$3" "$4" "${5:-row-1}"; do
		grep -qF -- "$value" "$1/server.properties" || { echo "changed: $value is written in another way"; exit 1; }
	done
	"${run[@]}" Read "$1/server.properties" > "$1/read"
	echo "== $1: $2, '$3', '$4'${5:+, '$5'}"
	cat "$1/read"
}

rule='RULE:^CN=(\w+),.*$/$1/,DEFAULT'
twice="${rule//\\/\\\\}"
read_back one "$rule" 'or\ders' 'or\ders'
read_back two "$twice" 'or\\ders' 'or\\ders'
read_back four "$twice" '  orders' 'or\\\\ders'
read_back octal "$twice" 'orders' '\\101\\102'
read_back rack "$twice" 'orders' 'orders' 'row-1\'
if render last "$twice" 'orders\' 'orders'; then echo 'changed: it is taken at the end of a password'; exit 1; fi
echo "== last: 'orders\\' as password of the key:"
sed 1q last/log

expect() {
	grep -qxF -- "$2" "$1/read" || { echo "changed: with 4.4.0, in the case '$1', it was $2"; exit 1; }
}
expect one 'rules: RULE:^CN=(w+),.*$/$1/,DEFAULT'
expect one 'alice is: CN=alice,OU=shop'
expect one "key password: 'orders'"
expect one "password: 'orders'"
expect one 'retention in hours: 24'
expect two 'alice is: alice'
expect two "key password: 'or\\ders'"
expect two "password: 'orders'"
expect four "key password: 'orders'"
expect four "password: 'or\\ders'"
expect octal "password: 'AB'"
expect rack 'retention in hours: null'
grep -q Exception last/log || { echo 'changed: it does not end with a message'; exit 1; }
if grep -q 'key.password' last/log; then echo 'changed: the message speaks of the password'; exit 1; fi
echo 'seen: the file shows what was given, the broker has it without its backslashes; at the end of a value one costs'
echo 'the next setting; for a password in JAAS it takes four'
