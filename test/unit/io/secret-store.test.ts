import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { emptyLock, type Lock } from '../../../src/bundle/lock.ts';
import { fileError } from '../../../src/io/files.ts';
import { deniedFault, requireReadable, unreadableText } from '../../../src/io/secret-faults.ts';
import { loadSecretStore } from '../../../src/io/secret-store.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';
import { kinds } from '../../../secrets/index.ts';
import { workplace } from '../init/support.ts';

const KEY = Buffer.alloc(32, 1);
const need: SecretNeed = {
  secret: 'admin-password',
  kind: kinds.password,
  options: {},
  files: { password: 'admin-password' },
  inputs: {},
  mustBeGiven: false,
  purpose: 'of the user admin',
};

function secretsWith(content: string, files: Record<string, string> = {}): string {
  const dir = join(workplace(), 'secrets');
  mkdirSync(dir);
  chmodSync(dir, 0o700);
  writeFileSync(join(dir, 'fingerprint.key'), KEY);
  writeFileSync(join(dir, 'admin-password'), content);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, path), text);
  return dir;
}

const lockOf = (content: string): Lock => ({
  version: 1,
  secrets: {
    'admin-password': {
      version: 1,
      kind: 'password',
      created: '2026-01-01T00:00:00.000Z',
      fingerprints: fingerprints(KEY, 'admin-password', { password: Buffer.from(content) }),
      facts: {},
    },
  },
});

describe('material with line ends that something put in', () => {
  it.each([
    ['is as it was locked without them', 'pw', 'pw'],
    ['stays as it is if a build locked it with them', 'pw\r\n', 'pw\r\n'],
  ])('%s', async (_what, locked, read) => {
    const { materials } = await loadSecretStore(secretsWith('pw\r\n'), [need], lockOf(locked));
    expect(materials['admin-password']?.['password']?.toString()).toBe(read);
  });
});

describe('a secrets/ that git would add to a commit', () => {
  const faults = async (dir: string) =>
    (await loadSecretStore(dir, [need], emptyLock())).faults.map(({ code }) => code);

  it('is told in a work tree, whatever its own .gitignore was', async () => {
    const dir = secretsWith('pw');
    expect(await faults(dir)).toEqual([]);
    mkdirSync(join(dir, '../.git'));
    expect(await faults(dir)).toEqual(['secrets-not-ignored']);
    writeFileSync(join(dir, '.gitignore'), '*.key\n');
    expect(await faults(dir)).toEqual(['secrets-not-ignored']);
  });

  it.each([['.gitignore'], ['../.gitignore']])('is not, with its rule in secrets/%s', async (file) => {
    const dir = secretsWith('pw', { [file]: file.startsWith('.g') ? '*\n' : '/secrets/\n' });
    mkdirSync(join(dir, '../.git'));
    expect(await faults(dir)).toEqual([]);
  });
});

describe('a link in secrets/', () => {
  it.each([
    ['a directory, as of a Kubernetes volume', '..data', '..2026_01_01'],
    ['nothing, as the lock of an editor', '.#admin-password', 'ann@ops.1234:1767225600'],
    ['what would be below a file', 'below', 'admin-password/below'],
    ['itself', 'itself', 'itself'],
  ])('that names %s is no value', async (_what, name, target) => {
    const dir = secretsWith('pw');
    mkdirSync(join(dir, '..2026_01_01'));
    symlinkSync(target, join(dir, name));
    const { present, values, files } = await loadSecretStore(dir, [need], emptyLock());
    expect(present).toBe(true);
    expect(values.map(String)).toEqual(['pw']);
    expect(files['admin-password']?.['password']?.toString()).toBe('pw');
  });

  it('that names a file is a value, and that of a needed one is told if it names a directory', async () => {
    const dir = secretsWith('other');
    rmSync(join(dir, 'admin-password'));
    mkdirSync(join(dir, '..2026_01_01'));
    writeFileSync(join(dir, '..2026_01_01/admin-password'), 'pw');
    symlinkSync('..2026_01_01', join(dir, '..data'));
    symlinkSync('..data/admin-password', join(dir, 'admin-password'));
    expect((await loadSecretStore(dir, [need], emptyLock())).values.map(String)).toEqual(['pw']);
    rmSync(join(dir, 'admin-password'));
    symlinkSync('..data', join(dir, 'admin-password'));
    await expect(loadSecretStore(dir, [need], emptyLock())).rejects.toThrow(
      `cannot read ${join(dir, 'admin-password')}: it is a directory`,
    );
  });
});

describe('a pipe in secrets/', () => {
  const withPipe = (name: string): string => {
    const dir = secretsWith('pw');
    rmSync(join(dir, name), { force: true });
    execFileSync('mkfifo', [join(dir, name)]);
    return dir;
  };

  it.each(['admin-password', 'fingerprint.key'])('is refused by its name in place of %s', async (name) => {
    const dir = withPipe(name);
    await expect(loadSecretStore(dir, [need], emptyLock())).rejects.toThrow(
      `cannot read ${join(dir, name)}: it is a pipe, a socket or a device, and no file`,
    );
  });

  it('is no value if nothing needs it', async () => {
    const { values } = await loadSecretStore(withPipe('agent.sock'), [need], emptyLock());
    expect(values.map(String)).toEqual(['pw']);
  });
});

describe('what this user may not read', () => {
  const denied = (path: string) => fileError('read', path, Object.assign(new Error(), { code: 'EACCES', path }));

  it('is of one owner: the hint says who names him', async () => {
    const dir = secretsWith('pw');
    expect((await deniedFault(dir, denied(dir))).hint).toContain(`run bundle as its owner, whom \`ls -ld ${dir}\``);
    const file = join(dir, 'admin-password');
    expect((await deniedFault(dir, denied(file))).hint).toContain(`whom \`ls -ld ${file}\` names`);
    // Behind a directory that this user may not enter.
    expect((await deniedFault(dir, denied(join(dir, 'away')))).hint).toContain(`whom \`ls -ld ${dir}\` names`);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'may be one file of another: the hint gives it to the directory’s owner',
    async () => {
      const dir = secretsWith('pw');
      chownSync(dir, 1000, 1000);
      const fault = await deniedFault(dir, denied(join(dir, 'admin-password')));
      expect(fault.text).toContain(`${dir}/admin-password: permission denied`);
      expect(fault.hint).toContain(`\`sudo chown -R 1000 ${dir}\``);
      expect(fault.hint).not.toContain('run bundle as its owner');
    },
  );
});

describe('a secrets/ that is a link to a directory that is not there', () => {
  it.each([['away/prod'], ['here/prod']])(
    'to %s counts as absent, and says so; what makes secrets refuses it',
    async (target) => {
      const dir = join(workplace(), 'secrets');
      writeFileSync(join(dir, '../here'), 'a file');
      symlinkSync(target, dir);
      const store = await loadSecretStore(dir, [need], lockOf('pw'));
      expect(store).toMatchObject({ present: false, key: undefined, materials: {} });
      const text = `${dir} is a link to ${target}, which is not there`;
      expect(store.faults).toMatchObject([{ code: 'secrets-unreadable', level: 'warning', text }]);
      expect(unreadableText(store)).toEqual([
        `${text}; what only reads goes on as without it; to make or send secrets, mount that, or make that directory, ` +
          'or let the link name another one',
      ]);
      expect(() => requireReadable(store)).toThrow(expect.objectContaining({ exit: 3, message: text }));
    },
  );
});
