import { describe, expect, it } from 'vitest';
import type { StackDocument } from '../../../src/compose/types.ts';
import { planChanges, type PlanInput } from '../../../src/plan/plan.ts';
import { describePlan } from '../../../src/plan/describe.ts';
import { deploy, service, stackDocument } from '../compose/documents.ts';
import { holding } from './engine.ts';

const pinned = (role: string, source = role) =>
  service({
    volumes: [{ type: 'volume', source, target: '/data' }],
    deploy: deploy({ constraints: [`node.labels.bundle.prod.${role} == true`] }),
  });
const document = stackDocument({
  services: { 'data-1': pinned('data-1'), 'data-2': pinned('data-2') },
  volumes: { 'data-1': {}, 'data-2': {} },
});
const PLACEMENTS = [
  { role: 'data-1', nodes: ['n1'], services: ['data-1'] },
  { role: 'data-2', nodes: ['n2'], services: ['data-2'] },
];
const LABELLED = [
  { id: 'id-n1', hostname: 'n1', state: 'ready' as const, labels: { 'bundle.prod.data-1': 'true' } },
  { id: 'id-n2', hostname: 'n2', state: 'ready' as const, labels: { 'bundle.prod.data-2': 'true' } },
];
const BARE = LABELLED.map((node) => ({ ...node, labels: {} }));
const LABELS = { 'com.docker.stack.namespace': 'prod' };
const holds = (labels: Record<string, string>, ...names: string[]) => ({
  nodeId: 'id-n1',
  volumes: names.map((name) => ({ id: name, name, labels })),
});
const on = (...names: string[]) => holds(LABELS, ...names);

function volumes(
  held: StackDocument,
  overrides: Partial<PlanInput> = {},
  live: Partial<PlanInput['live']> = {},
): string[] {
  const plan = planChanges({
    stack: 'prod',
    document,
    placements: PLACEMENTS,
    live: { ...holding(held, LABELLED), ...live },
    ...overrides,
  });
  // Heads of blocks about volumes, each with what is below it.
  let within = false;
  return describePlan(plan).filter((line) => {
    if (!line.startsWith(' ')) within = / volumes?( |$)/.test(line);
    return within;
  });
}
const none = stackDocument({ services: {} });

describe('volumes in a plan', () => {
  it('are silent where the services run', () => {
    expect(volumes(document)).toEqual([]);
    expect(volumes(document, {}, { volumes: on('prod_data-1') })).toEqual([]);
    // No task of it has started yet: that is no change of this plan.
    expect(volumes(document, {}, { volumes: on() })).toEqual([]);
  });

  it('that are to have another driver or other options are told: docker changes none that exists', () => {
    const by = (volume: StackDocument['volumes'][string]): StackDocument => ({
      ...document,
      volumes: { ...document.volumes, 'data-1': volume },
    });
    const told = [
      '! 1 volume with another driver or other options: docker changes none that exists',
      '    n1  prod_data-1',
    ];
    expect(volumes(by({ driverOpts: { type: 'nfs' } }))).toEqual([
      ...told,
      '~ data-1 restarts  mount /data volume option type removed',
    ]);
    expect(volumes(document, { document: by({ driver: 'other' }) })).toEqual([
      ...told,
      '~ data-1 restarts  mount /data volume driver added: other',
    ]);
    // The engine's own driver, by its name or without: the same.
    expect(volumes(document, { document: by({ driver: 'local' }) })).toEqual([]);
  });

  it('are made where the labels will be; of other nodes it cannot be seen', () => {
    expect(volumes(none, {}, { nodes: BARE, volumes: on() })).toEqual([
      '+ 2 volumes',
      '    n1  prod_data-1',
      '    n2  prod_data-2',
      '    those on n2 may exist already, with data: only that node can tell',
    ]);
  });

  it('are there from before', () => {
    expect(volumes(none, {}, { nodes: BARE, volumes: on('prod_data-1') }).slice(-2)).toEqual([
      '= 1 volume from before: the data in it is used',
      '    n1  prod_data-1',
    ]);
  });

  it('are there from before without a label too: swarm takes them by their name', () => {
    const there = (labels: Record<string, string>, ...names: string[]) =>
      volumes(none, {}, { nodes: BARE, volumes: holds(labels, ...names) });
    expect(there({}, 'prod_data-1', 'data-1', 'prod_other')).toEqual(
      there({ 'com.docker.stack.namespace': 'prod' }, 'prod_data-1'),
    );
    expect(there({ 'com.docker.compose.project': 'x' }, 'prod_data-1').slice(-1)).toEqual(['    n1  prod_data-1']);
    expect(there({ 'com.docker.stack.namespace': 'other' }, 'prod_data-1'), 'of another stack').toEqual(there({}));
    // One that leaves the document is known by the service that runs with it.
    const one = stackDocument({ services: { 'data-2': pinned('data-2') }, volumes: { 'data-2': {} } });
    expect(volumes(document, { document: one }, { volumes: holds({}, 'prod_data-1') })).toEqual([
      '! 1 volume no longer used, and not deleted',
      '    n1  prod_data-1',
    ]);
  });

  it('stay behind when their service goes, and when nothing names them', () => {
    const one = stackDocument({ services: { 'data-1': pinned('data-1') }, volumes: { 'data-1': {} } });
    expect(volumes(document, { document: one })).toEqual([
      '! 1 volume no longer used, and not deleted',
      '    n2  prod_data-2',
    ]);
    expect(volumes(document, {}, { volumes: on('prod_data-1', 'prod_old') })).toEqual([
      '! 1 volume no longer used, and not deleted',
      '    n1  prod_old',
    ]);
  });

  it('stay behind when their service moves, which finds another one', () => {
    const swapped = [
      { role: 'data-1', nodes: ['n1'], services: ['data-1'] },
      { role: 'data-2', nodes: ['n1'], services: ['data-2'] },
    ];
    expect(volumes(document, { placements: swapped }, { volumes: on('prod_data-1') })).toEqual([
      '+ 1 volume',
      '    n1  prod_data-2',
      '! 1 volume no longer used, and not deleted',
      '    n2  prod_data-2',
    ]);
  });

  it('are not where only a stray label is', () => {
    const [one, two] = LABELLED;
    const stray = [{ ...one!, labels: { ...one!.labels, 'bundle.prod.data-2': 'true' } }, two!];
    expect(volumes(document, {}, { nodes: stray, volumes: on('prod_data-1') })).toEqual([]);
    expect(volumes(document, {}, { nodes: stray, volumes: on('prod_data-1', 'prod_data-2') })).toEqual([
      '! 1 volume no longer used, and not deleted',
      '    n1  prod_data-2',
    ]);
  });

  it('are shared by services of one node', () => {
    const shared = stackDocument({
      services: { a: pinned('data-1', 'shared'), b: pinned('data-2', 'shared') },
      volumes: { shared: {} },
    });
    expect(volumes(none, { document: shared }, { volumes: on() })).toEqual([
      '+ 2 volumes',
      '    n1  prod_shared',
      '    n2  prod_shared',
      '    those on n2 may exist already, with data: only that node can tell',
    ]);
  });

  it('are somewhere where no label tells the node', () => {
    const free = stackDocument({
      services: { web: service({ volumes: [{ type: 'volume', source: 'cache', target: '/c' }] }) },
      volumes: { cache: {} },
    });
    expect(volumes(none, { document: free })).toEqual(['+ 1 volume', '    prod_cache']);
    expect(volumes(free, { document: free })).toEqual([]);
    // It may be the one that is used: nothing is claimed.
    expect(volumes(free, { document: free }, { volumes: on('prod_cache') })).toEqual([]);
    expect(volumes(free, { document: none })).toEqual(['! 1 volume no longer used, and not deleted', '    prod_cache']);
  });

  it('are not the bound directories', () => {
    const bound = stackDocument({
      services: { web: service({ volumes: [{ type: 'bind', source: '/srv', target: '/c' }] }) },
    });
    expect(volumes(none, { document: bound })).toEqual([]);
  });
});
