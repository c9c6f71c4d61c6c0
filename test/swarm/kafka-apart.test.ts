/** Controllers apart from brokers, whose clients log in by certificates. */
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueLeaf } from '../../secrets/issue-leaf.ts';
import { issue } from '../support/certificates.ts';
import { containerOf } from '../../stacks/common/containers.ts';
import { unsupported } from '../support/cluster.ts';
import { AT, type KafkaCluster } from '../support/kafka.ts';
import { apart } from '../support/kafka-apart.ts';

const DAY_MS = 86_400_000;
const oneLine = (pem: string): string => pem.replaceAll('\n', '\\n');

describe.skipIf(unsupported !== undefined)('Kafka with controllers apart', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await apart('kapart', 2);
  });
  afterAll(() => kafka?.cluster.remove());

  const read = (file: string): Promise<string> => readFile(join(kafka.cluster.dir, file), 'utf8');
  const PRODUCE = `kafka-console-producer.sh ${AT} --topic orders`;
  const LIST = `kafka-topics.sh ${AT} --list`;

  /** A client's settings with a certificate that the CA of clients issued for this subject. */
  async function propertiesOf(subject: string): Promise<string> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const authority = { certificate: new X509Certificate(await read('secrets/kafka-ca.crt')), key: createPrivateKey(await read('secrets/kafka-ca.key')) }; // prettier-ignore
    const dates = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
    const chain = issueLeaf(authority, privateKey, { subject, names: [], serial: randomBytes(16), ...dates });
    return withKey(chain, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  const withKey = async (chain: string, key: string): Promise<string> =>
    (await read('secrets/clients/alice.properties')).replace(/^ssl\.keystore\.(certificate\.chain|key)=.*\n/gm, '') +
    `ssl.keystore.certificate.chain=${oneLine(chain)}\nssl.keystore.key=${oneLine(key)}\n`;

  it('verifies every member by what it is', async () => {
    const rows = await kafka.verify();
    const passed = (service: string): string[] =>
      Object.values(rows).filter((row) => row.service === service && row.status === 'passed').map(({ check }) => check); // prettier-ignore
    expect(passed('kafka-controller-3')).toEqual(expect.arrayContaining(['Started', 'Listeners', 'Permissions', 'controller-tls', 'controller-peers-only'])); // prettier-ignore
    expect(passed('kafka-controller-3')).not.toContain('Unfenced');
    for (const check of [
      'Unfenced',
      'Permissions',
      'internal-peers-only',
      'client-certificates-only',
      'external-tls',
      'external-certificates-only',
    ])
      // prettier-ignore
      expect(passed('kafka-2'), check).toContain(check);

    // Without an image with OpenSSL: as a peer, by each one's own tools.
    const [, image = ''] = /probeImage: (\S+)/.exec(await kafka.cluster.read('bundle.yaml')) ?? [];
    await kafka.change('verify.probeImage=');
    const asPeer = Object.values(await kafka.verify(0, '--only', 'as-peer'));
    expect(asPeer.map(({ service, status }) => `${service} ${status}`).sort()).toEqual([
      'kafka-1 passed',
      'kafka-2 passed',
      ...[1, 2, 3].map((number) => `kafka-controller-${number} passed`),
    ]);
    await kafka.change(`verify.probeImage=${image}`);
  });

  it('lets a client in by its certificate, under a name that gives it nothing by itself', async () => {
    await kafka.runbook(/> \S+alice\.properties/);
    await kafka.runbook(/kafka-topics\.sh .*--create --topic orders/);
    const alice = await read('secrets/clients/alice.properties');
    const before = await kafka.outside(alice, `echo first | ${PRODUCE}`);
    expect(before.stdout + before.stderr).toContain('TopicAuthorizationException');
    await kafka.runbook(/--add --allow-principal User:client:CN=alice/);
    const after = await kafka.outside(alice, `echo good morning | ${PRODUCE} && ${LIST}`);
    expect([after.code, after.stdout], after.stderr).toEqual([0, expect.stringContaining('orders\n')]);

    // The CA of clients may sign what it likes: such names are neither a broker's nor the administrator's.
    for (const subject of ['kafka-1', 'kafka', 'admin']) {
      const create = await kafka.outside(
        await propertiesOf(subject),
        `kafka-topics.sh ${AT} --create --topic mine; ${LIST}`,
      );
      expect(create.stdout + create.stderr, subject).toContain('TopicAuthorizationException');
      expect(create.stdout, subject).not.toContain('orders');
    }
    const none = alice.replace(/^ssl\.keystore\..*\n/gm, '');
    const other = issue('DNS:alice');
    for (const properties of [none, await withKey(other.certificate, other.key)]) {
      const refused = await kafka.outside(properties, LIST);
      expect([refused.code === 0, refused.stdout + refused.stderr]).toEqual([false, expect.stringMatching(/Ssl.*Exception|SSLException/)]); // prettier-ignore
    }
  });

  it('tells of a trust store that is set in the running cluster for one controller', async () => {
    const at = 'kafka-controller-2:9093';
    const configs = (change: string): Promise<string> =>
      kafka.shell(
        `docker exec ${containerOf('kapart', 'kafka-controller-2')} sh -c 'cp /run/secrets/peers-ca.crt /tmp/ca.crt; ` +
          `/opt/kafka/bin/kafka-configs.sh --bootstrap-controller ${at} --command-config /dev/shm/kafka/broker.properties ` +
          `--entity-type brokers --entity-name 102 --alter ${change}'`,
        'node2',
      );
    const setting = 'listener.name.controller.ssl.truststore.location';
    await configs(`--add-config ${setting}=/tmp/ca.crt`);
    const { detail = '' } = (await kafka.verify(5, '--only', 'quorum', '--timeout', '3m'))['controllers quorum'] ?? {};
    expect(detail).toContain(`kafka-controller-2: ${setting} set in the running cluster, over stack.yml`);
    expect(detail).toContain(`--bootstrap-controller ${at} --entity-type brokers --entity-name 102 `);
    const [, back = ''] = /(--delete-config \S+)`/.exec(detail) ?? [];
    await configs(back);
    await kafka.verify(0, '--only', 'quorum');
  });

  it('says the number of a version, without an address', async () => {
    const [, line = ''] = /\n(docker exec .* version-mapping --release-version )X\n/.exec(await kafka.cluster.read('README.md')) ?? []; // prettier-ignore
    expect(await kafka.shell(`${line} 4.0`)).toContain('metadata.version=25 (');
  });

  it('is destroyed brokers first: each has closed its logs, and none waits for controllers that are gone', async () => {
    // Kafka writes it once all logs of the directory are closed, and removes it when it starts (LogManager).
    const marker = '.kafka_cleanshutdown';
    const volumes = ['node1', 'node2'].map((node, index) => ({
      node,
      volume: `kapart_kafka-${index + 1}-data`,
    }));
    const marked = async ({ node, volume }: (typeof volumes)[number]): Promise<boolean> => {
      const look = ['run', '--rm', '--volume', `${volume}:/data:ro`, '--entrypoint', 'ls', kafka.image, '-A', '/data'];
      return (await kafka.cluster.lab.docker(node, look)).stdout.split('\n').includes(marker);
    };
    expect(await Promise.all(volumes.map(marked)), 'while they run').toEqual([false, false]);
    const begun = performance.now();
    const destroyed = await kafka.cluster.run(['destroy', '--yes', '--json']);
    const tookMs = performance.now() - begun;
    expect(destroyed.code, destroyed.all).toBe(0);
    const { removed } = JSON.parse(destroyed.stdout) as { removed: { services: string[] } };
    expect(removed.services.map((name) => name.replace(/\d+$/, ''))).toEqual([
      ...Array<string>(2).fill('kapart_kafka-'),
      ...Array<string>(3).fill('kapart_kafka-controller-'),
    ]);
    expect(await Promise.all(volumes.map(marked)), destroyed.all).toEqual([true, true]);
    // Not the five minutes that a broker waits for controllers, nor the grace of six.
    expect(tookMs).toBeLessThan(240_000);
  });
});
