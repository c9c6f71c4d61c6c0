import * as z from 'zod';
import { expect, it } from 'vitest';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import type { Question, StackDefinition } from '../../../src/sdk/definition.ts';
import { askQuestion } from '../../../src/wizard/ask.ts';
import type { Open } from '../../../src/wizard/collect.ts';
import type { Prompter } from '../../../src/wizard/prompter.ts';
import type { Session } from '../../../src/wizard/session.ts';

const question: Question = { path: 'hosts', ask: 'text', message: 'Hosts', help: 'Where.' };
const definition = {
  name: 'tiny',
  answers: z.strictObject({ hosts: z.array(z.string()).default([]) }),
  questions: [question],
} as unknown as StackDefinition;

it('what cannot be read is told at its question, and ends nothing', async () => {
  const said: (string | undefined)[] = [];
  const prompter = {
    text: async ({ check }: { check: (text: string) => Promise<string | undefined> }) => {
      for (const typed of ['[a, "b', '[*a]', '[a, b]']) said.push(await check(typed));
      return '[a, b]';
    },
  } as unknown as Prompter;
  const session = {
    definition,
    questions: [question],
    keys: bundleKeys(definition),
    given: { stack: 'tiny', name: 't' },
    stacks: [],
  } as unknown as Session;
  const value = await askQuestion({ question } as Open, session, prompter, async () => undefined);
  expect(value).toEqual(['a', 'b']);
  expect(said).toEqual([
    expect.stringContaining('not valid YAML; lists are written'),
    expect.stringContaining('an alias that has no anchor; quote values'),
    undefined,
  ]);
});
