import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildImages } from '../../images/build.ts';
import { up, type Lab } from '../../lab/lab.ts';
import { poll } from '../../lab/poll.ts';
import { labId } from '../../../test/support/lab-id.ts';
import { entry, log, run } from '../measure.ts';

export const NAME = 'kafka';
export const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'];
export const LAB = labId('bkafka');
/** For one broker to come up, on a machine that does other things besides. */
const LONG_MS = 300_000;
/** Between two looks. */
const POLL_MS = 300;
const AS_BROKER = '--command-config /dev/shm/kafka/broker.properties';

/** Three brokers that are controllers too, a node each, clients by SCRAM: a bundle, prepared and not deployed. */
export interface BenchKafka {
  lab: Lab;
  /** The bundle's directory. */
  directory: string;
  image: string;
}

/** Brings up the lab and makes the bundle. The lab stays until `down(LAB)`. */
export async function makeKafka(dir: string): Promise<BenchKafka> {
  const lab = await up({ id: LAB, hosts: BROKERS.length, log });
  const { kafka: image, probe } = await buildImages(lab, { log, only: ['kafka', 'probe'] });
  const directory = join(dir, NAME);
  const answers = {
    name: NAME,
    image,
    brokers: BROKERS.length,
    nodes: `[${BROKERS.map((_name, index) => nodeOf(index)).join()}]`,
    heapMb: 320,
    'reserve.cpus': '"0.01"',
    'reserve.memory': '64M',
    'verify.probeImage': probe,
  };
  const sets = Object.entries(answers).flatMap(([path, value]) => ['--set', `${path}=${String(value)}`]);
  await bundle(lab, 'init', directory, '--stack', 'kafka', '--yes', '--no-prepare', ...sets);
  return { lab, directory, image };
}

/** A command of the built CLI. @throws Error if it fails */
export const bundle = (lab: Lab, ...args: string[]): Promise<void> =>
  run(lab, process.execPath, [entry, ...args, '--quiet']);

const nodeOf = (index: number): string => `node${index + 1}`;

/** The container of a broker on its node, of those that run; undefined while there is none. */
export async function container(lab: Lab, broker: string): Promise<string | undefined> {
  const { stdout } = await lab.docker(nodeOf(BROKERS.indexOf(broker)), ['ps', '-q', '-f', `name=${NAME}_${broker}.`]);
  return stdout.trim().split('\n')[0] || undefined;
}

/**
 * Waits until a broker takes connections, which it does once it is no longer fenced. A loop in its container looks, so
 * that no poll of this process is late.
 * @param old its container before it was replaced
 */
export async function unfenced(lab: Lab, broker: string, old?: string): Promise<void> {
  const look = 'until (exec 3<> /dev/tcp/localhost/9092) 2> /dev/null; do sleep 0.2; done';
  await until(`${broker} takes connections`, async () => {
    const id = await container(lab, broker);
    if (id === undefined || id === old) return false;
    const node = nodeOf(BROKERS.indexOf(broker));
    return (await lab.docker(node, ['exec', id, 'bash', '-c', look], { check: false })).code === 0;
  });
}

/** Waits until nothing is under-replicated, by the image's own tool in the container of a broker that runs. */
export async function inSync(lab: Lab, broker: string): Promise<void> {
  await until('nothing is under-replicated', async () => {
    const { code, stdout } = await topics(lab, broker, '--describe --under-replicated-partitions');
    return code === 0 && stdout.trim() === '';
  });
}

/** Looks as often as a shell script would. */
export const until = (what: string, look: () => Promise<boolean>): Promise<true> =>
  poll(what, LONG_MS, async () => {
    if (await look()) return true;
    await pause(POLL_MS);
    return undefined;
  });

/** `kafka-topics.sh` in the container of a broker. */
export async function topics(lab: Lab, broker: string, options: string): Promise<{ code: number; stdout: string }> {
  const id = await container(lab, broker);
  const command = `/opt/kafka/bin/kafka-topics.sh --bootstrap-server ${broker}:9092 ${AS_BROKER} ${options} 2> /dev/null`;
  return lab.docker(nodeOf(BROKERS.indexOf(broker)), ['exec', id ?? '', 'bash', '-c', command], { check: false });
}
