import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/bundle/parse.ts';
import { validateAnswers } from '../support/answers.ts';
import { bundleReadme } from '../../src/bundle/readme.ts';
import { checkDocument } from '../../src/compose/rules.ts';
import { requireOracle } from '../support/oracle.ts';
import { lockOf, rendered } from '../unit/stacks/imply.ts';

const here = import.meta.dirname;
const { schema, config } = requireOracle();
const names = readdirSync(here).filter((name) => statSync(join(here, name)).isDirectory());

/**
 * Answers of each folder here, and the stack.yml that they must give; of one that has a README.md, the runbook too.
 * `npx vitest run test/golden -u` writes them anew.
 */
describe.each(names)('%s', (name) => {
  const bundle = validateAnswers(parseYaml(readFileSync(join(here, name, 'answers.yaml'), 'utf8'), name), name);
  const { text, document } = rendered(bundle);
  const environment = Object.fromEntries(Object.keys(bundle.definition.plan(bundle.name, bundle.answers).environment).map((variable) => [variable, 'a $value']));

  it('renders the file', () => expect(text).toMatchFileSnapshot(join(here, name, 'stack.yml')));
  it('renders it again to the byte', () => expect(rendered(bundle).text).toBe(text));
  if (existsSync(join(here, name, 'README.md'))) it('has the runbook', () => {
    const readme = bundleReadme(bundle, bundle.definition.plan(bundle.name, bundle.answers), lockOf(bundle), document);
    return expect(readme).toMatchFileSnapshot(join(here, name, 'README.md'));
  });
  it('names, in how it is reached, files that secrets/ has', () => {
    const { access, secrets } = bundle.definition.plan(bundle.name, bundle.answers);
    const files = secrets.flatMap((need) => Object.values(need.files));
    const named = [...JSON.stringify(access ?? {}).matchAll(/\bsecrets\/([\w.-]+)/g)].map(([, file = '']) => file);
    expect(named.filter((file) => !files.includes(file))).toEqual([]);
  });
  it('has no fault that a swarm would find', () => expect(checkDocument(bundle.name, document)).toEqual([]));
  it.skipIf(!schema)('passes the compose 3.8 schema', () => expect(schema?.(text)).toEqual([]));
  it.skipIf(!config)('passes docker stack config, and keeps its services', async () => {
    const read = (await config?.(text, environment)) as { services: Record<string, unknown>; secrets?: Record<string, { name: string; external: unknown }> };
    expect(Object.keys(read.services).sort()).toEqual(Object.keys(document.services).sort());
    expect(Object.values(read.secrets ?? {}).map((secret) => secret.name).sort()).toEqual(Object.values(document.secrets).map((secret) => secret.name).sort());
  });
  if (Object.keys(environment).length > 0) it.skipIf(!config)('is refused where the environment is not supplied', async () => {
    await expect(config?.(text)).rejects.toThrow(/bundle deploy supplies it from secrets/);
  });
});
