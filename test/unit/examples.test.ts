import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

  it('renders a stack that a swarm takes', () => expect(checkDocument(bundle.name, document)).toEqual([]));
  it.skipIf(!config)('passes docker stack config', async () => {
    const read = (await config?.(text, {})) as { services: Record<string, unknown> };
    expect(Object.keys(read.services).sort()).toEqual(Object.keys(document.services).sort());
  });
});
