/** Controllers apart from brokers, whose clients log in by certificates. */
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { issueLeaf } from '../../secrets/issue-leaf.ts';
import { issue } from '../support/certificates.ts';
import { containerOf } from '../../stacks/common/containers.ts';
import { unsupported } from '../support/cluster.ts';
import { AT, KafkaCluster } from '../support/kafka.ts';

const DAY_MS = 86_400_000;
const oneLine = (pem: string): string => pem.replaceAll('\n', '\\n');

describe.skipIf(unsupported !== undefined)('Kafka with controllers apart', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await KafkaCluster.deployed('kapart', 2, {
      'controllers.apart': 'true',
      'controllers.count': '3',
      'controllers.nodes': '[node1,node2,node3]',
      'controllers.heapMb': '128',
      'controllers.reserve.cpus': '"0.01"',
      'controllers.reserve.memory': '64M',
      'clients.login': 'certificate',
      'clients.users': '[alice]',
    });
  }, 900_000);
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

  /** `kafka-topics.sh` as a broker. */
  const topics = (options: string): Promise<string> =>
    kafka.shell(
      `docker exec ${containerOf('kapart', 'kafka-1')} /opt/kafka/bin/kafka-topics.sh ` +
        `--bootstrap-server kafka-1:9092 --command-config /dev/shm/kafka/broker.properties ${options}`,
    );
  /** How a topic is spread. */
  const spread = (topic: string): Promise<string> => topics(`--describe --topic ${topic}`);
  /** The answers for so many brokers, a node each. */
  const brokers = (count: number): string[] => {
    const nodes = Array.from({ length: count }, (_unused, index) => `node${index + 1}`);
    return [`brokers=${count}`, `nodes=[${nodes.join()}]`, `external.names=[${nodes.map((node) => `${node}.example.org`).join()}]`]; // prettier-ignore
  };
  /** Moves a topic as the runbook does, to the brokers of a list in place of its own. */
  async function move(topic: string, from: string, to: string): Promise<string> {
    const readme = await kafka.cluster.read('README.md');
    const command = readme.replace(`--broker-list ${from} `, `--broker-list ${to} `).replace('"topic":"orders"', `"topic":"${topic}"`); // prettier-ignore
    expect(command).not.toBe(readme);
    await writeFile(join(kafka.cluster.dir, 'README.md'), command);
    return kafka.runbook(/--topics-to-move-json-file/);
  }

  /** Gives a topic its copies on so many first brokers alone, by the runbook of these. */
  async function toOthers(topic: string, brokers: number): Promise<void> {
    await kafka.runbook(/> plan\.json/);
    await kafka.runbook(/--execute' < plan\.json/);
    await poll(`${topic} on ${brokers} brokers alone`, 180_000, async () => {
      const copies = [...(await spread(topic)).matchAll(/Replicas: (\S+)\s+Isr: (\S+)\s/g)].flatMap(
        ([, ...lists]) => lists,
      );
      const all = Array.from({ length: brokers }, (_unused, index) => index + 1).join();
      return copies.every((list) => list.split(',').sort().join() === all) ? true : undefined;
    });
  }

  /** A broker without partitions loses its controllers for a while; its port stays open. */
  async function cutOff(broker: string, host: string): Promise<void> {
    const { lab, name } = kafka.cluster;
    const { stdout: id } = await lab.docker(host, [
      'ps',
      '-q',
      '-f',
      `label=com.docker.swarm.service.name=${name}_${broker}`,
    ]);
    const { stdout: pid } = await lab.docker(host, ['inspect', '-f', '{{.State.Pid}}', id.trim()]);
    const rule = ['OUTPUT', '-p', 'tcp', '--dport', '9093', '-j', 'DROP'];
    const iptables = (action: string) => lab.onHost(host, ['nsenter', '--target', pid.trim(), '--net', 'iptables', action, ...rule]); // prettier-ignore
    const quorum = async (status: string): Promise<string | undefined> => {
      const row = (await kafka.rows('--only', 'quorum', '--timeout', '45s'))['brokers quorum'];
      return row?.status === status ? row.detail : undefined;
    };
    await poll('all brokers are well', 180_000, () => quorum('passed'));
    await iptables('-I');
    // While the tools find their way past it, a reading may have no answer at all.
    const fenced = new RegExp(`3 of 4 in sync.*${broker}: fenced: without its controllers for \\d+ s`);
    await poll(`${broker} is fenced, and nothing else`, 180_000, async () =>
      fenced.exec((await quorum('failed')) ?? '') === null ? undefined : true,
    ).finally(() => iptables('-D'));
    await poll('all brokers are well again', 180_000, () => quorum('passed'));
  }

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
  }, 600_000);

  it('takes one more broker, restarts controllers first, then brokers, and moves a topic to the new one', async () => {
    await kafka.change(...brokers(3));
    // Three copies are the default with three brokers: all restart.
    const said = await kafka.deploy();
    const order = [...said.matchAll(/· update (kafka-\S+)/g)].map(([, name = '']) => name.replace(/\d+$/, ''));
    expect(order).toEqual([...Array<string>(3).fill('kafka-controller-'), ...Array<string>(2).fill('kafka-')]);
    await move('orders', '1,2,3,4', '3,1');
    const described = await poll('orders on kafka-3', 180_000, async () => {
      const stdout = await spread('orders');
      return /Isr: .*3/.test(stdout) && !/Replicas: .*2/.test(stdout) ? stdout : undefined;
    });
    expect(described.match(/Isr: (1,3|3,1)\b/g)).toHaveLength(3);
    const state = await kafka.runbook(/--under-replicated-partitions/);
    for (const id of [1, 2, 3]) expect(state).toContain(`CONTROLLER://kafka-controller-${id}:9093`);
  }, 900_000);

  it('tells of partitions with too few copies, which the runbook gives more, so that no disk has an only one', async () => {
    await topics('--create --topic lone --replica-assignment 3,1');
    expect(await kafka.runbook(/would be lost/)).toMatch(/^lone-0\n1 of \d+ partitions would be lost$/m);
    const quorum = async (): Promise<string> => (await kafka.verify(0, '--only', 'quorum'))['brokers quorum']?.detail ?? ''; // prettier-ignore
    expect(await quorum()).toMatch(/3 of 3 in sync.*, fewer than 3 copies of .*lone-0/);
    // So much that the smallest bound, by which a MiB of each partition passes in eleven seconds, makes it last.
    const filled = await kafka.outside(await read('secrets/clients/alice.properties'), `yes ${'x'.repeat(1000)} | head -n 16000 | ${PRODUCE}`); // prettier-ignore
    expect(filled.code, filled.stdout + filled.stderr).toBe(0);
    await kafka.runbook(/> plan\.json/);
    const readme = await read('README.md');
    const bounded = readme.replace("--execute' < plan", "--execute --throttle 1' < plan");
    expect(bounded).not.toBe(readme);
    await writeFile(join(kafka.cluster.dir, 'README.md'), bounded);
    await kafka.runbook(/--execute --throttle 1' < plan\.json/);
    expect(await quorum()).toMatch(/3 of 3 in sync, \d+ partitions? (is|are) being copied to kafka-/);
    // Given up, it takes its bound along.
    await writeFile(join(kafka.cluster.dir, 'README.md'), readme.replace("--execute' < plan", "--cancel' < plan"));
    await kafka.runbook(/--cancel' < plan\.json/);
    await writeFile(join(kafka.cluster.dir, 'README.md'), readme);
    await kafka.runbook(/--execute' < plan\.json/);
    await poll('three copies of all', 180_000, async () =>
      /fewer than|being copied/.test(await quorum()) ? undefined : true,
    );
    expect(await kafka.runbook(/would be lost/)).toMatch(/^0 of [1-9]\d* partitions would be lost$/m);
    await kafka.runbook(/--add-config min\.insync\.replicas=2/);
    expect(await quorum()).toMatch(/3 of 3 in sync$/);
  }, 900_000);

  it('takes its copies again on another disk', async () => {
    const block = /docker service scale \S+=0\n(until .*)\ndocker service scale \S+=1\n/.exec(
      await kafka.cluster.read('README.md'),
    );
    const [off = '', remove = '', on = ''] = (block?.[0] ?? '').split('\n');
    // Its container of before stays, and holds the volume.
    await kafka.cluster.docker(['service', 'update', '--force', 'kapart_kafka-3']);
    for (const [host, line] of [
      ['node1', off],
      ['node3', remove],
      // As if the volume had gone with the disk: there is nothing to remove, and the line ends all the same.
      ['node3', `timeout 60 sh -c '${remove}'`],
      ['node1', on],
    ] as const)
      // prettier-ignore
      await kafka.shell(line, host);
    await poll('copies on the new disk', 180_000, async () =>
      /Isr: .*3/.test(await spread('orders')) ? true : undefined,
    );
    const rows = await kafka.verify(0, '--only', 'kafka-3');
    expect(rows['kafka-3 Unfenced']).toMatchObject({ status: 'passed' });
  }, 900_000);

  it('has another lead what the third alone had in sync, before that one starts on an empty disk', async () => {
    const scale = (broker: string, count: number) => kafka.shell(`docker service scale kapart_${broker}=${count}`);
    /** One of the tools as a broker that is not touched. */
    const asSecond = (program: string, options: string, before = ''): Promise<string> =>
      kafka.shell(
        `${before}docker exec -i ${containerOf('kapart', 'kafka-2')} /opt/kafka/bin/${program} ` +
          `--bootstrap-server kafka-2:9092 --command-config /dev/shm/kafka/broker.properties ${options}`,
        'node2',
      );
    const late = (what: string, wanted: RegExp): Promise<true> =>
      poll(what, 180_000, async () =>
        wanted.test(await asSecond('kafka-topics.sh', '--describe --topic late', 'true | ')) ? true : undefined,
      );
    await topics('--create --topic late --replica-assignment 3:1 --config min.insync.replicas=1');
    await asSecond('kafka-console-producer.sh', '--topic late', 'echo early | ');
    await scale('kafka-1', 0);
    await late('kafka-3 alone is in sync', /Isr: 3\s/);
    await scale('kafka-3', 0);
    await late('nobody leads', /Leader: none/);
    await scale('kafka-1', 1);
    await kafka.started('kafka-1');
    expect(await kafka.runbook(/would be lost/)).toMatch(
      /^late-0, older on 1\n0 of \d+ partitions would be lost\n1 of .*\n0 of /m,
    );
    await kafka.runbook(/^docker service scale \S+=0\n$/);
    expect(await kafka.runbook(/--election-type unclean/)).toContain(
      'Successfully completed leader election (UNCLEAN) for partitions late-0',
    );
    await late('kafka-1 leads', /Leader: 1\s.*Isr: 1\s/);
    expect(await kafka.runbook(/would be lost/)).toMatch(/^0 of \d+ partitions would be lost\n0 of .*\n0 of /m);
    const [, remove = ''] = /\n(until docker volume rm .*)\n/.exec(await kafka.cluster.read('README.md')) ?? [];
    await kafka.shell(remove, 'node3');
    await scale('kafka-3', 1);
    await late('both are in sync', /Isr: (1,3|3,1)\s/);
    expect(await asSecond('kafka-get-offsets.sh', '--topic late', 'true | ')).toContain('late:0:1');
    await topics('--delete --topic late');
    await kafka.verify(0, '--only', 'quorum');
  }, 900_000);

  it('takes a fourth without touching the others, tells that it is fenced, and lets it go once the runbook has moved what it holds', async () => {
    const services = async (): Promise<string[]> => {
      const { stdout } = await kafka.cluster.docker(['stack', 'services', '--format', '{{.Name}}', 'kapart']);
      return stdout.trim().split('\n').sort();
    };
    const before = await services();
    await kafka.change(...brokers(4));
    expect(await kafka.deploy()).not.toContain('· update');
    expect(await services()).toEqual([...before, 'kapart_kafka-4'].sort());
    await cutOff('kafka-4', 'node4');
    await topics('--create --topic old --replica-assignment 4:1');

    await kafka.change(...brokers(3));
    const refused = await kafka.cluster.run(['deploy', '--yes']);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain('kafka-4 of Kafka brokers would be taken away, and holds old-0');
    expect(await services()).toContain('kapart_kafka-4');
    await toOthers('old', 3);
    expect(await kafka.deploy()).not.toContain('· update');
    expect(await services()).toEqual(before);

    // It stays registered, and new topics may be placed on it, until it is unregistered.
    const registered = async (): Promise<string[]> => {
      const told = await kafka.runbook(/kafka-cluster\.sh list-endpoints/);
      return [...told.matchAll(/^(\d+) .*\b(fenced|unfenced)\b/gm)].map(([, id, state]) => `${id} ${state}`).sort();
    };
    const others = [1, 2, 3].map((id) => `${id} unfenced`);
    await poll('kafka-4 has ended', 120_000, async () =>
      (await registered()).includes('4 fenced') ? true : undefined,
    );
    expect(await registered()).toEqual([...others, '4 fenced']);
    expect(await kafka.runbook(/kafka-cluster\.sh unregister/)).toContain('Broker 4 is no longer registered.\n');
    await poll('the others alone are registered', 60_000, async () =>
      (await registered()).join() === others.join() ? true : undefined,
    );
  }, 1_200_000);

  it('lets the third go, whose copies the tool itself has no plan for', async () => {
    // Nothing is done if there are three.
    await kafka.change(...brokers(3));
    await kafka.deploy();
    await topics('--create --topic thrice --replica-assignment 3:1:2,1:2:3 --config min.insync.replicas=2');
    const refused = await move('thrice', '1,2,3,4', '1,2').catch((error: { stdout: string }) => error.stdout);
    expect(refused).toMatch(/^Error: .* replication factor of 3 cannot be reached because only 2 broker/m);

    await kafka.change(...brokers(2));
    await kafka.runbook(/--delete-config min\.insync\.replicas/);
    await toOthers('thrice', 2);
    expect(await spread('thrice')).not.toContain('min.insync.replicas=2');
    await kafka.deploy();
    const detail = (await kafka.verify(0, '--only', 'quorum'))['brokers quorum']?.detail;
    expect(detail).toMatch(/2 of 2 in sync$/);
  }, 1_200_000);

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
    const { detail = '' } = (await kafka.verify(5, '--only', 'quorum', '--timeout', '60s'))['controllers quorum'] ?? {};
    expect(detail).toContain(`kafka-controller-2: ${setting} set in the running cluster, over stack.yml`);
    expect(detail).toContain(`--bootstrap-controller ${at} --entity-type brokers --entity-name 102 `);
    const [, back = ''] = /(--delete-config \S+)`/.exec(detail) ?? [];
    await configs(back);
    await kafka.verify(0, '--only', 'quorum');
  }, 600_000);

  it('says the number of a version, without an address', async () => {
    const [, line = ''] = /\n(docker exec .* version-mapping --release-version )X\n/.exec(await kafka.cluster.read('README.md')) ?? []; // prettier-ignore
    expect(await kafka.shell(`${line} 4.0`)).toContain('metadata.version=25 (');
  }, 120_000);

  it('is destroyed brokers first: each has closed its logs, and none waits for controllers that are gone', async () => {
    // Kafka writes it once all logs of the directory are closed, and removes it when it starts (LogManager).
    const marker = '.kafka_cleanshutdown';
    const volumes = ['node1', 'node2'].map((node, index) => ({ node, volume: `kapart_kafka-${index + 1}-data` }));
    const marked = async ({ node, volume }: (typeof volumes)[number]): Promise<boolean> => {
      const look = ['run', '--rm', '--volume', `${volume}:/data:ro`, '--entrypoint', 'ls', kafka.image, '-A', '/data'];
      return (await kafka.cluster.lab.docker(node, look)).stdout.split('\n').includes(marker);
    };
    expect(await Promise.all(volumes.map(marked)), 'while they run').toEqual([false, false]);
    const begun = Date.now();
    const destroyed = await kafka.cluster.run(['destroy', '--yes', '--json']);
    const tookMs = Date.now() - begun;
    expect(destroyed.code, destroyed.all).toBe(0);
    const { removed } = JSON.parse(destroyed.stdout) as { removed: { services: string[] } };
    expect(removed.services.map((name) => name.replace(/\d+$/, ''))).toEqual([
      ...Array<string>(2).fill('kapart_kafka-'),
      ...Array<string>(3).fill('kapart_kafka-controller-'),
    ]);
    expect(await Promise.all(volumes.map(marked)), destroyed.all).toEqual([true, true]);
    // Not the five minutes that a broker waits for controllers, nor the grace of six.
    expect(tookMs).toBeLessThan(240_000);
  }, 600_000);
});
