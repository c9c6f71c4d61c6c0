import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isIgnored } from '../../../src/io/git-ignored.ts';
import { workplace } from '../init/support.ts';

/** A work tree with these files, and a bundle two levels below its root: the path of a secret of it. */
function workTree(files: Record<string, string>): string {
  const root = workplace();
  for (const [path, content] of Object.entries({ '.git/HEAD': '', 'clusters/prod/bundle.yaml': '', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return join(root, 'clusters/prod/secrets/a.key');
}

describe('a file of secrets/ in a work tree of git', () => {
  it.each([
    ['no rules', {}],
    [
      'rules about other files',
      { '.gitignore': '*.log\n/secrets/\nsecrets/keys\n', 'clusters/prod/.gitignore': '/run/\n' },
    ],
    ['a comment', { '.gitignore': '#secrets/\n' }],
    ['a rule that is taken back', { '.gitignore': 'secrets/\n', 'clusters/prod/.gitignore': '!secrets/\n' }],
    ['a pattern that ends within the name', { '.gitignore': 'secret\n*.secrets\nsecrets?\n' }],
  ])('is not left out by %s', async (_which, files) => {
    expect(await isIgnored(workTree(files))).toBe(false);
  });

  it.each([
    ['.gitignore', 'secrets/\n'],
    ['.gitignore', '# ours\r\n\r\nsecrets\r\n'],
    ['.gitignore', 'clusters/*/secrets/'],
    ['.gitignore', '**/secrets/'],
    ['.gitignore', String.raw`/clusters/prod/\secrets`],
    ['.gitignore', 'clusters/**/secrets'],
    ['.gitignore', '!secrets\nclusters/prod/s*  '],
    ['.gitignore', '/clusters/\n!secrets/'],
    ['.git/info/exclude', 'secrets/'],
    ['clusters/.gitignore', '/prod/secrets/'],
    ['clusters/prod/.gitignore', '/secrets/\n'],
    ['clusters/prod/.gitignore', '*\n!bundle.yaml\n'],
    ['clusters/prod/.gitignore', '/secrets/*'],
    ['clusters/prod/.gitignore', '*\n!*/\n'],
    ['clusters/prod/.gitignore', 'secrets/**'],
    ['clusters/prod/secrets/.gitignore', '*\r\n!*.age\r\n'],
  ])('is left out by a %s with %j', async (file, text) => {
    expect(await isIgnored(workTree({ [file]: text }))).toBe(true);
  });

  it('counts as left out outside of one, and is looked for in a linked one', async () => {
    const dir = workplace();
    expect(await isIgnored(join(dir, 'secrets/a.key'))).toBe(true);
    writeFileSync(join(dir, '.git'), 'gitdir: elsewhere\n');
    expect(await isIgnored(join(dir, 'secrets/a.key'))).toBe(false);
  });
});
