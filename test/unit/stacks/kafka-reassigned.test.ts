/** Brokers while partitions are reassigned, by what `kafka-topics.sh --describe` prints then. */
import { describe, expect, it } from 'vitest';
import { kafkaGroups } from '../../../stacks/kafka/quorum/group.ts';
import { whatKeeps } from '../../../src/quorum/leave.ts';

const MEMBERS = [1, 2, 3].map((id) => ({ id, name: `kafka-${id}`, broker: true, controller: false }));
const [GROUP] = kafkaGroups(MEMBERS, 'scram');
/** 4.x prints who may lead without being in sync, or `N/A` if it does not know; earlier versions print neither. */
const ENDS = ['\tElr: \tLastKnownElr: ', '', '\tElr: N/A\tLastKnownElr: N/A', '\tElr: 1\tLastKnownElr: 2'];

interface Printed {
  replicas: string;
  isr: string;
  adding?: string;
  removing?: string;
  /** `min.insync.replicas` of its topic. */
  least?: number;
  end?: string | undefined;
}

function linesOf({ replicas, isr, adding, removing = '', least, end = ENDS[0] }: Printed, partition = 0): string[] {
  const moved = adding === undefined ? '' : `\tAdding Replicas: ${adding}\tRemoving Replicas: ${removing}`;
  const configs = least === undefined ? '' : `min.insync.replicas=${least}`;
  return [
    `Topic: orders\tTopicId: v0pZVpFzQ1u4Tqz0eQkQ1w\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: ${configs}`,
    `\tTopic: orders\tPartition: ${partition}\tLeader: ${isr[0] ?? 'none'}\tReplicas: ${replicas}\tIsr: ${isr}${moved}${end}`,
  ];
}

function read(printed: Printed[], ...more: string[]) {
  const topics = printed.flatMap(linesOf).map((line) => `topics ${line}`);
  const reading = GROUP?.probe.read([...MEMBERS.map(({ name }) => `open ${name}`), ...topics, 'end topics 0', ...more]);
  if (reading === undefined) throw new Error('there is no such group');
  return reading;
}
const ill = (printed: Printed[]): string[] =>
  Object.entries(read(printed).members).flatMap(([name, { ok, text }]) => (ok ? [] : [`${name}: ${text}`]));
const breaks = (id: number, printed: Printed) => read([printed]).members[`kafka-${id}`]?.breaks;

describe.each(ENDS)('a partition whose line ends with %j', (end) => {
  it('is not missed by those to whom a reassignment copies it, and they are told', () => {
    const one = { replicas: '1,2,3', isr: '1', adding: '2,3', end };
    expect(ill([one])).toEqual([]);
    expect(read([one, { ...one, replicas: '2,1', adding: '2' }]).text).toBe(
      '3 of 3 in sync, 2 partitions are being copied to kafka-2, 1 partition is being copied to kafka-3',
    );
    // All there, while others are copied yet: nothing is told of it.
    expect(read([{ ...one, isr: '1,2' }]).text).toBe('3 of 3 in sync, 1 partition is being copied to kafka-3');
  });

  it('is missed by those who had it before, also by one that is to give it away', () => {
    expect(ill([{ replicas: '3,1,2', isr: '1', adding: '3', removing: '2', end }])).toEqual([
      'kafka-2: not in sync for orders-0',
    ]);
    expect(ill([{ replicas: '3,1,2', isr: '', adding: '3', removing: '2', end }])).toEqual([
      'kafka-1: not in sync for orders-0',
      'kafka-2: not in sync for orders-0',
    ]);
    expect(ill([{ replicas: '1,2,3', isr: '1,2', end }])).toEqual(['kafka-3: not in sync for orders-0']);
  });
});

describe('a stop while partitions are reassigned', () => {
  it.each<[string, Printed, number, string | undefined, boolean | undefined]>([
    ['of the only copy, until others have it', { replicas: '1,2,3', isr: '1', adding: '2,3' }, 1, 'orders-0 would be offline', false],
    ['of the only copy, until the next one has it', { replicas: '2,1', isr: '1', adding: '2', removing: '1' }, 1, 'orders-0 would be offline', false],
    ['of the copy that alone stays', { replicas: '1,2', isr: '1', adding: '', removing: '2' }, 1, 'orders-0 would be offline', true],
    ['of who gets it', { replicas: '1,2,3', isr: '1', adding: '2,3' }, 2, undefined, undefined],
    ['of as many copies as must be, until there are more', { replicas: '1,2,3', isr: '1,2', adding: '3', least: 2 }, 1, 'orders-0 would be under min.insync.replicas', false],
    ['of as many copies as must be, as many as stay', { replicas: '3,1,2', isr: '1,2', adding: '3', removing: '2', least: 2 }, 1, 'orders-0 would be under min.insync.replicas', true],
    ['of one that gives its copy away, until it has', { replicas: '3,1,2', isr: '1,2', adding: '3', removing: '2', least: 2 }, 2, 'orders-0 would be under min.insync.replicas', false],
    ['of fewer copies than must be in any case', { replicas: '1,2,3', isr: '1,2', adding: '3', least: 3 }, 1, undefined, undefined],
  ])('%s', (_title, printed, id, what, lasting) => {
    const found = breaks(id, printed);
    expect([found?.what, found?.lasting]).toEqual([what, lasting]);
  }); // prettier-ignore
});

describe('what partitions have and get', () => {
  it('is told as too little by the copies that stay', () => {
    const asked = ['settings Default configs for brokers in the cluster are:', 'end settings 0'];
    const few = (printed: Printed): boolean => read([printed], ...asked).text.includes('fewer than 3 copies');
    expect(few({ replicas: '1,2,3', isr: '1', adding: '2,3' })).toBe(false);
    expect(few({ replicas: '3,1,2', isr: '1,2', adding: '3', removing: '2' })).toBe(true);
  });

  it('keeps a broker that leaves until all of it is elsewhere', () => {
    const keeps = (printed: Printed) => whatKeeps('kafka-4', { reading: read([printed]) });
    expect(keeps({ replicas: '1,2,4', isr: '2,4', adding: '1', removing: '4' })).toContain('orders-0');
    expect(keeps({ replicas: '1,2', isr: '1,2' })).toBeUndefined();
  });
});
