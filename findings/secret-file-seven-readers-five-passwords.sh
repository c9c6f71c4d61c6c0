#!/usr/bin/env bash
# One file with a password, as a secret is mounted, and seven that read it. What they take for the password:
# - Kafka 4.4.0 (`${dir:…}` in ssl.keystore.password) and Hadoop 3.5.0 (the file of a credential store's password) take off
#   all white space at both ends, blanks that belong to the password too;
# - Druid 33.0.0 (`${file:UTF-8:…}`) takes off nothing, so `openssl rand -hex 16 | docker secret create …` makes a password
#   that ends with a new line. And it looks for `${…}` in what it has read, and puts other words in its place;
# - ZooKeeper 3.9.5 (ssl.keyStore.passwordPath) takes off one new line, bash ("$(< …)", as in the start programs of images)
#   all new lines at the end;
# - OpenSSL 3.0 (-pass file:…) and keytool of Java 17 (-storepass:file) take the first line, and pass over the rest.
# `openssl rand -base64 60` breaks what it prints after 64 characters, `base64` after 76: a good long password is a file of
# two lines. OpenSSL and keytool make a key store with the first of them, and the others open it with both.
# Matters to whoever gives one secret to several: it works until the password is made longer, or one more reads it, and
# then fails as "password was incorrect". One line without an end, of letters and digits: `openssl rand -hex 32 | tr -d '\n'`.
# Shown with the classes that read it. Needs Java 17, Maven, OpenSSL 3.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

# fetch GROUP ARTIFACT VERSION: into a folder of its own.
fetch() {
	mkdir "$2"
	cat > "$2/pom.xml" << XML
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version>
      <exclusions><exclusion><groupId>org.hyperic</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
</project>
XML
	mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -f "$2/pom.xml" -DincludeScope=runtime \
		"-DoutputDirectory=$work/$2/jars" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
	ls "$2/jars/$2-$3.jar"
}
fetch org.apache.kafka kafka-clients 4.4.0
fetch org.apache.zookeeper zookeeper 3.9.5
fetch org.apache.hadoop hadoop-common 3.5.0
fetch org.apache.druid druid-processing 33.0.0

mkdir secrets
printf 'orders' > secrets/bare
printf 'orders\n' > secrets/newline
printf 'orders\n\n' > secrets/two-newlines
printf 'orders\nmore\n' > secrets/two-lines
printf ' orders ' > secrets/blanks
# shellcheck disable=SC2016
printf 'or${sys:animal}ders' > secrets/sign

cat > Kafka.java << 'JAVA'
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SslConfigs;

public class Kafka {
	public static void main(String[] args) {
		var known = new ConfigDef();
		SslConfigs.addClientSslSupport(known);
		var config = new AbstractConfig(known, Map.of("config.providers", "dir",
			"config.providers.dir.class", "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
			"ssl.keystore.password", "${dir:" + args[0] + ":" + args[1] + "}"), false);
		System.out.print(config.getPassword("ssl.keystore.password").value());
	}
}
JAVA
cat > ZooKeeper.java << 'JAVA'
public class ZooKeeper {
	public static void main(String[] args) {
		System.out.print(org.apache.zookeeper.common.SecretUtils.readSecret(args[0] + "/" + args[1]));
	}
}
JAVA
cat > Hadoop.java << 'JAVA'
public class Hadoop {
	public static void main(String[] args) throws Exception { // It looks for the file on the class path.
		System.out.print(org.apache.hadoop.security.ProviderUtils.locatePassword("NOT_SET", args[1]));
	}
}
JAVA
cat > Druid.java << 'JAVA'
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Properties;
import javax.validation.Validation;
import org.apache.druid.guice.JsonConfigurator;
import org.apache.druid.jackson.DefaultObjectMapper;
import org.apache.druid.metadata.PasswordProvider;

public class Druid {
	public static class Store {
		@JsonProperty
		public PasswordProvider password;
	}

	public static void main(String[] args) {
		var properties = new Properties();
		properties.setProperty("druid.store.password", "${file:UTF-8:" + args[0] + "/" + args[1] + "}");
		var configurator =
			new JsonConfigurator(new DefaultObjectMapper(), Validation.buildDefaultValidatorFactory().getValidator());
		System.out.print(configurator.configurate(properties, "druid.store", Store.class).password.getPassword());
	}
}
JAVA
mkdir classes
java=(java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Danimal=cat -cp)
# read READER FOLDER NAME: what a class prints, its end kept by a letter.
read_by() {
	"${java[@]}" "classes:secrets:$2/jars/*" "$1" "$work/secrets" "$3" 2>> log || echo failed
	printf x
}
javac -d classes -cp 'kafka-clients/jars/*' Kafka.java
javac -d classes -cp 'zookeeper/jars/*' ZooKeeper.java
javac -d classes -cp 'hadoop-common/jars/*' Hadoop.java
javac -d classes -cp 'druid-processing/jars/*' Druid.java 2>> log

# found NAME COMMAND: which of the passwords the command takes, of all that it may be.
found() {
	local name="$1" each
	shift
	for each in orders $'orders\n' $'orders\nmore' $'orders\nmore\n' ' orders ' "$(cat secrets/sign)"; do
		if "$@" "$name" "$each"; then printf '%sx' "$each"; return; fi
	done
}
key() { openssl enc -aes-128-cbc -pbkdf2 -nosalt -P -pass "$1" 2>> log | grep '^key'; }
by_openssl() { [ "$(key "file:secrets/$1")" = "$(key "pass:$2")" ]; }
by_keytool() { openssl pkcs12 -in "$1.p12" -nokeys -passin "pass:$2" > out 2>&1; }

# shown READER TEXT: the text without the letter, its new lines as \n.
shown() {
	local text="${2%x}"
	printf '%s "%s"' "$1" "${text//$'\n'/\\n}"
}
for name in bare newline two-newlines two-lines blanks sign; do
	keytool -genkeypair -alias one -keyalg EC -dname CN=one -keystore "$name.p12" -storepass:file "secrets/$name" >> log 2>&1
	printf '%s: %s, %s, %s, %s, %s, %s, %s\n' "$name" \
		"$(shown Kafka "$(read_by Kafka kafka-clients "$name")")" \
		"$(shown Druid "$(read_by Druid druid-processing "$name")")" \
		"$(shown ZooKeeper "$(read_by ZooKeeper zookeeper "$name")")" \
		"$(shown Hadoop "$(read_by Hadoop hadoop-common "$name")")" \
		"$(shown bash "$(< "secrets/$name")x")" \
		"$(shown OpenSSL "$(found "$name" by_openssl)")" \
		"$(shown keytool "$(found "$name" by_keytool)")"
done > seen
cat seen

cat > wanted << 'TEXT'
bare: Kafka "orders", Druid "orders", ZooKeeper "orders", Hadoop "orders", bash "orders", OpenSSL "orders", keytool "orders"
newline: Kafka "orders", Druid "orders\n", ZooKeeper "orders", Hadoop "orders", bash "orders", OpenSSL "orders", keytool "orders"
two-newlines: Kafka "orders", Druid "orders\n\n", ZooKeeper "orders\n", Hadoop "orders", bash "orders", OpenSSL "orders", keytool "orders"
two-lines: Kafka "orders\nmore", Druid "orders\nmore\n", ZooKeeper "orders\nmore", Hadoop "orders\nmore", bash "orders\nmore", OpenSSL "orders", keytool "orders"
blanks: Kafka "orders", Druid " orders ", ZooKeeper " orders ", Hadoop "orders", bash " orders ", OpenSSL " orders ", keytool " orders "
sign: Kafka "or${sys:animal}ders", Druid "orcatders", ZooKeeper "or${sys:animal}ders", Hadoop "or${sys:animal}ders", bash "or${sys:animal}ders", OpenSSL "or${sys:animal}ders", keytool "or${sys:animal}ders"
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: seven read one file of a secret, and take five things for the password'
