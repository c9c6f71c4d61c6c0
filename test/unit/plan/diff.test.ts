import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredSpecs, type DesiredService } from '../../../src/plan/convert.ts';
import { diffService, type FieldChange } from '../../../src/plan/diff.ts';
import type { ServiceSpec } from '../../../src/compose/spec.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import { documents, services } from '../compose/arbitrary.ts';
import { documentOf, richDocument, stackDocument } from '../compose/documents.ts';
import { asLive, networkIds } from './engine.ts';
import { baseDocument, changedDocument, expectedFields, MUTATIONS } from './mutations.ts';
import recorded from './rich.live.json' with { type: 'json' };

const NETWORKS = networkIds(['prod_internal', 'prod_second', 'prod_default']);
const environment = { SUPPLIED: 'one', OTHER: 'two', DB_PASSWORD: 'p$a-ss' };
const desired = (document: StackDocument): Record<string, DesiredService> =>
  desiredSpecs('prod', document, { environment });
const the = (services: Record<string, DesiredService>, name: string): DesiredService => {
  const found = services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
};
const db = (overrides: Parameters<typeof documentOf>[0]): DesiredService => the(desired(documentOf(overrides)), 'db');
const changes = (after: DesiredService, live: ServiceSpec): FieldChange[] => diffService(after, live, NETWORKS);

describe('diffService', () => {
  it.each(Object.entries(recorded.services))(
    'finds nothing in what a real engine made of the rich document: %s',
    (name, live) => {
      const networks = new Map(Object.entries(recorded.networks));
      expect(diffService(the(desired(richDocument()), name), live as ServiceSpec, networks)).toEqual([]);
    },
  );

  it('finds nothing in what an engine makes of any document', () => {
    fc.assert(
      fc.property(documents, (document) => {
        for (const one of Object.values(desired(document))) {
          const names = (one.spec.TaskTemplate?.Networks ?? []).map((network) => network.Target ?? '');
          expect(diffService(one, asLive(one), networkIds(names))).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds something wherever the specifications differ, and only there', () => {
    const keys = fc.subarray(
      [
        'entrypoint',
        'command',
        'environment',
        'hostname',
        'init',
        'healthcheck',
        'secrets',
        'volumes',
        'ports',
        'logging',
        'stopGracePeriod',
        'deploy',
        'networks',
      ] as const,
      { minLength: 1, maxLength: 2 },
    );
    fc.assert(
      fc.property(services, services, keys, (one, other, mixed) => {
        const changed = {
          ...one,
          ...Object.fromEntries(mixed.map((key) => [key, other[key]]).filter(([, value]) => value !== undefined)),
        };
        const [before, after] = [one, changed].map((each) =>
          the(desired(stackDocument({ services: { db: each } })), 'db'),
        );
        if (before === undefined || after === undefined) throw new Error('two services were converted');
        const names = [before, after].flatMap((each) =>
          (each.spec.TaskTemplate?.Networks ?? []).map((network) => network.Target ?? ''),
        );
        const same = JSON.stringify(before.spec) === JSON.stringify(after.spec);
        expect(diffService(after, asLive(before), networkIds(names)).length === 0).toBe(same);
      }),
      { numRuns: 300 },
    );
  });

  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'names exactly what changed: %s',
    (name, mutation) => {
      const before = asLive(the(desired(baseDocument('example/server:1')), name));
      const after = the(desired(changedDocument('example/server:1', [mutation])), name);
      const found = changes(after, before);
      expect(found.map((one) => one.field).sort()).toEqual(expectedFields(mutation).sort());
      expect(new Set(found.map((one) => one.effect))).toEqual(new Set([mutation.effect]));
      expect(changes(after, asLive(after))).toEqual([]);
    },
  );

  it('shows versions, counts and ports, with what was and what will be', () => {
    const before = asLive(
      db({ image: 'a/b:1', secrets: [{ source: 'ca', target: 'ca.pem' }], deploy: { ...baseDeploy(), replicas: 2 } }),
    );
    const after = db({ image: 'a/b:2', ports: [{ target: 80, published: 8080, mode: 'host' }], deploy: baseDeploy() });
    expect(changes(after, before)).toEqual([
      { field: 'image', kind: 'changed', from: 'a/b:1', to: 'a/b:2', effect: 'restart' },
      { field: 'port 8080/tcp', kind: 'added', to: 'to 80, host', effect: 'restart' },
      { field: 'replicas', kind: 'changed', from: '2', to: '1', effect: 'in place' },
      { field: 'secret ca.pem', kind: 'removed', from: 'prod_ca.v1', effect: 'restart' },
    ]);
  });

  it('shows no value that may be a secret', () => {
    const before = db({
      environment: { A: 'hunter1' },
      command: ['--password=hunter2'],
      healthcheck: { test: ['CMD', 'hunter3'], interval: '1s', timeout: '1s', retries: 1 },
      logging: { driver: 'splunk', options: { token: 'hunter4' } },
    });
    const after = db({ environment: { A: 'hunter5', B: 'hunter6' }, command: ['hunter7'] });
    const found = changes(after, asLive(before));
    expect(found.map((one) => one.field)).toEqual([
      'command',
      'environment A',
      'environment B',
      'logging driver',
      'logging option max-size',
      'health check',
      'logging option token',
    ]);
    expect(JSON.stringify(found)).not.toContain('hunter');
    expect(JSON.stringify(changes(before, asLive(after)))).not.toContain('hunter');
  });

  it('does not compare a value that was not supplied, in either direction', () => {
    const document = documentOf({ environment: { PASSWORD: { fromEnvironment: 'NOT_SUPPLIED', hint: '' }, A: 'x' } });
    const one = the(desired(document), 'db');
    expect(one.unknownEnvironment).toEqual(['PASSWORD']);
    const live = asLive(one);
    live.TaskTemplate?.ContainerSpec?.Env?.push('PASSWORD=whatever');
    expect(changes(one, live)).toEqual([]);
    live.TaskTemplate?.ContainerSpec?.Env?.push('B=added by hand');
    expect(changes(one, live).map((change) => change.field)).toEqual(['environment B']);
  });

  it('reports what somebody changed by hand beyond the keys of a document', () => {
    const one = db({ volumes: [{ type: 'volume', source: 'data', target: '/data' }] });
    const live = JSON.parse(JSON.stringify(asLive(one))) as {
      Labels: object;
      TaskTemplate: { ContainerSpec: { Mounts: object[] } };
    };
    Object.assign(live.TaskTemplate.ContainerSpec, {
      User: 'root',
      Groups: ['wheel'],
      DNSConfig: { Options: ['ndots:3'] },
      Privileges: { NoNewPrivileges: true },
    });
    Object.assign(live.Labels, { note: 'x' });
    Object.assign(live.TaskTemplate.ContainerSpec.Mounts[0] ?? {}, { Consistency: 'cached' });
    expect(changes(one, live as ServiceSpec)).toEqual([
      { field: 'user', kind: 'removed', from: 'root', effect: 'restart' },
      { field: 'label note', kind: 'removed', effect: 'in place' },
      { field: 'TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges', kind: 'removed', effect: 'restart' },
      { field: 'TaskTemplate.ContainerSpec.Groups', kind: 'removed', effect: 'restart' },
      { field: 'TaskTemplate.ContainerSpec.DNSConfig.Options', kind: 'removed', effect: 'restart' },
      { field: 'mount /data Consistency', kind: 'removed', effect: 'restart' },
    ]);
  });

  it.each([
    ['server', 'docker.io/library/server:latest@sha256:0'],
    ['server:1', 'server:1@sha256:0'],
    ['registry.example.org:5000/a/server', 'registry.example.org:5000/a/server:latest@sha256:0'],
    [`server:1@sha256:${'0'.repeat(64)}`, `server:1@sha256:${'0'.repeat(64)}`],
  ])('takes %s and %s for the same image', (image, live) => {
    const one = db({ image });
    const spec = asLive(one);
    if (spec.TaskTemplate?.ContainerSpec) spec.TaskTemplate.ContainerSpec.Image = live;
    expect(changes(one, spec)).toEqual([]);
  });

  it('is not confused by a secret whose target reads like a property of another', () => {
    const secrets = [
      { source: 'one', target: 'key' },
      { source: 'two', target: 'key mode', mode: 0o400 },
    ];
    const found = changes(
      db({
        secrets: [
          { source: 'one', target: 'key' },
          { source: 'two', target: 'key mode', mode: 0o444 },
        ],
      }),
      asLive(db({ secrets })),
    );
    expect(found.map((change) => change.field)).toEqual(['secret key mode mode']);
  });

  it('believes the image, not the label, where somebody changed it by hand', () => {
    const one = db({ image: 'server:1' });
    const spec = asLive(one);
    if (spec.TaskTemplate?.ContainerSpec) spec.TaskTemplate.ContainerSpec.Image = 'server:2@sha256:0';
    expect(changes(one, spec)).toEqual([
      { field: 'image', kind: 'changed', from: 'server:2@sha256:0', to: 'server:1', effect: 'restart' },
    ]);
  });

  it('fills in the defaults of the engine', () => {
    const one = db({ deploy: baseDeploy() });
    const live = asLive(one);
    delete live.UpdateConfig;
    delete live.EndpointSpec;
    delete live.TaskTemplate?.RestartPolicy;
    delete live.TaskTemplate?.ContainerSpec?.StopGracePeriod;
    live.RollbackConfig = {
      Parallelism: 1,
      FailureAction: 'pause',
      Monitor: 5e9,
      MaxFailureRatio: 0,
      Order: 'stop-first',
    };
    expect(changes(one, live).map((change) => change.field)).toEqual(['endpoint mode']);
  });
});

/** As an engine fills it in: 10 s grace, restart any after 5 s, updates one by one. */
function baseDeploy(): NonNullable<Parameters<typeof documentOf>[0]['deploy']> {
  return {
    endpointMode: 'dnsrr',
    replicas: 1,
    constraints: [],
    restart: { condition: 'any', delay: '5s' },
    update: { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' },
  };
}
