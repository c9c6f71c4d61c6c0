import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateAuthorityWithChain } from '../../../secrets/index.ts';
import { issueLeaf } from '../../../secrets/issue-leaf.ts';
import { parse } from 'yaml';
import type { Bundle } from '../../../src/bundle/parse.ts';
import { checkDocument } from '../../../src/compose/rules.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import type { KafkaAnswers } from '../../../stacks/kafka/answers.ts';
import { membersOf } from '../../../stacks/kafka/members.ts';
import { startOf } from '../../../stacks/kafka/start.ts';
import { validateAnswers } from '../../support/answers.ts';
import { inDirectory, openssl, requested } from '../../unit/secrets/material.ts';
import { rendered } from '../../unit/stacks/imply.ts';

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

  it.each(['scram', 'plain', 'certificate'])('settings of clients (%s) wait 2 s where nobody is any more', (login) => {
    const bundle = kafka({ clients: { login } });
    const { access, runbook } = planOf(bundle);
    expect(JSON.stringify(access?.ways)).toContain('\\nsocket.connection.setup.timeout.ms=2000\\n');
    const section = runbook().find(({ title }) => title === 'How clients connect')?.markdown ?? '';
    expect(section).toContain('-Dsun.net.inetaddr.ttl=5');
    const script = /```sh\n(\(umask[^]*?)```/.exec(section)?.[1] ?? '';
    const dir = mkdtempSync(join(tmpdir(), 'kafka-client-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    mkdirSync(join(dir, 'secrets'));
    for (const [, file = ''] of script.matchAll(/secrets\/(kafka-[\w.-]+)/g))
      writeFileSync(join(dir, 'secrets', file), 'x\n');
    execFileSync('bash', ['-euc', script], { cwd: dir });
    expect(readdirSync(dir)).toEqual(['secrets']);
    const name = `secrets/clients/${login === 'certificate' ? 'admin' : 'client'}.properties`;
    expect(readFileSync(join(dir, name), 'utf8')).toContain('\nsocket.connection.setup.timeout.ms=2000\n');
    expect(['secrets/clients', name].map((path) => statSync(join(dir, path)).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it('tells a client of two clusters whose brokers have the same names by which it finds the other', () => {
    const section = (over: Record<string, unknown>): string =>
      planOf(kafka(over)).runbook().find(({ title }) => title === 'How clients connect')?.markdown ?? ''; // prettier-ignore
    const told = 'networks of two such clusters finds only one of them';
    expect(section({})).toContain(told);
    expect(section({})).toContain('names for outside (`external.publish`, which this one does not have).\n');
    expect(section({ external: OUTSIDE })).toMatch(
      /of two such clusters .* by that one’s names for outside\.\n- From outside/,
    );
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

  it('takes passwords of users by a file in memory that a start makes, and puts none in the document', () => {
    const bundle = kafka({ clients: { login: 'plain', users: ['alice', 'bob'] }, external: OUTSIDE });
    const environment = environmentOf(rendered(bundle).document, 'kafka-1');
    expect(environment).toMatchObject({
      KAFKA_SASL_ENABLED_MECHANISMS: 'PLAIN',
      KAFKA_LISTENER_NAME_CLIENT_PLAIN_SASL_JAAS_CONFIG: '${dir:/dev/shm/kafka/logins:plain}',
      KAFKA_LISTENER_NAME_EXTERNAL_PLAIN_SASL_JAAS_CONFIG: '${dir:/dev/shm/kafka/logins:plain}',
      KAFKA_CONFIG_PROVIDERS_DIR_PARAM_ALLOWED_PATHS: '/dev/shm/kafka/logins',
    });
    expect(JSON.stringify(environment)).not.toContain('SCRAM');
    const mounts = rendered(bundle).document.services['kafka-1']?.secrets ?? [];
    expect(mounts.map(({ source, target }) => `${source} ${target}`)).toEqual(
      expect.arrayContaining(['kafka-admin-password admin-password', 'kafka-user-alice users/alice']),
    );
  });

  it('lets in certificates of the CA of clients, under names that no broker and no administrator has', () => {
    const bundle = kafka({ clients: { login: 'certificate', users: ['alice'] }, external: OUTSIDE });
    const { document } = rendered(bundle);
    const environment = environmentOf(document, 'kafka-1');
    for (const listener of ['CLIENT', 'EXTERNAL'])
      expect(environment).toMatchObject({
        [`KAFKA_LISTENER_NAME_${listener}_SSL_CLIENT_AUTH`]: 'required',
        [`KAFKA_LISTENER_NAME_${listener}_SSL_TRUSTSTORE_LOCATION`]: '/dev/shm/kafka/clients-issuer.crt',
        [`KAFKA_LISTENER_NAME_${listener}_SSL_PRINCIPAL_MAPPING_RULES`]: 'RULE:^(.*)$/client:$1/',
      });
    expect(environment).toMatchObject({
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INTERNAL:SSL,CONTROLLER:SSL,CLIENT:SSL,EXTERNAL:SSL',
      KAFKA_SUPER_USERS: 'User:CN=kafka-1;User:CN=kafka-2;User:CN=kafka-3;User:CN=admin',
      KAFKA_SSL_TRUSTSTORE_LOCATION: '/run/secrets/peers-ca.crt',
    });
    const { secrets, expectations } = planOf(bundle);
    const need = (secret: string) => secrets.find((each) => each.secret === secret);
    expect(need('user-alice')).toMatchObject({ issued: { by: 'ca' }, options: { subject: 'alice', names: [] } });
    expect(need('admin')).toMatchObject({ issued: { by: 'peers-ca' }, options: { subject: 'admin', names: [] } });
    // They are for clients: none is in the swarm.
    expect(Object.keys(document.secrets).filter((name) => /alice|admin/.test(name))).toEqual([]);
    expect(expectations[0]?.forbiddenSecrets).toEqual(
      expect.arrayContaining([
        { secret: 'admin', part: 'keystore' },
        { secret: 'user-alice', part: 'keystore' },
      ]),
    );
    const kinds = expectations[0]?.endpoints.map(({ name }) => name);
    expect(kinds).toEqual(expect.arrayContaining(['client-certificates-only', 'external-certificates-only']));
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
      'client-login 9094',
      'external-tls 9095',
      'external-protocol 9095',
      'external-login 9095',
    ]);
  });

  it('issues certificates for the times of the answers, and by default for a year', () => {
    const times = (bundle: Bundle) =>
      planOf(bundle).secrets.flatMap(({ issued, options: { days, backdateHours } }) =>
        issued ? [[days, backdateHours, issued.renewalDays].join()] : [],
      );
    const users = { login: 'certificate', users: ['alice'] };
    const own = { days: 90, backdateHours: 24, renewalDays: 20 };
    expect(new Set(times(kafka({ clients: users })))).toEqual(new Set(['365,1,60']));
    expect(new Set(times(kafka({ clients: users, tls: { certificates: own } })))).toEqual(new Set(['90,24,20']));
    expect(new Set(times(kafka({ tls: { certificates: { days: 700 } } })))).toEqual(new Set(['700,1,60']));
    // A release of a bundle without them is what builds read that do not know them.
    expect(kafka().answers).not.toHaveProperty('tls.certificates');
    expect(() => kafka({ tls: { certificates: { days: 60 } } })).toThrow(
      /tls\.certificates\.renewalDays: must be less than days/,
    );
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

  it.each([1, 3, 5])('keeps %i controllers apart from four brokers, and starts them first', (count) => {
    const bundle = kafka({
      brokers: 4,
      nodes: NODES.slice(0, 4),
      controllers: { apart: true, count, nodes: ['c', 'a'] },
    });
    const { document } = rendered(bundle);
    const controllers = NODES.slice(0, count).map((_node, index) => `kafka-controller-${index + 1}`);
    const brokers = ['kafka-1', 'kafka-2', 'kafka-3', 'kafka-4'];
    expect(Object.keys(document.services)).toEqual([...controllers, ...brokers]);
    const voters = controllers.map((name, index) => `${101 + index}@${name}:9093`).join();
    const ids = Object.values(document.services).map(({ environment }) => environment?.['KAFKA_NODE_ID']);
    expect(new Set(ids).size).toBe(count + 4);
    for (const name of controllers) {
      const environment = environmentOf(document, name);
      expect(environment).toMatchObject({
        KAFKA_PROCESS_ROLES: 'controller',
        KAFKA_CONTROLLER_QUORUM_VOTERS: voters,
        KAFKA_LISTENERS: 'CONTROLLER://:9093',
        KAFKA_HEAP_OPTS: '-Xmx512m',
      });
      // The image refuses it on a controller.
      expect(environment).not.toHaveProperty('KAFKA_ADVERTISED_LISTENERS');
      const { secrets = [], volumes = [] } = document.services[name] ?? {};
      expect(secrets.map(({ source }) => source)).toEqual([
        `${name}-peer.pem`,
        'kafka-peers-ca.crt',
        'kafka-admin-password',
      ]);
      expect(volumes.map(({ source }) => source)).toEqual([`${name}-data`]);
    }
    for (const name of brokers) {
      const environment = environmentOf(document, name);
      expect(environment).toMatchObject({
        KAFKA_PROCESS_ROLES: 'broker',
        KAFKA_CONTROLLER_QUORUM_VOTERS: voters,
        KAFKA_LISTENERS: 'INTERNAL://:9092,CLIENT://:9094',
        KAFKA_SUPER_USERS: 'User:CN=kafka;User:admin',
      });
      expect(planOf(bundle).expectations.find(({ service }) => service === name)?.needs).toEqual(controllers);
    }
    const plan = planOf(bundle);
    expect(plan.ensembles.map(({ services }) => services)).toEqual([controllers, brokers]);
    const nodeOf = (service: string) => plan.placements.find(({ role }) => role === service)?.nodes;
    expect([nodeOf('kafka-controller-1'), nodeOf('kafka-4')]).toEqual([['c'], ['d']]);
    const endpoints = (service: string) =>
      plan.expectations.find((each) => each.service === service)?.endpoints.map(({ name }) => name);
    expect(endpoints('kafka-controller-1')).toEqual(['controller-tls', 'controller-peers-only']);
    expect(endpoints('kafka-1')).toEqual([
      'internal-tls',
      'internal-peers-only',
      'client-tls',
      'client-protocol',
      'client-login',
    ]);
    expect(checkDocument('ev', document)).toEqual([]);
  });

  it('adds a broker without a change to any other, where controllers are apart', () => {
    const controllers = { apart: true, nodes: ['a', 'b', 'c'] };
    const [three, four] = [3, 4].map(
      (brokers) => rendered(kafka({ brokers, controllers, nodes: NODES.slice(0, brokers) })).document.services,
    );
    expect({ ...four, 'kafka-4': undefined }).toEqual({ ...three, 'kafka-4': undefined });
    expect(four).toHaveProperty('kafka-4');
  });

  it.each([
    [{ brokers: 2 }, /brokers: must be 1, 3 or 5/],
    [{ brokers: 0, controllers: { apart: true, nodes: ['a'] } }, /brokers/],
    [{ brokers: 101, controllers: { apart: true, nodes: ['a'] } }, /brokers/],
    [{ controllers: { apart: true, count: 4, nodes: ['a'] } }, /controllers\.count: must be 1, 3 or 5/],
    [{ controllers: { apart: true } }, /controllers\.nodes: names no node/],
    [{ controllers: { nodes: ['a'] } }, /controllers\.nodes: are named, while the brokers are the controllers/],
    [{ clients: { users: ['alice'] } }, /clients\.users: .*made in the running cluster/],
    [{ clients: { login: 'plain', users: ['admin'] } }, /clients\.users\.0: is the name of the administrator/],
    [{ clients: { login: 'plain', users: ['CN=kafka-1'] } }, /clients\.users\.0/],
    [{ clients: { login: 'certificate', users: ['kafka-1'] } }, /clients\.users\.0: .*may be a broker’s/],
    [{ clients: { login: 'certificate', users: ['a', 'a'] } }, /clients\.users: names a user twice/],
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
    const apart = { controllers: { apart: true, nodes: ['a', 'b', 'c'] } };
    expect(warned({ ...apart, brokers: 6 })).toEqual([]);
    expect(warned({ ...apart, brokers: 1 })).toEqual([]);
    expect(warned({ ...apart, brokers: 6, nodes: ['a', 'b'] })).toEqual(['copies-together']);
    expect(warned({ ...apart, brokers: 2, nodes: ['a'] })).toEqual(['copies-together']);
  });

  it('has copies of a partition on different nodes: the node is the rack of its brokers', () => {
    const { document } = rendered(kafka({ brokers: 5, controllers: { apart: true, nodes: ['a', 'b', 'c'] } }));
    const racks = Object.keys(document.services).map((name) => environmentOf(document, name)['KAFKA_BROKER_RACK']);
    expect(racks).toEqual([undefined, undefined, undefined, 'a', 'b', 'c', 'a', 'b']);
    expect(environmentOf(rendered(kafka()).document, 'kafka-3')['KAFKA_BROKER_RACK']).toBe('c');
  });

  /** As `kafka-topics.sh --describe` of 4.4.0 prints copies, those in sync, and those that may lead without. */
  const DESCRIBED = [
    'Topic: orders\tTopicId: ThaRdsMvTZq_wpNvZMM__Q\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: min.insync.replicas=1',
    ...['1\tIsr: 1', '3\tIsr: 3', '2,3\tIsr: 3'].map(
      (copies, index) => `\tTopic: orders\tPartition: ${index}\tLeader: 3\tReplicas: ${copies}\tElr: \tLastKnownElr: `,
    ),
    'Topic: two.x\tTopicId: N7zvo0XbRoGxvK7MCKcKLA\tPartitionCount: 2\tReplicationFactor: 3\tConfigs: ',
    '\tTopic: two.x\tPartition: 0\tLeader: none\tReplicas: 13,1,3\tIsr: \tElr: 13\tLastKnownElr: ',
    '\tTopic: two.x\tPartition: 1\tLeader: 1\tReplicas: 3,1,2\tIsr: 1,3\tElr: \tLastKnownElr: ',
    '',
  ].join('\n');
  /** What the `awk` of a command in the runbook makes of that. */
  function counted(runbook: string, command: RegExp, described: string): string {
    const [, program = ''] = command.exec(runbook) ?? [];
    const cwd = mkdtempSync(join(tmpdir(), 'kafka-counted-'));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    return execFileSync('bash', ['-euc', program], { cwd, input: described, encoding: 'utf8' });
  }
  const runbookOf = (over: Record<string, unknown>): string =>
    planOf(kafka(over)).runbook().map(({ title, markdown }) => `## ${title}\n${markdown}`).join('\n'); // prettier-ignore

  it('names what the disk of a broker alone has, before the runbook says how it is replaced', () => {
    const runbook = runbookOf({});
    const LOST = /--describe \|\n *(awk [^']*'[^']*would be lost"[^']*')\n/;
    const counts = (lost: number, older: number, away: number, all: number): string =>
      `${lost} of ${all} partitions would be lost\n${older} of ${all} would lose their end: others have an older copy\n` +
      `${away} of ${all} would wait: others have everything, and are not in sync yet\n`;
    expect(counted(runbook, LOST, DESCRIBED)).toBe(
      `orders-1\norders-2, older on 2\ntwo.x-0, all of it on 13\n${counts(1, 1, 1, 5)}`,
    );
    // While they are reassigned; 3.6 prints no `Elr`. Neither who is away nor what is copied counts as a copy.
    for (const [isr, older] of [
      ['', 1],
      ['3', 1],
      ['1', 0],
      ['1,3', 0],
    ] as const)
      // prettier-ignore
      for (const moved of ['', '\tAdding Replicas: 2\tRemoving Replicas: 3', '\tAdding Replicas: \tRemoving Replicas: 3'])
        for (const end of ['', '\tElr: \tLastKnownElr: ', '\tElr: 3\tLastKnownElr: ', '\tElr: N/A\tLastKnownElr: N/A']) {
          const line = `\tTopic: orders\tPartition: 0\tLeader: none\tReplicas: 2,1,3\tIsr: ${isr}${moved}${end}\n`;
          const others = moved.includes('Adding Replicas: 2') ? '1' : '2,1';
          const names = older === 0 ? '' : `orders-0, older on ${others}\n`;
          expect(counted(runbook, LOST, line), line).toBe(names + counts(0, older, 0, 1));
        }
    // It could not ask: none of none.
    expect(counted(runbook, LOST, '')).toBe(counts(0, 0, 0, 0));
    expect(runbook.indexOf('would be lost')).toBeLessThan(runbook.indexOf('docker volume rm'));
    expect(runbook.indexOf('would be lost')).toBeLessThan(runbook.indexOf('docker node rm'));
  });

  it('gives partitions the copies that they lack, on brokers that have none', () => {
    const PLAN = /--describe \|\n *(awk [^']*'[^']*') > plan\.json\n/;
    const four = { brokers: 4, nodes: NODES.slice(0, 4), controllers: { apart: true, nodes: ['a'] } };
    const planned = (over: Record<string, unknown>, described: string) =>
      JSON.parse(counted(runbookOf(over), PLAN, described));
    const orders = (...copies: number[][]) =>
      copies.map((replicas, partition) => ({ topic: 'orders', partition, replicas }));
    const two = (partition: number, replicas: number[]) => ({ topic: 'two.x', partition, replicas });
    // One of two.x is on a broker 13, which is none of these.
    const away = two(0, [1, 3, 2]);
    expect(planned({}, DESCRIBED)).toEqual({
      version: 1,
      partitions: [...orders([1, 2, 3], [3, 1, 2], [2, 3, 1]), away],
    });
    expect(planned(four, DESCRIBED).partitions).toEqual([...orders([1, 2, 3], [3, 4, 1], [2, 3, 4]), away]);
    expect(planned({}, '')).toEqual({ version: 1, partitions: [] });
    expect(runbookOf({ brokers: 1 })).not.toContain('plan.json');
    // What is left once the last of three, and then of two, goes.
    expect(planned({ ...four, brokers: 2 }, DESCRIBED).partitions).toEqual([
      ...orders([1, 2], [2, 1], [2, 1]),
      two(0, [1, 2]),
      two(1, [1, 2]),
    ]);
    expect(planned({ ...four, brokers: 1 }, DESCRIBED).partitions).toEqual([
      ...[1, 2].map((partition) => ({ topic: 'orders', partition, replicas: [1] })),
      ...[0, 1].map((partition) => two(partition, [1])),
    ]);
  });

  it('puts these copies on nodes that have none, as far as there are some, and keeps more than new ones get', () => {
    const PLAN = /--describe \|\n *(awk [^']*'[^']*') > plan\.json\n/;
    const planned = (nodes: string[], replicas: number[]) => {
      const runbook = runbookOf({ brokers: nodes.length, nodes, controllers: { apart: true, nodes: ['a'] } });
      const line = `\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: ${replicas.join()}\tIsr: 1\tElr: \tLastKnownElr: \n`;
      const { partitions } = JSON.parse(counted(runbook, PLAN, line)) as { partitions: { replicas: number[] }[] };
      return partitions.map((partition) => partition.replicas);
    };
    const three = ['a', 'b', 'c', 'a'];
    expect(planned(three, [4])).toEqual([[4, 2, 3]]);
    expect(planned(three, [3])).toEqual([[3, 4, 2]]);
    expect(planned(three, [1, 4])).toEqual([[1, 4, 2]]);
    expect(planned(three, [1, 2, 4])).toEqual([]);
    expect(planned(['a', 'b', 'a', 'b'], [1])).toEqual([[1, 2, 3]]);
    expect(planned(['a', 'a', 'a'], [2])).toEqual([[2, 3, 1]]);
    // Four copies stay four as long as there are brokers.
    expect(planned(NODES, [1, 2, 3, 4])).toEqual([]);
    expect(planned(NODES, [6, 2, 3, 4])).toEqual([[2, 3, 4, 5]]);
    expect(planned(three, [1, 2, 3, 4, 5])).toEqual([[1, 2, 3, 4]]);
    expect(planned(three, [5])).toEqual([[2, 3, 4]]);
  });

  /** Runs a block of the runbook with programs of Kafka that are lines of a shell, and docker a way to them. */
  function run(runbook: string, block: RegExp, programs: Record<string, string>): { code: number; out: string } {
    const dir = mkdtempSync(join(tmpdir(), 'kafka-runbook-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    mkdirSync(join(dir, 'tmp'));
    const program = (name: string, text: string): void =>
      writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o700 });
    program('docker', '[ "$1" = exec ] || exec echo id\nshift\n[ "$1" != -i ] || shift\nshift\nexec "$@"');
    for (const [name, text] of Object.entries(programs)) program(name, text);
    const blocks = [...runbook.matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
    const [script = '', ...others] = blocks.filter((text) => block.test(text));
    expect(others).toEqual([]);
    const local = script.replaceAll('/tmp/', `${dir}/tmp/`).replaceAll('/opt/kafka/bin/', `${dir}/`);
    const env = { PATH: `${dir}:${process.env['PATH']}` };
    const { status, stdout } = spawnSync('bash', ['-uc', local], { env, encoding: 'utf8' });
    return { code: status ?? -1, out: stdout };
  }

  it.each(['scram', 'plain', 'certificate'])(
    'takes from a user (%s) what it was given, by the same words, before the user goes',
    (login) => {
      const runbook = runbookOf({ clients: { login, users: login === 'scram' ? [] : ['shop', 'billing'] } });
      const acls = (what: string): string[] =>
        runbook.split('\n').filter((line) => line.includes(`kafka-acls.sh `) && line.includes(` ${what} `));
      expect(acls('--add')).toHaveLength(2);
      expect(acls('--remove --force')).toEqual(acls('--add').map((line) => line.replace('--add', '--remove --force')));
      const [, principal = ''] = /--allow-principal (\S+)/.exec(acls('--add')[0] ?? '') ?? [];
      expect(acls('--list')).toEqual([expect.stringMatching(new RegExp(` --list --principal ${principal}$`))]);
      const goes =
        login === 'scram'
          ? '--alter --delete-config SCRAM-SHA-512 --entity-type users --entity-name alice\n'
          : "bundle init . --yes --set 'clients.users=[billing]'\n";
      const order = ['--list --principal', '--remove --force --allow-principal', goes].map((text) =>
        runbook.indexOf(text),
      );
      expect(order).not.toContain(-1);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(runbook.includes(`${goes}bundle deploy\n`), 'brokers restart').toBe(login === 'plain');
    },
  );

  it('says how a disk gets room, and in its commands takes nothing from a broker’s directory', () => {
    const LARGEST = /du -sk/;
    for (const brokers of [1, 3]) {
      const runbook = runbookOf({ brokers });
      const [, section = ''] = /\n## A disk gets full\n([^]*?)\n## /.exec(runbook) ?? [];
      for (const command of [
        'df -h /var/lib/kafka/data\n',
        '--alter --entity-type topics --entity-name orders --add-config retention.bytes=10737418240\n',
        '--alter --entity-type brokers --entity-default --add-config log.retention.bytes=10737418240\n',
      ])
        expect(section).toContain(command);
      expect(section).not.toMatch(/\brm\b|volume rm|scale/);
      expect(section.includes('“Another disk” (above)')).toBe(brokers > 1);
      const sizes = "printf '8\\t/data/a-0/\\n1024\\t/data/b-0/\\n16\\t/data/c-0/\\n'";
      expect(run(runbook, LARGEST, { df: 'echo full', du: sizes })).toEqual({
        code: 0,
        out: 'full\n8\t/data/a-0/\n16\t/data/c-0/\n1024\t/data/b-0/\n',
      });
    }
  });

  it('moves a topic by the plan of the tool, and says why if that has none', () => {
    const runbook = runbookOf({ brokers: 2, controllers: { apart: true, nodes: ['a'] } });
    const tool = (generate: string) => ({
      'kafka-reassign-partitions.sh': `case $* in
        *--topics-to-move-json-file*--generate) ${generate} ;;
        *--execute) for file; do [ ! -e "$file" ] || echo "executed $(cat $file)"; done ;;
        *--verify) echo verified ;;
      esac`,
    });
    const plan =
      "printf 'Current partition replica assignment\\n{}\\n\\nProposed partition reassignment configuration\\n{1}\\n'";
    expect(run(runbook, /--generate/, tool(plan))).toEqual({ code: 0, out: 'executed {1}\nverified\n' });
    const refusal = 'Error: Replication factor: 3 larger than available brokers: 2';
    expect(run(runbook, /--generate/, tool(`echo '${refusal}'; exit 1`))).toEqual({ code: 1, out: `${refusal}\n` });
    expect(run(runbook, /--generate/, tool('exit 1'))).toEqual({ code: 1, out: '' });
  });

  it('has acks=all mean one copy before copies go with their brokers, of each topic that had a minimum', () => {
    const apart = (brokers: number) => runbookOf({ brokers, controllers: { apart: true, nodes: ['a'] } });
    const topic = (name: string, least: string): string =>
      `Topic: ${name}\tTopicId: v0pZVpFzQ1u4Tqz0eQkQ1w\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: ${least}`;
    const described = [
      topic('orders', 'min.insync.replicas=1'),
      topic('__transaction_state', 'compression.type=uncompressed,min.insync.replicas=2,cleanup.policy=compact'),
      '\tTopic: __transaction_state\tPartition: 0\tLeader: 3\tReplicas: 3\tIsr: 3\tElr: \tLastKnownElr: ',
      topic('many', 'min.insync.replicas=12'),
      topic('none', ''),
    ].join('\n');
    const programs = {
      'kafka-topics.sh': `printf '%s\\n' '${described}'`,
      'kafka-configs.sh': 'echo "${*##*.properties }"',
    };
    for (const brokers of [1, 2]) {
      const runbook = apart(brokers);
      expect(run(runbook, /min\.insync\.replicas=1\n/, programs)).toEqual({
        code: 0,
        out: [
          '--alter --entity-type brokers --entity-default --add-config min.insync.replicas=1',
          '--alter --entity-type topics --entity-name __transaction_state --delete-config min.insync.replicas',
          '--alter --entity-type topics --entity-name many --delete-config min.insync.replicas',
          '',
        ].join('\n'),
      });
      expect(runbook.indexOf('--delete-config min.insync.replicas')).toBeLessThan(runbook.indexOf('> plan.json'));
    }
    // With three there is a copy more than must be; brokers that are controllers never become fewer.
    for (const runbook of [apart(3), apart(4), runbookOf({}), runbookOf({ brokers: 1 })])
      expect(runbook).not.toContain('--delete-config min.insync.replicas');
    expect(apart(3)).toContain('bundle init . --yes --no-prepare --set brokers=2\n');
    expect(apart(1)).not.toContain('--no-prepare');
    const published = runbookOf({ brokers: 3, external: OUTSIDE, controllers: { apart: true, nodes: ['a'] } });
    expect(published).toContain("--set brokers=2 --set 'external.names=[k1.example.org,k2.example.org]'\n");
  });

  it.each([
    [{ brokers: 1 }, undefined],
    [{}, 'kafka-3'],
    [{ brokers: 2, controllers: { apart: true, count: 1, nodes: ['a'] } }, 'kafka-2'],
    [{ brokers: 1, controllers: { apart: true, nodes: NODES.slice(0, 3) } }, 'kafka-controller-3'],
  ])('of %j: says what to do without the node of %s', (over, member) => {
    const runbook = runbookOf(over);
    if (member === undefined) return expect(runbook).not.toContain('docker node rm');
    expect(runbook).toContain(`docker node update --label-add bundle.ev.${member}=true NEW`);
    // Swarm removes no manager, not even one that is down.
    expect(runbook).toContain('\ndocker node demote OLD\ndocker node rm --force OLD\n');
  });

  it('has commands that work without the first broker: they name all, and say where else they run', () => {
    for (const login of ['scram', 'plain', 'certificate']) {
      const runbook = runbookOf({ clients: { login } });
      const servers = [...runbook.matchAll(/--bootstrap-server (\S+)/g)].map(([, names]) => names);
      expect(servers.length).toBeGreaterThan(5);
      expect([...new Set(servers.map((names) => names?.replace(/:\d+/g, '')))]).toEqual(['kafka-1,kafka-2,kafka-3']);
      expect(runbook).toContain('(kafka-2: b, kafka-3: c) they do as well, with its name in place of `_kafka-1)`');
    }
    expect(runbookOf({ brokers: 1 })).not.toContain('they do as well');
  });

  it('says how another version is taken for good, and leaves the voters as they are', () => {
    const runbook = runbookOf({});
    expect(runbook).toMatch(
      /kafka-features\.sh --bootstrap-server \S+ \S+ \S+ upgrade --feature metadata\.version=N\n/,
    );
    expect(runbook).toContain('/opt/kafka/bin/kafka-storage.sh version-mapping --release-version X\n');
    // Commands alone: the text warns of it.
    for (const [, commands = ''] of runbook.matchAll(/```sh\n([^]*?)```/g)) {
      expect(commands).not.toMatch(/upgrade --release/);
      // Whatever it is to do: versions of Kafka 4 refuse it without.
      for (const [, options] of commands.matchAll(/kafka-features\.sh (.*)/g))
        expect(options).toMatch(/^--bootstrap-server /);
    }
  });

  it('warns if a heap does not fit in what is reserved, of brokers and of controllers apart', () => {
    const warned = (over: Record<string, unknown>) =>
      planOf(kafka(over)).notices.filter(({ name }) => name === 'heap-unreserved').map(({ text }) => text); // prettier-ignore
    const controllers = { nodes: ['a', 'b', 'c'], heapMb: 512, reserve: { memory: '100M' } };
    expect(warned({})).toEqual([]);
    expect(warned({ reserve: { memory: '100M' } })).toEqual([expect.stringMatching(/^heapMb is 1024, and reserve/)]);
    expect(warned({ controllers: { apart: true, ...controllers } })).toEqual([
      expect.stringMatching(/^controllers\.heapMb is 512, and controllers\.reserve/),
    ]);
  });

  it.each(['scram', 'plain'])('takes only passwords that its start takes (%s)', (login) => {
    const users = login === 'plain' ? ['alice'] : [];
    const needs = planOf(kafka({ clients: { login, users } })).secrets.filter(({ kind }) => kind.name === 'password');
    expect(needs).toHaveLength(1 + users.length);
    for (const { kind } of needs) {
      expect(() => kind.accept({ password: Buffer.from('a+b/c=') }, new Date())).toThrow(/letters, digits, _ and -/);
      expect(kind.accept({ password: Buffer.from('a-b_c1\n') }, new Date())['password']?.toString()).toBe('a-b_c1');
    }
  });

  it.each([
    [128, true],
    [319, true],
    [320, false],
    [1024, false],
  ])('warns if a heap of %i MB may be too small for the log cleaner', (heapMb, warned) => {
    const notice = planOf(kafka({ heapMb })).notices.find(({ name }) => name === 'heap-small');
    expect(notice?.text.startsWith(`heapMb is ${heapMb}:`) === true).toBe(warned);
  });
});

/** What the first member runs. */
function startOfFirst(over: Record<string, unknown> = {}): string {
  const answers = kafka(over).answers as unknown as KafkaAnswers;
  const [first] = membersOf(answers);
  return first === undefined ? '' : startOf(first, answers);
}

interface Authority {
  certificate: string;
  key: string;
  /** Becomes the issuer of others, which signed themselves. */
  issue(...others: Authority[]): void;
  /** A certificate of a client, one after the other with the same name. */
  client(): string;
}

/** A CA that signed itself. */
function authority(cn: string): Authority {
  const { certificate, key } = requested({ cn });
  const made: Authority = {
    certificate: String(certificate),
    key: String(key),
    issue: (...others) => {
      for (const other of others) other.certificate = signed(other, made);
    },
    client: () =>
      issueLeaf(
        { certificate: new X509Certificate(made.certificate), key: createPrivateKey(made.key) },
        createPrivateKey(made.key),
        {
          subject: 'billing',
          names: [],
          notBefore: new Date(Date.now() - 60_000),
          notAfter: new Date(Date.now() + 3_600_000),
          serial: randomBytes(16),
        },
      ),
  };
  return made;
}

/** The certificate of a CA, signed by another. */
const signed = (of: Authority, by: Authority): string =>
  inDirectory({ 'c.crt': of.certificate, 'i.crt': by.certificate, 'i.key': by.key, ext: CA }, (dir) =>
    openssl(dir, ...'x509 -in c.crt -clrext -extfile ext -CA i.crt -CAkey i.key -days 20'.split(' ')),
  );
const CA = 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n';

describe('a member’s start', () => {
  /** Runs it with every path of the container below a directory, and programs that only say that they ran. */
  function start(secrets: Record<string, string>, voters = '1@kafka-1:9093', dir = temporary(), code = startOfFirst()) {
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
    for (const each of ['tmp', 'dev/shm', 'mnt/shared/config']) mkdirSync(join(dir, each), { recursive: true });
    const script = code.replace(/(?<![\w/])\/(?=(run|var|opt|etc|tmp|mnt|dev\/shm)\/)/g, `${dir}/`);
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

  it('has the log written to standard output alone, and no file about the garbage collector', () => {
    for (const code of [startOfFirst(), startOfFirst({ controllers: { apart: true, nodes: ['a'] } })]) {
      const { dir, out } = start(SECRETS, undefined, undefined, code);
      const { Configuration } = parse(readFileSync(join(dir, 'mnt/shared/config/log4j2.yaml'), 'utf8'));
      expect(Object.keys(Configuration.Appenders)).toEqual(['Console']);
      expect(Configuration.Loggers.Root).toEqual({ level: 'INFO', AppenderRef: [{ ref: 'STDOUT' }] });
      // None has an appender of its own: all that is written goes where the root logger's goes.
      for (const logger of Configuration.Loggers.Logger) expect(Object.keys(logger)).toEqual(['name', 'level']);
      expect(out).toContain('KAFKA_GC_LOG_OPTS=-Xlog:all=warning:stdout\n');
    }
  });

  it('of passwords: keeps all of them in one file for its listeners, and shows them nowhere', () => {
    const code = startOfFirst({ clients: { login: 'plain', users: ['alice', 'bob'] } });
    const secrets = { ...SECRETS, 'users/alice': 'of-alice\n', 'users/bob': 'of-bob' };
    const { dir, out, code: ended, error } = start(secrets, undefined, undefined, code);
    expect([ended, error]).toEqual([0, '']);
    const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
    expect(read('dev/shm/kafka/logins/plain')).toBe(
      'org.apache.kafka.common.security.plain.PlainLoginModule required user_admin="a-Password_1" ' +
        'user_alice="of-alice" user_bob="of-bob";',
    );
    expect(read('dev/shm/kafka/admin.properties')).toContain(
      'PlainLoginModule required username="admin" password="a-Password_1";\n',
    );
    expect(read('arguments').split('\n').at(-2)).toMatch(/^--config=/);
    expect(out).not.toMatch(/a-Password_1|of-alice|of-bob/);
    const refused = start({ ...secrets, 'users/bob': 'of "bob' }, undefined, undefined, code);
    expect([refused.code, refused.error]).toEqual([64, expect.stringContaining('the password of bob')]);
    expect(refused.error).not.toContain('of "bob');
  });

  it('of certificates: needs no password, and makes no user', () => {
    const code = startOfFirst({ clients: { login: 'certificate' } });
    const { 'admin-password': _password, ...secrets } = SECRETS;
    const { dir, code: ended, error } = start(secrets, undefined, undefined, code);
    expect([ended, error]).toEqual([0, '']);
    const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
    expect(read('arguments')).not.toContain('scram');
    expect(() => read('dev/shm/kafka/admin.properties')).toThrow(/ENOENT/);
    expect(read('dev/shm/kafka/broker.properties')).toContain('security.protocol=SSL\n');
  });

  it('of certificates: lets in what the CA of clients signed, and nothing else below the root that stands above it', () => {
    const [root, middle, sibling] = [authority('root'), authority('middle'), authority('sibling')];
    // root > middle > issuing; below middle and root one more each, of whose clients this cluster knows nothing.
    root.issue(middle, sibling);
    const [issuing, beside] = [authority('issuing'), authority('beside')];
    middle.issue(issuing, beside);
    const chain = [root, issuing, middle].map(({ certificate }) => certificate).join('');
    const given = { certificate: Buffer.from(chain), key: Buffer.from(issuing.key) };
    const stored = certificateAuthorityWithChain.accept(given, new Date(Date.now() + 1000))['certificate'];

    const code = startOfFirst({ clients: { login: 'certificate' } });
    const { 'admin-password': _password, ...secrets } = SECRETS;
    const { dir, error } = start({ ...secrets, 'ca.crt': String(stored) }, undefined, undefined, code);
    expect(error).toBe('');
    const trusted = readFileSync(join(dir, 'dev/shm/kafka/clients-issuer.crt'), 'utf8');
    expect([String(stored), trusted]).toEqual([
      `${issuing.certificate}${middle.certificate}${root.certificate}`,
      issuing.certificate,
    ]);

    const clients: [name: string, sends: string[], accepted: boolean, trusted?: string][] = [
      ['of-issuing', [issuing.client(), issuing.certificate, middle.certificate], true],
      ['of-issuing-alone', [issuing.client()], true],
      ['of-beside', [beside.client(), beside.certificate, middle.certificate, root.certificate], false],
      ['of-middle', [middle.client(), middle.certificate, root.certificate], false],
      ['of-sibling', [sibling.client(), sibling.certificate, root.certificate], false],
      ['of-root', [root.client(), root.certificate], false],
      // It is for this file alone that they are refused: by what clients are given they are let in.
      ['of-sibling-by-chain', [sibling.client(), sibling.certificate], true, String(stored)],
    ];
    for (const [name, sends, , by = trusted] of clients) {
      writeFileSync(join(dir, `${name}.crt`), by);
      writeFileSync(join(dir, `${name}.leaf`), sends.join(''));
    }
    const program = join(import.meta.dirname, '../secrets/Accepts.java');
    const java = ['-Dclients=true', program, ...clients.map(([name]) => name)];
    expect(execFileSync('java', java, { cwd: dir, encoding: 'utf8' }).trim().split('\n')).toEqual(
      clients.map(([name, , accepted]) => `${name} ${accepted}`),
    );
  }, 60_000);

  it('of a controller apart: makes the administrator, and knows nothing of clients', () => {
    const code = startOfFirst({ controllers: { apart: true, nodes: ['a'] } });
    const { 'peer.pem': peer, 'peers-ca.crt': ca, 'admin-password': password } = SECRETS;
    const { dir, code: ended, error } = start({ 'peer.pem': peer, 'peers-ca.crt': ca, 'admin-password': password }, undefined, undefined, code); // prettier-ignore
    expect([ended, error]).toEqual([0, '']);
    expect(readFileSync(join(dir, 'arguments'), 'utf8')).toContain('--add-scram=');
    expect(() => readFileSync(join(dir, 'dev/shm/kafka/admin.properties'))).toThrow(/ENOENT/);
  });

  it('refuses other controllers than the volume was made for', () => {
    const { dir } = start(SECRETS);
    const { code, error } = start(SECRETS, '1@kafka-1:9093,2@kafka-2:9093,3@kafka-3:9093', dir);
    expect(code).toBe(64);
    expect(error).toContain(
      'the controllers of a cluster never change: this volume has 1@kafka-1:9093, asked for is 1@',
    );
  });

  it('takes an empty list of controllers for none, and leaves none where it could not write one', () => {
    const { dir } = start(SECRETS);
    const data = join(dir, 'var/lib/kafka/data');
    const noted = (): string => readFileSync(join(data, '.voters'), 'utf8');
    expect(noted()).toBe('1@kafka-1:9093');
    // As a power loss leaves it, before the file's content is on the disk.
    writeFileSync(join(data, '.voters'), '');
    const after = start(SECRETS, undefined, dir);
    expect([after.code, after.error, noted()]).toEqual([0, '', '1@kafka-1:9093']);

    const full = temporary();
    mkdirSync(join(full, 'var/lib/kafka/data'), { recursive: true });
    symlinkSync('/dev/full', join(full, 'var/lib/kafka/data/.voters.new'));
    const stopped = start(SECRETS, undefined, full);
    expect([stopped.code, stopped.error]).toEqual([1, expect.stringContaining('No space left on device')]);
    rmSync(join(full, 'var/lib/kafka/data/.voters.new'));
    expect(readdirSync(join(full, 'var/lib/kafka/data'))).toEqual(['meta.properties']);
    expect(start(SECRETS, undefined, full).code).toBe(0);
    expect(readdirSync(join(full, 'var/lib/kafka/data')).sort()).toEqual(['.voters', 'meta.properties']);
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
