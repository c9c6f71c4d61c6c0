import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PRIVATE_FILE, privateDirectory, PUBLIC_FILE, writeAtomically } from '../../../src/io/files.ts';
import { clearStaged, stage } from '../../../src/io/staging.ts';
import { finishWriting, writeFilesInto, writeNewDirectory, type PlannedFile } from '../../../src/io/write-files.ts';
import { saveLastVerification } from '../../../src/project/last-verification.ts';
import { modeOf, tree, workplace } from '../init/support.ts';

const files: PlannedFile[] = [
  { path: 'secrets/a', content: 'A', mode: PRIVATE_FILE },
  { path: 'secrets/.gitignore', content: '*', mode: PRIVATE_FILE },
  { path: 'b', content: 'B', mode: PUBLIC_FILE },
];
const bad: PlannedFile = { path: 'b/c', content: 'C', mode: PUBLIC_FILE };
/** All that is in a directory, links not followed. */
const left = (dir: string, below = ''): string[] =>
  readdirSync(join(dir, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(below, entry.name);
      return entry.isDirectory() ? [path, ...left(dir, path)] : [path];
    })
    .sort();

const SHM = '/dev/shm';
/** A directory on another file system than the working places of tests. */
function elsewhere(): string {
  const dir = mkdtempSync(join(SHM, 'bundle-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
const sameDevice = ((): boolean => {
  try {
    return statSync(SHM).dev === statSync('/tmp').dev;
  } catch {
    return true;
  }
})();

describe('a secrets/ that is a link', () => {
  it.skipIf(sameDevice)(
    'to another file system is written there, and what is staged of it stands nowhere else',
    async () => {
      const cwd = workplace();
      const there = elsewhere();
      writeFileSync(join(there, 'a'), 'old');
      symlinkSync(there, join(cwd, 'secrets'));
      const seen: string[] = [];
      const watcher = watch(there, (_event, name) => seen.push(String(name)));
      await writeFilesInto(cwd, files);
      await expect.poll(() => seen).toContain('.writing');
      watcher.close();
      expect(lstatSync(join(cwd, 'secrets')).isSymbolicLink()).toBe(true);
      expect(tree(there)).toEqual({ a: 'A', '.gitignore': '*' });
      expect([modeOf(there), modeOf(join(there, 'a'))]).toEqual(['700', '600']);
      expect(readFileSync(join(cwd, 'b'), 'utf8')).toBe('B');
      expect([left(cwd), left(there)]).toEqual([
        ['b', 'secrets'],
        ['.gitignore', 'a'],
      ]);
    },
  );

  it('is as before after a failure', async () => {
    const cwd = workplace();
    mkdirSync(join(cwd, 'there'));
    writeFileSync(join(cwd, 'there/a'), 'old');
    mkdirSync(join(cwd, 'dir/b'), { recursive: true });
    symlinkSync('../there', join(cwd, 'dir/secrets'));
    // In staging, for too long a name; and when all but the last are in their places.
    for (const more of [[{ ...bad, path: 'x'.repeat(300) }], []])
      await expect(writeFilesInto(join(cwd, 'dir'), [...more, ...files])).rejects.toThrow(/cannot (write|make|read)/);
    expect(left(cwd)).toEqual(['dir', 'dir/b', 'dir/secrets', 'there', 'there/a']);
    expect(readFileSync(join(cwd, 'there/a'), 'utf8')).toBe('old');
  });

  /** Every state that a kill can leave: of `secrets/` what is staged in it, of the directory what is beside it. */
  const killed = (make: (dir: string) => void): string => {
    const dir = workplace();
    mkdirSync(join(dir, 'there/.writing'), { recursive: true });
    writeFileSync(join(dir, 'there/a'), 'old');
    writeFileSync(join(dir, 'b'), 'old');
    symlinkSync('there', join(dir, 'secrets'));
    make(dir);
    return dir;
  };
  const stageBoth = (dir: string, name: string, [inFolder, beside]: [boolean, boolean]): void => {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, '.gitignore'), '*\n');
    writeFileSync(join(dir, name, '.folders'), 'secrets');
    if (inFolder) writeFileSync(join(dir, 'there/.writing/a'), 'A');
    if (beside) writeFileSync(join(dir, name, 'b'), 'B');
  };
  const place = (dir: string, count: number): void => {
    if (count > 0) renameSync(join(dir, 'there/.writing/a'), join(dir, 'there/a'));
    if (count > 1) renameSync(join(dir, '.writing/b'), join(dir, 'b'));
  };

  it('of a process that was killed has all of it in the end, or nothing', async () => {
    for (const staged of [
      [false, false],
      [true, false],
      [true, true],
    ] as [boolean, boolean][]) {
      const dir = killed((at) => stageBoth(at, '.writing.tmp', staged));
      await finishWriting(dir);
      expect(tree(dir)).toMatchObject({ b: 'old', 'there/a': 'old' });
      expect(left(dir)).toEqual(['b', 'secrets', 'there', 'there/a']);
    }
    for (const count of [0, 1, 2, 3]) {
      const dir = killed((at) => {
        stageBoth(at, '.writing', [true, true]);
        place(at, count);
        if (count > 2) renameSync(join(at, '.writing'), join(at, '.writing.tmp'));
      });
      await finishWriting(dir);
      expect(tree(dir), String(count)).toMatchObject({ b: 'B', 'there/a': 'A' });
      expect(left(dir), String(count)).toEqual(['b', 'secrets', 'there', 'there/a']);
    }
  });

  it.each([['secrets'], ['run']])(
    'as %s/, to what is not there is refused before anything is staged, and stays',
    async (name) => {
      const cwd = workplace();
      symlinkSync('away/prod', join(cwd, name));
      const seen: string[] = [];
      const watcher = watch(cwd, (_event, entry) => seen.push(String(entry)));
      const here = files.map((file) => ({ ...file, path: file.path.replace('secrets/', `${name}/`) }));
      await expect(writeFilesInto(cwd, here)).rejects.toMatchObject({
        code: 'file',
        message: `${join(cwd, name)} is a link to away/prod, which is not there`,
        hints: [expect.stringMatching(/^mount that, or make that directory/) as string],
      });
      await expect(privateDirectory(join(cwd, name))).rejects.toThrow('is a link to away/prod');
      // What the events before this one told of is known by then.
      writeFileSync(join(cwd, 'last'), '');
      await expect.poll(() => seen).toContain('last');
      watcher.close();
      expect(seen.filter((entry) => /^\.writing(\.tmp)?$/.test(entry))).toEqual([]);
      expect(readlinkSync(join(cwd, name))).toBe('away/prod');
      expect(left(cwd)).toEqual(['last', name]);
      mkdirSync(join(cwd, 'away/prod'), { recursive: true });
      await writeFilesInto(cwd, here);
      expect(readlinkSync(join(cwd, name))).toBe('away/prod');
      expect(readFileSync(join(cwd, 'away/prod/a'), 'utf8')).toBe('A');
    },
  );

  it('to what goes away when all is staged stays too', async () => {
    const cwd = workplace();
    mkdirSync(join(cwd, 'vault'));
    symlinkSync('vault', join(cwd, 'secrets'));
    let asked = 0;
    const first: PlannedFile = {
      ...{ path: 'secrets/a', content: 'A' },
      // Asked for when it is staged, and when it is put into its place.
      get mode() {
        if (++asked === 2) renameSync(join(cwd, 'vault'), join(cwd, 'unmounted'));
        return PRIVATE_FILE;
      },
    };
    await expect(writeFilesInto(cwd, [first])).rejects.toThrow(`${join(cwd, 'secrets')} is a link to vault, which`);
    expect(asked).toBe(2);
    expect(readlinkSync(join(cwd, 'secrets'))).toBe('vault');
  });

  it('and is not mounted now, is waited for: nothing is half written', async () => {
    const dir = killed((at) => stageBoth(at, '.writing', [true, true]));
    renameSync(join(dir, 'there'), join(dir, 'away'));
    await expect(finishWriting(dir)).rejects.toMatchObject({
      message: `cannot complete what was being written in ${dir}: what belongs into secrets/ is away`,
      hints: [expect.stringContaining('mount that again') as string],
    });
    expect(readFileSync(join(dir, 'b'), 'utf8')).toBe('old');
    renameSync(join(dir, 'away'), join(dir, 'there'));
    await finishWriting(dir);
    expect(tree(dir)).toMatchObject({ b: 'B', 'there/a': 'A' });
  });
});

describe('a file that is a link', () => {
  it.each([['of the same file system'], ...(sameDevice ? [] : [['of another file system']])])(
    '%s stays one, and what it names changes; after a failure as before',
    async (which) => {
      const cwd = workplace();
      const common = which === 'of another file system' ? elsewhere() : join(workplace(), 'common');
      mkdirSync(common, { recursive: true });
      writeFileSync(join(common, 'events'), 'old');
      symlinkSync(join(common, 'events'), join(cwd, 'b'));
      await expect(writeFilesInto(cwd, [...files, bad])).rejects.toThrow(/cannot (write|make|read)/);
      expect(readFileSync(join(common, 'events'), 'utf8')).toBe('old');
      await writeFilesInto(cwd, files);
      expect(readlinkSync(join(cwd, 'b'))).toBe(join(common, 'events'));
      expect(readFileSync(join(common, 'events'), 'utf8')).toBe('B');
      expect(modeOf(join(common, 'events'))).toBe('644');
      await writeAtomically(join(cwd, 'b'), 'again', PUBLIC_FILE);
      expect(readFileSync(join(common, 'events'), 'utf8')).toBe('again');
      expect([left(cwd), left(common)]).toEqual([['b', 'secrets', 'secrets/.gitignore', 'secrets/a'], ['events']]);
    },
  );

  it('to nothing is replaced', async () => {
    const cwd = workplace();
    symlinkSync('nothing', join(cwd, 'b'));
    await writeFilesInto(cwd, files);
    expect(lstatSync(join(cwd, 'b')).isFile()).toBe(true);
  });
});

const USER = 1000;
const owners = (dir: string): Record<string, number> =>
  Object.fromEntries(left(dir).map((path) => [path, lstatSync(join(dir, path)).uid]));

describe.skipIf(process.getuid?.() !== 0)('what root writes into the directory of another user', () => {
  const theirs = (): string => {
    const dir = workplace();
    chownSync(dir, USER, USER);
    return dir;
  };

  it('is that user’s: files, folders made for them, and what a killed process leaves', async () => {
    const dir = theirs();
    await writeFilesInto(dir, files);
    await saveLastVerification(dir, { at: '', exit: 0, passed: 1, failed: 0, unsure: 0 }, 'staging');
    expect(Object.keys(owners(dir))).toContain('.state/last-verification.json');
    expect(new Set(Object.values(owners(dir)))).toEqual(new Set([USER]));
    const staged = await stage(dir, files);
    for (const at of staged.values())
      expect([at, statSync(at).uid, statSync(dirname(at)).uid]).toEqual([at, USER, USER]);
    await clearStaged(dir, '.writing');
  });

  it('is root’s in a secrets/ that is root’s, which stays so', async () => {
    const dir = theirs();
    mkdirSync(join(dir, 'secrets'), { mode: 0o700 });
    await writeFilesInto(dir, files);
    expect(owners(dir)).toEqual({ b: USER, secrets: 0, 'secrets/.gitignore': 0, 'secrets/a': 0 });
  });

  it('is root’s in a new directory', async () => {
    const dir = join(theirs(), 'new');
    await writeNewDirectory(dir, files);
    expect(new Set(Object.values(owners(dir)))).toEqual(new Set([0]));
  });

  it('does not go through that user’s link into what is not his', async () => {
    const dir = theirs();
    const roots = join(workplace(), 'shadow');
    writeFileSync(roots, 'root alone');
    chmodSync(roots, 0o600);
    symlinkSync(roots, join(dir, 'b'));
    lchownSync(join(dir, 'b'), USER, USER);
    await writeFilesInto(dir, files);
    expect(readFileSync(roots, 'utf8')).toBe('root alone');
    expect(readFileSync(join(dir, 'b'), 'utf8')).toBe('B');
    expect(lstatSync(join(dir, 'b')).isFile()).toBe(true);
  });
});
