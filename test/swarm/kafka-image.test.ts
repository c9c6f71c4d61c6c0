/** The lab's Kafka image on a swarm of three hosts: what a stack for `apache/kafka` rests on. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { lockedJars } from '../../scripts/images/maven/lock.ts';
import { KAFKA_TOOLS } from '../../scripts/images/recipes/kafka.ts';
import { down, type Lab, type RunResult, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { issue } from '../support/certificates.ts';
import { labId } from '../support/lab-id.ts';

const ID = labId('kafka');
const CLUSTER = 'bGFiLWthZmthLWltYWdlMA';
const PASSWORD = 'a-password-that-only-secrets-know';
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule';
const UNFENCED = 'The broker has been unfenced. Transitioning from RECOVERY to RUNNING.';
const AT_HOME = '--bootstrap-server localhost:9092';
const FIRST_RECORD = '--from-beginning --max-messages 1 --timeout-ms 60000';

/** The first start formats the volume with a user. The settings that the image's program makes have no last newline. */
const FORMAT_FIRST = `set -eu
if [ ! -e /var/lib/kafka/data/meta.properties ]; then
  mkdir /tmp/first
  KAFKA_LOG_DIRS=/tmp/first/data /opt/kafka/bin/kafka-run-class.sh kafka.docker.KafkaDockerWrapper setup \
    --default-configs-dir /etc/kafka/docker --mounted-configs-dir /mnt/shared/config \
    --final-configs-dir /tmp/first > /dev/null
  printf '\\nlog.dirs=/var/lib/kafka/data\\n' >> /tmp/first/server.properties
  /opt/kafka/bin/kafka-storage.sh @/run/secrets/format > /dev/null
fi
exec /etc/kafka/docker/run
`;

const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1') {
  throw new Error(`the lab is required and cannot run: ${why}`);
}
const say = (line: string): boolean => process.stderr.write(`kafka image: ${line}\n`);
if (why !== undefined) say(`SKIPPED: ${why}`);

describe.skipIf(why !== undefined)('the image of a real Kafka', () => {
  let lab: Lab;
  let image: string;

  beforeAll(async () => {
    await down(ID);
    lab = await up({ id: ID, hosts: 3 });
    ({ kafka: image } = await buildImages(lab, { only: ['kafka'], log: say }));
  });
  afterAll(() => down(ID));

  const docker = (args: string, input = ''): Promise<RunResult> => lab.docker('node1', args.split(' '), { input });

  /** Deploys a stack and waits until the broker in each of its services serves. */
  async function deploy(stack: string, services: Record<string, object>, more: object = {}): Promise<void> {
    const begun = Date.now();
    const document = { version: '3.8', networks: { net: {} }, services, ...more };
    await docker(`stack deploy --detach=true -c - ${stack}`, JSON.stringify(document));
    await Promise.all(Object.keys(services).map((name) => unfenced(`${stack}_${name}`)));
    const seconds = ((Date.now() - begun) / 1000).toFixed(1);
    say(`${stack}: ${seconds} s from deploy to the last of ${Object.keys(services).length} unfenced, pulls included`);
  }

  /** A service's containers on all hosts, those that ended too only if asked for. */
  async function containers(service: string, ...all: '--all'[]): Promise<{ host: string; id: string }[]> {
    const filter = ['--filter', `label=com.docker.swarm.service.name=${service}`];
    const lists = lab.hosts.map(async ({ name: host }) => {
      const { stdout } = await lab.docker(host, ['ps', '--quiet', ...all, ...filter]);
      return stdout.split('\n').filter((id) => id !== '').map((id) => ({ host, id })); // prettier-ignore
    });
    return (await Promise.all(lists)).flat();
  }

  /** By container: `docker service logs` of Engine 20.10 was seen to hang once a task of the service had ended. */
  async function logs(service: string): Promise<string> {
    const found = await containers(service, '--all');
    const all = await Promise.all(found.map(({ host, id }) => lab.docker(host, ['logs', id], { check: false })));
    return all.map(({ stdout, stderr }) => stdout + stderr).join('');
  }

  /** Waits for a broker that serves, the given number of times in the service's life. */
  function unfenced(service: string, times = 1): Promise<true> {
    let log = '';
    const look = async () => ((log = await logs(service)).split(UNFENCED).length > times ? true : undefined);
    return poll(`${service} unfenced`, 150_000, look, () => log.slice(-4000));
  }

  /** Where a service's container runs, once it does. */
  const container = (service: string): Promise<{ host: string; id: string }> =>
    poll(`a container of ${service}`, 60_000, async () => (await containers(service))[0]);

  /** Runs one of the image's tools in a service's container. */
  async function tool(service: string, command: string, input = '', check = true): Promise<RunResult> {
    const { host, id } = await container(service);
    return lab.docker(host, ['exec', '-i', id, ...`/opt/kafka/bin/${command}`.split(' ')], { input, check });
  }

  /** A topic, a record into it by one broker, and out of it by another. */
  async function passOn(from: string, to: string, factor: number): Promise<void> {
    const size = `--partitions 3 --replication-factor ${factor}`;
    await tool(from, `kafka-topics.sh ${AT_HOME} --create --topic greetings ${size}`);
    await tool(from, `kafka-console-producer.sh ${AT_HOME} --topic greetings`, 'good morning\n');
    expect(await firstGreeting(to)).toBe('good morning\n');
  }
  const firstGreeting = async (broker: string): Promise<string> =>
    (await tool(broker, `kafka-console-consumer.sh ${AT_HOME} --topic greetings ${FIRST_RECORD}`)).stdout;

  it('starts a broker by its own settings, passes records on, does not run as root, and ends in time', async () => {
    const environment = { KAFKA_HEAP_OPTS: '-Xmx256m' };
    await deploy('one', { kafka: { image, networks: ['net'], environment, ...once() } });
    await passOn('one_kafka', 'one_kafka', 1);

    const { host, id } = await container('one_kafka');
    const inside = async (script: string): Promise<string> =>
      (await lab.docker(host, ['exec', id, 'sh', '-c', script])).stdout;
    expect(await inside('id -un; cat /proc/1/comm; grep Uid: /proc/1/status')).toBe(
      'appuser\njava\nUid:\t1000\t1000\t1000\t1000\n',
    );
    // The JVM has the class-data archive mapped.
    expect(Number(await inside('grep -c /opt/kafka/kafka.jsa /proc/1/maps'))).toBeGreaterThan(0);
    // No tool that talks to a network: what works in the lab cannot rest on one.
    const tools = 'for name in nc curl wget openssl nslookup ip busybox; do command -v $name || echo none; done';
    expect(await inside(tools)).toBe('none\n'.repeat(7));
    // As in the official image, the controller's log is a file.
    expect(await inside('cat /opt/kafka/logs/controller.log')).toContain('Replayed initial RegisterBrokerRecord');

    await lab.docker(host, ['stop', '-t', '60', id]);
    const { stdout } = await lab.docker(host, ['inspect', '--format', '{{.State.ExitCode}}', id]);
    expect(['0', '143']).toContain(stdout.trim());
    const log = await logs('one_kafka');
    expect(log).toMatch(/stand-in for the start of apache\/kafka[^]*Using provided cluster id[^]*Kafka Server started/);
    expect(log).not.toContain('RegisterBrokerRecord');
    await docker('stack rm one');
  });

  it('forms a quorum of three over three hosts, and a broker started again finds its volume', async () => {
    const ids = [1, 2, 3];
    const broker = (node: number): object => ({
      image,
      hostname: `kafka-${node}`,
      networks: ['net'],
      environment: {
        ...settings(node, ids.map((each) => `${each}@kafka-${each}:9093`).join()),
        KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
        KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://kafka-${node}:9092`,
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      },
      volumes: [`data-${node}:/var/lib/kafka/data`],
      deploy: {
        endpoint_mode: 'dnsrr',
        placement: { constraints: [`node.hostname==${lab.hosts[node - 1]?.name}`] },
      },
    });
    const volumes = Object.fromEntries(ids.map((node) => [`data-${node}`, {}]));
    await deploy('three', Object.fromEntries(ids.map((node) => [`kafka-${node}`, broker(node)])), { volumes });

    const { stdout } = await tool('three_kafka-1', `kafka-metadata-quorum.sh ${AT_HOME} describe --status`);
    for (const node of ids) expect(stdout).toContain(`CONTROLLER://kafka-${node}:9093`);
    expect(stdout).toMatch(new RegExp(`^ClusterId: +${CLUSTER}$`, 'm'));
    say('three: the quorum is described');
    await passOn('three_kafka-2', 'three_kafka-3', 3);
    const lagging = await tool('three_kafka-3', `kafka-topics.sh ${AT_HOME} --describe --under-replicated-partitions`);
    expect(lagging.stdout).toBe('');

    say('three: a record was passed on, nothing lags');
    await docker('service update --force --detach --quiet three_kafka-1');
    await unfenced('three_kafka-1', 2);
    say('three: kafka-1 was restarted and is unfenced');
    expect(await logs('three_kafka-1')).toContain('already formatted');
    expect(await firstGreeting('three_kafka-1')).toBe('good morning\n');
    await docker('stack rm three');
  }, 400_000);

  it('serves TLS by PEM files, with a SCRAM user that kafka-storage takes from an argument file', async () => {
    const { authority, certificate, key } = issue('DNS:kafka');
    const trust = 'ssl.truststore.type=PEM\nssl.truststore.location=/run/secrets/ca\n';
    const login = (password: string): string =>
      `${trust}security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n` +
      `sasl.jaas.config=${SCRAM} required username="admin" password="${password}";\n`;
    const user = `--add-scram=SCRAM-SHA-512=[name=admin,password=${PASSWORD}]`;
    const secrets: Record<string, string> = {
      ca: authority,
      node: key + certificate,
      format: ['format', `--cluster-id=${CLUSTER}`, '--config=/tmp/first/server.properties', user].join('\n'),
      peer: `${trust}security.protocol=SSL\nssl.keystore.type=PEM\nssl.keystore.location=/run/secrets/node\n`,
      right: login(PASSWORD),
      wrong: login('another-password'),
    };
    for (const [name, value] of Object.entries(secrets)) await docker(`secret create ${name} -`, value);
    const environment = {
      ...settings(1, '1@kafka:9093'),
      KAFKA_LISTENERS: 'INTERNAL://:9092,CONTROLLER://:9093,EXTERNAL://:9094',
      KAFKA_ADVERTISED_LISTENERS: 'INTERNAL://kafka:9092,EXTERNAL://kafka:9094',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'INTERNAL',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INTERNAL:SSL,CONTROLLER:SSL,EXTERNAL:SASL_SSL',
      KAFKA_SSL_KEYSTORE_TYPE: 'PEM',
      KAFKA_SSL_KEYSTORE_LOCATION: '/run/secrets/node',
      KAFKA_SSL_TRUSTSTORE_TYPE: 'PEM',
      KAFKA_SSL_TRUSTSTORE_LOCATION: '/run/secrets/ca',
      KAFKA_LISTENER_NAME_INTERNAL_SSL_CLIENT_AUTH: 'required',
      KAFKA_LISTENER_NAME_CONTROLLER_SSL_CLIENT_AUTH: 'required',
      KAFKA_SASL_ENABLED_MECHANISMS: 'SCRAM-SHA-512',
      KAFKA_LISTENER_NAME_EXTERNAL_SCRAM___SHA___512_SASL_JAAS_CONFIG: `${SCRAM} required;`,
      KAFKA_AUTHORIZER_CLASS_NAME: 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      KAFKA_SUPER_USERS: 'User:CN=server;User:admin',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    };
    // Readable for the image's user alone, as a stack of ours mounts them.
    const owner = { uid: '1000', gid: '1000', mode: 0o400 };
    const mounts = Object.keys(secrets).map((name) => ({ source: name, target: name, ...owner }));
    const command = ['bash', '-c', FORMAT_FIRST.replaceAll('$', '$$$$')];
    const broker = { image, hostname: 'kafka', networks: ['net'], environment, command, secrets: mounts, ...once() };
    const external = Object.fromEntries(Object.keys(secrets).map((name) => [name, { external: true }]));
    await deploy('tls', { kafka: broker }, { secrets: external });

    const peer = '--bootstrap-server kafka:9092 --command-config /run/secrets/peer';
    await tool('tls_kafka', `kafka-topics.sh ${peer} --create --topic sealed`);
    const right = '--bootstrap-server kafka:9094 --topic sealed --command-config /run/secrets/right';
    await tool('tls_kafka', `kafka-console-producer.sh ${right}`, 'under seal\n');
    expect((await tool('tls_kafka', `kafka-console-consumer.sh ${right} ${FIRST_RECORD}`)).stdout).toBe('under seal\n');
    const wrong = '--bootstrap-server kafka:9094 --command-config /run/secrets/wrong';
    const refused = await tool('tls_kafka', `kafka-topics.sh ${wrong} --list`, '', false);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('SaslAuthenticationException');

    const { host, id } = await container('tls_kafka');
    const inspected = await lab.docker(host, ['inspect', id]);
    const processes = await lab.docker(host, ['top', id, '-eo', 'pid,args']);
    const seen = inspected.stdout + processes.stdout + (await logs('tls_kafka'));
    expect(seen).toContain('kafka.Kafka');
    for (const secret of [PASSWORD, 'StoredKey', 'PRIVATE KEY']) expect(seen).not.toContain(secret);
    await docker('stack rm tls');
  });

  it('has the class of every tool that it offers', async () => {
    const dir = await lockedJars('kafka', say);
    const names = (await readdir(dir)).filter((name) => name.startsWith('kafka'));
    const jars = await Promise.all(names.map((name) => readFile(join(dir, name))));
    // Names of files stand uncompressed in a jar.
    const offered = Object.values(KAFKA_TOOLS).map((name) => `${name.replaceAll('.', '/')}.class`);
    expect(offered.filter((file) => !jars.some((jar) => jar.includes(file)))).toEqual([]);
  });
});

/** What every node has that is broker and controller. */
function settings(node: number, voters: string): Record<string, string> {
  return {
    CLUSTER_ID: CLUSTER,
    KAFKA_HEAP_OPTS: '-Xmx256m',
    KAFKA_NODE_ID: String(node),
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: voters,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    // Fifty partitions, three times, are a minute of a busy machine.
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
  };
}

/** A task that is not started again when it ends: how it ended can be looked at. */
function once(): object {
  return { stop_grace_period: '60s', deploy: { endpoint_mode: 'dnsrr', restart_policy: { condition: 'none' } } };
}
