import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readExisting } from '../../../src/init/existing.ts';
import { writeNewDirectory } from '../../../src/io/write-files.ts';
import { workplace } from './support.ts';

it.each([['secrets'], ['stack.yml']])('a first init takes a link to nothing at %s for somebody’s', async (name) => {
  const dir = workplace();
  symlinkSync('/mnt/away/prod', join(dir, name));
  await expect(readExisting(dir, 'prod', [])).rejects.toMatchObject({
    code: 'directory-in-use',
    message:
      `prod holds no bundle, but has ${name} (a link to /mnt/away/prod, which is not there) already; nothing is ` +
      'overwritten',
  });
});

it('a bundle directory that is a link to nothing is refused as that, before anything is asked', async () => {
  const dir = join(workplace(), 'prod');
  symlinkSync('/mnt/away/prod', dir);
  const refused = { code: 'file', message: `${dir} is a link to /mnt/away/prod, which is not there` };
  await expect(readExisting(dir, 'prod', [])).rejects.toMatchObject(refused);
  // Taken for another command's: mkdir says only that something is there.
  await expect(writeNewDirectory(dir, [])).rejects.toMatchObject(refused);
});
