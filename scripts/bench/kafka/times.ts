import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { takeDown } from '../labs.ts';
import { inTurn, log, MONITOR_MS, print, run } from '../measure.ts';
import {
  BROKERS,
  bundle,
  container,
  inSync,
  LAB,
  kafkaLab,
  makeKafkas,
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

interface Roll extends Way {
  before: () => Promise<void>;
}

/**
 * Three brokers on three hosts: `bundle deploy` to verified against a bare `docker stack deploy` that is polled, the
 * roll of a change against bare `docker service update --force`, and the longest pause of a producer in each, the pause
 * with controllers apart as well.
 */
export async function kafkaTimes(dir: string): Promise<void> {
  const lab = await kafkaLab();
  try {
    const { combined, apart } = await makeKafkas(lab, dir);
    await deployTimes(combined);
    await rollTimes(combined);
    await pauses(combined, 'brokers that are controllers');
    await empty(combined);
    await pauses(apart, 'controllers apart');
  } finally {
    await takeDown(LAB);
  }
}

/** Takes the stack away with its volumes. */
async function empty({ lab, directory }: BenchKafka): Promise<void> {
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
}

async function deployTimes(kafka: BenchKafka): Promise<void> {
  const { lab, directory } = kafka;
  const anew = async (): Promise<void> => {
    await empty(kafka);
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
    anew,
  );
  print('docker stack deploy of 3 brokers, polled', base, base);
  print('bundle deploy of the same, to verified', own, base);
}

/** All brokers of a cluster that is well, with a topic whose copies are on each of them. */
async function rollTimes(kafka: BenchKafka): Promise<void> {
  const ways = await rolls(kafka);
  const [base = [], own = []] = await measure(ways, ways[0].before);
  print('3 × docker service update --force, polled', base, base);
  print('bundle deploy of a change, to verified', own, base);
}

/** For how long no record is acknowledged while all members restart. */
async function pauses(kafka: BenchKafka, what: string): Promise<void> {
  const longest: number[] = [];
  for (const { before, time } of await rolls(kafka)) {
    await before();
    const producer = await BenchProducer.start(kafka);
    const from = Date.now();
    await time();
    longest.push(await producer.end(from));
  }
  const [base = NaN, own = NaN] = longest;
  print(`longest pause of a producer, ${what}, docker`, [base], [base]);
  print(`longest pause of a producer, ${what}, bundle`, [own], [base]);
}

let heap = 320;

/** Deploys the cluster if it is not there. @returns a roll by hand and one by `bundle`, and what comes before each */
async function rolls(kafka: BenchKafka): Promise<[Roll, Roll]> {
  const { lab, directory, services } = kafka;
  await bundle(lab, 'deploy', directory, '--yes');
  await topics(lab, 'kafka-1', '--create --if-not-exists --topic orders --partitions 12 --replication-factor 3');
  const byHand = async (): Promise<void> => {
    for (const service of services) {
      const old = await container(lab, service);
      await run(lab, await lab.cli(), ['service', 'update', '--force', `${NAME}_${service}`]);
      await unfenced(lab, service, old);
      await inSync(lab, 'kafka-1');
    }
  };
  const before = async (): Promise<void> => {
    await inSync(lab, 'kafka-1');
    heap += 1;
    const apart = services.length > BROKERS.length ? ['--set', `controllers.heapMb=${heap}`] : [];
    await bundle(lab, 'init', directory, '--yes', '--no-prepare', '--set', `heapMb=${heap}`, ...apart);
  };
  return [
    { name: 'docker service update', time: byHand, before },
    { name: 'bundle deploy', time: () => bundle(lab, 'deploy', directory, '--yes'), before },
  ];
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
