import { describe, expect, it } from 'vitest';
import { subnets } from '../../../src/checks/subnet.ts';
import type { CheckContext } from '../../../src/checks/check.ts';
import type { SwarmNetwork } from '../../../src/engine/port.ts';
import { context, node } from '../../support/check-context.ts';

const network = (name: string, subnet: string, driver = 'overlay'): SwarmNetwork => ({
  id: `id-${name}`,
  name,
  labels: {},
  driver,
  attachable: false,
  internal: false,
  options: {},
  subnets: [subnet],
});
/** The stack's own. */
const own = (subnet: string): SwarmNetwork => ({
  ...network('prod_imply', subnet),
  labels: { 'com.docker.stack.namespace': 'prod' },
});
const INGRESS = network('ingress', '10.0.0.0/24');
const BRIDGES = [network('bridge', '172.17.0.0/16', 'bridge'), network('docker_gwbridge', '172.18.0.0/16', 'bridge')];
const NODES = [
  node('n1', { address: '10.77.0.1' }),
  node('n2', { address: '10.77.0.2' }),
  node('n3', { address: 'fd00::3' }),
];

interface Given {
  subnet?: string;
  networks?: SwarmNetwork[];
  nodes?: typeof NODES;
  pool?: { ranges: string[]; prefix: number } | undefined;
  answers?: Record<string, unknown>;
}

function given({ subnet, networks = [], nodes = NODES, answers = {}, ...rest }: Given): CheckContext {
  const live = [INGRESS, ...BRIDGES, ...networks];
  const made = context(
    { ...answers, ...(subnet === undefined ? {} : { network: { subnet } }) },
    { nodes, engine: { networks: async () => live } },
  );
  const pool = 'pool' in rest ? rest.pool : { ranges: ['10.0.0.0/8'], prefix: 24 };
  const swarm = { state: 'active' as const, manager: true, nodeId: 'x', ...(pool ? { addressPool: pool } : {}) };
  return { ...made, info: { version: '24', apiVersion: '1.43', hostname: 'n1', systemTime: '', swarm } };
}
const found = async (from: Given) => (await subnets.run(given(from))).map(({ level, text }) => `${level}: ${text}`);

describe('subnets, of a network that is still to be made', () => {
  it('is content with one that has room and meets nothing, and says what it cannot see', async () => {
    expect(await found({ subnet: '10.20.0.0/24' })).toEqual([
      'ok: prod_imply: 10.20.0.0/24 has room (254 usable, 18 needed) and meets no other network of the swarm ' +
        'and no node’s address; what else the hosts route to cannot be seen from here',
    ]);
  });

  it.each([
    ['another stack’s', '10.20.0.0/16', 'error: prod_imply: 10.20.0.0/16 overlaps network other_net (10.20.7.0/24)'],
    ['ingress', '10.0.0.0/25', 'error: prod_imply: 10.0.0.0/25 overlaps network ingress (10.0.0.0/24)'],
    [
      'the gateway bridge',
      '172.18.4.0/24',
      'error: prod_imply: 172.18.4.0/24 overlaps network docker_gwbridge (172.18.0.0/16)',
    ],
    [
      'a node’s address',
      '10.77.0.0/24',
      'error: prod_imply: 10.77.0.0/24 holds the address of node n1 (10.77.0.1), which its tasks then cannot reach',
    ],
  ])('refuses one that meets %s', async (_what, subnet, text) =>
    expect((await found({ subnet, networks: [network('other_net', '10.20.7.0/24')] }))[0]).toBe(text),
  );

  it('does not count the address that a node had before it joined again; one that is merely down counts', async () => {
    const old = node('n2', { id: 'old', state: 'down', address: '10.9.0.12' });
    const of = async (nodes: typeof NODES) =>
      (await found({ subnet: '10.9.0.0/24', nodes })).map((text) => text.slice(0, 6));
    expect(await of([...NODES, old])).toEqual(['ok: pr']);
    expect(await of([...NODES.slice(0, 1), old])).toEqual(['error:']);
  });

  it('does not mind a bridge that no task is on', async () =>
    expect((await found({ subnet: '172.17.4.0/24' }))[0]).toMatch(/^ok/));

  it('judges swarm’s own pool where none is named', async () => {
    expect(await found({})).toEqual([
      'ok: prod_imply: swarm chooses a /24 of 10.0.0.0/8 (254 usable, 18 needed); what the hosts route to ' +
        'cannot be seen from here',
    ]);
    expect((await found({ pool: { ranges: ['10.0.0.0/8'], prefix: 28 } }))[0]).toBe(
      'error: prod_imply: swarm would give it a /28 with 14 usable addresses, and it needs 18 addresses: 2 for ' +
        'each of 7 tasks (an update needs both), 1 for each of 3 nodes, the gateway',
    );
    expect((await found({ nodes: [node('n1', { address: '10.0.3.1' })] }))[0]).toBe(
      'warning: prod_imply: swarm takes its subnet from 10.0.0.0/8, where this node is too: n1 (10.0.3.1)',
    );
    expect((await found({ pool: undefined }))[0]).toMatch(/^info: .*does not say from which pool/);
  });
});

describe('subnets, of a network that exists', () => {
  it('judges what it has, not what bundle.yaml says', async () => {
    const findings = await subnets.run(given({ subnet: '10.20.0.0/24', networks: [own('10.77.0.0/28')] }));
    expect(findings.map(({ text }) => text)).toEqual([
      'prod_imply: 10.77.0.0/28 has 14 usable addresses and needs 18 addresses: 2 for each of 7 tasks (an ' +
        'update needs both), 1 for each of 3 nodes, the gateway',
      'prod_imply: 10.77.0.0/28 holds the address of node n1 (10.77.0.1), which its tasks then cannot reach',
      'prod_imply: 10.77.0.0/28 holds the address of node n2 (10.77.0.2), which its tasks then cannot reach',
    ]);
    expect(findings[0]?.hint).toMatch(/bundle destroy/);
  });

  it('does not take it for another', async () =>
    expect((await found({ networks: [own('10.0.1.0/24')] }))[0]).toMatch(/^ok: prod_imply: 10\.0\.1\.0\/24/));

  it('says nothing of one that somebody else made under its name', async () =>
    expect(await found({ networks: [network('prod_imply', '10.77.0.0/28')] })).toEqual([]));
});

it('counts the virtual IP of an ingress port', async () => {
  expect(
    (await found({ subnet: '10.20.0.0/24', answers: { manager: { nodes: ['n1'], portMode: 'ingress' } } }))[0],
  ).toContain('19 needed');
});
