/** Jars from Maven Central, by this machine's own `mvn` and its settings: mirrors and certificates are those it has. */
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/exec.ts';
import { ensurePackages, which } from '../../lab/packages.ts';
import { withScratch } from '../cache.ts';
import { project } from './coordinates.ts';

/** Pinned, as the plugin decides what is copied. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** The package that has Maven, if it is not here. */
export function missingMaven(find: (program: string) => string | undefined = which): string[] {
  return find('mvn') === undefined ? ['maven'] : [];
}

/**
 * Copies the jars of artifacts, and of what they need at run time, into a directory in Maven's repository layout.
 *
 * @param without `GROUP:ARTIFACT` left out of what they need; `*:*` for the artifacts alone.
 * @param log told what is installed, if Maven is not on this machine.
 * @returns the jars' paths below the directory, sorted.
 * @throws Error if Maven cannot be installed, or an artifact cannot be had.
 */
export async function copyJars(
  artifacts: readonly string[],
  without: readonly string[],
  into: string,
  log: (line: string) => void,
): Promise<string[]> {
  await ensurePackages(missingMaven, log);
  const maven = which('mvn') ?? 'mvn';
  await withScratch(async (dir) => {
    const pom = path.join(dir, 'pom.xml');
    await writeFile(pom, project(artifacts, without));
    // A repository of its own: Maven's usual one cannot be shared by builders that run at the same time.
    const settings = [`-Dmaven.repo.local=${path.join(dir, 'repository')}`, `-DoutputDirectory=${into}`];
    const options = ['-DincludeScope=runtime', '-DincludeTypes=jar', '-Dmdep.useRepositoryLayout=true'];
    const argv = [maven, '--batch-mode', '--quiet', '--file', pom, ...settings, ...options, COPY];
    const { code, stdout } = await run(argv, { check: false, timeoutMs: 900_000, cwd: dir });
    if (code !== 0)
      throw new Error(`Maven could not get ${artifacts.join(' ')} (${code}):\n${stdout.trim().slice(-3000)}`);
  });
  return (await readdir(into, { recursive: true })).filter((one) => one.endsWith('.jar')).sort();
}
