import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildImages } from '../../images/build.ts';
import type { Lab } from '../../lab/lab.ts';
import { poll } from '../../lab/poll.ts';
import { labId } from '../../../test/support/lab-id.ts';
import { bringUp } from '../labs.ts';
import { entry, log, run } from '../measure.ts';

export const NAME = 'kafka';
export const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'];
const CONTROLLERS = BROKERS.map((_name, index) => `kafka-controller-${index + 1}`);
export const LAB = labId('bkafka');
/** For one broker to come up, on a machine that does other things besides. */
const LONG_MS = 300_000;
/** Between two looks. */
const POLL_MS = 300;
const AS_BROKER = '--command-config /dev/shm/kafka/broker.properties';

/** Three brokers, a node each, clients by SCRAM: a bundle that is not deployed. */
export interface BenchKafka {
  lab: Lab;
  /** Its services, in the order of a roll by hand. */
  services: readonly string[];
  /** The bundle's directory. */
  directory: string;
  image: string;
}

/** Brings up a lab with a host for each broker; it stays until `takeDown(LAB)`. */
export const kafkaLab = (): Promise<Lab> => bringUp({ id: LAB, hosts: BROKERS.length });

/** Makes two bundles of one name: of brokers that are controllers too, and of controllers apart. */
export async function makeKafkas(lab: Lab, dir: string): Promise<{ combined: BenchKafka; apart: BenchKafka }> {
  const { kafka: image, probe } = await buildImages(lab, { log, only: ['kafka', 'probe'] });
  const make = async (name: string, services: readonly string[], more: object): Promise<BenchKafka> => {
    const directory = join(dir, name);
    await init(lab, directory, { image, 'verify.probeImage': probe, ...more });
    return { lab, directory, image, services };
  };
  const apart = {
    'controllers.apart': true,
    'controllers.nodes': NODES,
    'controllers.heapMb': 128,
    'controllers.reserve.cpus': '"0.01"',
    'controllers.reserve.memory': '64M',
  };
  return {
    combined: await make('combined', BROKERS, {}),
    apart: await make('apart', [...CONTROLLERS, ...BROKERS], apart),
  };
}

async function init(lab: Lab, directory: string, more: object): Promise<void> {
  const answers = {
    name: NAME,
    brokers: BROKERS.length,
    nodes: NODES,
    heapMb: 320,
    'reserve.cpus': '"0.01"',
    'reserve.memory': '64M',
    ...more,
  };
  const sets = Object.entries(answers).flatMap(([path, value]) => ['--set', `${path}=${String(value)}`]);
  await bundle(lab, 'init', directory, '--stack', 'kafka', '--yes', '--no-prepare', ...sets);
}

/** A command of the built CLI. @throws Error if it fails */
export const bundle = (lab: Lab, ...args: string[]): Promise<void> =>
  run(lab, process.execPath, [entry, ...args, '--quiet']);

const NODES = `[${BROKERS.map((_name, index) => `node${index + 1}`).join()}]`;
/** Services are pinned in the order of their numbers. */
const nodeOf = (service: string): string => `node${/\d+$/.exec(service)?.[0]}`;

/** The container of a service on its node, of those that run; undefined while there is none. */
export async function container(lab: Lab, broker: string): Promise<string | undefined> {
  const { stdout } = await lab.docker(nodeOf(broker), [
    'ps',
    '-q',
    '-f',
    `label=com.docker.swarm.service.name=${NAME}_${broker}`,
  ]);
  return stdout.trim().split('\n')[0] || undefined;
}

/**
 * Waits until a member takes connections, which a broker does once it is no longer fenced. A loop in its container
 * looks, so that no poll of this process is late.
 * @param old its container before it was replaced
 */
export async function unfenced(lab: Lab, broker: string, old?: string): Promise<void> {
  const port = BROKERS.includes(broker) ? 9092 : 9093;
  const look = `until (exec 3<> /dev/tcp/localhost/${port}) 2> /dev/null; do sleep 0.2; done`;
  await until(`${broker} takes connections`, async () => {
    const id = await container(lab, broker);
    if (id === undefined || id === old) return false;
    const node = nodeOf(broker);
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
  return lab.docker(nodeOf(broker), ['exec', id ?? '', 'bash', '-c', command], { check: false });
}
