/**
 * One broker on the lab's image: a real Kafka with certificates and a password that only secrets know. Several are in
 * kafka-roll, kafka-lies and kafka-apart.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { containerOf } from '../../stacks/common/containers.ts';
import { unsupported, type Cluster } from '../support/cluster.ts';
import { AT, ecAuthority, INSIDE, KafkaCluster, PORT } from '../support/kafka.ts';
import { Producer } from '../support/kafka-records.ts';

/** What the runbook writes: settings of the administrator, and the password of a user of the cluster's own. */
const SETTINGS = 'secrets/clients/client.properties';
const PASSWORD = 'secrets/clients/alice.password';
/** The first read of a group makes fifty partitions: a minute of a busy machine. */
const FEW_PARTITIONS = { KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1' };

describe.skipIf(unsupported !== undefined)('a stack of one Kafka broker', () => {
  let kafka: KafkaCluster;
  afterAll(() => kafka?.cluster.remove());
  const READ = `kafka-console-consumer.sh ${AT} --topic orders --from-beginning --max-messages 1 --timeout-ms 60000`;

  /** All that an operator, or whoever may use docker, can see of a stack. */
  async function visible(cluster: Cluster): Promise<string> {
    const seen: string[] = [];
    const add = async (host: string, ...args: string[]): Promise<string> => {
      const { stdout, stderr } = await cluster.lab.docker(host, args);
      seen.push(stdout, stderr);
      return stdout;
    };
    const services = (await add('node1', 'stack', 'services', '-q', cluster.name)).split('\n').filter(Boolean);
    await add('node1', 'service', 'inspect', ...services);
    for (const { name: host } of cluster.lab.hosts) {
      const filter = `label=com.docker.stack.namespace=${cluster.name}`;
      for (const id of (await add(host, 'ps', '-q', '--filter', filter)).split('\n').filter(Boolean)) {
        await add(host, 'inspect', id);
        await add(host, 'top', id, '-eo', 'pid,args');
        await add(host, 'logs', id);
        await add(host, 'exec', id, 'cat', '/proc/1/environ');
      }
    }
    return seen.join('\n');
  }

  it('is verified, used from outside, closed to others, and silent about its secrets', async () => {
    const given = await ecAuthority();
    onTestFinished(() => rm(given, { recursive: true, force: true }));
    const own = { 'secretFiles.caCertificate': join(given, 'ca.crt'), 'secretFiles.caKey': join(given, 'ca.key') };
    kafka = await KafkaCluster.deployed('kone', 1, own, FEW_PARTITIONS);
    const { cluster } = kafka;
    const rows = await kafka.verify();
    const checks = ['Started', 'Unfenced', 'Advertised', 'Listeners', 'Permissions', ...['internal', 'controller', 'client', 'external'].map((each) => `${each}-tls`)]; // prettier-ignore
    for (const check of [
      ...checks,
      'internal-peers-only',
      'controller-peers-only',
      'client-protocol',
      'client-login',
      'external-protocol',
      'external-login',
    ])
      expect(rows[`kafka-1 ${check}`], check).toMatchObject({ status: 'passed' });
    expect(rows['kafka-1 controller-peers-only']?.detail).toContain('refuses a client without certificate');
    // From this machine, dialled by the node's address, judged by the name that it advertises.
    expect(rows['kafka-1 external-tls']?.detail).toMatch(new RegExp(`:${PORT}: .*node1\\.example\\.org`));

    await kafka.runbook(/> \S+client\.properties/);
    const properties = await readFile(join(cluster.dir, SETTINGS), 'utf8');
    await kafka.runbook(/kafka-topics\.sh .*--create --topic orders/);
    const produced = await kafka.outside(properties, `echo good morning | kafka-console-producer.sh ${AT} --topic orders && ${READ}`); // prettier-ignore
    expect(produced.stdout, produced.stderr).toContain('good morning\n');
    const password = (await cluster.read('secrets/kafka-admin-password')).trim();
    const wrong = await kafka.outside(properties.replace(password, 'another-one'), `kafka-topics.sh ${AT} --list`);
    expect([wrong.code === 0, wrong.stdout + wrong.stderr]).toEqual([
      false,
      expect.stringContaining('SaslAuthenticationException'),
    ]);
    // Without TLS there is an alert of TLS, and no answer.
    const address = cluster.lab.host('node1').address;
    const clear =
      `const s = require('node:net').connect(${PORT}, '${address}', () => s.write(Buffer.from('0000000a0012000000000001ffff', 'hex')));` +
      "s.on('data', (d) => process.stdout.write(d.toString('hex')))";
    expect((await cluster.lab.exec('switch', [process.execPath, '-e', clear])).stdout).toMatch(/^1503/);

    const seen = await visible(cluster);
    expect(seen).toContain('KAFKA_SUPER_USERS');
    for (const secret of [password, 'StoredKey', 'PRIVATE KEY']) expect(seen).not.toContain(secret);

    // The image's own settings fill this directory (kafka-image); the controller's log is with the rest.
    const inside = (command: string): Promise<string> =>
      kafka.shell(`docker exec ${containerOf('kone', 'kafka-1')} ${command}`);
    expect(await inside('find /opt/kafka/logs -type f')).toBe('');
    expect(seen).toContain('Replayed initial RegisterBrokerRecord');

    const again = await cluster.run(['deploy', '--yes', '--json']);
    expect(again.code, again.all).toBe(0);
    const plan = await cluster.run(['plan', '--json']);
    expect(plan.code, plan.all).toBe(0);
    const { stdout } = await cluster.docker(['service', 'ps', '-q', 'kone_kafka-1']);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it('is used from inside with the same settings, by another service on its network', async () => {
    const { cluster } = kafka;
    const properties = await cluster.read(SETTINGS);
    const read = READ.replace(AT, INSIDE).replace('--max-messages 1', '--max-messages 2');
    const script = `echo good evening | kafka-console-producer.sh ${INSIDE} --topic orders && ${read}`;
    const { code, stdout, stderr } = await kafka.inside(properties, script);
    expect([code, stdout.split('\n').sort()], stderr).toEqual([0, ['', 'good evening', 'good morning']]);
  });

  it('two verifications at once let each other’s jobs be; that of a killed one goes with the next', async () => {
    const { cluster } = kafka;
    const jobs = async (): Promise<string> =>
      (await cluster.docker(['service', 'ls', '-q', '-f', 'name=ensemble-probe-kone'])).stdout.trim();
    const stop = new AbortController();
    const first = cluster.run(['verify', '--json'], { signal: stop.signal, kill: 'SIGKILL' });
    await poll('a broker is asked by a job that mounts secrets', 180_000, async () => (await jobs()) || undefined);
    const mounts = await kafka.verify(0, '--only', 'foreign-mounts');
    expect(mounts['kone foreign-mounts']).toMatchObject({ status: 'passed' });
    expect((await first).code).toBe(0);

    const killed = cluster.run(['verify'], { signal: stop.signal, kill: 'SIGKILL' });
    await poll('and again', 180_000, async () => (await jobs()) || undefined);
    stop.abort();
    await killed;
    expect(await jobs()).not.toBe('');
    await kafka.verify(0, '--only', 'foreign-mounts');
    expect(await jobs()).toBe('');
  });

  it('without an image with OpenSSL its listener is asked as a peer, by its own image’s tool', async () => {
    expect(Object.keys(await kafka.verify(0, '--only', 'kafka-1'))).not.toContain('kafka-1 as-peer');
    const [, image = ''] = /probeImage: (\S+)/.exec(await kafka.cluster.read('bundle.yaml')) ?? [];
    await kafka.change('verify.probeImage=');
    const rows = await kafka.verify(0, '--only', 'kafka-1');
    expect(rows['kafka-1 as-peer']).toMatchObject({
      status: 'passed',
      detail: 'answers a peer through TLS, under its name',
    });
    expect(rows['kafka-1 internal-tls']).toMatchObject({ status: 'not-run' });
    await kafka.change(`verify.probeImage=${image}`);
  });

  it('lets a user of its own do what it may, until that is taken away, on an open connection too', async () => {
    const said = await kafka.runbook(/--entity-name alice --add-config-file/);
    const password = (await kafka.cluster.read(PASSWORD)).trim();
    expect(said).not.toContain(password);
    await kafka.runbook(/--add --allow-principal User:alice/);
    const properties = (await readFile(join(kafka.cluster.dir, SETTINGS), 'utf8')).replace(/username="admin" password="[^"]*"/, `username="alice" password="${password}"`); // prettier-ignore
    const read = await kafka.outside(
      properties,
      `${READ} --group billing; kafka-topics.sh ${AT} --create --topic mine`,
    );
    expect(read.stdout, read.stderr).toMatch(/^good (morning|evening)$/m);
    expect(read.stdout + read.stderr).toContain('TopicAuthorizationException');

    const list = (): Promise<string> => kafka.runbook(/--list --principal User:alice/);
    expect(await list()).toContain('operation=WRITE');
    const producer = await Producer.start(kafka, properties, 'orders');
    await kafka.runbook(/--remove --force --allow-principal User:alice/);
    await producer.isRefused('TopicAuthorizationException');
    await producer.stop();
    expect(await list()).not.toContain('permissionType=ALLOW');
    await kafka.runbook(/--delete-config SCRAM-SHA-512/);
    const gone = await kafka.outside(properties, `kafka-topics.sh ${AT} --list`);
    expect([gone.code, gone.stdout + gone.stderr]).toEqual([1, expect.stringContaining('SaslAuthenticationException')]);
  });

  it('takes another password by a deployment, and the old one no more; verify says so if it does not', async () => {
    const { cluster } = kafka;
    const old = await cluster.read(SETTINGS);
    const list = (properties: string) => kafka.outside(properties, `kafka-topics.sh ${AT} --list`);
    await writeFile(join(cluster.dir, 'secrets/kafka-admin-password'), 'another-password\n');
    await kafka.change();
    const dry = await cluster.run(['deploy', '--dry-run']);
    expect(dry.stdout).toContain('make kone_kafka-admin-password.v2 the password of the user admin');
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    const properties = await kafka.properties();
    expect(properties).toContain('another-password');
    expect(await list(properties)).toMatchObject({ code: 0, stdout: expect.stringContaining('orders\n') });
    const refused = await list(old);
    expect([refused.code, refused.stdout + refused.stderr]).toEqual([1, expect.stringContaining('SaslAuthenticationException')]); // prettier-ignore
    const seen = await visible(cluster);
    for (const secret of ['another-password', 'StoredKey']) expect(seen).not.toContain(secret);

    // By hand, in the cluster alone.
    await writeFile(join(cluster.dir, PASSWORD), 'a-third-password');
    const [block = ''] = /\{ printf SCRAM[^]*?rm \S+'/.exec(await cluster.read('README.md')) ?? [];
    await kafka.shell(block.replace(/--entity-name \S+/, '--entity-name admin'));
    const rows = await kafka.verify(5, '--only', 'quorum', '--timeout', '3m');
    expect(rows['brokers quorum']?.detail).toMatch(/; admin: the brokers refuse the password of its secret/);
    // As the runbook has it.
    await kafka.runbook(/--entity-name admin/);
    await kafka.verify(0, '--only', 'quorum');
  });

  it('names the directory that failed of two; with one the broker says why it ends, and verify fails', async () => {
    const { cluster } = kafka;
    const inside = (user: string, script: string): Promise<string> =>
      kafka.shell(`docker exec -u ${user} ${containerOf('kone', 'kafka-1')} sh -c '${script}'`);
    const create = (topic: string): Promise<string> =>
      inside(
        '1000',
        'PATH=/opt/kafka/bin:$PATH; kafka-topics.sh --bootstrap-server kafka-1:9092 ' +
          `--command-config /dev/shm/kafka/broker.properties --create --topic ${topic} --partitions 8`,
      );
    // Kafka takes no directory that is not formatted: another id than the first one's is all that it needs.
    const format =
      'mkdir /tmp/more; sed s/^directory.id=.*/directory.id=kZ3q0m8rS8mV1dQ2xT5y7w/ /var/lib/kafka/data/meta.properties ' +
      '> /tmp/more/meta.properties; exec /__cacert_entrypoint.sh "$@"';
    const two = ['--entrypoint', `bash -c '${format}' x`, '--env-add', 'KAFKA_LOG_DIRS=/var/lib/kafka/data,/tmp/more'];
    await cluster.replaceTasks('kafka-1', two);
    await kafka.started('kafka-1');
    await kafka.verify(0, '--only', 'quorum');
    await inside('0', 'chmod 000 /tmp/more');
    await create('failing');
    const rows = await kafka.verify(5, '--only', 'quorum', '--timeout', '3m');
    expect(rows['brokers quorum']?.detail).toMatch(
      /kafka-1: its directory \/tmp\/more failed \(KafkaStorageException\)/,
    );

    const one = ['--entrypoint', '/__cacert_entrypoint.sh', '--env-add', 'KAFKA_LOG_DIRS=/var/lib/kafka/data'];
    await cluster.replaceTasks('kafka-1', one);
    await kafka.started('kafka-1');
    const { stdout: id } = await cluster.docker(['ps', '-q', '-f', 'label=com.docker.swarm.service.name=kone_kafka-1']);
    await inside('0', 'chmod 555 /var/lib/kafka/data');
    // The broker ends before it answers.
    await create('failing-too').catch(() => undefined);
    await poll('the broker says why it ends', 180_000, async () => {
      const { stdout, stderr } = await cluster.docker(['logs', '--tail', '200', id.trim()], { check: false });
      return (stdout + stderr).includes('all log dirs in /var/lib/kafka/data have failed') ? true : undefined;
    });
    const gone = await kafka.verify(5, '--only', 'kafka-1', '--timeout', '90s');
    const failed = Object.values(gone).filter(({ service, status }) => service === 'kafka-1' && status === 'failed');
    expect(failed).not.toEqual([]);
  });
});
