import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { down, unsupportedReason, up, type Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import type { CliResult } from '../support/cli.ts';
import { Cluster } from '../support/cluster.ts';
import { interceptTls, strangerOn } from '../support/intercepting-proxy.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';

const ID = labId('between');
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`SKIPPED test/swarm/between.test.ts: ${why}\n`);

interface Row {
  service: string;
  check: string;
  status: string;
  detail: string;
}

/** An answer that need not be the task's: from a proxy on the way, or from the operator's own machine. */
describe.skipIf(why !== undefined)('between the operator and a swarm of one host', () => {
  let lab: Lab;
  let cluster: Cluster;
  let answers: string;
  const ASKED = ['https', 'health'];

  beforeAll(async () => {
    await down(ID);
    lab = await up({ id: ID, engine: testEngine(), hosts: 1 });
    const { manager, agent, mysql, zookeeper, probe } = await buildImages(lab, { log: () => undefined });
    cluster = await Cluster.make('between', { lab, images: { manager, agent, mysql, zookeeper } });
    const made = await cluster.init('node1', { 'verify.probeImage': probe });
    expect(made.code, made.all).toBe(0);
    answers = await cluster.read('bundle.yaml');
    await deploy();
  });
  afterEach(() => writeFile(join(cluster.dir, 'bundle.yaml'), answers));
  afterAll(async () => {
    await cluster?.remove();
    await down(ID);
  });

  const deploy = async (): Promise<void> => {
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
  };
  const withoutImage = (): Promise<void> =>
    writeFile(join(cluster.dir, 'bundle.yaml'), answers.replace(/^verify:\n(?: .*\n)+/m, ''));
  /** What is said of the manager's published port. */
  const verified = async (code: number, ...args: string[]): Promise<{ rows: Row[]; all: CliResult }> => {
    const all = await cluster.run(['verify', '--json', ...args]);
    expect(all.code, all.all).toBe(code);
    const { results } = JSON.parse(all.stdout) as { results: Row[] };
    const rows = results.filter(({ service, check }) => service === 'imply-manager' && ASKED.includes(check));
    expect(rows.length, all.all).toBeGreaterThanOrEqual(2);
    return { rows, all };
  };

  it('nothing between: all of it passes, asked from here', async () => {
    await withoutImage();
    for (const { status, detail } of (await verified(0)).rows) {
      expect(status, detail).toBe('passed');
      expect(detail).not.toContain('inside');
    }
  });

  it('a proxy that intercepts TLS: could not tell from here, with its issuer; inside decides', async () => {
    const stop = await interceptTls(lab, 'node1', 9097, 'DNS:imply-manager');
    try {
      for (const { status, detail } of (await verified(0)).rows) {
        expect(status, detail).toBe('passed');
        expect(detail).toMatch(/asked inside .*could not tell from here: .*issued by CN=test CA: a proxy/);
      }
      await withoutImage();
      for (const { status, detail } of (await verified(7)).rows) {
        expect(status, detail).toBe('unsure');
        expect(detail).toMatch(/could not tell from here: .*issued by CN=test CA: a proxy.*verify\.probeImage/);
      }
    } finally {
      await stop();
    }
    await verified(0);
  });

  describe('a swarm whose address is 127.0.0.1', () => {
    beforeAll(async () => {
      await lab.docker('node1', ['swarm', 'leave', '--force']);
      await lab.docker('node1', ['swarm', 'init', '--advertise-addr', '127.0.0.1']);
      // The manager is there before its node has told of itself.
      const self = ['node', 'inspect', 'self', '--format', '{{.Status.State}} {{.Status.Addr}}'];
      const { stdout } = await poll('the node is ready', 120_000, async () => {
        const told = await lab.docker('node1', self, { check: false });
        return told.stdout.startsWith('ready ') ? told : undefined;
      });
      expect(stdout.trim()).toBe('ready 127.0.0.1');
      await deploy();
    });

    it('another program at that port of the operator’s machine says nothing; inside decides', async () => {
      const stop = await strangerOn(lab, 9097);
      try {
        for (const { status, detail } of (await verified(0)).rows) {
          expect(status, detail).toBe('passed');
          expect(detail).toMatch(/asked inside .*127\.0\.0\.1:9097: could not tell from here/);
        }
        await withoutImage();
        for (const { status, detail } of (await verified(7)).rows) {
          expect(status, detail).toBe('unsure');
          expect(detail).toMatch(/127\.0\.0\.1:9097: could not tell from here: .*verify\.probeImage/);
        }
      } finally {
        await stop();
      }
    });

    it('nobody there: not reached from here, and no failure of the task', async () => {
      // It is asked again and again, for as long as it may; inside too, by a job that has to start first.
      const within = (time: string): string[] => ['--timeout', time, '--only', 'https', '--only', 'health'];
      for (const { status, detail } of (await verified(0, ...within('4m'))).rows) expect(status, detail).toBe('passed');
      await withoutImage();
      for (const { status, detail } of (await verified(7, ...within('20s'))).rows)
        expect(status, detail).toBe('unsure');
    });
  });
});
