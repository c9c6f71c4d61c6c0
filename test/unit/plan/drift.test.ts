import { describe, expect, it } from 'vitest';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import { describeDrift } from '../../../src/plan/describe-drift.ts';
import { driftOf, type Drift, type DriftInput, type DeployedRelease } from '../../../src/plan/drift.ts';
import type { LiveStack } from '../../../src/plan/plan.ts';
import type { ServiceSpec } from '../../../src/compose/spec.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { asLive, DIGEST, holding, liveService } from './engine.ts';

const document = stackDocument({
  services: {
    manager: service({
      image: 'manager:2',
      environment: { A: 'hunter2', SUPPLIED: { fromEnvironment: 'SUPPLIED', hint: '' } },
      secrets: [{ source: 'token', target: 'token' }],
    }),
    'data-1': service(),
  },
  secrets: { token: { name: 'prod_token.v1' } },
});
const NODES = [
  { id: 'id-n1', hostname: 'n1', state: 'ready' as const, labels: { 'bundle.prod.data-1': 'true', rack: '1' } },
  { id: 'id-n2', hostname: 'n2', state: 'ready' as const, labels: {} },
];
const release: DeployedRelease = {
  number: 4,
  at: '2026-05-01T10:00:00Z',
  by: 'alice@ops',
  document,
  environment: { SUPPLIED: 'hunter3' },
  images: { manager: `manager:2@${DIGEST}`, 'data-1': DIGEST },
  nodeLabels: [{ nodeId: 'id-n1', node: 'n1', key: 'bundle.prod.data-1' }],
};
const live = (overrides: Partial<LiveStack> = {}): LiveStack => ({
  ...holding(document, NODES, release.environment),
  ...overrides,
});
const drift = (given: LiveStack, more: Partial<DriftInput> = {}): Drift =>
  driftOf({ stack: 'prod', release, live: given, ...more });
const specs = desiredSpecs('prod', document, { environment: release.environment ?? {} });

/** The swarm with the manager's specification edited. */
function edited(
  edit: (spec: Required<Pick<ServiceSpec, 'Labels' | 'Mode' | 'TaskTemplate'>> & ServiceSpec) => void,
  overrides = {},
): LiveStack {
  const [spec, other] = Object.values(specs).map(asLive);
  if (spec === undefined || other === undefined) throw new Error('the document has two services');
  edit(spec as Parameters<typeof edit>[0]);
  return live({ services: [liveService(spec, overrides), liveService(other)] });
}
const HEADING = 'Changed by hand since release 4 (3 h ago, alice@ops)';
const describedDrift = (found: Drift | undefined): string[] =>
  found === undefined ? [] : describeDrift(found, new Date('2026-05-01T13:59:00Z'));

describe('driftOf', () => {
  it('finds nothing in what the release left', () => {
    expect(drift(live())).toEqual({ release: { number: 4, at: release.at, by: release.by }, services: [], labels: [] });
    expect(describedDrift(drift(live()))).toEqual([]);
  });

  it('knows networks of other stacks by their names, as long as they are the same', () => {
    const joining = {
      ...document,
      networks: { ...document.networks, theirs: { joined: 'store_backend' } },
      services: {
        ...document.services,
        manager: { ...document.services['manager']!, networks: { internal: { aliases: [] }, theirs: { aliases: [] } } },
      },
    };
    const held = holding(joining, NODES, release.environment);
    const of = (networks: LiveStack['networks']) =>
      driftOf({ stack: 'prod', release: { ...release, document: joining }, live: { ...held, networks } }).services;
    expect(of(held.networks)).toEqual([]);
    expect(of(held.networks.filter(({ name }) => name !== 'store_backend'))).toMatchObject([{ name: 'manager' }]);
  });

  it('tells what was scaled, edited, labelled and mounted, with names only', () => {
    const found = drift(
      edited((spec) => {
        spec.Mode = { Replicated: { Replicas: 5 } };
        spec.Labels = { ...spec.Labels, note: 'x' };
        const container = spec.TaskTemplate.ContainerSpec!;
        container.Env = ['A=other', 'SUPPLIED=hunter3', 'B=new'];
        container.Secrets = [
          ...(container.Secrets ?? []),
          { File: { Name: 'extra', UID: '0', GID: '0', Mode: 0o444 }, SecretName: 'someone_elses' },
        ];
      }),
    );
    expect(describedDrift(found)).toEqual([
      HEADING,
      '  ! manager',
      '      environment A changed',
      '      environment B added',
      '      foreign secret someone_elses mounted as extra',
      '      replicas: 1 → 5 (release 4 has 1)',
      '      label note added',
    ]);
    expect(JSON.stringify(found)).not.toMatch(/hunter|other|"new"/);
  });

  it('tells a foreign secret in the place of ours', () => {
    const found = drift(
      edited((spec) => void (spec.TaskTemplate.ContainerSpec!.Secrets![0]!.SecretName = 'someone_elses')),
    );
    expect(describedDrift(found)[2]).toBe(
      '      foreign secret someone_elses mounted as token (release 4 has prod_token.v1)',
    );
  });

  it('tells another image, and another digest of the same tag', () => {
    const image = (text: string) => drift(edited((spec) => void (spec.TaskTemplate.ContainerSpec!.Image = text)));
    const other = `sha256:${'6'.repeat(64)}`;
    expect(image(`manager:3@${other}`).services).toEqual([
      {
        name: 'manager',
        kind: 'changed',
        rolledBack: false,
        changes: [{ field: 'image', kind: 'changed', released: 'manager:2', found: `manager:3@${other}` }],
      },
    ]);
    expect(image(`manager:2@${other}`).services[0]?.changes).toEqual([
      { field: 'image digest', kind: 'changed', released: DIGEST, found: other },
    ]);
    expect(image('manager:2').services[0]?.changes).toEqual([
      { field: 'image digest', kind: 'removed', released: DIGEST },
    ]);
  });

  it('does not compare what was not recorded', () => {
    const bare = { ...release, images: {}, environment: {} };
    expect(
      drift(
        edited((spec) => void (spec.TaskTemplate.ContainerSpec!.Env = ['A=hunter2', 'SUPPLIED=whatever'])),
        { release: bare },
      ).services,
    ).toEqual([]);
  });

  it('tells removed and added services, not those of other stacks', () => {
    const [manager] = live().services;
    const mine = liveService({ Name: 'prod_mine', Labels: { 'com.docker.stack.namespace': 'prod' } });
    const other = liveService({ Name: 'prod_x', Labels: { 'com.docker.stack.namespace': 'prod_other' } });
    expect(describedDrift(drift(live({ services: [manager!, mine, other] })))).toEqual([
      HEADING,
      '  ! data-1 was removed',
      '  ! mine was added: no release of this stack made it',
    ]);
  });

  it('says where the swarm, not a hand, put the former specification back', () => {
    const found = drift(
      edited((spec) => void (spec.Mode = { Replicated: { Replicas: 2 } }), {
        updateStatus: { state: 'rollback_completed', message: '' },
      }),
    );
    expect(describedDrift(found)[1]).toBe('  ! manager was rolled back by the swarm after a failed update');
  });

  it('tells our node labels only', () => {
    const nodes = [
      { ...NODES[0]!, labels: { rack: '2' } },
      { ...NODES[1]!, labels: { 'bundle.prod.data-1': 'true', 'bundle.other.data-1': 'true' } },
    ];
    expect(describedDrift(drift(live({ nodes })))).toEqual([
      HEADING,
      '  ! n1: label bundle.prod.data-1 was removed',
      '  ! n2: label bundle.prod.data-1 was added',
    ]);
  });

  it('tells no label that init or prepare adds for the next release', () => {
    const nodes = [
      NODES[0]!,
      { ...NODES[1]!, labels: { 'bundle.prod.data-2': 'true', 'bundle.prod.query-1': 'true' } },
    ];
    const prepared = [{ nodeId: 'id-n2', node: 'n2', key: 'bundle.prod.data-2' }];
    expect(drift(live({ nodes }), { prepared }).labels).toEqual([
      { kind: 'added', node: 'n2', key: 'bundle.prod.query-1' },
    ]);
  });

  it('tells a label that went with its node from one that a hand took off', () => {
    const found = drift(live({ nodes: NODES.slice(1) }));
    expect(found.labels).toEqual([{ kind: 'removed', node: 'n1', key: 'bundle.prod.data-1', gone: true }]);
    expect(describedDrift(found)).toEqual([
      HEADING,
      '  ! n1 is not in the swarm any more, and its label bundle.prod.data-1 with it',
    ]);
  });

  describe('of a node that joined the swarm again, with another id', () => {
    const [old, other] = [NODES[0]!, NODES[1]!];
    const key = 'bundle.prod.data-1';
    const again = (labels: Record<string, string>) => ({ ...old, id: 'id-again', labels });

    it.each([
      ['its old entry removed', []],
      ['its old entry still there', [{ ...old, state: 'down' as const }]],
      ['its old entry without the label', [{ ...old, state: 'down' as const, labels: {} }]],
    ])('has its label on it: %s', (_what, entries) => {
      expect(drift(live({ nodes: [...entries, again({ [key]: 'true' }), other] })).labels).toEqual([]);
    });

    it.each([
      ['its old entry removed', []],
      ['its old entry still there, with the label', [{ ...old, state: 'down' as const }]],
    ])('tells that it is there, without its label: %s', (_what, entries) => {
      const found = drift(live({ nodes: [...entries, again({}), other] }));
      expect(found.labels).toEqual([{ kind: 'removed', node: 'n1', key, joinedAgainAs: 'id-again' }]);
      expect(describedDrift(found)).toEqual([
        HEADING,
        `  ! n1 joined the swarm again as id-again, without its label ${key}`,
      ]);
    });

    it('is not another machine of its name that is up as well', () => {
      expect(drift(live({ nodes: [{ ...old, labels: {} }, again({ [key]: 'true' }), other] })).labels).toEqual([
        { kind: 'removed', node: 'n1', key },
        { kind: 'added', node: 'n1', key },
      ]);
    });
  });

  describe('after a release that was begun and not finished', () => {
    const next = stackDocument({
      ...document,
      services: { manager: { ...document.services['manager']!, image: 'manager:3' }, 'data-2': service() },
    });
    const begun: DeployedRelease = {
      ...release,
      number: 5,
      document: next,
      images: {},
      nodeLabels: [{ nodeId: 'id-n2', node: 'n2', key: 'bundle.prod.data-2' }],
    };
    const of = (given: LiveStack): Drift => drift(given, { release: begun, previous: release });

    it('takes either state of each service and label for right', () => {
      expect(of(live())).toMatchObject({ services: [], labels: [] });
      const done = holding(
        next,
        [
          { ...NODES[0]!, labels: {} },
          { ...NODES[1]!, labels: { 'bundle.prod.data-2': 'true' } },
        ],
        release.environment,
      );
      expect(of(done)).toMatchObject({ services: [], labels: [] });
      expect(of({ ...done, services: [...done.services, live().services[1]!] })).toMatchObject({ services: [] });
    });

    it('takes a service that it stopped, to move it, for its own work', () => {
      const stopped = edited((spec) => void (spec.Mode = { Replicated: { Replicas: 0 } }));
      expect(of(stopped).services).toEqual([]);
      expect(drift(stopped).services).toMatchObject([
        { name: 'manager', changes: [{ field: 'replicas', found: '0' }] },
      ]);
    });

    it('tells what is neither, against the newer', () => {
      const found = of(edited((spec) => void (spec.Mode = { Replicated: { Replicas: 3 } })));
      expect(found.services.map(({ name, changes }) => ({ name, fields: changes.map(({ field }) => field) }))).toEqual([
        { name: 'manager', fields: ['image', 'replicas'] },
      ]);
      expect(of(live({ services: [] })).services).toEqual([
        { name: 'manager', kind: 'removed', changes: [], rolledBack: false },
      ]);
    });
  });
});
