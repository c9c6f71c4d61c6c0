/** A roll that is killed, with another CA of clients and another password: some brokers have the old, some the new. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { unsupported } from '../support/cluster.ts';
import { AT_THREE, ecAuthority, KafkaCluster } from '../support/kafka.ts';

describe.skipIf(unsupported !== undefined)('a roll of three Kafka brokers that is killed', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await KafkaCluster.deployed('kkill', 3);
  });
  afterAll(() => kafka?.cluster.remove());

  it('goes on with another CA of clients and another password, which brokers of the old CA and of the new have', async () => {
    const given = await ecAuthority();
    onTestFinished(() => rm(given, { recursive: true, force: true }));
    await writeFile(join(kafka.cluster.dir, 'secrets/kafka-admin-password'), 'another-password');
    const files = Object.entries({ caCertificate: 'ca.crt', caKey: 'ca.key' });
    await kafka.change(...files.map(([key, file]) => `secretFiles.${key}=${join(given, file)}`), 'tls.ca=files');
    await kafka.cluster.stopAt(['deploy', '--yes'], /· update kafka-\d[^]*· update kafka-\d/, 'SIGKILL');
    const { code, stderr, all } = await kafka.cluster.run(['deploy', '--yes']);
    expect(code, all).toBe(0);
    expect(stderr).toContain('· make kkill_kafka-admin-password.v2 the password of the user admin');
    expect([1, 2]).toContain([...stderr.matchAll(/^· update (kafka-\d)$/gm)].length);
    const listed = await kafka.outside(await kafka.properties(), `kafka-topics.sh ${AT_THREE} --list`);
    expect(listed.code, listed.stdout + listed.stderr).toBe(0);
  });
});
