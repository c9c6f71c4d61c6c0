// Runs a TypeScript script of this project on a machine where nothing is installed yet: `node scripts/run.mjs scripts/demo.ts …`.
import { spawn, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.installed-lock.json`;
const wanted = readFileSync(`${root}package-lock.json`, 'utf8');

/** Whose target is the process that installs: made and read in one step. `npm ci` removes all of node_modules. */
const lock = `${root}.cache/installing`;

function isInstalled() {
  try {
    return readFileSync(stamp, 'utf8') === wanted;
  } catch {
    return false;
  }
}

/** No installation takes so long: a process of that number is another one by then. */
const LONGEST_MS = 15 * 60_000;

/** The process that installs; undefined if there is none, or none any more. */
function installer() {
  try {
    const pid = Number(readlinkSync(lock));
    // In a container a number comes again, also this process's own.
    if (pid === process.pid || Date.now() - lstatSync(lock).mtimeMs > LONGEST_MS) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    if (error.code === 'EPERM') return 'of another user';
    return undefined;
  }
}

/** Installs, unless another process is at it, or has just done it: two `npm ci` in one directory break each other. */
async function install() {
  mkdirSync(`${root}.cache`, { recursive: true });
  for (let told = false; !isInstalled();) {
    try {
      symlinkSync(String(process.pid), lock);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const other = installer();
      if (other === undefined) rmSync(lock, { force: true });
      else if (!told) process.stderr.write(`process ${other} installs the packages (${lock}): waiting for it …\n`);
      told ||= other !== undefined;
      await new Promise((go) => setTimeout(go, 200));
      continue;
    }
    try {
      if (!isInstalled()) npmCi();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

/** @throws Error if it fails */
function npmCi() {
  process.stderr.write('installing the packages of package-lock.json …\n');
  const done = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0)
    throw new Error(`npm ci failed (${done.status ?? done.error?.message}): is the package registry reachable?`);
  writeFileSync(stamp, wanted);
}

try {
  await install();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

// Ctrl-C reaches the whole process group: the script cleans up and decides the exit code, this process only waits for it.
const [script, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { cwd: root, stdio: 'inherit' });
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
