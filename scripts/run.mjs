// Runs a TypeScript script of this project on a machine where nothing is installed yet: `node scripts/run.mjs scripts/demo.ts …`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.installed-lock.json`;
const lock = readFileSync(`${root}package-lock.json`, 'utf8');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('installing the packages of package-lock.json …\n');
  const done = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0) {
    process.stderr.write(`npm ci failed (${done.status ?? done.error?.message}): is the package registry reachable?\n`);
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

// Ctrl-C reaches the whole process group: the script cleans up and decides the exit code, this process only waits for it.
const [script, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { cwd: root, stdio: 'inherit' });
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
