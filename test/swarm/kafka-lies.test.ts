/**
 * What brokers claim that is not so, and the check that catches it, on real brokers whose clients log in by passwords.
 */
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../secrets/index.ts';
import { issueLeaf } from '../../secrets/issue-leaf.ts';
import { systemSource } from '../../src/io/system.ts';
import { unsupported } from '../support/cluster.ts';
import { AT, KafkaCluster } from '../support/kafka.ts';
import { liesOfBrokers, type Lie } from './lies.ts';

const NAME = 'klies';
const DAY_MS = 86_400_000;

interface Authority {
  certificate: X509Certificate;
  key: KeyObject;
}

describe.skipIf(unsupported !== undefined)('verify is not fooled by brokers', () => {
  let kafka: KafkaCluster;
  let rounds: Lie[][];
  const made: string[] = [];

  beforeAll(async () => {
    kafka = await KafkaCluster.deployed(NAME, 3, { 'clients.login': 'plain', 'clients.users': '[alice]' });
    const authority = { certificate: new X509Certificate(await read('secrets/kafka-ca.crt')), key: createPrivateKey(await read('secrets/kafka-ca.key')) }; // prettier-ignore
    const other = await kinds.certificateAuthority.generate?.({ subject: `${NAME} Kafka CA`, keyBits: 2048, days: 10 }, systemSource); // prettier-ignore
    const foreign = { certificate: new X509Certificate(String(other?.['certificate'])), key: createPrivateKey(String(other?.['key'])) }; // prettier-ignore
    const names = (broker: number): string[] => [`kafka-${broker}`, `node${broker}.example.org`];
    const secrets = {
      otherAuthority: await secret('other-authority', store(foreign, names(1))),
      expired: await secret('expired', store(authority, names(2), -1)),
      otherName: await secret('other-name', store(authority, ['wrong-name.invalid'])),
      caKey: await secret('kafka-ca.key.v1', await read('secrets/kafka-ca.key')),
    };
    rounds = liesOfBrokers(NAME, secrets, kafka.image);
  });
  afterAll(async () => {
    await kafka?.cluster.remove();
    if (made.length > 0) await kafka.cluster.docker(['secret', 'rm', ...made], { check: false });
  });

  const read = (file: string): Promise<string> => readFile(join(kafka.cluster.dir, file), 'utf8');

  async function secret(name: string, content: string): Promise<string> {
    const full = `${NAME}_${name}`;
    await kafka.cluster.docker(['secret', 'create', full, '-'], { input: content });
    made.push(full);
    return full;
  }

  /** A key store of a broker. @param days how long it is good from now on */
  function store(authority: Authority, names: string[], days = 9): string {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const dates = { notBefore: new Date(Date.now() - 9 * DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) };
    const certificate = issueLeaf(authority, privateKey, {
      subject: 'kafka',
      names,
      serial: randomBytes(16),
      ...dates,
    });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() + certificate;
  }

  it('which are well, let a user in by the password that init made, and nobody by another', async () => {
    await kafka.runbook(/> \S+client\.properties/);
    await kafka.runbook(/> \S+alice\.properties/);
    await kafka.runbook(/kafka-topics\.sh .*--create --topic orders/);
    await kafka.runbook(/--add --allow-principal User:alice/);
    const alice = await read('secrets/clients/alice.properties');
    const produce = `echo good morning | kafka-console-producer.sh ${AT} --topic orders`;
    const produced = await kafka.outside(alice, produce);
    expect(produced.code, produced.stdout + produced.stderr).toBe(0);
    const password = (await read('secrets/kafka-user-alice')).trim();
    const refused = await kafka.outside(alice.replace(password, 'another-one'), `kafka-topics.sh ${AT} --list`);
    expect([refused.code === 0, refused.stdout + refused.stderr]).toEqual([false, expect.stringContaining('SaslAuthenticationException')]); // prettier-ignore
    // Nothing of it is where others can see it.
    const admin = (await read('secrets/kafka-admin-password')).trim();
    const { stdout: id } = await kafka.cluster.docker([
      'ps',
      '-q',
      '-f',
      `label=com.docker.swarm.service.name=${NAME}_kafka-1`,
    ]);
    const { stdout: inspected } = await kafka.cluster.docker(['inspect', id.trim()]);
    const logs = await kafka.cluster.docker(['logs', id.trim()]);
    for (const value of [password, admin]) expect(inspected + logs.stdout + logs.stderr).not.toContain(value);
  });

  /** The group's own row is not asked for: how whole it is depends on when it is asked after the restarts. */
  async function told(lies: readonly Lie[] = [], time = '75s'): Promise<void> {
    const services = [...new Set(lies.map(({ service }) => service))];
    const updates = services.map((service) => {
      const update = lies.filter((lie) => lie.service === service).flatMap((lie) => lie.update);
      const args = ['service', 'update', '--detach=false', '--quiet', ...update, `${NAME}_${service}`];
      return kafka.cluster.docker(args);
    });
    await Promise.all(updates);
    // A line that never comes is waited for to the end: the end is near, once those that start have started.
    const starting = services.filter(
      (service) => !lies.some((lie) => lie.service === service && lie.neverStarts === true),
    );
    await Promise.all(starting.map((service) => kafka.started(service)));
    const rows = await kafka.verify(5, '--skip', 'quorum', '--timeout', time);
    const failed = Object.entries(rows).filter(([, { status }]) => status === 'failed').map(([key]) => key); // prettier-ignore
    const expected = lies.flatMap(({ service, caughtBy }) => caughtBy.map((check) => `${service} ${check}`));
    const may = lies.flatMap(({ service, mayFail = [] }) => mayFail.map((check) => `${service} ${check}`));
    expect(failed.filter((key) => !may.includes(key)).sort()).toEqual([...new Set(expected)].sort());
    for (const key of may) expect(rows[key]?.status, key).not.toBe('passed');
    for (const { lie, service, caughtBy, says } of lies)
      expect(rows[`${service} ${caughtBy[0]}`]?.detail, lie).toMatch(says);
  }

  it('certificates of another CA, of another name, out of date; peers without one; one more listener in clear, one more super user', () =>
    // A job inside asks three brokers that have just started one thing after another.
    told(rounds[0], '2m'));

  it('a deployment mends them, and takes a changed password', async () => {
    const alice = await read('secrets/clients/alice.properties');
    const password = (await read('secrets/kafka-user-alice')).trim();
    await writeFile(join(kafka.cluster.dir, 'secrets/kafka-user-alice'), 'another-password');
    const changed = await kafka.cluster.run(['init', '--yes', '--no-prepare']);
    expect(changed.code, changed.all).toBe(0);
    const deployed = await kafka.cluster.run(['deploy', '--yes', '--at-once']);
    expect(deployed.code, deployed.all).toBe(0);
    const list = `kafka-topics.sh ${AT} --list`;
    const listed = await kafka.outside(alice.replace(password, 'another-password'), list);
    expect([listed.code, listed.stdout], listed.stderr).toEqual([0, 'orders\n']);
    const old = await kafka.outside(alice, list);
    expect(old.stdout + old.stderr).toContain('SaslAuthenticationException');
  });

  /** Settings of the first broker in the running cluster. */
  const configs = (change: string): Promise<string> =>
    kafka.shell(
      `docker exec $(docker ps -q -f name=${NAME}_kafka-1.) /opt/kafka/bin/kafka-configs.sh ` +
        '--bootstrap-server kafka-1:9092 --command-config /dev/shm/kafka/broker.properties ' +
        `--entity-type brokers --entity-name 1 --alter ${change}`,
    );

  it('a listener in clear that is added in the running cluster', async () => {
    const listeners = 'CONTROLLER://:9093,INTERNAL://:9092,CLIENT://:9094,EXTERNAL://:9095,OPEN://:9099';
    const map = 'INTERNAL:SSL,CONTROLLER:SSL,CLIENT:SASL_SSL,EXTERNAL:SASL_SSL,OPEN:PLAINTEXT';
    await configs(`--add-config 'listeners=[${listeners}],listener.security.protocol.map=[${map}]'`);
    const { detail = '' } = (await kafka.verify(5, '--only', 'quorum', '--timeout', '3m'))['brokers quorum'] ?? {};
    expect(detail).toMatch(/; kafka-1: listener\S+ and listeners set in the running cluster, /);
    const [, back = ''] = /(--delete-config \S+)`/.exec(detail) ?? [];
    await configs(back);
    await kafka.verify(0, '--only', 'quorum');
  });

  it('another trust store, and whoever is a super user, that are set in the running cluster; a store that is read anew', async () => {
    const trust = 'listener.name.external.ssl.truststore.location';
    const store = 'listener.name.external.ssl.keystore.location';
    await configs(`--add-config ${trust}=/run/secrets/ca.crt,super.users=User:alice`);
    const { detail = '' } = (await kafka.verify(5, '--only', 'quorum', '--timeout', '3m'))['brokers quorum'] ?? {};
    expect(detail).toContain(`; kafka-1: ${trust} and super.users set in the running cluster, `);
    const [, back = ''] = /(--delete-config \S+)`/.exec(detail) ?? [];
    await configs(back);
    // Both as in stack.yml: the one for this listener, the other for all.
    await configs(`--add-config ${store}=/run/secrets/client.pem,${trust}=/run/secrets/peers-ca.crt`);
    await kafka.verify(0, '--only', 'quorum');
    await configs(`--delete-config ${store},${trust}`);
  });

  it('the CA’s key mounted, clients in clear, clients without a login, no permissions asked for, lines of an older task', () =>
    told(rounds[1]));

  it('another login in the running cluster: it is told of the administrator, whom it never knew, once all brokers run', async () => {
    await kafka.change('clients.login=scram', 'clients.users=[]');
    const line = `~ ${NAME}_kafka-admin-password.v1 becomes the password of the user admin: what runs is told so once every task runs; `;
    const plan = await kafka.cluster.run(['plan', '--detailed-exitcode']);
    expect([plan.code, plan.stdout], plan.all).toEqual([6, expect.stringContaining(line)]);
    // A broker of the lies before waits for nobody's turn; the verification logs in as the administrator.
    const deployed = await kafka.cluster.run(['deploy', '--yes', '--at-once']);
    expect(deployed.code, deployed.all).toBe(0);
    const told = deployed.stderr.indexOf(`· make ${NAME}_kafka-admin-password.v1 the password of the user admin`);
    expect(told).toBeGreaterThan(deployed.stderr.indexOf('waiting until every task of'));
    const after = await kafka.cluster.run(['plan', '--detailed-exitcode']);
    expect(after.code, after.all).toBe(0);
  });
});
