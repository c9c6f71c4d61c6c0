import { dirname } from 'node:path';
import { dockerCli } from '../../scripts/lab/docker-cli.ts';
import { ensurePackages, which } from '../../scripts/lab/packages.ts';
import { postgresPrograms } from './postgres.ts';

/** The packages of Debian for what unit tests compare with and is missing here. */
export function missingTools(has: { postgres: boolean; openssl: boolean }): string[] {
  return [...(has.postgres ? [] : ['postgresql']), ...(has.openssl ? [] : ['openssl'])];
}

const missing = (): string[] =>
  missingTools({ postgres: postgresPrograms() !== undefined, openssl: which('openssl') !== undefined });

/**
 * Vitest global set-up of the unit tests: a PostgreSQL, openssl, and a docker CLI that has `stack config`. Installs
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
        throw new Error('missing, and only root can install it; tests that compare with it are skipped');
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
