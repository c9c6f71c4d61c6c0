import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { bundleReadme } from '../../../src/bundle/readme.ts';
import { isIgnored } from '../../../src/io/git-ignored.ts';
import { ignoreFile } from '../../../src/project/render-files.ts';
import { validateAnswers } from '../../support/answers.ts';
import { lockOf, rendered } from '../stacks/imply.ts';

const GOLDEN = join(import.meta.dirname, '../../golden');
const names = readdirSync(GOLDEN, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));

/**
 * Files that the commands of a runbook write where they run: what stands in quotes is another shell's, in a container.
 */
function written(name: string): string[] {
  const bundle = validateAnswers(parseYaml(readFileSync(join(GOLDEN, name, 'answers.yaml'), 'utf8'), name), name);
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  const readme = bundleReadme(bundle, plan, lockOf(bundle), rendered(bundle).document);
  return [...readme.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].flatMap(([, block = '']) =>
    [
      ...block
        .replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, 'quoted')
        .matchAll(/(?:>>?|-out|-keyout|\btee|\bmv -f \S+)\s+([^\s)&;|]+)/g),
    ].flatMap(([, file = '']) => (file === '/dev/null' ? [] : [file])),
  );
}

/** What may be the only copy takes its place once it is whole. */
const writtenOver = (file: string): string[] => [`${file}.new`, file];

/** Where partitions of topics go. */
const NO_SECRET = ['plan.json'];

describe('what the commands of a runbook write into the bundle', () => {
  const dir = mkdtempSync(join(tmpdir(), 'runbook-files-'));
  beforeAll(() => {
    mkdirSync(join(dir, '.git'));
    writeFileSync(join(dir, ignoreFile.path), ignoreFile.content);
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each(names)('%s: git leaves it out', async (name) => {
    const committed: string[] = [];
    for (const file of written(name))
      if (!NO_SECRET.includes(file) && !(await isIgnored(join(dir, file)))) committed.push(file);
    expect(committed).toEqual([]);
  });

  it('is found: a client’s settings, a new user’s password, a new CA, a dump', () => {
    expect(new Set(names.flatMap(written))).toEqual(
      new Set([
        'secrets/clients/client.properties',
        'secrets/clients/admin.properties',
        'secrets/clients/billing.properties',
        'secrets/clients/shop.properties',
        'secrets/clients/both-cas.crt',
        ...['secrets/clients/alice.password', 'secrets/kafka-admin-password'].flatMap(writtenOver),
        'secrets/new/ca.key',
        'secrets/new/ca.crt',
        ...['secrets/dumps/imply-store-data.sql', 'secrets/dumps/imply-store.sql'].flatMap(writtenOver),
        ...NO_SECRET,
      ]),
    );
  });
});
