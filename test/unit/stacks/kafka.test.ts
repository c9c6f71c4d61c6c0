import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Bundle } from '../../../src/bundle/parse.ts';
import { checkDocument } from '../../../src/compose/rules.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import { START } from '../../../stacks/kafka/start.ts';
import { validateAnswers } from '../../support/answers.ts';
import { rendered } from './imply.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'];
const OUTSIDE = { publish: true, names: ['k1.example.org', 'k2.example.org', 'k3.example.org'] };

const kafka = (over: Record<string, unknown> = {}): Bundle =>
  validateAnswers({ version: 1, stack: 'kafka', name: 'ev', nodes: NODES.slice(0, 3), ...over }, 'bundle.yaml');
const planOf = (bundle: Bundle) => bundle.definition.plan(bundle.name, bundle.answers);
const environmentOf = (document: StackDocument, service: string): Record<string, unknown> =>
  document.services[service]?.environment ?? {};

describe('a stack of Kafka brokers', () => {
  it.each([1, 3, 5])('of %i: each has an id, a name, a volume, certificates and a node of its own', (brokers) => {
    const bundle = kafka({ brokers, nodes: NODES.slice(0, brokers) });
    const { document } = rendered(bundle);
    const names = NODES.slice(0, brokers).map((_node, index) => `kafka-${index + 1}`);
    expect(Object.keys(document.services)).toEqual(names);
    const voters = names.map((name, index) => `${index + 1}@${name}:9093`).join();
    for (const [index, name] of names.entries()) {
      expect(environmentOf(document, name)).toMatchObject({
        CLUSTER_ID: 'the-cluster-id',
        KAFKA_NODE_ID: String(index + 1),
        KAFKA_CONTROLLER_QUORUM_VOTERS: voters,
        KAFKA_ADVERTISED_LISTENERS: `INTERNAL://${name}:9092,CLIENT://${name}:9094`,
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: brokers === 1 ? '1' : '3',
        KAFKA_MIN_INSYNC_REPLICAS: brokers === 1 ? '1' : '2',
      });
      const { secrets = [], volumes = [], ports } = document.services[name] ?? {};
      expect(secrets.map(({ source }) => source).filter((source) => source.endsWith('.pem'))).toEqual([
        `${name}.pem`,
        `${name}-peer.pem`,
      ]);
      expect(secrets.every(({ mode, uid }) => mode === 0o400 && uid === '1000')).toBe(true);
      expect(volumes.map(({ source }) => source)).toEqual([`${name}-data`]);
      expect(ports).toBeUndefined();
    }
    expect(planOf(bundle).ensembles.map(({ services }) => services)).toEqual([names]);
    expect(planOf(bundle).placements.map(({ nodes }) => nodes)).toEqual(NODES.slice(0, brokers).map((node) => [node]));
    expect(checkDocument('ev', document)).toEqual([]);
  });

  it('lets nobody in without TLS, a certificate or a login, and nothing outside TLS', () => {
    for (const bundle of [kafka(), kafka({ external: OUTSIDE })]) {
      const environment = environmentOf(rendered(bundle).document, 'kafka-2');
      const listeners = String(environment['KAFKA_LISTENERS'])
        .split(',')
        .map((each) => each.split(':')[0] ?? '');
      const map = new Map(
        String(environment['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP'])
          .split(',')
          .map((each) => each.split(':') as [string, string]),
      );
      expect(new Set(map.keys())).toEqual(new Set(listeners));
      for (const [listener, protocol] of map) {
        if (protocol === 'SSL') expect(environment[`KAFKA_LISTENER_NAME_${listener}_SSL_CLIENT_AUTH`]).toBe('required');
        else expect(protocol).toBe('SASL_SSL');
      }
      expect(environment['KAFKA_AUTHORIZER_CLASS_NAME']).toMatch(/StandardAuthorizer$/);
      expect(environment['KAFKA_SUPER_USERS']).toBe('User:CN=kafka-1;User:CN=kafka-2;User:CN=kafka-3;User:admin');
      // Absent: the default is to allow nothing. With it the image’s own log settings would go.
      for (const name of ['KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND', 'KAFKA_LOG4J_ROOT_LOGLEVEL'])
        expect(environment).not.toHaveProperty(name);
    }
  });

  it('names what clients outside dial in certificates, listeners and checks', () => {
    const bundle = kafka({ external: { ...OUTSIDE, port: 19095 } });
    const { document } = rendered(bundle);
    expect(environmentOf(document, 'kafka-2')['KAFKA_ADVERTISED_LISTENERS']).toBe(
      'INTERNAL://kafka-2:9092,CLIENT://kafka-2:9094,EXTERNAL://k2.example.org:19095',
    );
    expect(document.services['kafka-2']?.ports).toEqual([{ target: 9095, published: 19095, mode: 'host' }]);
    const plan = planOf(bundle);
    const names = (secret: string) => plan.secrets.find((need) => need.secret === secret)?.options['names'];
    expect(names('kafka-2')).toEqual(['kafka-2', 'k2.example.org']);
    // By the other CA: for brokers alone.
    expect(names('kafka-2-peer')).toEqual(['kafka-2']);
    const endpoints = plan.expectations.find(({ service }) => service === 'kafka-2')?.endpoints ?? [];
    expect(endpoints.map(({ name, port }) => `${name} ${port}`)).toEqual([
      'internal-tls 9092',
      'internal-peers-only 9092',
      'controller-tls 9093',
      'controller-peers-only 9093',
      'client-tls 9094',
      'client-protocol 9094',
      'external-tls 9095',
      'external-protocol 9095',
    ]);
  });

  it('issues peers by a CA that cannot be given and clients’ certificates by the other, and mounts the key of neither', () => {
    const plan = planOf(kafka({ tls: { ca: 'files' } }));
    const need = (secret: string) => plan.secrets.find((each) => each.secret === secret);
    expect(need('ca')).toMatchObject({ mustBeGiven: true, inputs: { key: 'caKey' } });
    expect(need('peers-ca')).toMatchObject({ mustBeGiven: false, inputs: {} });
    expect([need('kafka-1')?.issued?.by, need('kafka-1-peer')?.issued?.by]).toEqual(['ca', 'peers-ca']);
    const [first] = plan.expectations;
    expect(first?.forbiddenSecrets.map(({ secret, part }) => `${secret} ${part}`)).toEqual([
      'ca key',
      'peers-ca key',
      'kafka-2 keystore',
      'kafka-2-peer keystore',
      'kafka-3 keystore',
      'kafka-3-peer keystore',
    ]);
    const mounted = Object.keys(rendered(kafka()).document.secrets);
    expect(mounted.filter((name) => name.endsWith('.key'))).toEqual([]);
  });

  it.each([
    [{ brokers: 2 }, /brokers: must be 1, 3 or 5/],
    [{ nodes: [] }, /nodes: names no node/],
    [{ external: { publish: true, names: ['k1', 'k2'] } }, /external\.names: has 2 names for 3 brokers/],
    [{ external: { publish: true, names: ['k', 'k', 'm'] } }, /external\.names: names two brokers alike/],
    [{ external: { publish: true, names: ['k_1', 'k2', 'k3'] } }, /external\.names.*underscores/],
    [{ nodes: ['a', 'b'], external: OUTSIDE }, /nodes: 3 brokers publish the same port/],
    [{ network: { subnet: '10.66.0.0/30' } }, /network\.subnet/],
  ])('refuses %j', (over, message) => expect(() => kafka(over)).toThrow(message));

  it('warns if the loss of one node is the loss of the cluster, and only then', () => {
    const warned = (over: Record<string, unknown>) =>
      planOf(kafka(over)).notices.filter(({ level }) => level === 'warning').map(({ name }) => name); // prettier-ignore
    expect(warned({})).toEqual([]);
    expect(warned({ nodes: ['a', 'b'] })).toEqual(['kafka-nodes']);
    expect(warned({ brokers: 5 })).toEqual([]);
    expect(warned({ brokers: 1 })).toEqual([]);
  });
});

describe('a broker’s start', () => {
  /** Runs it with every path of the container below a directory, and programs that only say that they ran. */
  function start(secrets: Record<string, string>, voters = '1@kafka-1:9093', dir = temporary()) {
    const put = (path: string, text: string, mode = 0o600): void => {
      mkdirSync(join(dir, path, '..'), { recursive: true });
      writeFileSync(join(dir, path), text, { mode });
    };
    for (const [name, text] of Object.entries(secrets)) put(`run/secrets/${name}`, text);
    mkdirSync(join(dir, 'var/lib/kafka/data'), { recursive: true });
    put(
      'opt/kafka/bin/kafka-run-class.sh',
      `#!/bin/sh\nprintf 'log.dirs=x' > ${dir}/tmp/first/server.properties\n`,
      0o700,
    );
    const keep = `cp "\${1#@}" ${dir}/arguments; echo "$*" > ${dir}/argv; echo "a key"`;
    put('opt/kafka/bin/kafka-storage.sh', `#!/bin/sh\n${keep}\n: > ${dir}/var/lib/kafka/data/meta.properties\n`, 0o700);
    put('etc/kafka/docker/run', '#!/bin/sh\nenv\n', 0o700);
    for (const each of ['tmp', 'dev/shm']) mkdirSync(join(dir, each), { recursive: true });
    const script = START.replace(/(?<![\w/])\/(?=(run|var|opt|etc|tmp|dev\/shm)\/)/g, `${dir}/`);
    const env = { PATH: process.env['PATH'], CLUSTER_ID: 'the-id', KAFKA_CONTROLLER_QUORUM_VOTERS: voters };
    try {
      const out = execFileSync('bash', ['-c', script], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      return { dir, out, code: 0, error: '' };
    } catch (error) {
      const { status, stderr, stdout } = error as { status: number; stderr: string; stdout: string };
      return { dir, out: stdout, code: status, error: stderr };
    }
  }
  const temporary = (): string => {
    const dir = mkdtempSync(join(tmpdir(), 'kafka-start-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    return dir;
  };
  const SECRETS = {
    'client.pem': 'x',
    'peer.pem': 'x',
    'ca.crt': 'x',
    'peers-ca.crt': 'x',
    'admin-password': 'a-Password_1',
  };

  it('makes the administrator once, by a file of arguments that it removes, and shows the password nowhere', () => {
    const { dir, out, code, error } = start(SECRETS);
    expect([code, error]).toEqual([0, '']);
    const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
    expect(read('arguments').split('\n')).toEqual([
      'format',
      '--cluster-id=the-id',
      `--config=${dir}/tmp/first/server.properties`,
      '--add-scram=SCRAM-SHA-512=[name=admin,password=a-Password_1]',
    ]);
    expect(read('tmp/first/server.properties')).toBe(`log.dirs=x\nlog.dirs=${dir}/var/lib/kafka/data\n`);
    expect(read('argv')).toBe(`@${dir}/dev/shm/kafka/arguments\n`);
    expect(() => read('dev/shm/kafka/arguments')).toThrow(/ENOENT/);
    expect(read('dev/shm/kafka/admin.properties')).toContain('username="admin" password="a-Password_1";\n');
    // What came out is the environment of the image’s own start.
    expect(out).toContain('CLUSTER_ID=the-id');
    expect(out + error).not.toMatch(/a-Password_1|a key/);

    rmSync(join(dir, 'argv'));
    expect(start(SECRETS, undefined, dir).code).toBe(0);
    expect(() => read('argv')).toThrow(/ENOENT/);
  });

  it('refuses other controllers than the volume was made for', () => {
    const { dir } = start(SECRETS);
    const { code, error } = start(SECRETS, '1@kafka-1:9093,2@kafka-2:9093,3@kafka-3:9093', dir);
    expect(code).toBe(64);
    expect(error).toContain(
      'the controllers of a cluster never change: this volume has 1@kafka-1:9093, asked for is 1@',
    );
  });

  it.each(Object.keys(SECRETS))('refuses to go on without %s', (name) => {
    for (const secrets of [
      { ...SECRETS, [name]: '' },
      Object.fromEntries(Object.entries(SECRETS).filter(([key]) => key !== name)),
    ]) {
      const { code, error } = start(secrets);
      expect(code).toBe(64);
      expect(error).toMatch(new RegExp(`^not started: the secret \\S+/run/secrets/${name} is missing or empty\n$`));
    }
  });

  it.each(['with space', 'quo"te', 'a,b', 'a]b', 'back\\slash', 'ümlaut', '\n'])(
    'refuses the password %j',
    (password) => {
      const { code, error } = start({ ...SECRETS, 'admin-password': password });
      expect(code).toBe(64);
      if (password.trim() !== '') expect(error).not.toContain(password);
    },
  );
});
