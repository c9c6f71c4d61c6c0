import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { down } from '../../lab/lab.ts';
import { inTurn, log, MONITOR_MS, print, run } from '../measure.ts';
import {
  BROKERS,
  bundle,
  container,
  inSync,
  LAB,
  makeKafka,
  NAME,
  topics,
  unfenced,
  until,
  type BenchKafka,
} from './cluster.ts';
import { BenchProducer } from './pause.ts';

const ROUNDS = 3;

interface Way {
  name: string;
  time: () => Promise<void>;
}

/**
 * Three brokers on three hosts: `bundle deploy` to verified against a bare `docker stack deploy` that is polled, and the
 * roll of a change against three bare `docker service update --force`.
 */
export async function kafkaTimes(dir: string): Promise<void> {
  try {
    const kafka = await makeKafka(dir);
    await deployTimes(kafka);
    await rollTimes(kafka);
  } finally {
    await down(LAB);
  }
}

async function deployTimes({ lab, directory }: BenchKafka): Promise<void> {
  const empty = async (): Promise<void> => {
    await bundle(lab, 'destroy', directory, '--yes', '--volumes');
    // The command reaches those of its own node.
    for (const { name: host } of lab.hosts.slice(1)) {
      const { stdout } = await lab.docker(host, ['volume', 'ls', '-q', '-f', `name=${NAME}_`]);
      const volumes = stdout.split('\n').filter((volume) => volume !== '');
      // Its node may take a moment to remove a container that has ended.
      for (const volume of volumes)
        await until(`${volume} is removed`, async () => {
          const { code } = await lab.docker(host, ['volume', 'rm', volume], { check: false });
          return code === 0;
        });
    }
    await bundle(lab, 'prepare', directory, '--yes');
  };
  const bare = async (): Promise<void> => {
    const file = join(directory, 'stack.yml');
    await run(lab, await lab.cli(), ['stack', 'deploy', '--with-registry-auth', '-c', file, NAME]);
    await Promise.all(BROKERS.map((broker) => unfenced(lab, broker)));
    const before = await Promise.all(BROKERS.map((broker) => container(lab, broker)));
    await pause(MONITOR_MS);
    const after = await Promise.all(BROKERS.map((broker) => container(lab, broker)));
    if (before.join() !== after.join()) throw new Error('a broker ended within the monitor window');
  };
  // First pulls are not what is measured.
  await bundle(lab, 'prepare', directory, '--yes');
  await bare();
  const [base = [], own = []] = await measure(
    [
      { name: 'docker stack deploy', time: bare },
      { name: 'bundle deploy', time: () => bundle(lab, 'deploy', directory, '--yes') },
    ],
    empty,
  );
  print('docker stack deploy of 3 brokers, polled', base, base);
  print('bundle deploy of the same, to verified', own, base);
}

/**
 * All brokers of a cluster that is well, with a topic whose copies are on each of them. Then once more with a producer:
 * for how long no record is acknowledged.
 */
async function rollTimes(kafka: BenchKafka): Promise<void> {
  const { lab, directory } = kafka;
  await bundle(lab, 'deploy', directory, '--yes');
  await topics(lab, 'kafka-1', '--create --topic orders --partitions 12 --replication-factor 3');
  const bare = async (): Promise<void> => {
    for (const broker of BROKERS) {
      const old = await container(lab, broker);
      await run(lab, await lab.cli(), ['service', 'update', '--force', `${NAME}_${broker}`]);
      await unfenced(lab, broker, old);
      await inSync(lab, broker);
    }
  };
  let heap = 320;
  const changed = async (): Promise<void> => {
    await inSync(lab, 'kafka-1');
    await bundle(lab, 'init', directory, '--yes', '--no-prepare', '--set', `heapMb=${(heap += 1)}`);
  };
  const ways = [
    { name: 'docker service update', time: bare },
    { name: 'bundle deploy', time: () => bundle(lab, 'deploy', directory, '--yes') },
  ];
  const [base = [], own = []] = await measure(ways, changed);
  print('3 × docker service update --force, polled', base, base);
  print('bundle deploy of a change, to verified', own, base);
  const pauses: number[] = [];
  for (const { time } of ways) {
    await changed();
    const producer = await BenchProducer.start(kafka);
    const from = Date.now();
    await time();
    pauses.push(await producer.end(from));
  }
  const [bareMs = NaN, ownMs = NaN] = pauses;
  print('longest pause of a producer, docker', [bareMs], [bareMs]);
  print('longest pause of a producer, bundle', [ownMs], [bareMs]);
}

/** Times of each way, in the order of the ways; every round in another order. @param before what is not timed */
async function measure(ways: readonly Way[], before: () => Promise<void>): Promise<number[][]> {
  const times = ways.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { name, time }] of inTurn([...ways.entries()], round)) {
      await before();
      const started = performance.now();
      await time();
      const took = performance.now() - started;
      log(`round ${round + 1} of ${ROUNDS}: ${name} took ${(took / 1000).toFixed(1)} s`);
      times[index]?.push(took);
    }
  }
  return times;
}
