import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { SwarmNode } from '../../../../src/engine/port.ts';
import { nodeExpiry, rootExpiry } from '../../../../src/verify/expiry/swarm.ts';
import { node } from '../../../support/check-context.ts';
import { certify, type Identity } from '../../../unit/verify/endpoints/material.ts';

const DAY = 86_400_000;
const root = certify(undefined, { cn: 'swarm-ca', ca: true, until: 400 });
const other = certify(undefined, { cn: 'swarm-ca', ca: true });
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A manager's port: it asks for a client's certificate and goes on without one, as swarmkit's does. */
async function manager({ certificate, key }: Identity, id = 'id1'): Promise<SwarmNode> {
  const server = createServer({ cert: certificate, key, requestCert: true, rejectUnauthorized: false });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...node('node1'),
    id,
    role: 'manager',
    managerAddress: `127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
}

const ask = (nodes: SwarmNode[], days: number) =>
  nodeExpiry(
    {
      nodes: () => Promise.resolve(nodes),
      swarmTrust: () => Promise.resolve({ roots: [other.certificate, root.certificate] }),
    },
    { limit: { ms: days * DAY, text: `${days}d` }, now: { here: new Date() }, signal: new AbortController().signal },
  );

describe('the swarm’s own certificates', () => {
  it('a manager shows its own to anybody', async () => {
    const shown = await manager(certify(root, { names: ['id1', 'swarm-manager'], until: 25.5 }));
    expect(await ask([shown], 20)).toMatchObject([
      {
        service: 'swarm',
        node: 'node1',
        check: 'expiry',
        status: 'passed',
        detail: expect.stringContaining('node1: 25 days left') as string,
        certificate: { daysLeft: 25 },
      },
    ]);
  });

  // Of certificates of 90 days.
  it.each([
    [25.5, 30, 'passed', /25 days left, until [-\d]+; the swarm renews it by itself, at the latest with 18 days left$/],
    [18.5, 91, 'passed', /18 days left, until [-\d]+; the swarm renews it by itself, at the latest with 18 days left$/],
    [17.5, 30, 'failed', /17 days left, until [-\d]+: it ends sooner than in 30d$/],
    [17.5, 14, 'passed', /17 days left, until [-\d]+$/],
    [5.5, 14, 'failed', /5 days left, until [-\d]+: it ends sooner than in 14d$/],
  ])('of a node, with %d days left and %d asked for: %s', async (until, days, status, detail) => {
    const [result] = await ask([await manager(certify(root, { names: ['id1'], from: until - 90, until }))], days);
    expect(result).toMatchObject({ status, detail: expect.stringMatching(detail) as string });
  });

  it('is not told of what somebody else shows at that port', async () => {
    const strangers = [
      await manager(certify(root, { names: ['id2'] })),
      await manager(certify(certify(undefined, { cn: 'swarm-ca', ca: true }), { names: ['id1'] })),
    ];
    for (const result of await ask(strangers, 0))
      expect(result).toMatchObject({
        status: 'unsure',
        detail: expect.stringContaining('no certificate of this node and swarm') as string,
      });
  });

  it('a worker’s, and a manager’s that cannot be reached, are not run, with where to look', async () => {
    const worker = { ...node('node2'), role: 'worker' as const };
    const away = await manager(certify(root, { names: ['id1'] }));
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await ask([away, worker], 30)).toMatchObject([
      { node: 'node1', status: 'not-run', detail: expect.stringMatching(/connection refused.*openssl x509/) as string },
      { node: 'node2', status: 'not-run', detail: expect.stringMatching(/to managers only.*openssl x509/) as string },
    ]);
  });

  it('tells of every root, two while it is replaced', async () => {
    const roots = [root, certify(undefined, { cn: 'swarm-ca', ca: true, until: -0.5 })].map(
      ({ certificate }) => certificate,
    );
    const results = await rootExpiry(
      { swarmTrust: () => Promise.resolve({ roots }) },
      { ms: 0, text: '0d' },
      { here: new Date() },
    );
    expect(results.map(({ status, detail }) => `${status}: ${detail}`)).toEqual([
      expect.stringContaining('passed: root CA CN=swarm-ca: 399 days left'),
      expect.stringMatching(/^failed: root CA CN=swarm-ca: expired on .*docker swarm ca --rotate/),
    ]);
  });
});
