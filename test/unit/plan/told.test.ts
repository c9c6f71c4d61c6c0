import { describe, expect, it } from 'vitest';
import type { FieldChange } from '../../../src/plan/diff.ts';
import { describePlan } from '../../../src/plan/describe.ts';
import type { Plan, Restart, ServiceChange } from '../../../src/plan/changes.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { toldChanges } from '../../../src/plan/told.ts';
import { validateAnswers } from '../../support/answers.ts';
import { rendered } from '../stacks/imply.ts';
import { holding } from './engine.ts';

const changed = (action: ServiceChange['action'], ...fields: Partial<FieldChange>[]): ServiceChange => ({
  name: 'db-1',
  action,
  reason: '',
  image: '',
  changes: fields.map((field) => ({ field: 'secret root', kind: 'changed', effect: 'restart', ...field })),
  restarts: true,
  notCompared: [],
});
const TOLD = [{ file: 'db-password', what: 'the password of root', services: ['db-1'] }];
const V2 = { from: 'prod_db-password.v1', to: 'prod_db-password.v2' };
/** With a document that names what the changes lead to. */
const document = (name = V2.to) => ({ secrets: { other: { name: 'prod_other.v7' }, 'db-password': { name } } });
/** What reads the password and keeps nothing of it. */
const reader = { ...changed('update', V2), name: 'app' };
const told = (...changes: ServiceChange[]) =>
  toldChanges('prod', changes, TOLD, document(changes[0]?.changes.at(-1)?.to)).map(({ secret }) => secret);

it.each<[string, ServiceChange[], string[]]>([
  ['another version', [changed('update', V2)], ['prod_db-password.v2']],
  ['a former version, of a rollback', [changed('update', { from: V2.to, to: V2.from })], [V2.from]],
  ['one version for several services', [changed('update', V2), changed('update', V2)], [V2.to]],
  ['what a killed run left', [changed('unchanged'), changed('update', V2)], [V2.to]],
  [
    'at another place in the container',
    [changed('update', { kind: 'removed', from: V2.from }, { kind: 'added', to: V2.to })],
    [V2.to],
  ],
  ['another reader', [reader, changed('unchanged')], [V2.to]],
  ['services that do not exist yet', [changed('create')], []],
  ['one that does not exist yet, beside a reader that does', [reader, changed('create')], []],
  ['one that is gone for good, beside a reader', [reader], []],
  ['one that did not mount it', [changed('update', { kind: 'added', to: V2.to })], []],
  ['a service that goes', [changed('remove')], []],
  ['another secret', [changed('update', { from: 'prod_db-password-2.v1', to: 'prod_db-password-2.v2' })], []],
  ['another property', [changed('update', { field: 'image', from: 'a:1', to: 'a:2' })], []],
  ['the same version at another place', [changed('update', { from: V2.to }, { to: V2.to })], []],
])('%s', (_what, changes, expected) => expect(told(...changes)).toEqual(expected));

it('names each version that an update leaves', () => {
  const changes = ['v1', 'v2', 'v3', 'v1'].map((from) =>
    changed('update', { from: `prod_db-password.${from}`, to: 'prod_db-password.v3' }),
  );
  expect(toldChanges('prod', changes, TOLD, document('prod_db-password.v3'))).toMatchObject([
    { secret: 'prod_db-password.v3', before: ['prod_db-password.v1', V2.to] },
  ]);
});

describe('a deployment that did not end', () => {
  const after = (unfinished: string[], to: string, ...changes: ServiceChange[]) =>
    toldChanges('prod', changes, TOLD, { ...document(to), unfinished });
  const same = changed('unchanged');

  it('may have told another version though no service has it: the one of all services is told again', () => {
    expect(after([V2.to, 'prod_other.v8'], V2.from, same)).toEqual([
      { file: 'db-password', secret: V2.from, before: [V2.to], what: 'the password of root' },
    ]);
  });

  it('may have told another one than those that services leave', () => {
    expect(
      after([V2.to], 'prod_db-password.v3', changed('update', { from: V2.from, to: 'prod_db-password.v3' })),
    ).toMatchObject([{ secret: 'prod_db-password.v3', before: [V2.from, V2.to] }]);
  });

  it('told nothing else than this version, or nothing that is here', () => {
    expect(after([V2.to], V2.to, same)).toEqual([]);
    expect(after([V2.to], V2.from, changed('create'))).toEqual([]);
    expect(after(['prod_other.v8'], V2.from, same)).toEqual([]);
  });
});

describe('software that may be told once it has restarted', () => {
  const LATER = [{ ...TOLD[0]!, services: ['db-1', 'db-2'], afterRestart: true as const }];
  const stage = (names: string[], why: Partial<Restart> = {}): Restart[] => [
    { how: 'at-once', services: names.map((name) => ({ name }) as Restart['services'][number]), ...why },
  ];
  const leaving = (name: string, ...more: Partial<FieldChange>[]): ServiceChange => ({
    ...changed('update', ...more, V2),
    name,
  });
  const kept = (name: string): ServiceChange => ({ ...changed('unchanged'), name, restarts: false });
  const both = [leaving('db-1'), leaving('db-2')];
  const later = (
    changes: ServiceChange[],
    more: Partial<Parameters<typeof toldChanges>[3]>,
    secrets: typeof TOLD = LATER,
  ) => toldChanges('prod', changes, secrets, { ...document(), ...more }).map((change) => change.later ?? false);
  const CA = { shared: ['peers-ca.crt'] };
  const PEERS = { expired: ['db-1.pem', 'db-2.pem'] };
  const started = { field: 'replicas', from: '0', to: '1' };
  const peer = { from: 'prod_db-1.pem.v1', to: 'prod_db-1.pem.v2' };

  it.each<[string, ServiceChange[], Restart[], boolean]>([
    [
      'those that restart do so together, since what they know each other by is replaced',
      both,
      stage(['db-1', 'db-2'], CA),
      true,
    ],
    ['it has expired', both, stage(['db-1', 'db-2'], PEERS), true],
    ['a killed run left some of them', [kept('db-1'), leaving('db-2')], stage(['db-2'], CA), true],
    ['one of them has its own turn', both, stage(['db-2'], CA), false],
    ['they restart one by one', both, [], false],
    ['they restart at once for no such reason', both, stage(['db-1', 'db-2']), false],
  ])('is told then if %s', (_what, changes, restarts, expected) => {
    expect(later(changes, { restarts })).toEqual([expected]);
    // A store is told first in any case.
    expect(later(changes, { restarts }, [{ ...TOLD[0]!, services: ['db-1', 'db-2'] }])).toEqual([false]);
  });

  describe('and was not told by a deployment that did not end', () => {
    const owed = { unfinished: [V2.to], whole: [V2.from] };
    const fixed = (name: string, change: Partial<FieldChange>): ServiceChange => ({
      ...changed('update', change),
      name,
    });
    const heap = { field: 'environment HEAP' };

    it.each<[string, ServiceChange[], boolean]>([
      ['what keeps it from running is corrected, one by one', [fixed('db-1', heap), fixed('db-2', heap)], true],
      ['one was not started again', [kept('db-1'), fixed('db-2', started)], true],
      ['some leave another version one by one', [kept('db-1'), leaving('db-2')], false],
      ['one leaves another version, and one was not started', [leaving('db-1'), fixed('db-2', started)], false],
      ['none has a task that could be told', [leaving('db-1', started), leaving('db-2', started)], true],
    ])('is told then if %s', (_what, changes, expected) => {
      expect(later(changes, owed)).toEqual([expected]);
    });

    it('is told first in any case if it starts with no other one than it goes by', () => {
      const store = [{ ...TOLD[0]!, services: ['db-1', 'db-2'] }];
      const changes = [fixed('db-1', started), fixed('db-2', started), { ...reader }];
      expect(later(changes, owed, store)).toEqual([false]);
    });
  });

  it('is told then if its only server leaves a certificate that has expired', () => {
    const alone = [leaving('db-1', peer)];
    const restarts = stage(['db-1']);
    expect(later(alone, { restarts, expired: new Set([peer.from]) })).toEqual([true]);
    expect(later(alone, { restarts, expired: new Set(['prod_db-2.pem.v1']) })).toEqual([false]);
  });

  describe('and which proves itself to who tells it by a certificate', () => {
    const SHOWN = LATER.map((secret) => ({ ...secret, shown: 'client.pem' }));
    const field = 'secret client.pem';
    const own = (name: string): Partial<FieldChange> => ({
      field,
      from: `prod_${name}.pem.v1`,
      to: `prod_${name}.pem.v2`,
    });
    const renewed = ['db-1', 'db-2'].map((name) => leaving(name, own(name)));
    const all = { expiredOfAll: new Set(['prod_db-1.pem.v1', 'prod_db-2.pem.v1']) };

    it.each<[string, ServiceChange[], boolean]>([
      ['all leave one that has expired, one by one', renewed, true],
      [
        'one is down, and the others leave one that has expired',
        [leaving('db-1', own('db-1')), leaving('db-2', started)],
        true,
      ],
      ['one keeps its own', [leaving('db-1', own('db-1')), leaving('db-2')], false],
      ['one has a new one already', [kept('db-1'), leaving('db-2', own('db-2'))], false],
      [
        'what they leave has another use',
        renewed.map((change) => ({
          ...change,
          changes: change.changes.map((one) => ({ ...one, field: 'secret peer.pem' })),
        })),
        false,
      ],
    ])('is told then if %s', (_what, changes, expected) => {
      expect(later(changes, all, SHOWN)).toEqual([expected]);
      expect(later(changes, all, LATER), 'by a program that sees none').toEqual([false]);
    });

    it('is told first if one of those that they leave is in date', () => {
      expect(later(renewed, { expiredOfAll: new Set(['prod_db-1.pem.v1']) }, SHOWN)).toEqual([false]);
    });
  });

  it('was perhaps not told by a deployment that restarted it and did not end', () => {
    const done = [kept('db-1'), kept('db-2')];
    const open = { unfinished: [V2.to], whole: [V2.from, 'prod_other.v6'] };
    expect(toldChanges('prod', done, LATER, { ...document(), ...open })).toEqual([
      { file: 'db-password', secret: V2.to, before: [V2.from], what: 'the password of root', later: true },
    ]);
    expect(later(done, { ...open, whole: [V2.to] })).toEqual([]);
    // Whoever is told before anything restarts was told by then.
    expect(later(done, open, TOLD)).toEqual([]);
  });
});

describe('services that begin to go by a secret', () => {
  const bundle = (login: string) =>
    validateAnswers(
      { version: 1, stack: 'kafka', name: 'prod', nodes: ['n1', 'n2', 'n3'], clients: { login } },
      'bundle.yaml',
    );
  /** What is told if the answers turn from one login to another. @param maybe of deployments that did not end */
  function turned(from: string, to: string, maybe: { whole?: string; open?: string[] } = {}) {
    const { definition, answers } = bundle(to);
    const plan = definition.plan('prod', answers);
    const documentOf = (login: string) => rendered(bundle(login)).document;
    const earlier = [...(maybe.open ?? []), ...(maybe.whole === undefined ? [] : [maybe.whole])].map(documentOf);
    const names = (documents: (typeof earlier)[number][]) => documents.flatMap(({ secrets }) => Object.values(secrets).map(({ name }) => name)); // prettier-ignore
    const { told = [] } = planChanges({
      ...{ stack: 'prod', document: documentOf(to), placements: [], live: holding(documentOf(from), []) },
      ...{ ensembles: plan.ensembles, together: plan.together, told: plan.told ?? [] },
      maybeTold: { unfinished: names(earlier), whole: names(earlier.slice(-1)), earlier },
    });
    return told;
  }
  const LATER = [
    {
      file: 'kafka-admin-password',
      secret: 'prod_kafka-admin-password.v1',
      before: [],
      what: 'the password of the user admin',
      later: true,
      besides: expect.stringContaining('other users'),
    },
  ];

  it.each([
    ['plain', 'scram', LATER],
    ['certificate', 'scram', LATER],
    ['scram', 'scram', []],
    ['plain', 'certificate', []],
    ['scram', 'plain', []],
    ['plain', 'plain', []],
  ])('from %s to %s', (from, to, expected) => expect(turned(from, to)).toEqual(expected));

  it('are told by the next run if one was killed once all had restarted', () => {
    expect(turned('scram', 'scram', { whole: 'plain', open: ['scram'] })).toEqual(LATER);
    expect(turned('scram', 'scram', { whole: 'scram', open: ['plain', 'scram'] })).toEqual(LATER);
    expect(turned('scram', 'scram', { whole: 'scram', open: ['scram'] })).toEqual([]);
    expect(turned('scram', 'scram', { open: ['scram'] }), 'of the first deployment').toEqual([]);
  });

  it('are told later also if some leave another version one by one: not all can be seen to go by it before', () => {
    const begins = { variable: 'LOGIN', besides: 'make the others' };
    const secrets = [{ ...TOLD[0]!, services: ['db-1', 'db-2'], afterRestart: true as const, begins }];
    const started = { ...changed('update', { field: 'environment LOGIN' }), name: 'db-2' };
    expect(toldChanges('prod', [changed('update', V2), started], secrets, document())).toMatchObject([
      { before: [V2.from], later: true, besides: 'make the others' },
    ]);
    expect(toldChanges('prod', [{ ...started, action: 'create', changes: [] }], secrets, document())).toEqual([]);
  });
});

it('has a line in the plan', () => {
  const plan = { services: [], restarts: [], outage: [], networks: [], volumes: [], secrets: [], labels: [] };
  const lines = describePlan({
    ...({ ...plan, stack: 'prod', empty: false, unresolvedNodes: [] } satisfies Plan),
    told: [
      { file: 'db-password', secret: V2.to, before: [V2.from], what: 'the password of root' },
      { file: 'other', secret: 'prod_other.v2', before: [], what: 'the other one', later: true },
      { file: 'new', secret: 'prod_new.v1', before: [], what: 'the new one', later: true, besides: 'make the others' },
    ],
  });
  expect(lines).toContain(
    '~ prod_db-password.v2 becomes the password of root: what runs is told so before anything restarts',
  );
  expect(lines).toContain('~ prod_other.v2 becomes the other one: what runs is told so once every task runs');
  expect(lines).toContain(
    '~ prod_new.v1 becomes the new one: what runs is told so once every task runs; make the others',
  );
});
