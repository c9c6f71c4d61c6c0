import { dirname } from 'node:path';
import { dockerCli } from '../../scripts/lab/docker-cli.ts';
import { ensurePackages, which } from '../../scripts/lab/packages.ts';
import { postgresPrograms } from './postgres.ts';

/** Program → Debian package, of what the tests of programs run and compare with. */
const TOOLS: Readonly<Record<string, string>> = {
  postgres: 'postgresql',
  openssl: 'openssl',
  // Compiles, too: `java FILE.java` is part of the JDK. It has keytool.
  javac: 'default-jdk-headless',
  keytool: 'default-jdk-headless',
  curl: 'curl',
};

/** The packages of Debian for what these tests need and is missing here, each once. */
export function missingTools(has: (program: string) => boolean): string[] {
  const missing = Object.entries(TOOLS).filter(([program]) => !has(program));
  return [...new Set(missing.map(([, name]) => name))];
}

const missing = (): string[] =>
  missingTools((program) => (program === 'postgres' ? postgresPrograms() !== undefined : which(program) !== undefined));

/**
 * Vitest global set-up of the tests of programs: PostgreSQL, openssl, a JDK, curl, and a docker CLI that has `stack
 * config`. Installs
 * what is missing if this user may; says so and goes on if not, and the tests that need it are then skipped. Services
 * that come with a package are not started.
 *
 * @throws Error if BUNDLE_REQUIRE_ORACLE=1 and one of them cannot be had
 */
export default async function setup(): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`tools: ${line}\n`);
  const needed = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (process.env['BUNDLE_REQUIRE_ORACLE'] === '1') throw error;
      log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const packages = missing();
  if (packages.length > 0) {
    await needed(packages.join(', '), async () => {
      if (process.getuid?.() !== 0)
        throw new Error(
          'missing, and only root can install them (Debian’s names); tests that need them are skipped or fail',
        );
      await ensurePackages(missing, log);
    });
  }
  await needed('docker CLI', async () => {
    const directory = dirname(await dockerCli(0, log));
    const path = process.env['PATH'] ?? '';
    // Workers inherit it.
    if (!path.split(':').includes(directory)) process.env['PATH'] = `${directory}:${path}`;
  });
}
