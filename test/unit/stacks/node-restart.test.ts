/** The runbook of every stack says how a node is restarted without its tasks being killed. */
import { describe, expect, it } from 'vitest';
import { validateAnswers } from '../../support/answers.ts';
import { cluster, rendered } from './imply.ts';

const made = (stack: string, more: object = {}) =>
  validateAnswers({ version: 1, stack, name: 'ev', ...more }, 'bundle.yaml');
const NODES = ['a', 'b', 'c'];
/** With these agents beside a master and a query agent, a node each. */
const agents = (more: Record<string, object>) =>
  cluster({
    agents: Object.fromEntries(
      Object.entries({ master: {}, query: {}, ...more }).map(([role, each]) => [role, { ...each, nodes: ['a'] }]),
    ),
  });
const apart = { apart: true, nodes: NODES, count: 3 };
const BUNDLES = {
  imply: cluster({}),
  'imply that drains shortly': agents({ data: { gracePeriod: '1m' } }),
  'imply with tiers': agents({ data: { gracePeriod: '1h' }, dataTier2: { replicas: 1, gracePeriod: '90m' } }),
  zookeeper: made('zookeeper', { servers: 3, nodes: NODES }),
  'one zookeeper': made('zookeeper', { servers: 1, nodes: ['a'] }),
  kafka: made('kafka', { brokers: 3, nodes: NODES }),
  'one broker': made('kafka', { brokers: 1, nodes: ['a'] }),
  'controllers apart': made('kafka', { brokers: 1, nodes: ['a'], controllers: apart }),
};

describe.each(Object.entries(BUNDLES))('a node of %s that is to be restarted', (_name, bundle) => {
  const sections = bundle.definition.plan(bundle.name, bundle.answers).runbook();
  const [text = '', ...more] = sections.flatMap(({ title, markdown }) =>
    title === 'A node is to be restarted' ? [markdown] : [],
  );

  it('is drained, ends what it runs, restarts, takes tasks again, and is verified', () => {
    expect(more).toEqual([]);
    const order = [
      '`bundle verify` must pass before',
      'docker node update --availability drain NODE',
      'docker ps -q -f label=com.docker.swarm.task.id',
      'Restart the node',
      'docker node update --availability active NODE',
      '`bundle verify` must pass again',
    ];
    const places = order.map((each) => text.indexOf(each));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  });

  it('says the longest time that stack.yml gives', () => {
    const graces = Object.values(rendered(bundle).document.services).map(({ stopGracePeriod }) => stopGracePeriod);
    const [, longest] = /here after up to (\S+);/.exec(text) ?? [];
    expect(graces).toContain(longest);
    const seconds = (time = ''): number =>
      [...time.matchAll(/(\d+)([hms])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1),
        0,
      );
    expect(Math.max(...graces.map(seconds))).toBe(seconds(longest));
  });
});
