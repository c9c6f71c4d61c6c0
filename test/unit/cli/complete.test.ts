import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { complete } from '../../../src/cli/complete.ts';
import { plan } from '../../../src/commands/plan/command.ts';
import { workplace } from '../init/support.ts';

it('one link or directory that cannot be told hides no bundle, and a link to one is one', async () => {
  const cwd = workplace();
  for (const dir of ['prod', 'clusters/test', 'elsewhere/.kept', 'plain', 'shut']) {
    mkdirSync(join(cwd, dir), { recursive: true });
    if (!['plain', 'shut'].includes(dir)) writeFileSync(join(cwd, dir, 'bundle.yaml'), '');
  }
  chmodSync(join(cwd, 'shut'), 0);
  onTestFinished(() => chmodSync(join(cwd, 'shut'), 0o700));
  for (const at of ['', 'prod', 'clusters']) symlinkSync('itself', join(cwd, at, 'itself'));
  symlinkSync('itself', join(cwd, 'plain', 'bundle.yaml'));
  symlinkSync('nowhere', join(cwd, 'gone'));
  symlinkSync('elsewhere/.kept', join(cwd, 'linked'));
  const words = await complete(['plan', ''], { commands: [plan], cwd, stacks: [] });
  expect(words.map(({ word }) => word)).toEqual(['clusters/', 'elsewhere/', 'linked', 'prod']);
});
