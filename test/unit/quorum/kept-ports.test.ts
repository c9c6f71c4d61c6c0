import { describe, expect, it } from 'vitest';
import type { SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { PORTS_FIELD } from '../../../src/plan/diff.ts';
import { keptPorts, mayKeepPorts } from '../../../src/quorum/kept-ports.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { service as composed, stackDocument } from '../compose/documents.ts';
import { holding } from '../plan/engine.ts';

const spec = (published: number[], Mode = 'dnsrr', more: object = {}): SwarmService['spec'] => ({
  TaskTemplate: {},
  EndpointSpec: {
    Mode,
    Ports: published.map((port) => ({
      Protocol: 'tcp',
      TargetPort: 80,
      PublishedPort: port,
      PublishMode: 'host',
    })),
  },
  ...more,
});
/** Published 80 before the last update, and 81 now. */
const service = (change: Partial<SwarmService> = {}): SwarmService =>
  ({
    id: 'S',
    name: 's_app',
    mode: { kind: 'replicated', replicas: 1 },
    updatedAt: '2026-01-01T12:00:00Z',
    spec: spec([81]),
    previousSpec: spec([80]),
    ...change,
  }) as SwarmService;
const task = (change: Partial<SwarmTask> = {}): SwarmTask =>
  ({ serviceId: 'S', desiredState: 'running', createdAt: '2026-01-01T11:00:00Z', ...change }) as SwarmTask;

describe('a task with the ports of before', () => {
  it.each([
    ['another port', service(), '80/tcp', '81/tcp'],
    ['the first port', service({ previousSpec: spec([]) }), 'none', '81/tcp'],
    ['no port any more', service({ spec: spec([]) }), '80/tcp', 'none'],
    ['another mode', service({ spec: spec([80], 'vip') }), undefined, undefined],
  ])('is found by the update that has no status: %s', (_what, found, from, to) => {
    const kept = keptPorts(mayKeepPorts([found]), [task()]);
    expect([...kept]).toEqual([['S', expect.objectContaining({ field: PORTS_FIELD, effect: 'restart' })]]);
    expect([kept.get('S')?.from, kept.get('S')?.to]).toEqual([from, to]);
  });

  it.each<[string, SwarmService, SwarmTask?]>([
    ['the swarm replaces tasks', service({ updateStatus: { state: 'updating', message: '' } })],
    ['another update followed', service({ previousSpec: spec([81]) })],
    ['it is the first specification', service({ previousSpec: undefined } as unknown as SwarmService)],
    ['its ports stand in another order', service({ spec: spec([80, 81]), previousSpec: spec([81, 80]) })],
    ['it is a job', service({ mode: { kind: 'replicated-job', replicas: 1 } })],
    ['the task came after it', service(), task({ createdAt: '2026-01-01T12:00:05Z' })],
    ['the task is to end', service(), task({ desiredState: 'shutdown' })],
    ['the task is another service’s', service(), task({ serviceId: 'O' })],
  ])('is none if %s', (_what, found, one = task()) => {
    expect(keptPorts(mayKeepPorts([found]), [one]).size).toBe(0);
  });
});

describe('a plan', () => {
  const change = { field: PORTS_FIELD, kind: 'changed', effect: 'restart', from: '80/tcp', to: 'none' } as const;
  const document = stackDocument({ services: { app: composed(), other: composed() } });
  const planned = (wanted = document) => {
    const live = holding(document, []);
    const ids = live.services.filter(({ name }) => name.endsWith('_app')).map(({ id }) => id);
    const keptPorts = new Map(ids.map((id) => [id, change]));
    return planChanges({ stack: 'prod', document: wanted, placements: [], live: { ...live, keptPorts } });
  };

  it('restarts a service whose task has the ports of before, though nothing else changes', () => {
    const { empty, services, restarts } = planned();
    expect(empty).toBe(false);
    expect(services.map(({ name, action }) => [name, action])).toEqual([
      ['app', 'update'],
      ['other', 'unchanged'],
    ]);
    expect(services[0]?.changes).toEqual([change]);
    expect(restarts.flatMap((each) => each.services.map(({ name }) => name))).toEqual(['app']);
  });

  it('has no word on them if the service restarts anyhow', () => {
    const next = stackDocument({ services: { app: composed({ image: 'example/server:2' }), other: composed() } });
    expect(planned(next).services[0]?.changes.map(({ field }) => field)).toEqual(['image']);
  });
});
