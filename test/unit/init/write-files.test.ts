import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { usageError } from '../../../src/errors.ts';
import { PRIVATE_FILE, PUBLIC_FILE, readIfPresent, readNamed } from '../../../src/io/files.ts';
import { readWhole } from '../../../src/read-whole.ts';
import { thisOperator } from '../../../src/io/operator.ts';
import { readSecretFile, readSecretStdin } from '../../../src/io/secret-input.ts';
import { finishWriting, writeFilesInto, writeNewDirectory, type PlannedFile } from '../../../src/io/write-files.ts';
import { aloneIn } from '../../../src/io/write-lock.ts';
import { Readable } from 'node:stream';
import { modeOf, tree, workplace } from './support.ts';

const good: PlannedFile[] = [
  { path: 'secrets/a', content: 'A', mode: PRIVATE_FILE },
  { path: 'b', content: 'B', mode: PUBLIC_FILE },
];
/** Cannot be written: its directory is a file. */
const bad: PlannedFile = { path: 'b/c', content: 'C', mode: PUBLIC_FILE };

describe('a new directory', () => {
  it('is whole', async () => {
    const cwd = workplace();
    await writeNewDirectory(join(cwd, 'deep/er/new'), good);
    expect(tree(cwd)).toEqual({ 'deep/er/new/secrets/a': 'A', 'deep/er/new/b': 'B' });
    expect([modeOf(join(cwd, 'deep/er/new/secrets')), modeOf(join(cwd, 'deep/er/new/secrets/a'))]).toEqual([
      '700',
      '600',
    ]);
  });

  it('or not at all, with the directories above it', async () => {
    const cwd = workplace();
    await expect(writeNewDirectory(join(cwd, 'deep/er/new'), [...good, bad])).rejects.toThrow(/cannot (write|make)/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('does not take the place of one that somebody made meanwhile', async () => {
    const cwd = workplace();
    mkdirSync(join(cwd, 'new'));
    writeFileSync(join(cwd, 'new/theirs'), 'x');
    await expect(writeNewDirectory(join(cwd, 'new'), good)).rejects.toMatchObject({ code: 'being-written', exit: 8 });
    expect(tree(cwd)).toEqual({ 'new/theirs': 'x' });
  });
});

describe('files into a directory that is there', () => {
  it('are written over, and others left', async () => {
    const cwd = workplace();
    writeFileSync(join(cwd, 'b'), 'old');
    writeFileSync(join(cwd, 'other'), 'o');
    await writeFilesInto(cwd, good);
    expect(tree(cwd)).toEqual({ b: 'B', other: 'o', 'secrets/a': 'A' });
  });

  it('are as before after a failure', async () => {
    const cwd = workplace();
    writeFileSync(join(cwd, 'b'), 'old');
    await expect(writeFilesInto(cwd, [...good, bad])).rejects.toThrow(/cannot (make|write|read)/);
    expect(tree(cwd)).toEqual({ b: 'old' });
    expect(readdirSync(cwd)).toEqual(['b']);
  });

  it('may have a .gitignore among them, which the staging directory’s own does not hide', async () => {
    const cwd = workplace();
    await writeFilesInto(cwd, [{ path: '.gitignore', content: '/secrets/', mode: PUBLIC_FILE }]);
    expect(tree(cwd)).toEqual({ '.gitignore': '/secrets/' });
    mkdirSync(join(cwd, '.writing'));
    writeFileSync(join(cwd, '.writing/.gitignore'), '*\n');
    writeFileSync(join(cwd, '.writing/.gitignore.staged'), '/run/');
    await finishWriting(cwd);
    expect(tree(cwd)).toEqual({ '.gitignore': '/run/' });
  });

  it('of a process that was killed are all there in the end, or none, and nothing else', async () => {
    // Every state that a kill can leave.
    const cwd = workplace();
    const dir = join(cwd, 'dir');
    mkdirSync(join(dir, 'secrets'), { recursive: true });
    writeFileSync(join(dir, 'b'), 'old');
    writeFileSync(join(dir, 'secrets/a'), 'old');
    const files = [...good, { path: 'c', content: 'C', mode: PUBLIC_FILE }];
    const states: string[] = [];
    const keep = (make: (to: string) => void): void => {
      const to = join(cwd, `killed-${states.length}`);
      cpSync(dir, to, { recursive: true });
      make(to);
      states.push(to);
    };
    const stage = (to: string, name: string, count: number): void => {
      mkdirSync(join(to, name, 'secrets'), { recursive: true });
      writeFileSync(join(to, name, '.gitignore'), '*\n');
      for (const { path, content } of files.slice(0, count)) writeFileSync(join(to, name, path), content);
    };
    for (let count = 0; count <= files.length; count++) keep((to) => stage(to, '.writing.tmp', count));
    const incomplete = states.length;
    for (let moved = 0; moved <= files.length; moved++) {
      keep((to) => {
        stage(to, '.writing', files.length);
        for (const { path } of files.slice(0, moved)) renameSync(join(to, '.writing', path), join(to, path));
      });
    }
    for (const [index, state] of states.entries()) {
      await finishWriting(state);
      expect(tree(state), String(index)).toEqual(
        index < incomplete ? { b: 'old', 'secrets/a': 'old' } : { b: 'B', c: 'C', 'secrets/a': 'A' },
      );
      expect(
        readdirSync(state).filter((name) => name.startsWith('.')),
        String(index),
      ).toEqual([]);
    }
  });

  it('wait for nobody: of two processes, one writes and the other is refused', async () => {
    const cwd = workplace();
    const both = await Promise.allSettled([writeFilesInto(cwd, good), writeFilesInto(cwd, good)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'being-written', exit: 8, message: `another bundle is writing in ${cwd}` },
    });
    expect(tree(cwd)).toEqual({ b: 'B', 'secrets/a': 'A' });
    const made = join(cwd, 'new/er');
    const dirs = await Promise.allSettled([writeNewDirectory(made, good), writeNewDirectory(made, good)]);
    expect(dirs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(tree(made)).toEqual({ b: 'B', 'secrets/a': 'A' });
  });

  const BOOT = thisOperator().boot;
  const ELSEWHERE = BOOT.replace(/\d+\]$/, '1]');

  it('leave a lock meanwhile that says of which pid namespace the process is', async () => {
    const cwd = workplace();
    let held = '';
    await aloneIn(cwd, async () => {
      held = readFileSync(join(cwd, '.writing.lock'), 'utf8');
    });
    expect(held).toBe(`${hostname()} ${process.pid} ${BOOT}\n`);
    expect(BOOT).toMatch(/^[0-9a-f-]{36} pid:\[\d+\]$/);
  });

  it.each<[string, string, number, boolean]>([
    ['that lives', `${hostname()} ${process.ppid}`, 0, false],
    ['that has only begun', '', 0, false],
    ['on another machine', 'elsewhere 1', 0, false],
    ['that was killed', `${hostname()} ${2 ** 30}`, 0, true],
    ['that was killed and had our number', `${hostname()} ${process.pid}`, 0, true],
    ['that lives, in our pid namespace', `${hostname()} ${process.ppid} ${BOOT}`, 0, false],
    ['that was killed, in our pid namespace', `${hostname()} ${2 ** 30} ${BOOT}`, 0, true],
    ['that had our number, in our pid namespace', `${hostname()} ${process.pid} ${BOOT}`, 0, true],
    ['of another container, that has our number', `${hostname()} ${process.pid} ${ELSEWHERE}`, 0, false],
    ['of another container, whose number nobody has here', `${hostname()} ${2 ** 30} ${ELSEWHERE}`, 0, false],
    ['of another container, a while ago', `${hostname()} ${process.ppid} ${ELSEWHERE}`, 120, true],
    ['on another machine, a while ago', 'elsewhere 1', 120, true],
    ['a while ago, whose number is another one’s by now', `${hostname()} ${process.ppid}`, 120, true],
  ])('beside the lock of a process %s', async (_which, text, seconds, free) => {
    const cwd = workplace();
    const lock = join(cwd, '.writing.lock');
    writeFileSync(lock, `${text}\n`);
    const then = Date.now() / 1000 - seconds;
    utimesSync(lock, then, then);
    for (const attempt of [() => finishWriting(cwd), () => writeFilesInto(cwd, good)])
      await (free
        ? expect(attempt()).resolves.toBeUndefined()
        : expect(attempt()).rejects.toMatchObject({ code: 'being-written' }));
    expect(readdirSync(cwd)).toEqual(free ? ['b', 'secrets'] : ['.writing.lock']);
  });

  it('are not written if what they follow from has changed, and a directory made for them goes', async () => {
    const cwd = workplace();
    const changed = (): Promise<void> => Promise.reject(usageError('changed', 'changed'));
    await expect(writeFilesInto(cwd, good, changed)).rejects.toThrow('changed');
    await expect(writeNewDirectory(join(cwd, 'deep/er'), good, changed)).rejects.toThrow('changed');
    expect(readdirSync(cwd)).toEqual([]);
    // Somebody else took the new directory meanwhile.
    const taken = async (): Promise<void> => {
      writeFileSync(join(cwd, 'deep/er/theirs'), 'x');
      await changed();
    };
    await expect(writeNewDirectory(join(cwd, 'deep/er'), good, taken)).rejects.toThrow('changed');
    expect(tree(cwd)).toEqual({ 'deep/er/theirs': 'x' });
  });

  it('stages them as the states above have it', async () => {
    const cwd = workplace();
    const seen = new Set<string>();
    const watcher = watch(cwd, (_event, name) => seen.add(String(name)));
    await writeFilesInto(cwd, good);
    await expect.poll(() => [...seen].sort()).toEqual(['.writing', '.writing.lock', '.writing.tmp', 'b', 'secrets']);
    watcher.close();
    expect(readdirSync(cwd).sort()).toEqual(['b', 'secrets']);
  });

  it('tighten a secrets/ that others could enter', async () => {
    const cwd = workplace();
    mkdirSync(join(cwd, 'secrets'));
    chmodSync(join(cwd, 'secrets'), 0o755);
    writeFileSync(join(cwd, 'secrets/a'), 'old', { mode: 0o644 });
    await writeFilesInto(cwd, good);
    expect([modeOf(join(cwd, 'secrets')), modeOf(join(cwd, 'secrets/a'))]).toEqual(['700', '600']);
  });
});

describe('a file that bundle reads', () => {
  const tooLarge = (path: string): string => `cannot read ${path}: it is too large for what it is to be`;

  it('has an end', async () => {
    const large = join(workplace(), 'large');
    writeFileSync(large, '');
    truncateSync(large, 2 ** 40);
    await expect(readIfPresent(large)).rejects.toMatchObject({ code: 'file', message: tooLarge(large) });
    for (const path of ['/dev/zero', large])
      await expect(readNamed(path)).rejects.toMatchObject({ code: 'file', message: tooLarge(path) });
  });
  it('of a bundle is no pipe, socket or device, which might be read for ever', async () => {
    const cwd = workplace();
    const [pipe, socket, link] = ['pipe', 'socket', 'link'].map((name) => join(cwd, name)) as [string, string, string];
    execFileSync('mkfifo', [pipe]);
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    symlinkSync(pipe, link);
    for (const path of [pipe, socket, link, '/dev/null', '/dev/zero'])
      await expect(readIfPresent(path)).rejects.toMatchObject({
        code: 'file',
        message: `cannot read ${path}: it is a pipe, a socket or a device, and no file`,
      });
    for (const at of ['b', '.writing.lock']) {
      const dir = join(cwd, `of ${at}`);
      mkdirSync(dir);
      execFileSync('mkfifo', [join(dir, at)]);
      await expect(writeFilesInto(dir, good)).rejects.toThrow(/it is a pipe, a socket or a device, and no file$/);
      expect(readdirSync(dir)).toEqual([at]);
    }
  });
  it('that the user named may be a pipe', async () => {
    const pipe = join(workplace(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [read] = await Promise.all([readNamed(pipe), writeFile(pipe, 'value')]);
    expect(read?.toString()).toBe('value');
    expect(await readNamed(`${pipe}2`)).toBeUndefined();
  });
  it('may be a pipe, or one of /proc, which say no size', async () => {
    const pipe = join(workplace(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [read] = await Promise.all([readWhole(pipe, 5), writeFile(pipe, 'value')]);
    expect(read.toString()).toBe('value');
    await expect(Promise.all([readWhole(pipe, 4), writeFile(pipe, 'value')])).rejects.toMatchObject({ code: 'EFBIG' });
    expect((await readWhole('/proc/self/stat')).toString()).toContain('(');
  });
});

describe('secret input', () => {
  it('is read to its end, from a file, a link or standard input', async () => {
    const cwd = workplace();
    writeFileSync(join(cwd, 'f'), 'value');
    symlinkSync(join(cwd, 'f'), join(cwd, 'link'));
    expect((await readSecretFile(join(cwd, 'link'), 'link')).toString()).toBe('value');
    expect((await readSecretStdin(Readable.from(['va', Buffer.from('lue')]))).toString()).toBe('value');
  });
  it('has a size that swarm takes', async () => {
    // A device has no end, and a large file need not be read.
    const large = join(workplace(), 'large');
    writeFileSync(large, '');
    truncateSync(large, 2 ** 40);
    for (const path of ['/dev/zero', large])
      await expect(readSecretFile(path, 'mine')).rejects.toMatchObject({
        code: 'secret-input',
        message: 'mine is larger than the 500 kB that swarm takes as a secret',
      });
    await expect(readSecretStdin(Readable.from([Buffer.alloc(600_000, 65)]))).rejects.toThrow(
      'standard input is larger than the 500 kB that swarm takes as a secret',
    );
    await expect(readSecretStdin(Readable.from([]))).rejects.toThrow('standard input is empty');
  });
});
