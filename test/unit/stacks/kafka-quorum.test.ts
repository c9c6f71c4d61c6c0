import { describe, expect, it } from 'vitest';
import { outageOf } from '../../../src/plan/outage.ts';
import { describeRollout, rolloutOf } from '../../../src/plan/rollout.ts';
import { whatKeeps } from '../../../src/quorum/leave.ts';
import { wavesOf } from '../../../src/quorum/stages.ts';
import { inOrder, membersOf } from '../../../src/quorum/waves.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { changes } from '../quorum/fake-ensemble.ts';
import { kafkaGroups } from '../../../stacks/kafka/quorum/group.ts';
import type { QuorumMember } from '../../../stacks/kafka/members.ts';
import { judgeAsPeer } from '../../../stacks/kafka/peers.ts';
import { withOwnChecks } from '../../../src/bundle/own-expectations.ts';
import { validateAnswers } from '../../support/answers.ts';

const member = (id: number, roles: string): QuorumMember => ({
  id,
  name: roles === 'controller' ? `kafka-controller-${id - 100}` : `kafka-${id}`,
  broker: roles !== 'controller',
  controller: roles !== 'broker',
});
const three = (roles: string, from = 1): QuorumMember[] => [0, 1, 2].map((index) => member(from + index, roles));
const groups = (members: QuorumMember[], login: 'scram' | 'certificate' = 'scram') => kafkaGroups(members, login);
const group = (members: QuorumMember[], index = 0) => {
  const found = groups(members)[index];
  if (found === undefined) throw new Error('there is no such group');
  return found;
};

/** `orders 1,2,3 1,2 2`: topic, replicas, in sync, minimum; as `kafka-topics.sh --describe` of 4.4.0 prints them. */
function topics(...wanted: string[]): string[] {
  const lines = wanted.flatMap((each) => {
    const [topic = '', replicas = '', inSync = '', least = ''] = each.split(' ');
    const settings = least === '' ? '' : `min.insync.replicas=${least},segment.bytes=1073741824`;
    const isr = inSync === '-' ? '' : inSync;
    return [
      `Topic: ${topic}\tTopicId: v0pZVpFzQ1u4Tqz0eQkQ1w\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: ${settings}`,
      `\tTopic: ${topic}\tPartition: 0\tLeader: ${isr[0] ?? 'none'}\tReplicas: ${replicas}\tIsr: ${isr}\tElr: \tLastKnownElr: `,
    ];
  });
  return [...lines.map((line) => `topics ${line}`), 'end topics 0'];
}

/**
 * Ids of voters, the active one first, and how many ms each is behind; as `describe --replication` of 4.4.0. Beside
 * controllers apart, brokers are observers.
 */
function voters(...behind: [id: number, ms: number | undefined][]): string[] {
  const now = 1764300000000;
  const at = (ms: number | undefined): number => (ms === undefined ? -1 : now - ms);
  const votes = (id: number): boolean => id > 100 || (behind[0]?.[0] ?? 0) < 100;
  return [
    'voters NodeId\tDirectoryId           \tLogEndOffset\tLag\tLastFetchTimestamp\tLastCaughtUpTimestamp\tStatus  \t',
    ...behind.map(
      ([id, ms], index) =>
        `voters ${id}     \tAAAAAAAAAAAAAAAAAAAAAA\t512         \t0  \t${at(ms)}     \t${at(ms)}        \t${index === 0 ? 'Leader' : votes(id) ? 'Follower' : 'Observer'}  \t`,
    ),
    'end voters 0',
  ];
}

const open = (...ids: number[]): string[] => ids.map((id) => `open kafka-${id}`);
const COMBINED = three('broker,controller');
const ACTIVE = voters([2, 0], [1, 120], [3, 480]);
const read = (...lines: string[]) => group(COMBINED).probe.read(lines);
const what = (id: number, ...lines: string[]) => read(...lines).members[`kafka-${id}`]?.breaks;

describe('what brokers that are controllers answer', () => {
  it('is well if each is unfenced, in sync and caught up; the active controller is last', () => {
    const reading = read(
      ...open(1, 2, 3),
      ...ACTIVE,
      ...topics('orders 1,2,3 1,2,3 2', '__consumer_offsets 3,1,2 3,1,2 2'),
    );
    expect(reading).toMatchObject({ quorum: true, text: 'active controller kafka-2, 3 of 3 in sync' });
    expect(Object.values(reading.members).map(({ ok, last, breaks }) => [ok, last, breaks])).toEqual([
      [true, undefined, undefined],
      [true, true, undefined],
      [true, undefined, undefined],
    ]);
  });

  it.each([
    ['its only copy', 'orders 2 2 1', 2, 'orders-0 would be offline', true],
    ['its only copy, whatever the minimum', 'orders 2 2 2', 2, 'orders-0 would be offline', true],
    ['the last copy in sync', 'orders 1,2,3 2 1', 2, 'orders-0 would be offline', false],
    ['as many copies as must be', 'orders 1,2 1,2 2', 1, 'orders-0 would be under min.insync.replicas', true],
    ['a copy that is missing already', 'orders 1,2,3 1,2 2', 1, 'orders-0 would be under min.insync.replicas', false],
    ['no minimum of its own', 'orders 1,2 1,2', 1, undefined, undefined],
    ['a copy on others alone', 'orders 2 2 1', 1, undefined, undefined],
    ['a copy that is not in sync', 'orders 1,2,3 2,3 2', 1, undefined, undefined],
    ['more asked for than there are copies', 'orders 1,2 1,2 3', 1, undefined, undefined],
    ['one more than must be', 'orders 1,2,3 1,2,3 2', 1, undefined, undefined],
  ])('%s: %s, stop of %i', (_title, topic, id, expected, lasting) => {
    const found = what(id, ...open(1, 2, 3), ...ACTIVE, ...topics(topic));
    expect([found?.what, found?.lasting]).toEqual([expected, lasting]);
  });

  it.each<[string, string[], [number, number][], boolean | undefined]>([
    [
      'lasts as a whole',
      ['orders 2 2 1'],
      [
        [1, 120],
        [3, 480],
      ],
      undefined,
    ],
    [
      'passes as a whole',
      ['orders 1,2,3 2 1'],
      [
        [1, 120],
        [3, 480],
      ],
      undefined,
    ],
    [
      'passes as to another topic',
      ['orders 2 2 1', 'clicks 1,2,3 2 1'],
      [
        [1, 120],
        [3, 480],
      ],
      true,
    ],
    [
      'passes as to the minimum of another topic',
      ['orders 2 2 1', 'clicks 1,2,3 1,2 2'],
      [
        [1, 120],
        [3, 480],
      ],
      true,
    ],
    [
      'passes as to the majority of the controllers',
      ['orders 2 2 1'],
      [
        [1, 31_000],
        [3, 480],
      ],
      true,
    ],
  ])('what the stop of a broker breaks %s', (_title, wanted, behind, passing) => {
    const found = what(2, ...open(1, 2, 3), ...voters([2, 0], ...behind), ...topics(...wanted));
    expect(found?.passing).toBe(passing);
    expect(found?.lasting).toBe(wanted[0] === 'orders 2 2 1');
  });

  it('names the first partitions and counts the others', () => {
    const many = Array.from({ length: 8 }, (_unused, index) => `topic${index} 1 1 1`);
    expect(what(1, ...open(1, 2, 3), ...ACTIVE, ...topics(...many))?.what).toBe(
      'topic0-0, topic1-0, topic2-0, topic3-0, topic4-0 and 3 more partitions would be offline',
    );
  });

  it('is not well while a copy is missing, the session of the one before lasts, or a controller is behind', () => {
    const texts = (...lines: string[]) =>
      Object.values(read(...lines).members).map(({ ok, text }) => (ok ? 'ok' : text));
    const good = topics('orders 1,2,3 1,2,3 2');
    expect(texts(...open(1, 2, 3), ...ACTIVE, ...topics('orders 1,2,3 2,3 2'))).toEqual([
      'not in sync for orders-0',
      'ok',
      'ok',
    ]);
    expect(texts(...open(1, 2), ...ACTIVE, ...good)[2]).toBe('fenced, or does not answer');
    expect(texts(...open(1, 2, 3), ...voters([2, 0], [1, 100], [3, 31_000]), ...good)[2]).toBe(
      'as a controller 31 s behind',
    );
    expect(texts(...open(1, 2, 3), ...voters([2, 0], [1, 100], [3, undefined]), ...good)[2]).toBe(
      'as a controller not caught up since the active one took over',
    );
  });

  it('keeps a majority of the controllers', () => {
    for (const ms of [31_000, undefined]) {
      const behind = voters([2, 0], [1, 100], [3, ms]);
      expect(what(1, ...open(1, 2), ...behind, ...topics('orders 1,2 1,2 1'))).toEqual({
        what: 'the controllers would have no majority',
        lasting: false,
      });
      expect(what(3, ...open(1, 2), ...behind, ...topics('orders 1,2 1,2 1'))).toBeUndefined();
    }
  });

  it('stops nobody who runs if nobody tells of the controllers, and who is down comes first', () => {
    const unknown = ['why voters TimeoutException', 'end voters 1'];
    const lines = [...open(1), ...unknown, ...topics('orders 1,2,3 1,2 2')];
    expect(what(1, ...lines)).toEqual({
      what: 'orders-0 would be under min.insync.replicas, and nobody could tell whether the controllers would keep a majority',
      lasting: false,
    });
    expect(what(1, ...open(1), ...unknown, ...topics('orders 2,3 2 1'))?.what).toBe(
      'nobody could tell whether the controllers would keep a majority',
    );
    expect(inOrder(['kafka-1', 'kafka-2', 'kafka-3'], read(...lines))).toEqual(['kafka-2', 'kafka-3', 'kafka-1']);
  });

  it('is no reason to stop anybody who runs if nobody tells of the topics, and none to keep one that does not run', () => {
    const lines = [...open(1), ...voters([1, 0], [2, undefined], [3, 480]), 'end topics 1'];
    expect(read(...lines)).toMatchObject({ quorum: false, members: { 'kafka-1': { ok: false } } });
    expect(what(1, ...lines)?.what).toBe('nobody could tell which partitions would be offline');
    expect(what(2, ...lines)).toBeUndefined();
    expect(read()).toMatchObject({
      quorum: false,
      text: 'no active controller, no broker tells of its topics, 0 of 3 in sync',
    });
  });

  describe('takes no connections and follows the log of the controllers', () => {
    const ANEW = 'a recovery of its logs, which may be under way, would begin anew';
    const restarting = ['kafka-1', 'kafka-2', 'kafka-3'];

    it('is starting: it is not the first to go, and a majority may depend on it', () => {
      const one = [...open(3), ...voters([3, 0], [1, 100], [2, undefined]), ...topics('orders 1,2,3 3 2')];
      expect(what(1, ...one)).toEqual({ what: `${ANEW}, and the controllers would have no majority`, lasting: false });
      expect(inOrder(restarting, read(...one))).toEqual(['kafka-2', 'kafka-1', 'kafka-3']);
      const both = [...open(3), ...voters([3, 0], [1, 100], [2, 90]), ...topics('orders 1,2,3 3 2')];
      expect([1, 2].map((id) => what(id, ...both))).toEqual(Array(2).fill({ what: ANEW, lasting: false, start: true }));
    });

    it('is so if all of them are, though nobody tells of the topics', () => {
      const all = [...ACTIVE, 'why topics TimeoutException', 'end topics 1'];
      expect(read(...all).text).toBe(
        'active controller kafka-2, no broker tells of its topics (TimeoutException), 0 of 3 in sync',
      );
      for (const id of [1, 2, 3]) expect(what(id, ...all)).toEqual({ what: ANEW, lasting: false, start: true });
    });

    it('is down if it stopped following, or nobody tells: it goes first', () => {
      for (const ms of [6_000, undefined]) {
        const lines = [...open(2), ...voters([2, 0], [1, 100], [3, ms]), ...topics('orders 1,2,3 1,2 2')];
        expect([what(3, ...lines), inOrder(restarting, read(...lines))[0]]).toEqual([undefined, 'kafka-3']);
      }
      expect(what(3, ...open(2), 'end voters 1', ...topics('orders 1,2,3 1,2 2'))).toBeUndefined();
    });

    it('is told by the controllers, which listen before the brokers do', () => {
      expect(group(COMBINED).probe.command.join(' ')).toMatch(
        /kafka-metadata-quorum\.sh --bootstrap-controller kafka-1:9093,kafka-2:9093,kafka-3:9093 [^]*kafka-topics\.sh --bootstrap-server kafka-1:9092,/,
      );
    });
  });

  it('names the last error of a tool that got no answer', () => {
    const error = 'TimeoutException';
    const refused = 'NotControllerException';
    const lines = [`why topics ${error}`, 'end topics 1', `why voters ${refused}`, 'end voters 1'];
    expect(read(...open(1), ...lines).text).toBe(
      `no active controller (${refused}), no broker tells of its topics (${error}), 0 of 3 in sync`,
    );
    expect(read(...lines, 'why directories X', 'end directories 1').members['admin']?.text).toBe(
      'could not ask which directories failed (X)',
    );
  });
});

describe('what a verification asks besides', () => {
  const WELL = [...open(1, 2, 3), ...ACTIVE, ...topics('orders 1,2,3 1,2,3 2')];
  const directories = (error: string | null): string[] => [
    'directories Querying brokers for log directories information',
    'directories Received log directory information from brokers 1,2',
    `directories ${JSON.stringify({
      brokers: [
        { broker: 1, logDirs: [{ partitions: [], error: null, logDir: '/data' }] },
        {
          broker: 2,
          logDirs: [
            { partitions: [], error: null, logDir: '/data' },
            { partitions: [], error, logDir: '/more' },
          ],
        },
      ],
      version: 1,
    })}`,
    'end directories 0',
  ];
  const ill = (...lines: string[]) =>
    Object.entries(read(...WELL, ...lines).members).flatMap(([name, { ok, text }]) => (ok ? [] : [`${name}: ${text}`]));

  it('is well if no directory failed, and names one that did', () => {
    expect(ill(...directories(null))).toEqual([]);
    expect(ill(...directories('org.apache.kafka.common.errors.KafkaStorageException'))).toEqual([
      'kafka-2: its directory /more failed (KafkaStorageException)',
    ]);
  });

  it('says what waiting does not mend, and of nothing else that it does not', () => {
    const set = [
      'settings Default configs for brokers in the cluster are:',
      'settings   listeners=X',
      'end settings 0',
    ];
    const one = set.map((line) => line.replace(/Default .* cluster/, 'Dynamic configs for broker 2'));
    const failed = directories('org.apache.kafka.common.errors.KafkaStorageException');
    const lasting = (...lines: string[]): string[] =>
      Object.entries(read(...lines).members).flatMap(([name, member]) => (member.lasting === true ? [name] : []));
    expect(lasting(...WELL, ...set)).toEqual(['all members']);
    expect(lasting(...WELL, ...one)).toEqual(['kafka-2']);
    expect(lasting(...WELL, ...failed)).toEqual(['kafka-2']);
    expect(lasting(...WELL, ...directories(null))).toEqual([]);
    // Whether it comes back, and what else it then lacks, is to be waited for.
    expect(lasting(...open(1, 3), ...ACTIVE, ...topics('orders 1,2,3 1,2,3 2'), ...one)).toEqual([]);
    expect(lasting(...open(1, 2, 3), ...ACTIVE, ...topics('orders 1,2,3 1,3 2'), ...failed)).toEqual([]);
    // A password that is refused may be told to the cluster meanwhile.
    expect(lasting(...WELL, 'refused directories', 'end directories 1')).toEqual([]);
    expect(lasting(...WELL, 'end directories 1', 'end settings 1')).toEqual([]);
  });

  it('is not well if the administrator is refused, or nobody tells; the brokers are all the same', () => {
    expect(ill('refused directories', 'end directories 1')).toEqual([
      expect.stringMatching(/^admin: the brokers refuse the password/),
    ]);
    for (const lines of [['end directories 1'], ['directories Querying', 'end directories 0']])
      expect(ill(...lines)).toEqual(['admin: could not ask which directories failed']);
    // Whoever could not be asked may be well; whoever was refused is not.
    const unsure = (...lines: string[]) => read(...WELL, ...lines).members['admin']?.unsure;
    expect(unsure('end directories 1')).toBe(true);
    expect(unsure('refused directories', 'end directories 1')).toBeUndefined();
    expect(read(...WELL, 'end settings 1').members['listeners']?.unsure).toBe(true);
    expect(read(...WELL, 'refused directories', 'end directories 1').quorum).toBe(true);
  });

  it('tells of another min.insync.replicas than that of stack.yml, which counts no more', () => {
    const settings = (line: string): string[] => [
      'settings Default configs for brokers in the cluster are:',
      ...(line === '' ? [] : [`settings   ${line}`]),
      'end settings 0',
    ];
    const least = (value: number): string =>
      `min.insync.replicas=${value} sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:min.insync.replicas=${value}}`;
    const text = (...lines: string[]) => read(...WELL, ...lines).text;
    expect(text(...settings(least(1)))).toBe(
      'active controller kafka-2, 3 of 3 in sync, min.insync.replicas is 1, and 2 in stack.yml ' +
        '(README.md of this bundle says how it is changed)',
    );
    for (const lines of [settings(least(2)), settings(''), settings('log.retention.ms=1 sensitive=false'), []])
      expect(text(...lines)).toBe('active controller kafka-2, 3 of 3 in sync');
    expect(ill(...settings(least(1)))).toEqual([]);
  });

  it('tells of partitions with fewer copies than new ones get, which is no fault, and not while members restart', () => {
    const few = topics('orders 1 1 1', 'clicks 2,3 2,3 1', 'three 1,2,3 1,2,3 1');
    const settings = ['settings Default configs for brokers in the cluster are:', 'end settings 0'];
    const asked = [...open(1, 2, 3), ...ACTIVE, ...few];
    expect(read(...asked, ...settings)).toMatchObject({
      text:
        'active controller kafka-2, 3 of 3 in sync, fewer than 3 copies of orders-0, clicks-0 ' +
        '(README.md of this bundle says how there are more)',
      quorum: true,
      members: { 'kafka-1': { ok: true }, 'kafka-2': { ok: true }, 'kafka-3': { ok: true } },
    });
    expect(read(...asked).text).toBe('active controller kafka-2, 3 of 3 in sync');
  });

  it('is not well if a broker listens elsewhere, or speaks otherwise, by a setting of the running cluster', () => {
    const settings = (...of: string[]): string[] => [...of.map((line) => `settings ${line}`), 'end settings 0'];
    // Printed by 4.4.0.
    const [map, listeners] = [
      '  listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,OPEN:PLAINTEXT sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,OPEN:PLAINTEXT, STATIC_BROKER_CONFIG:listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT, DEFAULT_CONFIG:listener.security.protocol.map=SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT}',
      '  listeners=CONTROLLER://:29393,INTERNAL://:29392,OPEN://:29399 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:listeners=CONTROLLER://:29393,INTERNAL://:29392,OPEN://:29399, STATIC_BROKER_CONFIG:listeners=CONTROLLER://:29393,INTERNAL://:29392, DEFAULT_CONFIG:listeners=PLAINTEXT://:9092}',
    ];
    const [one, two, three] = [1, 2, 3].map((id) => `Dynamic configs for broker ${id} are:`) as [
      string,
      string,
      string,
    ];
    const all = 'Default configs for brokers in the cluster are:';
    expect(ill(...settings(one, map, listeners, two, three, all))).toEqual([
      'kafka-1: listener.security.protocol.map and listeners set in the running cluster, over stack.yml ' +
        '(`kafka-configs.sh --entity-type brokers --entity-name 1 --alter --delete-config ' +
        'listener.security.protocol.map,listeners` takes that back)',
    ]);
    expect(ill(...settings(one, two, three, listeners, all)).map((text) => text.slice(0, 18))).toEqual([
      'kafka-3: listeners',
    ]);
    // Harmless, of no broker, or of a form that is not known.
    for (const lines of [[listeners], [one, 'Others for 7 are:', listeners]])
      expect(ill(...settings(...lines))).toEqual([]);
    expect(ill('why settings TimeoutException', 'end settings 1')).toEqual([
      'listeners: could not ask whether others were set in the running cluster (TimeoutException)',
    ]);
  });

  describe('a setting of the running cluster', () => {
    const of = (...lines: string[]): string[] => [...lines.map((line) => `settings ${line}`), 'end settings 0'];
    const ONE = 'Dynamic configs for broker 1 are:';
    const ALL = 'Default configs for brokers in the cluster are:';
    /** As 4.4.0 prints it, of a value that it shows. @param before that of stack.yml, under that name */
    const shown = (name: string, value: string, before = ''): string =>
      `  ${name}=${value} sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:${name}=${value}${before}}`;
    const hidden = (name: string): string =>
      `  ${name}=null sensitive=true synonyms={DYNAMIC_BROKER_CONFIG:${name}=null, STATIC_BROKER_CONFIG:${name}=null}`;
    const TRUST = 'listener.name.client.ssl.truststore.location';

    it.each([
      shown(TRUST, '/tmp/other.crt', `, STATIC_BROKER_CONFIG:${TRUST}=/dev/shm/kafka/clients-issuer.crt`),
      shown('listener.name.internal.ssl.client.auth', 'none'),
      shown('listener.name.client.sasl.enabled.mechanisms', 'SCRAM-SHA-512,PLAIN'),
      shown('listener.name.client.ssl.principal.mapping.rules', 'DEFAULT'),
      hidden('listener.name.client.plain.sasl.jaas.config'),
      hidden('listener.name.client.ssl.truststore.certificates'),
      shown('listener.name.client.connections.max.reauth.ms', '0'),
      // Of a value of two lines there is the first.
      '  listener.name.client.ssl.principal.mapping.rules=RULE:^(.*)$/client:$1/,',
      shown('advertised.listeners', 'CLIENT://elsewhere:9094'),
      shown('principal.builder.class', 'org.example.Anyone'),
      shown('ssl.client.auth', 'none', ', STATIC_BROKER_CONFIG:ssl.client.auth=required'),
      shown('sasl.enabled.mechanisms', 'PLAIN'),
      hidden('super.users'),
      hidden('allow.everyone.if.no.acl.found'),
      hidden('authorizer.class.name'),
    ])('that decides who is let in is told, of a member and of all: %s', (line) => {
      const name = /^ {2}([^=]+)=/.exec(line)?.[1] ?? '';
      const back = `${name} set in the running cluster, over stack.yml (\`kafka-configs.sh --entity-type brokers`;
      expect(ill(...of(ONE, line, ALL))).toEqual([
        `kafka-1: ${back} --entity-name 1 --alter --delete-config ${name}\` takes that back)`,
      ]);
      expect(ill(...of(ONE, ALL, line.replaceAll('DYNAMIC_BROKER', 'DYNAMIC_DEFAULT_BROKER')))).toEqual([
        `all members: ${back} --entity-default --alter --delete-config ${name}\` takes that back)`,
      ]);
    });

    it.each([
      shown('listener.name.client.max.connections', '100'),
      shown('listener.name.client.max.connection.creation.rate', '10'),
      shown('listener.name.internal.num.network.threads', '6'),
      shown('max.connections', '100'),
      shown('log.retention.ms', '1'),
      shown('leader.replication.throttled.rate', '1000'),
      shown('min.insync.replicas', '2'),
    ])('that does not is none of its business: %s', (line) => {
      for (const lines of [
        [ONE, line, ALL],
        [ONE, ALL, line],
      ])
        expect(ill(...of(...lines))).toEqual([]);
    });

    it('is what stack.yml says if it is a store at the same path, of the listener or of all', () => {
      const [same, other] = ['/run/secrets/client.pem', '/run/secrets/peer.pem'];
      for (const [store, others] of [
        ['keystore', 'truststore'],
        ['truststore', 'keystore'],
      ] as const) {
        // prettier-ignore
        const [own, base] = [`listener.name.client.ssl.${store}.location`, `ssl.${store}.location`];
        const before = (name: string, value: string): string => `, STATIC_BROKER_CONFIG:${name}=${value}`;
        const told = (...synonyms: string[]) => ill(...of(ONE, shown(own, same, synonyms.join('')), ALL)).length;
        expect(told(before(own, same), before(base, other))).toBe(0);
        expect(told(before(base, same))).toBe(0);
        // What counts of stack.yml is the listener's own.
        expect(told(before(own, other), before(base, same))).toBe(1);
        expect(told(before(base, other))).toBe(1);
        expect(told(before(base, `${same}.other`))).toBe(1);
        expect(told(before(`ssl.${others}.location`, same))).toBe(1);
        expect(told()).toBe(1);
      }
      // Of others than stores a value that is hidden, or the same by chance, says nothing.
      const rules = 'listener.name.client.ssl.principal.mapping.rules';
      expect(ill(...of(ONE, shown(rules, 'DEFAULT', `, STATIC_BROKER_CONFIG:${rules}=DEFAULT`), ALL))).toHaveLength(1);
      for (const made of [
        `/x, STATIC_BROKER_CONFIG:${TRUST}=/x`,
        `/x${shown(TRUST, '/x', `, STATIC_BROKER_CONFIG:${TRUST}=/x`).slice(`  ${TRUST}=/x`.length)}`,
      ])
        // prettier-ignore
        expect(ill(...of(ONE, shown(TRUST, made, `, STATIC_BROKER_CONFIG:${TRUST}=/y`), ALL))).toHaveLength(1);
    });

    it('names all of them, with one command that takes them back', () => {
      const names = ['listener.name.client.ssl.client.auth', TRUST, 'listeners'];
      expect(ill(...of(ONE, ...names.map((name) => shown(name, 'x')), ALL))).toEqual([
        `kafka-1: ${names[0]}, ${names[1]} and listeners set in the running cluster, over stack.yml (` +
          `\`kafka-configs.sh --entity-type brokers --entity-name 1 --alter --delete-config ${names.join()}\` takes that back)`,
      ]);
    });

    it('of a controller apart is told by the controllers, and by nobody else', () => {
      const apart = [...three('controller', 101), ...three('broker')];
      const asked = [
        ...apart.map(({ name }) => `open ${name}`),
        ...voters([101, 0], [102, 90], [103, 100], [1, 200], [2, 300], [3, 400]),
        'end topics 0',
      ];
      const changed = of('Dynamic configs for broker 102 are:', shown('listener.name.controller.ssl.client.auth', 'none'), ALL); // prettier-ignore
      const least = shown('min.insync.replicas', '2').replaceAll('DYNAMIC_BROKER', 'DYNAMIC_DEFAULT_BROKER');
      const reading = group(apart).probe.read([
        ...asked,
        ...changed.slice(0, -1),
        `settings ${least}`,
        'end settings 0',
      ]);
      expect(reading).toMatchObject({
        text: 'active controller kafka-controller-1, 2 of 3 caught up',
        members: {
          'kafka-controller-1': { ok: true },
          'kafka-controller-2': {
            ok: false,
            text:
              'listener.name.controller.ssl.client.auth set in the running cluster, over stack.yml (`kafka-configs.sh ' +
              '--bootstrap-controller kafka-controller-2:9093 --entity-type brokers --entity-name 102 --alter ' +
              '--delete-config listener.name.controller.ssl.client.auth` takes that back)',
          },
        },
      });
      // Of min.insync.replicas brokers tell, by how many there are of them.
      expect(group([...three('controller', 101).slice(0, 1), ...three('broker')]).probe.read([...voters([101, 0]), 'open kafka-controller-1', ...of(ALL, least)]).text).toBe('active controller kafka-controller-1, 1 of 1 caught up'); // prettier-ignore
      const [ask = '', askBrokers = ''] = groups(apart).map(({ probe }) => probe.command[2] ?? '');
      expect(ask).toContain('tool settings kafka-configs.sh --bootstrap-controller kafka-controller-1:9093,');
      expect(ask).not.toContain('kafka-log-dirs.sh');
      expect(askBrokers).toContain('tool settings kafka-configs.sh --bootstrap-server kafka-1:9092,');
    });
  });

  it('is asked as the administrator who has a password, and else as a broker', () => {
    const probes = (['scram', 'certificate'] as const).map((login) => groups(COMBINED, login)[0]?.probe);
    expect(probes.map((probe) => probe?.thoroughly)).toEqual([['thoroughly'], ['thoroughly']]);
    expect(probes.map((probe) => probe?.secrets)).toEqual([
      ['peer.pem', 'peers-ca.crt', 'admin-password', 'ca.crt'],
      ['peer.pem', 'peers-ca.crt'],
    ]);
    const scripts = probes.map((probe) => probe?.command[2] ?? '');
    expect(scripts.map((script) => script.includes('SASL_SSL'))).toEqual([true, false]);
    for (const script of scripts) expect(script).toMatch(/kafka-configs\.sh[^]*kafka-log-dirs\.sh/);
    // Of all brokers in the same call.
    for (const script of scripts) expect(script).toMatch(/ --describe --entity-type brokers &/);
    expect(group([...three('controller', 101), ...three('broker')]).probe.thoroughly).toEqual(['thoroughly']);
  });
});

describe('a restart of all brokers', () => {
  const outage = (members: QuorumMember[]): string[] => {
    const names = members.map(({ name }) => name);
    const all = changes(...names.map((name) => `${name} restart`)).map((change) => ({
      ...change,
      changes: [{ field: 'image', kind: 'changed' as const, effect: 'restart' as const }],
    }));
    const document = stackDocument({ services: Object.fromEntries(names.map((name) => [name, service()])) });
    const mates = groups(members).map(({ services, policy: { worksWith } }) => ({ services, worksWith }));
    return outageOf(all, rolloutOf(all, document, { ensembles: groups(members) }), mates);
  };
  it('is an outage if there is one, and none if there are three', () => {
    expect(outage([member(1, 'broker,controller')])).toEqual(['kafka-1']);
    expect(outage(COMBINED)).toEqual([]);
    expect(outage([member(101, 'controller'), ...three('broker')])).toEqual(['kafka-controller-1']);
  });
});

describe('an update of controllers and brokers apart', () => {
  const stages = (controllers: QuorumMember[], brokers: QuorumMember[]) => {
    const members = [...brokers, ...controllers];
    const services = changes(...members.map(({ name }) => `${name} restart`));
    const document = stackDocument({ services: Object.fromEntries(members.map(({ name }) => [name, service()])) });
    const ensembles = groups(members);
    const restarts = rolloutOf(services, document, { ensembles });
    const { works, rest } = wavesOf({ services, restarts }, ensembles, []);
    return { told: describeRollout(restarts), done: [...works.map(({ work }) => membersOf(work)), rest] };
  };

  it('takes a single controller first, which must run before any broker goes down', () => {
    const { told, done } = stages([member(101, 'controller')], three('broker'));
    expect(told).toEqual([
      '  1. kafka-controller-1  what follows waits until it keeps running',
      '  2. kafka-1, kafka-2, kafka-3  one after the other, each when every broker is unfenced and nothing is ' +
        'under-replicated',
    ]);
    expect(done).toEqual([['kafka-controller-1'], ['kafka-1', 'kafka-2', 'kafka-3'], []]);
    const pair = stages([member(101, 'controller')], [member(1, 'broker')]);
    expect(pair.told).toEqual([
      '  1. kafka-controller-1  what follows waits until it keeps running',
      '  2. at once: kafka-1',
    ]);
    expect(pair.done).toEqual([['kafka-controller-1'], ['kafka-1']]);
  });
});

describe('controllers and brokers apart', () => {
  const all = [...three('controller', 101), ...three('broker')];

  it('are two groups, controllers first, and both keep the list of controllers', () => {
    expect(groups(all).map(({ name, services }) => [name, services])).toEqual([
      ['controllers', ['kafka-controller-1', 'kafka-controller-2', 'kafka-controller-3']],
      ['brokers', ['kafka-1', 'kafka-2', 'kafka-3']],
    ]);
    expect(groups(all).map(({ policy }) => policy.fixed.map(({ field }) => field))).toEqual([
      ['environment KAFKA_CONTROLLER_QUORUM_VOTERS', 'node'],
      ['environment KAFKA_CONTROLLER_QUORUM_VOTERS'],
    ]);
    expect(groups(all).map(({ policy }) => policy.last)).toEqual(['the active controller', undefined]);
    expect(['kafka-4', 'kafka-controller-1'].map((name) => groups(all).map(({ isMember }) => isMember(name)))).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it('controllers are asked for one another alone', () => {
    const lines = ['open kafka-controller-1', 'open kafka-controller-2', 'open kafka-controller-3'];
    const reading = group(all).probe.read([...lines, ...voters([103, 0], [101, 100], [102, 90])]);
    expect(reading).toMatchObject({ quorum: true, text: 'active controller kafka-controller-3, 3 of 3 caught up' });
    expect(reading.members['kafka-controller-3']).toEqual({ ok: true, text: 'active controller', last: true });
    expect(group(all).probe.command.join(' ')).not.toContain('kafka-topics');
  });

  it('controllers that lost their majority: those that are down go first, and nothing keeps them', () => {
    const unknown = ['why voters TimeoutException', 'end voters 1'];
    const names = three('controller', 101).map(({ name }) => name);
    const read = (...lines: string[]) => group(all).probe.read([...lines, ...unknown]);
    const one = read('open kafka-controller-1');
    expect(Object.values(one.members).map(({ breaks }) => breaks?.what)).toEqual([
      'nobody could tell whether the controllers would keep a majority',
      undefined,
      undefined,
    ]);
    expect(inOrder(names, one)).toEqual(['kafka-controller-2', 'kafka-controller-3', 'kafka-controller-1']);
    expect(Object.values(read().members).map(({ breaks }) => breaks)).toEqual([undefined, undefined, undefined]);
    expect(inOrder(names, read())).toEqual(names);
  });

  it('a broker that leaves is known by the copies that it still has', () => {
    const reading = group(all, 1).probe.read([...open(1, 2, 3), ...topics('orders 1,2,3 1,2,3 2', 'old 4,1 4,1 1')]);
    expect(reading.quorum).toBe(true);
    expect(reading.members['kafka-4']).toMatchObject({ ok: false, holds: 'old-0' });
  });

  describe('a broker without partitions', () => {
    type Row = [id: number, ms: number | undefined];
    const OTHERS: Row[] = [
      [101, 0],
      [102, 90],
      [103, 100],
      [1, 200],
      [2, 300],
    ];
    const beside = (...rows: Row[]) =>
      group(all, 1).probe.read([...open(1, 2, 3), ...voters(...OTHERS, ...rows), 'end topics 0']);

    it.each<[string, Row[]]>([
      ['is well if its controllers hear of it', [[3, 500]]],
      ['is so if it is late by less than its session', [[3, 8_000]]],
      ['is so if it is there with another disk of before', [[3, 60_000], [3, 500]]], // prettier-ignore
    ])('%s', (_title, rows) => {
      const reading = beside(...rows);
      expect(reading).toMatchObject({ quorum: true, text: '3 of 3 in sync' });
      expect(reading.members['kafka-3']).toEqual({ ok: true, text: 'well' });
    });

    it.each<[string, Row[], string]>([
      ['has lost its controllers', [[3, 31_000]], 'fenced: without its controllers for 31 s'],
      ['is forgotten by them', [], 'fenced: the active controller does not know it'],
      ['has not found the new one', [[3, undefined]], 'not caught up with the active controller since that one took over'], // prettier-ignore
    ])('is not well if it %s', (_title, rows, text) => {
      const reading = beside(...rows);
      expect(reading).toMatchObject({ quorum: true, text: '2 of 3 in sync' });
      expect(reading.members['kafka-3']).toEqual({ ok: false, text });
    });

    it('is starting if it takes no connections and its controllers hear of it', () => {
      const breaks = (...rows: Row[]) =>
        group(all, 1).probe.read([...open(1, 2), ...voters(...OTHERS, ...rows), 'end topics 0']).members['kafka-3']
          ?.breaks;
      expect(breaks([3, 500])).toEqual({
        what: 'a recovery of its logs, which may be under way, would begin anew',
        lasting: false,
        start: true,
      });
      for (const rows of [[], [[3, 31_000]], [[3, undefined]]] as Row[][]) expect(breaks(...rows)).toBeUndefined();
    });

    it('is told by what 4.4.0 printed while it was stopped and its port took connections', () => {
      const printed = [
        'NodeId\tDirectoryId           \tLogEndOffset\tLag\tLastFetchTimestamp\tLastCaughtUpTimestamp\tStatus  \t',
        '101   \tAAAAAAAAAAAAAAAAAAAAAA\t231         \t0  \t1795991182114     \t1795991182114        \tLeader  \t',
        '2     \tjSCIVriTVHirFLcW9VAObg\t88          \t143\t1795991105545     \t1795991105174        \tObserver\t',
        '1     \tF43wYJQS0ia-Pb4BTff1EA\t230         \t1  \t1795991181901     \t1795991181885        \tObserver\t',
      ];
      const lines = [...printed.map((line) => `voters ${line}`), 'end voters 0', 'end topics 0'];
      const { members } = group([member(101, 'controller'), member(1, 'broker'), member(2, 'broker')], 1).probe.read([
        ...open(1, 2),
        ...lines,
      ]);
      expect(members['kafka-1']).toEqual({ ok: true, text: 'well' });
      expect(members['kafka-2']).toEqual({ ok: false, text: 'fenced: without its controllers for 77 s' });
    });

    it('is not well if no controller tells', () => {
      const reading = group(all, 1).probe.read([
        ...open(1, 2, 3),
        'end topics 0',
        'why voters TimeoutException',
        'end voters 1',
      ]);
      expect(reading).toMatchObject({ quorum: false, text: 'no active controller (TimeoutException), 0 of 3 in sync' });
      expect(reading.members['kafka-3']).toEqual({ ok: false, text: 'no active controller tells of it' });
    });

    it('is asked for at the controllers: what a broker knows may be from before it lost them', () => {
      expect(group(all, 1).probe.command.join(' ')).toMatch(
        /kafka-metadata-quorum\.sh --bootstrap-controller kafka-controller-1:9093,[^]*kafka-topics\.sh --bootstrap-server/,
      );
    });
  });

  it('of a broker that leaves nothing is known if nobody tells of the topics', () => {
    for (const lines of [[], [...open(1, 2, 3), 'why topics TimeoutException', 'end topics 1']])
      expect(whatKeeps('kafka-4', { reading: group(all, 1).probe.read(lines) })).toMatch(
        /^nobody could tell what it holds: no broker tells of its topics/,
      );
    const empty = group(all, 1).probe.read([...open(1, 2, 3), 'end topics 0']);
    expect(whatKeeps('kafka-4', { reading: empty })).toBeUndefined();
  });

  it('brokers carry on as long as one is up, controllers as long as more than half are', () => {
    const works = (up: number) =>
      groups(all).map(({ policy, services }) => policy.worksWith(services.slice(0, up), services));
    expect([1, 2].map(works)).toEqual([[false, true], [true, true]]); // prettier-ignore
  });
});

describe('a member that is asked as a peer, by its image’s own tool', () => {
  it.each([
    ['a broker that is listed', ['ended', 'speaks'], true, 'passed'],
    ['a controller whose tool ended well', ['ended'], false, 'passed'],
    ['another name, or another CA', ['why SslAuthenticationException'], true, 'failed'],
    ['no answer in time', ['why TimeoutException'], true, 'unsure'],
    ['a tool that ended without its name', ['ended'], true, 'unsure'],
    ['nothing', [], false, 'unsure'],
  ])('%s', (_what, lines, lists, status) => {
    expect(judgeAsPeer(lines, lists).status).toBe(status);
  });

  it('is so only if bundle.yaml names no image for ports inside', () => {
    const kafka = (verify: object) =>
      validateAnswers({ version: 1, stack: 'kafka', name: 'ev', nodes: ['a'], brokers: 1, verify }, 'bundle.yaml');
    const programs = (verify: object) => {
      const { definition, name, answers, verify: own } = kafka(verify);
      const plan = definition.plan(name, answers);
      return withOwnChecks(plan.expectations, own, plan).flatMap((each) => each.programs?.map((one) => one.name));
    };
    expect(programs({})).toEqual(['as-peer']);
    expect(programs({ probeImage: 'curlimages/curl:8' })).toEqual([]);
  });
});
