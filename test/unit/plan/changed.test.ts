import { describe, expect, it } from 'vitest';
import { swarmChanged } from '../../../src/plan/changed.ts';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import type { LiveStack } from '../../../src/plan/plan.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { asLive, holding, liveService } from './engine.ts';

const document = stackDocument({
  services: { manager: service({ environment: { PASSWORD: 'hunter2' } }), 'data-1': service() },
  secrets: { token: { name: 'prod_token.v1' } },
});
const NODES = ['n1', 'n2'].map((hostname) => ({
  id: `id-${hostname}`,
  hostname,
  state: 'ready' as const,
  labels: { 'bundle.prod.data-1': 'true', rack: '1' },
}));
const before = (): LiveStack => holding(document, NODES);
const [manager, data] = Object.values(desiredSpecs('prod', document)).map(asLive);
if (manager === undefined || data === undefined) throw new Error('the document has two services');
const changed = (overrides: Partial<LiveStack>): string[] =>
  swarmChanged('prod', before(), { ...before(), ...overrides });

describe('swarmChanged', () => {
  it('is silent where only versions and times moved, and whatever the order of keys and answers', () => {
    const again = before();
    const services = again.services
      .map((one) => ({
        ...one,
        version: 99,
        updatedAt: '2030-01-01T00:00:00Z',
        spec: Object.fromEntries(Object.entries(one.spec).reverse()),
      }))
      .reverse();
    expect(changed({ services, nodes: [...again.nodes].reverse() })).toEqual([]);
  });

  it('names the fields that were edited, and no value', () => {
    const edited = {
      ...manager,
      Mode: { Replicated: { Replicas: 5 } },
      TaskTemplate: {
        ...manager.TaskTemplate,
        ContainerSpec: { ...manager.TaskTemplate?.ContainerSpec, Env: ['PASSWORD=other'] },
      },
    };
    const texts = changed({ services: [liveService(edited), liveService(data)] });
    expect(texts).toEqual(['service manager was edited: environment PASSWORD, replicas']);
    expect(texts.join()).not.toMatch(/hunter2|other/);
  });

  it('sees a forced restart, which no field tells', () => {
    const forced = { ...manager, TaskTemplate: { ...manager.TaskTemplate, ForceUpdate: 4 } };
    expect(changed({ services: [liveService(forced), liveService(data)] })).toEqual(['service manager was edited']);
  });

  it('sees services that came, went, or came again', () => {
    const added = liveService({ Name: 'prod_new', Labels: { 'com.docker.stack.namespace': 'prod' } });
    expect(changed({ services: [liveService(manager, { id: 'another' }), added] })).toEqual([
      'service data-1 was removed',
      'service manager was removed and created again',
      'service new was created',
    ]);
  });

  it('leaves other stacks alone', () => {
    const other = liveService({ Name: 'prod_x', Labels: { 'com.docker.stack.namespace': 'prod_other' } });
    expect(changed({ services: [...before().services, other] })).toEqual([]);
  });

  it('looks at our node labels only', () => {
    const nodes = [{ ...NODES[0]!, labels: { 'bundle.prod.x': 'true', 'bundle.prod.data-1': 'false' } }];
    expect(changed({ nodes })).toEqual([
      'n1 has another value of the label bundle.prod.data-1',
      'n1 got the label bundle.prod.x',
      'n2 lost the label bundle.prod.data-1',
    ]);
  });

  it('sees networks and secrets', () => {
    expect(changed({ networks: [{ ...before().networks[0]!, id: 'another' }], secrets: ['prod_token.v2'] })).toEqual([
      'network prod_internal was removed and created again',
      'secret prod_token.v1 was removed',
      'secret prod_token.v2 was created',
    ]);
    expect(changed({ networks: [] })).toEqual(['network prod_internal was removed']);
  });

  it('sees networks of other stacks if they are joined, and no other', () => {
    const own = before().networks;
    const theirs = {
      ...own[0]!,
      id: 'theirs',
      name: 'store_backend',
      labels: { 'com.docker.stack.namespace': 'store' },
    };
    const seen = (was: LiveStack['networks'], is: LiveStack['networks'], joined: string[]) =>
      swarmChanged('prod', { ...before(), networks: was }, { ...before(), networks: is }, joined);
    expect(seen(own, [...own, theirs], [])).toEqual([]);
    expect(seen([...own, theirs], own, ['another_net'])).toEqual([]);
    expect(seen([...own, theirs], [...own, { ...theirs, id: 'anew' }], ['store_backend'])).toEqual([
      'network store_backend was removed and created again',
    ]);
  });
});
