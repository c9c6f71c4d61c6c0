import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overlay, type Tree } from '../../src/bundle/paths-access.ts';
import { parseYaml } from '../../src/bundle/parse.ts';
import { checkDocument } from '../../src/compose/rules.ts';
import { validateAnswers } from '../support/answers.ts';
import { requireOracle } from '../support/oracle.ts';
import { rendered } from './stacks/imply.ts';

const folder = join(import.meta.dirname, '../../examples');
const { config } = requireOracle();

describe.each(readdirSync(folder))('examples/%s', (file) => {
  const bundle = validateAnswers(parseYaml(readFileSync(join(folder, file), 'utf8'), file), file);
  const { text, document } = rendered(bundle);

  it('names itself, from the root of the checkout, in the command of its head', () => {
    const [, dir, answers] =
      /^#   bundle init (\S+) --answers (\S+)/m.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
    expect(answers).toBe(`examples/${file}`);
    expect(dir).toMatch(/^[a-z][a-z0-9-]*$/);
  });
  it('renders a stack that a swarm takes', () => expect(checkDocument(bundle.name, document)).toEqual([]));
  it.skipIf(!config)('passes docker stack config', async () => {
    const read = (await config?.(text, {})) as { services: Record<string, unknown> };
    expect(Object.keys(read.services).sort()).toEqual(Object.keys(document.services).sort());
  });
});

const root = join(import.meta.dirname, '../..');

/** A page's answers, which go with those of an example. */
describe.each([
  ['stacks/imply/README.md', 'imply.yaml'],
  ['docs/answers.md', 'imply.yaml'],
])('the answers in %s', (page, example) => {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```yaml\n([^]*?)^```/gm)].map(
    ([, body = '']) => body,
  );

  it('are some', () => expect(blocks.length).toBeGreaterThan(0));
  it.each(blocks)('go as they are written: block %#', (body) => {
    const base = parseYaml(readFileSync(join(folder, example), 'utf8'), example) as Tree;
    const bundle = validateAnswers(overlay(base, parseYaml(body, page)), page);
    const { document } = rendered(bundle);
    expect(checkDocument(bundle.name, document)).toEqual([]);
  });
});

describe('the jobs in docs/ci.md', () => {
  const blocks = [...readFileSync(join(root, 'docs/ci.md'), 'utf8').matchAll(/^```yaml\n([^]*?)^```/gm)];
  const jobs = blocks.flatMap(([, body = '']) => Object.entries(parseYaml(body, 'docs/ci.md')));

  it.each(jobs)('%s: every line of its script is one for a shell, and no mapping', (_name, job) => {
    const { script } = job as { script: unknown[] };
    expect(script.length).toBeGreaterThan(3);
    expect(script.filter((line) => typeof line !== 'string')).toEqual([]);
  });

  it('keep what is to be committed, and push it to a branch: GitLab checks out none', () => {
    const renew = jobs.find(([name]) => name === 'renew')?.[1] as { script: string[]; artifacts: { paths: string[] } };
    expect(renew.script.join('\n')).toMatch(/git push "\$to" "HEAD:\$CI_COMMIT_BRANCH"/);
    const files = ['bundle.lock.json', '.bundle.notes.json', 'stack.yml', 'README.md'].map((file) => `prod/${file}`);
    expect(renew.artifacts).toEqual({ when: 'always', paths: files });
  });
});
