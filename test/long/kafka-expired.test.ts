/** Brokers that let each other in no more, and a bundle whose secrets/ is lost. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../secrets/index.ts';
import { systemSource } from '../../src/io/system.ts';
import type { CliResult } from '../support/cli.ts';
import { unsupported } from '../support/cluster.ts';
import { AT_THREE, KafkaCluster } from '../support/kafka.ts';

const NAME = 'kexp';
const DAY_MS = 86_400_000;
/** Enough to deploy by a CA that ends then. */
const GOOD_MS = 360_000;

describe.skipIf(unsupported !== undefined)('three Kafka brokers whose certificates of peers have expired', () => {
  let kafka: KafkaCluster;
  let endsAt: number;

  async function run(code: number, ...args: string[]): Promise<CliResult> {
    const done = await kafka.cluster.run(args);
    expect(done.code, done.all).toBe(code);
    return done;
  }

  beforeAll(async () => {
    kafka = await KafkaCluster.made(NAME, 3);
    // A certificate ends with its CA.
    endsAt = Date.now() + GOOD_MS;
    const authority = await kinds.certificateAuthority.generate?.(
      { subject: `${NAME} Kafka peers CA`, keyBits: 2048, days: 1 },
      { ...systemSource, now: () => new Date(endsAt - DAY_MS) },
    );
    for (const [part, file] of Object.entries({ certificate: 'kafka-peers-ca.crt', key: 'kafka-peers-ca.key' }))
      await writeFile(join(kafka.cluster.dir, 'secrets', file), String(authority?.[part]));
    await run(0, 'init', '--yes', '--no-prepare');
    await kafka.deploy();
  });
  afterAll(() => kafka?.cluster.remove());

  it('run again with a new password once secrets/ is lost, also if the first run is killed before it told them', async () => {
    await pause(Math.max(0, endsAt + 5_000 - Date.now()));
    await rm(join(kafka.cluster.dir, 'secrets'), { recursive: true });
    await run(0, 'init', '--yes', '--no-prepare', '--new-secrets');
    const plan = await run(6, 'plan', '--detailed-exitcode');
    const line = '~ kexp_kafka-admin-password.v2 becomes the password of the user admin: what runs is told so once every task runs'; // prettier-ignore
    expect(plan.stdout).toContain(line);
    expect(plan.stdout).toMatch(/expired: those that mount them restart together/);

    const told = '· make kexp_kafka-admin-password.v2 the password of the user admin';
    const killed = await kafka.cluster.stopAt(['deploy', '--yes'], /waiting until every task of/, 'SIGKILL');
    expect(killed.stderr).not.toContain(told);
    const again = await run(6, 'plan', '--detailed-exitcode');
    expect(again.stdout).toContain(line);
    const { stderr } = await run(0, 'deploy', '--yes');
    expect(stderr.indexOf(told)).toBeGreaterThan(stderr.indexOf('waiting until every task of'));
    await run(0, 'plan', '--detailed-exitcode');

    const listed = await kafka.outside(await kafka.properties(), `kafka-topics.sh ${AT_THREE} --list`);
    expect(listed.code, listed.stdout + listed.stderr).toBe(0);
  }, 1_200_000);
});
