/** The lab's Kafka image by its own settings; with those of the stack it is in kafka.test.ts. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { lockedJars } from '../../scripts/images/maven/lock.ts';
import { KAFKA_TOOLS } from '../../scripts/images/recipes/kafka.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { removeStack } from '../../scripts/lab/stack-rm.ts';
import { sharedLab, unsupported } from '../support/cluster.ts';

const STACK = 'kimage';
const SERVICE = `${STACK}_kafka`;
const UNFENCED = 'The broker has been unfenced. Transitioning from RECOVERY to RUNNING.';
const AT_HOME = '--bootstrap-server localhost:9092';
/** Without a group, whose offsets are fifty partitions. */
const FIRST_RECORD = '--partition 0 --offset earliest --max-messages 1 --timeout-ms 60000';

const say = (line: string): boolean => process.stderr.write(`kafka image: ${line}\n`);

describe.skipIf(unsupported !== undefined)('the image of a real Kafka', () => {
  let lab: Lab;
  let image: string;

  beforeAll(async () => {
    lab = await sharedLab();
    ({ kafka: image } = await buildImages(lab, { only: ['kafka'], log: say }));
  });
  afterAll(() => removeStack(lab, STACK));

  /** The service's containers on all hosts, those that ended too. */
  async function containers(): Promise<{ host: string; id: string }[]> {
    const filter = ['--filter', `label=com.docker.swarm.service.name=${SERVICE}`];
    const lists = lab.hosts.map(async ({ name: host }) => {
      const { stdout } = await lab.docker(host, ['ps', '--all', '--quiet', ...filter]);
      return stdout.split('\n').filter((id) => id !== '').map((id) => ({ host, id })); // prettier-ignore
    });
    return (await Promise.all(lists)).flat();
  }

  /** By container: `docker service logs` of Engine 20.10 was seen to hang once a task of the service had ended. */
  async function logs(): Promise<string> {
    const found = await containers();
    const all = await Promise.all(found.map(({ host, id }) => lab.docker(host, ['logs', id], { check: false })));
    return all.map(({ stdout, stderr }) => stdout + stderr).join('');
  }

  it('starts a broker by its own settings, passes records on, does not run as root, and ends in time', async () => {
    const kafka = { image, networks: ['net'], environment: { KAFKA_HEAP_OPTS: '-Xmx256m' }, ...once() };
    const document = { version: '3.8', networks: { net: {} }, services: { kafka } };
    await lab.docker('node1', ['stack', 'deploy', '--detach=true', '-c', '-', STACK], {
      input: JSON.stringify(document),
    });
    let said = '';
    await poll('a broker that serves', 150_000, async () => ((said = await logs()).includes(UNFENCED) ? true : undefined), () => said.slice(-4000)); // prettier-ignore
    const [{ host, id } = { host: '', id: '' }] = await containers();
    const tool = async (command: string, input = ''): Promise<string> =>
      (await lab.docker(host, ['exec', '-i', id, ...`/opt/kafka/bin/${command}`.split(' ')], { input })).stdout;
    await tool(`kafka-topics.sh ${AT_HOME} --create --topic greetings --partitions 1`);
    await tool(`kafka-console-producer.sh ${AT_HOME} --topic greetings`, 'good morning\n');
    expect(await tool(`kafka-console-consumer.sh ${AT_HOME} --topic greetings ${FIRST_RECORD}`)).toBe('good morning\n');

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
    // As in the official image, the controller's log is a file, and what is printed is in one too.
    expect(await inside('cat /opt/kafka/logs/controller.log')).toContain('Replayed initial RegisterBrokerRecord');
    expect(await inside('cd /opt/kafka/logs; cat server.log; cat kafkaServer-gc.log')).toContain(UNFENCED);

    await lab.docker(host, ['stop', '-t', '60', id]);
    const { stdout } = await lab.docker(host, ['inspect', '--format', '{{.State.ExitCode}}', id]);
    expect(['0', '143']).toContain(stdout.trim());
    const log = await logs();
    expect(log).toMatch(/stand-in for the start of apache\/kafka[^]*Using provided cluster id[^]*Kafka Server started/);
    expect(log).not.toContain('RegisterBrokerRecord');
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

/** A task that is not started again when it ends: how it ended can be looked at. */
function once(): object {
  return { stop_grace_period: '60s', deploy: { endpoint_mode: 'dnsrr', restart_policy: { condition: 'none' } } };
}
