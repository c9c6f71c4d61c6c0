import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { bundleReadme } from '../../../src/bundle/readme.ts';
import { validateAnswers } from '../../support/answers.ts';
import { sourcesOf } from '../../../scripts/house.ts';
import { containerOf } from '../../../stacks/common/containers.ts';
import { MYSQL } from '../../../stacks/imply/members.ts';
import { lockOf, rendered } from './imply.ts';

const ROOT = join(import.meta.dirname, '../../..');
const GOLDEN = join(ROOT, 'test/golden');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** A container looked for by its name, which docker takes for a pattern that may stand anywhere in one. */
const BY_NAME = /docker (?:container )?(?:ps|ls|list) [^\n`)]*(?<![\w.])name=/g;
const byName = (text: string): string[] => text.match(BY_NAME) ?? [];

/**
 * Runbooks of the answers that the golden files have: every stack, Kafka with each login, and with controllers apart.
 */
const RUNBOOKS = readdirSync(GOLDEN, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const answers = parseYaml(readFileSync(join(GOLDEN, name, 'answers.yaml'), 'utf8'), name);
    const bundle = validateAnswers(answers, name);
    const plan = bundle.definition.plan(bundle.name, bundle.answers);
    const { document } = rendered(bundle);
    // The page of a store outside has the dump of the one that goes, too.
    const going = bundle.definition.name === 'imply' ? [MYSQL] : [];
    const services = new Set([...Object.keys(document.services), ...going]);
    const containers = [...services].map((service) => containerOf(bundle.name, service));
    const text = bundleReadme(bundle, plan, lockOf(bundle), document);
    return { name, definition: bundle.definition.name, containers, text };
  });

/** Pages for people, and the sources that print hints. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...['docs', 'stacks', 'examples', 'findings'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md'))
      .map((path) => join(folder, path)),
  ),
  ...['src', 'stacks', 'secrets'].flatMap((folder) => sourcesOf(folder).map(({ path }) => path)),
];

describe('the container that a command runs in', () => {
  it('is looked for in the runbooks of every stack', () => {
    const folders = readdirSync(join(ROOT, 'stacks'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(join(ROOT, 'stacks', entry.name)).includes('runbook.ts'))
      .map(({ name }) => name);
    expect([...new Set(RUNBOOKS.map(({ definition }) => definition))].sort()).toEqual(folders.sort());
  });

  it.each(RUNBOOKS)('is found by its service alone in the runbook of $name', ({ containers, text }) => {
    expect(byName(text)).toEqual([]);
    // The wait of a node that is drained is for all tasks there, and runs nothing in any.
    const wait = 'until ids=$(docker ps -q -f label=com.docker.swarm.task.id) && [ -z "$ids" ];';
    const looked = [...text.replaceAll(wait, '').matchAll(/\$\(docker ps [^)]*\)/g)].map(([command]) => command);
    expect(looked.length).toBeGreaterThan(0);
    for (const command of looked) expect(containers).toContain(command);
  });

  it.each(RUNBOOKS)(
    'is told with its node’s engine in that of $name, if a file here is read or written',
    ({ text }) => {
      const page = text.split(/^ *```/m);
      const untold = page.filter((block, index) => {
        if (!block.startsWith('sh\n') || !block.includes('docker exec') || !/[<>] (secrets\/|\w+\.json)/.test(block))
          return false;
        // Right before it, by itself, or once for all that follow.
        const told =
          page[index - 1]?.trimEnd().split('\n').at(-1)?.includes('`DOCKER_HOST=ssh://') === true ||
          block.startsWith('sh\n(export DOCKER_HOST=ssh://');
        return !told && !/`docker exec`, here and below, run in this directory/.test(page.slice(0, index).join());
      });
      expect(untold).toEqual([]);
    },
  );

  it('is not looked for by its name on any page, or in any source', () => {
    expect(PAGES.length).toBeGreaterThan(500);
    expect(PAGES.flatMap((path) => byName(read(path)).map((found) => `${path}: ${found}`))).toEqual([]);
  });

  it('nor does a path begin with what a command prints: without an answer it is that of the whole host', () => {
    const begun = /\$\([^()\n]*\)"?\//;
    expect('cp -a "$(docker volume inspect a)/." b/').toMatch(begun);
    for (const { name, text } of RUNBOOKS) expect(text, name).not.toMatch(begun);
    for (const path of PAGES) expect(read(path), path).not.toMatch(begun);
  });

  it('by its name is seen for what it is, and by its label not', () => {
    for (const text of ['docker ps -q -f name=a_b.', 'docker ps -aqf name=a', 'docker container ls --filter "name=a"'])
      expect(byName(text), text).toHaveLength(1);
    expect(byName(`docker exec ${containerOf('a', 'b')} date`)).toEqual([]);
    expect(byName('docker volume ls -f name=a')).toEqual([]);
  });
});
