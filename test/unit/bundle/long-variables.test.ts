import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { longVariables, refuseLongVariables } from '../../../src/bundle/long-variables.ts';
import { isTooLong, LONGEST_ARGUMENT } from '../../../src/compose/limits.ts';
import { checkDocument } from '../../../src/compose/rules.ts';
import { secretChecks } from '../../../src/checks/secrets.ts';
import { context } from '../../support/check-context.ts';

const BUNDLE = 163_000;
const store = (secretDelivery: string) => ({
  secretDelivery,
  store: {
    embedded: false,
    type: 'mysql',
    host: 'db',
    port: 3306,
    user: 'imply',
    database: 'imply',
    tls: { ca: 'file' },
  },
});
const of = (bytes: number) => ({ 'store-ca': { certificates: Buffer.alloc(bytes, 'a') } });

describe('a bundle of authorities that becomes a variable', () => {
  test.each(['wrapper', 'env'])('%s: 163 kB are refused, once, with what to do', (delivery) => {
    const { plan } = context(store(delivery));
    expect(longVariables(plan, of(BUNDLE))).toEqual([
      {
        text: expect.stringMatching(
          /^secrets\/store-ca\.crt has 163000 bytes, and becomes the variable imply_/,
        ) as string,
        hint: expect.stringContaining('secretDelivery: file') as string,
        input: 'storeCa',
      },
    ]);
    expect(() => refuseLongVariables(plan, of(BUNDLE))).toThrow(
      /starts no program with a variable of more than \d+ bytes/,
    );
  });

  test('as a file it is as long as it likes', () => {
    expect(longVariables(context(store('file')).plan, of(BUNDLE))).toEqual([]);
  });

  test.each([0, 2_000, 100_000])('%i bytes are fine', (bytes) => {
    expect(longVariables(context(store('wrapper')).plan, of(bytes))).toEqual([]);
  });

  test.each(['wrapper', 'env', 'file'])('%s: exactly as long as it may be, and one byte more', (delivery) => {
    const { plan } = context(store(delivery));
    const names = Object.entries(plan.variables ?? {}).filter(([, { secret }]) => secret === 'store-ca');
    expect(names).toHaveLength(delivery === 'file' ? 0 : 2);
    // The longest of its names decides.
    const longest = Math.max(0, ...names.map(([name]) => name.length));
    const most = LONGEST_ARGUMENT - longest - '='.length - 1;
    expect(longVariables(plan, of(most))).toEqual([]);
    expect(longVariables(plan, of(most + 1))).toHaveLength(delivery === 'file' ? 0 : 1);
  });

  test('check tells it of a bundle made before', async () => {
    const made = context(store('wrapper'));
    const need = made.plan.secrets.find(({ secret }) => secret === 'store-ca');
    const found = await secretChecks.run({
      ...made,
      secrets: [
        {
          need,
          name: 'imply_store-ca.v1',
          part: 'certificates',
          content: Buffer.alloc(BUNDLE, 'a'),
          state: 'present',
        } as never,
      ],
    });
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          level: 'error',
          text: expect.stringMatching(/store-ca\.crt has 163000 bytes/) as string,
        }),
      ]),
    );
  });
});

test.each([
  [511_999, 0],
  [512_000, 1],
])('a file of %i bytes, which swarm takes as a secret or not', async (bytes, findings) => {
  const made = context(store('file'));
  const need = made.plan.secrets.find(({ secret }) => secret === 'store-ca');
  const found = await secretChecks.run({
    ...made,
    secrets: [
      {
        need,
        name: 'imply_store-ca.v1',
        part: 'certificates',
        content: Buffer.alloc(bytes, 'a'),
        state: 'present',
      } as never,
    ],
  });
  expect(JSON.stringify(found).match(/swarm takes a secret of less than 512000/g) ?? []).toHaveLength(findings);
});

test('the limit is that of this kernel, to the byte', () => {
  const starts = (bytes: number): boolean =>
    spawnSync('/bin/true', [], { env: { NAME: 'a'.repeat(bytes) } }).error === undefined;
  const most = LONGEST_ARGUMENT - 'NAME='.length - 1;
  expect([isTooLong('NAME', most), starts(most)]).toEqual([false, true]);
  expect([isTooLong('NAME', most + 1), starts(most + 1)]).toEqual([true, false]);
});

test('stack.yml too: a variable, and an argument', () => {
  const { document } = context();
  const [name = ''] = Object.keys(document.services);
  const service = document.services[name];
  const long = {
    ...document,
    services: {
      [name]: {
        ...service,
        environment: { LONG: 'é'.repeat(LONGEST_ARGUMENT / 2) },
        command: ['run', 'a'.repeat(LONGEST_ARGUMENT)],
      },
    },
  } as typeof document;
  expect(
    checkDocument('prod', long)
      .map(({ id, path }) => `${id} ${path}`)
      .filter((text) => text.includes('-length')),
  ).toEqual([
    expect.stringMatching(/^argument-length .*command\.1$/),
    expect.stringMatching(/^environment-length .*environment\.LONG$/),
  ]);
});
