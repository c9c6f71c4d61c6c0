#!/usr/bin/env bash
# A size in the settings of six that stand side by side in one stack. No spelling with a unit is the same to all, and two
# that all the world uses are taken by most, without a word, for different numbers:
# - `1g` is 1 073 741 824 bytes to Java (its own options), Docker (limits in a stack file), Flink 2.3.0, Hadoop 3.5.0 and
#   Drill 1.22.0, and 1 000 000 000 to Druid 33.0.0;
# - `1GB` is 1 073 741 824 to Docker and Flink, 1 000 000 000 to Drill, and Druid, Hadoop and Java refuse it;
# - `1GiB`, the one spelling that means one thing, is taken by Docker, Druid and Drill, and refused by Flink, Hadoop, Java.
# The case of the letters counts for Drill only, which refuses `1gb`. `1.5g` is for Docker and Drill.
# Matters to whoever gives one number to a container and to what runs in it, as templates do: `300g` in a Historical's
# druid.server.maxSize is 7 % less than a limit of `300g`, `1t` is 9 % less, and a sum of sizes that comes out right in one
# part of a file is wrong in another. Plain bytes are read alike by all.
# Shown with the classes that read the settings (Drill has Typesafe config 1.4.2 for it, docker/cli and compose-go have
# go-units 0.5.0). Needs Java 17 or newer, Maven, Go 1.26 or newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

# dependency GROUP ARTIFACT VERSION: the one jar.
dependency() {
	echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version><exclusions><exclusion>"
	echo '<groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>'
}
{
	echo '<project><modelVersion>4.0.0</modelVersion>'
	echo '<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
	dependency org.apache.druid druid-processing 33.0.0
	dependency org.apache.flink flink-core 2.3.0
	dependency org.apache.flink flink-core-api 2.3.0
	dependency org.apache.flink flink-annotations 2.3.0
	dependency org.apache.hadoop hadoop-client-api 3.5.0
	dependency org.apache.hadoop hadoop-client-runtime 3.5.0
	dependency com.typesafe config 1.4.2
	dependency com.google.guava guava 32.0.1-jre
	dependency com.fasterxml.jackson.core jackson-databind 2.18.2
	dependency com.fasterxml.jackson.core jackson-core 2.18.2
	dependency com.fasterxml.jackson.core jackson-annotations 2.18.2
	dependency javax.validation validation-api 1.1.0.Final
	dependency org.apache.commons commons-lang3 3.17.0
	dependency org.slf4j slf4j-api 2.0.13
	dependency org.slf4j slf4j-nop 2.0.13
	echo '</dependencies></project>'
} > pom.xml
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/druid-*.jar jars/flink-core-2*.jar jars/hadoop-client-api-*.jar jars/config-*.jar

cat > go.mod << 'MOD'
module finding

go 1.26.0

require github.com/docker/go-units v0.5.0
MOD
cat > docker.go << 'GO'
// Command docker prints a line for each size: what Docker makes of it.
package main

import (
	"fmt"
	"os"

	"github.com/docker/go-units"
)

func main() {
	for _, size := range os.Args[1:] {
		if bytes, err := units.RAMInBytes(size); err == nil {
			fmt.Println(bytes)
		} else {
			fmt.Println("refused")
		}
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o docker . 2> build.log || { cat build.log; exit 1; }

cat > Sizes.java << 'JAVA'
import com.typesafe.config.ConfigFactory;
import org.apache.druid.java.util.common.HumanReadableBytes;
import org.apache.flink.configuration.MemorySize;
import org.apache.hadoop.conf.Configuration;

/** Prints a line for each size: what Druid, Flink, Hadoop and Drill make of it. */
public class Sizes {
	interface Reader {
		long read(String size) throws Exception;
	}

	static String read(Reader reader, String size) {
		try {
			return Long.toString(reader.read(size));
		} catch (Exception e) {
			return "refused";
		}
	}

	static long hadoop(String size) {
		var configuration = new Configuration(false);
		configuration.set("dfs.blocksize", size);
		return configuration.getLongBytes("dfs.blocksize", 1);
	}

	public static void main(String[] sizes) {
		for (String size : sizes) {
			System.out.println(read(HumanReadableBytes::parse, size)
				+ " " + read(s -> MemorySize.parse(s).getBytes(), size)
				+ " " + read(Sizes::hadoop, size)
				+ " " + read(s -> ConfigFactory.parseString("size: \"" + s + "\"").getBytes("size"), size));
		}
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Sizes.java 2> log || { cat log; exit 1; }

sizes=(1073741824 1g 1G 1gb 1GB 1GiB 1gib 1.5g)
for size in "${sizes[@]}"; do
	{ java "-XX:MaxDirectMemorySize=$size" -XX:+PrintFlagsFinal -version 2>> log || true; } \
		| awk '$2 == "MaxDirectMemorySize" { print $4; found = 1 } END { if (!found) print "refused" }'
done > java.seen
./docker "${sizes[@]}" > docker.seen
java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp 'classes:jars/*' Sizes "${sizes[@]}" > others.seen 2>> log \
	|| { tail -n 20 log; exit 1; }
{
	echo 'size Java Docker Druid Flink Hadoop Drill'
	printf '%s\n' "${sizes[@]}" | paste -d ' ' - java.seen docker.seen others.seen
} > seen
column -t seen 2> /dev/null || cat seen

cat > wanted << 'TEXT'
size Java Docker Druid Flink Hadoop Drill
1073741824 1073741824 1073741824 1073741824 1073741824 1073741824 1073741824
1g 1073741824 1073741824 1000000000 1073741824 1073741824 1073741824
1G 1073741824 1073741824 1000000000 1073741824 1073741824 1073741824
1gb refused 1073741824 refused 1073741824 refused refused
1GB refused 1073741824 refused 1073741824 refused 1000000000
1GiB refused 1073741824 1073741824 refused refused 1073741824
1gib refused 1073741824 1073741824 refused refused refused
1.5g refused 1610612736 refused refused refused 1610612736
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: one size is two numbers, by the reader, and no spelling with a unit is read alike by six'
