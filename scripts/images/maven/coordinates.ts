/** Maven's coordinates as values, and the throw-away projects that are handed to `mvn`. Pure. */

/** One artifact of Maven Central, `GROUP:ARTIFACT:VERSION` or `GROUP:ARTIFACT:VERSION:CLASSIFIER`. */
export interface Coordinates {
  group: string;
  artifact: string;
  version: string;
  classifier?: string;
}

const PART = '[A-Za-z0-9_.-]+';
const COORDINATES = new RegExp(`^(${PART}):(${PART}):(${PART})(?::(${PART}))?$`);

/**
 * Reads coordinates.
 *
 * @throws Error for text of another form, or a version that does not name one version (a range, a snapshot).
 */
export function parseCoordinates(text: string): Coordinates {
  const [, group, artifact, version, classifier] = COORDINATES.exec(text) ?? [];
  if (group === undefined || artifact === undefined || version === undefined) {
    throw new Error(`'${text}': expected GROUP:ARTIFACT:VERSION, with :CLASSIFIER if there is one`);
  }
  if (/SNAPSHOT|^(LATEST|RELEASE)$/.test(version))
    throw new Error(`'${text}': a version that changes cannot be pinned`);
  return { group, artifact, version, ...(classifier === undefined ? {} : { classifier }) };
}

/** The name of an artifact's jar, as Maven and the distributions of these systems write it. */
export function jarName({ artifact, version, classifier }: Coordinates): string {
  return `${artifact}-${version}${classifier === undefined ? '' : `-${classifier}`}.jar`;
}

/**
 * The coordinates of a jar that lies in Maven's repository layout: `GROUP/AS/FOLDERS/ARTIFACT/VERSION/FILE.jar`.
 *
 * @throws Error if the file's name is not made of its folders' names.
 */
export function coordinatesOfPath(path: string): string {
  const parts = path.split('/');
  const [artifact = '', version = '', file = ''] = parts.slice(-3);
  const start = `${artifact}-${version}`;
  const rest = file.startsWith(start) && file.endsWith('.jar') ? file.slice(start.length, -'.jar'.length) : undefined;
  if (parts.length < 4 || rest === undefined || (rest !== '' && !rest.startsWith('-'))) {
    throw new Error(`${path}: expected GROUP/ARTIFACT/VERSION/ARTIFACT-VERSION.jar`);
  }
  const group = parts.slice(0, -3).join('.');
  return `${group}:${artifact}:${version}${rest === '' ? '' : `:${rest.slice(1)}`}`;
}

/**
 * A project that depends on artifacts and does nothing else.
 *
 * @param without `GROUP:ARTIFACT` of what their own dependencies do not bring along; `*:*` for none of them at all.
 */
export function project(artifacts: readonly string[], without: readonly string[]): string {
  const exclusions = without.map((one) => {
    const [group = '', artifact = ''] = one.split(':');
    return `<exclusion><groupId>${group}</groupId><artifactId>${artifact}</artifactId></exclusion>`;
  });
  const dependencies = artifacts.map(parseCoordinates).map(({ group, artifact, version, classifier }) => {
    const named = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;
    const classified = classifier === undefined ? '' : `<classifier>${classifier}</classifier>`;
    return `<dependency>${named}${classified}<exclusions>${exclusions.join('')}</exclusions></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '<modelVersion>4.0.0</modelVersion>',
    '<groupId>lab</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>',
    `<dependencies>\n${dependencies.join('\n')}\n</dependencies>`,
    '</project>\n',
  ].join('\n');
}
