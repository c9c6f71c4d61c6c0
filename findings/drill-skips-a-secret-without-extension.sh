#!/usr/bin/env bash
# Apache Drill 1.22.0 (Typesafe config 1.4.2). Its drill-override.conf can take passwords from a secret's file:
# `include file("/run/secrets/tls")`. A file whose name ends in none of .conf, .json, .properties is passed over, though
# it is there and can be read: no error, no line, and the settings in it are not set. Secrets are seldom named so.
# - What is read for `tls` is tls.conf, tls.json and tls.properties beside it, if there are such: the words of another
#   file, while tls itself, which is named in full, is never opened.
# - `include required(file(…))` ends the start, but says of three names that nobody wrote that there are no such files.
# - An absolute path without `file(…)` is looked for on the class path, and passed over as well, with .conf or not.
# - `include url("file:/run/secrets/tls")` reads just that file, and `include file(…)` one that ends in .conf.
# Matters because the part with the passwords is the part that turns TLS on: what it said is not so, and Drill has its
# defaults in its place, which are no TLS. Name the secret's target tls.conf, or use url(…), in required(…) either way.
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
      <groupId>org.apache.drill</groupId><artifactId>drill-common</artifactId><version>1.22.0</version>
    </dependency>
    <dependency><!-- Only for the values that it has where the file says nothing. -->
      <groupId>org.apache.drill.exec</groupId><artifactId>drill-java-exec</artifactId><version>1.22.0</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/drill-*.jar jars/config-*.jar

mkdir conf secrets beside
echo 'drill.exec: {http.ssl_enabled: true, ssl.keyStorePassword: "orders"}' > secrets/tls
cp secrets/tls secrets/named.conf
cp secrets/tls beside/tls
echo 'drill.exec: {http.ssl_enabled: true, ssl.keyStorePassword: "of another file"}' > beside/tls.conf

cat > Read.java << 'JAVA'
import com.typesafe.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.drill.common.config.DrillConfig;

/** Prints what Drill has of a drill-override.conf that includes a file in each of the ways. */
public class Read {
	static final String[] WAYS = {
		"include file(\"WORK/secrets/named.conf\")",
		"include file(\"WORK/secrets/tls\")",
		"include file(\"WORK/beside/tls\")",
		"include \"WORK/secrets/tls\"",
		"include \"WORK/secrets/named.conf\"",
		"include url(\"file:WORK/secrets/tls\")",
		"include required(file(\"WORK/secrets/tls\"))",
		"include required(url(\"file:WORK/secrets/tls\"))",
	};

	public static void main(String[] args) throws Exception {
		for (String way : WAYS) {
			Files.writeString(Path.of("conf/drill-override.conf"),
				way.replace("WORK", args[0]) + "\ndrill.exec.cluster-id: \"mine\"\n");
			String said;
			try {
				var config = DrillConfig.create();
				said = config.getString("drill.exec.cluster-id") + ", TLS " + config.getBoolean("drill.exec.http.ssl_enabled")
					+ ", password " + (config.hasPath("drill.exec.ssl.keyStorePassword")
						? config.getString("drill.exec.ssl.keyStorePassword") : "none");
			} catch (ConfigException e) {
				said = "no start: " + e.getMessage().split("FileNotFoundException")[0].replace(args[0], "WORK");
			}
			System.out.println("seen: " + way + ": " + said);
		}
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Read.java
java -cp 'conf:classes:jars/*' Read "$work" > all 2> log || { cat all log; exit 1; }
grep '^seen: ' all | sed 's/^seen: //' > seen
cat seen

cat > wanted << 'TEXT'
include file("WORK/secrets/named.conf"): mine, TLS true, password orders
include file("WORK/secrets/tls"): mine, TLS false, password none
include file("WORK/beside/tls"): mine, TLS true, password of another file
include "WORK/secrets/tls": mine, TLS false, password none
include "WORK/secrets/named.conf": mine, TLS false, password none
include url("file:WORK/secrets/tls"): mine, TLS true, password orders
include required(file("WORK/secrets/tls")): no start: WORK/secrets/tls: WORK/secrets/tls.conf: java.io.
include required(url("file:WORK/secrets/tls")): mine, TLS true, password orders
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
if grep -hE 'secrets/tls|beside' all log | grep -v '^seen: '; then echo 'changed: the file is told of'; exit 1; fi
echo 'seen: a file of secrets is passed over without a word, or another is read in its place, if it has no extension'
