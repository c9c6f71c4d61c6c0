import { dirname, join, relative, sep } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { BundleError } from '../errors.ts';
import { kindOfPath, readIfPresent } from './files.ts';

/**
 * Whether git would leave a file out of what it adds, by the files of rules in the work tree; true outside of one.
 * Rules that a user has for all work trees are not read; a file of rules that cannot be read has none, as for git.
 * @param file absolute path
 * @throws BundleError if it cannot be told where the work tree begins
 */
export async function isIgnored(file: string): Promise<boolean> {
  const root = await workTreeOf(dirname(file));
  if (root === undefined) return true;
  const sources = [{ base: root, rules: join(root, '.git/info/exclude') }];
  const parts = relative(root, file).split(sep);
  for (const [depth] of parts.entries()) {
    const base = join(root, ...parts.slice(0, depth));
    sources.push({ base, rules: join(base, FILE.ignore) });
  }
  const read = await Promise.all(sources.map(async ({ base, rules }) => ({ base, text: await rulesIn(rules) })));
  // Git does not look below a directory that is ignored, so that one above counts as well.
  return parts.some((_part, depth) => {
    const isFile = depth === parts.length - 1;
    const path = join(root, ...parts.slice(0, depth + 1));
    const verdicts = read
      .map(({ base, text }) => ({ text, below: relative(base, path) }))
      .filter(({ below }) => below !== '' && below !== '..' && !below.startsWith(`..${sep}`))
      .map(({ text, below }) => verdict(text, below.split(sep).join('/'), isFile));
    return verdicts.findLast((each) => each !== undefined) ?? false;
  });
}

async function rulesIn(path: string): Promise<string> {
  try {
    return (await readIfPresent(path))?.toString('utf8') ?? '';
  } catch (error) {
    if (error instanceof BundleError) return '';
    throw error;
  }
}

async function workTreeOf(dir: string): Promise<string | undefined> {
  // A file in a linked work tree and in a submodule.
  if ((await kindOfPath(join(dir, '.git'))) !== undefined) return dir;
  return dirname(dir) === dir ? undefined : workTreeOf(dirname(dir));
}

/** What the last rule says that fits (gitignore(5)). @param path from where the rules stand, with `/` */
function verdict(text: string, path: string, isFile: boolean): boolean | undefined {
  let said: boolean | undefined;
  for (const line of text.split(/\r?\n/)) {
    const rule = line.replace(/(?<!\\) +$/, '');
    if (rule === '' || rule.startsWith('#') || (isFile && rule.endsWith('/'))) continue;
    const pattern = rule.replace(/^!/, '').replace(/\/$/, '');
    if (matches(pattern, path)) said = !rule.startsWith('!');
  }
  return said;
}

/** A pattern with a slash counts from where it stands, any other at every depth. */
function matches(pattern: string, path: string): boolean {
  if (!pattern.includes('/')) return expression(pattern).test(path.slice(path.lastIndexOf('/') + 1));
  return expression(pattern.replace(/^\//, '')).test(path);
}

function expression(pattern: string): RegExp {
  const source = pattern.replace(
    /\*\*\/|\/\*\*$|\*|\?|\\(.)|[.+^${}()|\]\\[]/g,
    (found, escaped: string | undefined) => {
      if (found === '**/') return '(?:.*/)?';
      if (found === '/**') return '/.*';
      if (found === '*') return '[^/]*';
      if (found === '?') return '[^/]';
      return (escaped ?? found).replace(/\W/, '\\$&');
    },
  );
  return new RegExp(`^${source}$`);
}
