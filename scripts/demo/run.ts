import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { dockerCli, type Lab } from '../lab/lab.ts';
import { netnsFile } from '../lab/processes.ts';

const entry = fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url));

/**
 * Runs the built bundle on this terminal; in the demo's own swarm where the hosts' published ports can be reached,
 * which `verify` asks.
 * @returns its exit code
 */
export async function runBundle(argv: readonly string[], lab?: Lab): Promise<number> {
  const docker = await (lab ? lab.cli() : dockerCli());
  process.stdout.write(`$ bundle ${argv.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const [program = '', ...rest] = [
      ...(lab ? ['nsenter', `--net=${netnsFile(lab.switchNetns)}`, '--'] : []),
      process.execPath,
      entry,
      ...argv,
    ];
    const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, BUNDLE_DOCKER_CLI: docker } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 130));
  });
}
