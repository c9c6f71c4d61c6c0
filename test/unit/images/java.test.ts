import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { classPath } from '../../../scripts/images/java/app.ts';
import { mergeClassLists } from '../../../scripts/images/java/class-list.ts';
import { coordinatesOfPath, jarName, parseCoordinates, project } from '../../../scripts/images/maven/coordinates.ts';
import { readLock, sha256, takeJars } from '../../../scripts/images/maven/lock.ts';

const KAFKA = fileURLToPath(new URL('../../../scripts/images/files/kafka/', import.meta.url));
const LOCKS = fileURLToPath(new URL('../../../scripts/images/maven/locks/', import.meta.url));

describe('coordinates', () => {
  it.each([
    ['org.apache.kafka:kafka_2.13:4.4.0', 'org/apache/kafka/kafka_2.13/4.4.0/kafka_2.13-4.4.0.jar'],
    ['com.github.luben:zstd-jni:1.5.7-17', 'com/github/luben/zstd-jni/1.5.7-17/zstd-jni-1.5.7-17.jar'],
    ['junit:junit:4.13.2', 'junit/junit/4.13.2/junit-4.13.2.jar'],
    [
      'io.netty:netty-codec:4.1.1.Final:linux-x86_64',
      'io/netty/netty-codec/4.1.1.Final/netty-codec-4.1.1.Final-linux-x86_64.jar',
    ],
  ])('%s is %s in a repository', (text, file) => {
    expect(coordinatesOfPath(file)).toBe(text);
    expect(jarName(parseCoordinates(text))).toBe(path.basename(file));
  });

  it.each([
    ['org.apache.kafka:kafka', 'expected GROUP:ARTIFACT:VERSION'],
    ['a:b:[1.0,2.0)', 'expected GROUP:ARTIFACT:VERSION'],
    ['a:b:1.0<x>', 'expected GROUP:ARTIFACT:VERSION'],
    ['a:b:1.0-SNAPSHOT', 'cannot be pinned'],
    ['a:b:LATEST', 'cannot be pinned'],
  ])('refuses %s', (text, message) => {
    expect(() => parseCoordinates(text)).toThrow(message);
  });

  it.each(['kafka-4.4.0.jar', 'a/b/1.0/c-1.0.jar', 'a/b/1.0/b-1.01.jar', 'a/b/1.0/b-1.0.pom'])(
    'does not take %s for an artifact',
    (file) => {
      expect(() => coordinatesOfPath(file)).toThrow(file);
    },
  );

  it('makes a project that wants just these, without what is left out', () => {
    const xml = project(['a.b:c:1', 'd:e:2:linux'], ['x:y', '*:*']);
    expect(xml.match(/<dependency>/g)).toHaveLength(2);
    expect(xml).toContain(
      '<groupId>d</groupId><artifactId>e</artifactId><version>2</version><classifier>linux</classifier>',
    );
    expect(xml.match(/<exclusion><groupId>x<\/groupId><artifactId>y<\/artifactId><\/exclusion>/g)).toHaveLength(2);
    expect(xml.match(/<exclusion><groupId>\*<\/groupId><artifactId>\*<\/artifactId><\/exclusion>/g)).toHaveLength(2);
  });
});

describe('jars by a lock file', () => {
  const withJar = async (
    work: (from: string, file: string, checksum: string, to: string) => Promise<void>,
  ): Promise<void> => {
    const dir = mkdtempSync(path.join(tmpdir(), 'bundle-jars-'));
    try {
      const file = 'a/b/1.0/b-1.0.jar';
      for (const one of ['from/a/b/1.0', 'to']) mkdirSync(path.join(dir, one), { recursive: true });
      writeFileSync(path.join(dir, 'from', file), 'content');
      await work(path.join(dir, 'from'), file, await sha256(path.join(dir, 'from', file)), path.join(dir, 'to'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  };

  it('are taken under their plain names', () =>
    withJar(async (from, file, checksum, to) => {
      await takeJars({ 'a:b:1.0': checksum }, from, [file], to);
      expect(readdirSync(to)).toEqual(['b-1.0.jar']);
    }));

  it('are refused with another checksum, by name, and not copied', () =>
    withJar(async (from, file, checksum, to) => {
      const other = checksum.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      await expect(takeJars({ 'a:b:1.0': other }, from, [file], to)).rejects.toThrow(
        `a:b:1.0: SHA-256 is ${checksum}, pinned is ${other}`,
      );
      expect(readdirSync(to)).toEqual([]);
    }));

  it('are missed if Maven did not bring them', () =>
    withJar(async (from, file, checksum, to) => {
      await expect(takeJars({ 'a:c:1.0': checksum }, from, [file], to)).rejects.toThrow(
        'a:c:1.0: Maven ended well and did not bring this jar',
      );
    }));

  it.each(readdirSync(LOCKS).map((file) => path.basename(file, '.json')))(
    '%s.json has a checksum for every jar, and its roots',
    async (name) => {
      const { roots, jars } = await readLock(name);
      for (const [coordinates, checksum] of Object.entries(jars)) {
        parseCoordinates(coordinates);
        expect(checksum, coordinates).toMatch(/^[0-9a-f]{64}$/);
      }
      expect(Object.keys(jars)).toEqual(expect.arrayContaining([...roots]));
      // All lie in one directory of the image.
      const names = Object.keys(jars).map((one) => jarName(parseCoordinates(one)));
      expect(new Set(names).size).toBe(names.length);
    },
  );
});

describe('a class-data archive', () => {
  it('is made of all lists, each line once, without numbers and without classes of other loaders', () => {
    const first = '# a comment\njava/lang/Object id: 0\norg/Server id: 9\n@lambda-proxy org/Server run ()V\n';
    const second =
      'java/lang/Object id: 0\norg/Tool id: 9\norg/Plugin id: 10 super: 0 source: /x.jar\n@lambda-proxy ' +
      'org/Server run ()V\n';
    expect(mergeClassLists([first, second])).toBe(
      'java/lang/Object\norg/Server\n@lambda-proxy org/Server run ()V\norg/Tool\n',
    );
  });

  it('has the class path in the order in which the shell lists the jars', async () => {
    const names = (await classPath({ jars: 'kafka', libs: '/l' })).split(':').map((file) => path.basename(file));
    expect(names).toContain('kafka_2.13-4.4.0.jar');
    expect(names).toEqual([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });
});

it.each(readdirSync(KAFKA).filter((name) => name !== 'training.sh'))(
  'files/kafka/%s says in its first words what it stands in for',
  (name) => {
    const [first = '', second = ''] = readFileSync(path.join(KAFKA, name), 'utf8').split('\n');
    expect(first.startsWith('#!') ? second : first).toMatch(/^# Stands in for .*apache\/kafka/);
  },
);
