import { describe, expect, it } from 'vitest';
import { directoryCommands } from '../../../src/bundle/host-directories.ts';
import { topology } from '../../../src/bundle/topology.ts';
import { validateAnswers } from '../../support/answers.ts';
import { rendered } from '../stacks/imply.ts';

const bundle = (stack: string, answers: object) => {
  const made = validateAnswers({ version: 1, stack, name: 'prod', ...answers }, 'f');
  return { plan: made.definition.plan(made.name, made.answers), document: rendered(made).document };
};
const imply = (deepStorage: object, more: object = {}) =>
  bundle('imply', {
    manager: { nodes: ['n1'] },
    agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { nodes: ['n2', 'n3'], replicas: 2 } },
    deepStorage,
    ...more,
  });
const s3 = { type: 's3', path: 's3://b/' };

describe('the topology', () => {
  it('shows each host with its services and their ports, who dials whom, and what users reach', () => {
    const { plan, document } = imply(s3);
    const text = topology(plan, document);
    const id = (service: string) => new RegExp(`(s\\d+)\\["${service}<br/>`).exec(text)?.[1] ?? 'none';
    expect(text).toMatch(/^flowchart LR\n/);
    expect(text).toMatch(/subgraph h\d\["n3"\]\n {4}s\d+\["imply-data-2<br\/>[^"]*8283[^"]*"\]\n {2}end/);
    const agents = ['imply-master-1', 'imply-query-1', 'imply-data-1', 'imply-data-2'].map(id);
    expect(text).toContain(`  ${agents.join(' & ')} --> ${id('imply-manager')}`);
    expect(text).toContain(`  ${id('imply-manager')} --> ${id('mysql')}`);
    expect(text).toContain(`  users -->|9097| ${id('imply-manager')}\n`);
  });

  it('joins the members of a quorum, each pair once', () => {
    const { plan, document } = bundle('zookeeper', { nodes: ['a', 'b', 'c'] });
    expect(topology(plan, document)).toMatch(/\n {2}s0 <--> s1\n {2}s0 & s1 <--> s2$/);
  });

  it('names servers outside, and who connects to them', () => {
    const { plan, document } = imply(s3, { store: { host: 'db.example.org', user: 'u' } });
    expect(topology(plan, document)).toContain('db.example.org:3306<br/>dialled by the manager and every agent');
  });
});

it('the topology names servers in other stacks, and whose they are', () => {
  const { plan, document } = imply(s3);
  const [servers, clients] = [[{ host: 'store-1', port: 4433 }], 'every agent'];
  const joins = [{ network: 'store', stack: 'st', what: 'store', clients, servers, answer: 'store.stack' }];
  expect(
    topology({ ...plan, joins }, document)
      .split('\n')
      .at(-1),
  ).toBe('  j0["store of stack st<br/>store-1:4433<br/>dialled by every agent"]');
});

describe('host directories', () => {
  it('come with the command that makes them, and the nodes it is for', () => {
    const { plan, document } = imply(
      { sharedMount: '/srv/shared' },
      { manager: { nodes: ['n1'], hostPaths: { var: '/data/m' } } },
    );
    expect(directoryCommands(document, plan.placements)).toEqual([
      'mkdir -p /data/m /srv/shared   # on n1',
      'mkdir -p /srv/shared   # on n2, n3',
    ]);
  });
  it('are none if all data is in volumes', () => {
    const { plan, document } = imply(s3);
    expect(directoryCommands(document, plan.placements)).toEqual([]);
  });
});
