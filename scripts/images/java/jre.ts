/** Debian's Java as part of an image: which release has a version, and which of its files a server needs. Pure. */

/** Long-term versions that Debian has. */
export type JavaVersion = 17 | 21 | 25;

/** The Debian release that a version is taken from, with all its libraries. */
export const RELEASE: Readonly<Record<JavaVersion, string>> = { 17: 'bookworm', 21: 'trixie', 25: 'trixie' };

const ARCH = process.arch === 'x64' ? 'amd64' : process.arch;

const FILES = [
  'bin/java', 'bin/keytool', 'conf', 'release', 'lib/jfr', 'lib/jrt-fs.jar', 'lib/jspawnhelper', 'lib/jvm.cfg',
  'lib/modules', 'lib/security', 'lib/server/classes.jsa', 'lib/server/libjvm.so', 'lib/tzdb.dat',
]; // prettier-ignore

/** Neither sound nor pictures: a server's Java. A system that needs one more adds it here, for all. */
const LIBRARIES = [
  'attach', 'extnet', 'instrument', 'j2pkcs11', 'jaas', 'java', 'jimage', 'jli', 'jsig', 'management',
  'management_agent', 'management_ext', 'net', 'nio', 'prefs', 'rmi', 'verify', 'zip',
]; // prettier-ignore

/** The package of a version. */
export function jrePackage(version: JavaVersion): string {
  return `openjdk-${version}-jre-headless`;
}

/** JAVA_HOME of a version. */
export function javaHome(version: JavaVersion): string {
  return `/usr/lib/jvm/java-${version}-openjdk-${ARCH}`;
}

/** What of the unpacked package goes into an image, relative to the root directory. */
export function jreFiles(version: JavaVersion): string[] {
  const home = javaHome(version).slice(1);
  const files = [...FILES, ...LIBRARIES.map((name) => `lib/lib${name}.so`)];
  return [`etc/java-${version}-openjdk`, ...files.map((one) => `${home}/${one}`)];
}
