/** Rounds in which `bundle init` is killed: as soon as it begins to write. */
import { watch } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Blow, Round } from './choose.ts';
import { diskOf, temporaryFiles, violations } from './invariants.ts';
import { again, type Durations, type Work } from './runs.ts';
import type { Subject } from './subject.ts';

/** All files of a bundle are written within about so many milliseconds (measured). */
const WRITING_MS = 12;
const FRESH = 'fresh';
const SECRETS = ['.gitignore', 'fingerprint.key', 'imply-auth-token', 'imply-ca.crt', 'imply-ca.key', 'store-password'];

/** A new bundle, one in a directory that is there, and a new token: each killed some times, then left alone. */
export async function initRound(subject: Subject, round: Round, _durations: Durations, work: Work): Promise<void> {
  const fresh = join(subject.parent, FRESH);
  const before = await diskOf(subject);
  for (const there of [false, true]) {
    if (there) await mkdir(fresh);
    await killed(subject, ['init', fresh, ...subject.answers()], there ? fresh : subject.parent, round.blows, work);
    const first = await keysOf(fresh);
    await again(subject, ['init', fresh, ...subject.answers()], round.host, work);
    await requireWhole(subject, fresh, first, work);
    await rm(fresh, { recursive: true });
  }
  const version = await tokenVersion(subject);
  const file = await subject.token();
  const rotate = ['init', subject.dir, '--yes', '--no-prepare', '--quiet', '--set', `secretFiles.authToken=${file}`];
  await killed(subject, rotate, subject.dir, round.blows, work);
  await again(subject, rotate, round.host, work);
  const now = await tokenVersion(subject);
  if (now !== version + 1) work.violations.push(`one new token, and its version went from ${version} to ${now}`);
  const disk = await diskOf(subject);
  const changed = Object.keys({ ...before, ...disk }).filter((name) => before[name] !== disk[name]);
  if (changed.join() !== 'imply-auth-token')
    work.violations.push(`a new token changed ${changed.join(', ')} in secrets/`);
  await again(subject, subject.deploy, round.host, work);
  subject.deployed = true;
  work.violations.push(...(await violations(subject, disk)));
}

/** Runs init some times, and kills it a moment after it made its first file in `folder`. */
async function killed(
  subject: Subject,
  args: string[],
  folder: string,
  blows: readonly Blow[],
  work: Work,
): Promise<void> {
  let hits = 0;
  for (const blow of blows) {
    const run = subject.start(args, blow.host);
    const stop = new AbortController();
    const wrote = new Promise<void>((resolve) => {
      watch(folder, { signal: stop.signal }, () => resolve()).on('error', () => undefined);
    });
    await Promise.race([wrote.then(() => pause(blow.at * WRITING_MS)), run.ended]);
    const hit = run.kill(blow.group);
    stop.abort();
    const { code, all } = await run.ended;
    if (hit) hits += 1;
    else if (code !== 0) work.violations.push(`init ended by itself with ${String(code)}: ${all.slice(-800)}`);
  }
  work.kills.init = (work.kills.init ?? 0) + hits;
  work.events.push(`killed ${hits} of ${blows.length} times while it wrote`);
}

/** What there is of a bundle's own fingerprint key: once it is in its place, it must stay. */
async function keysOf(dir: string): Promise<string | undefined> {
  return readFile(join(dir, 'secrets/fingerprint.key'), 'hex').catch(() => undefined);
}

async function requireWhole(subject: Subject, dir: string, key: string | undefined, work: Work): Promise<void> {
  const files = (await readdir(join(dir, 'secrets'))).sort();
  if (files.join() !== SECRETS.join()) work.violations.push(`secrets/ of a new bundle holds ${files.join(', ')}`);
  if (key !== undefined && (await keysOf(dir)) !== key) work.violations.push('the fingerprint key was made anew');
  const check = await subject.run(['render', dir, '--check']);
  if (check.code !== 0)
    work.violations.push(`render --check of a new bundle ends with ${String(check.code)}: ${check.all}`);
  work.violations.push(...(await temporaryFiles(subject)));
}

async function tokenVersion({ dir }: Subject): Promise<number> {
  const lock = JSON.parse(await readFile(join(dir, 'bundle.lock.json'), 'utf8')) as {
    secrets: Record<string, { version: number }>;
  };
  return lock.secrets['auth-token']?.version ?? 0;
}
