/** What an empty disk would lose, by the runbook's own command. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { validateAnswers } from '../../support/answers.ts';

const bundle = validateAnswers(
  { version: 1, stack: 'kafka', name: 'ev', brokers: 3, nodes: ['a', 'b', 'c'] },
  'bundle.yaml',
);
const section =
  bundle.definition
    .plan(bundle.name, bundle.answers)
    .runbook()
    .find(({ title }) => title.startsWith('How the cluster is'))?.markdown ?? '';
const blocks = [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block);
const find = (what: string): string => blocks.find((block) => block.includes(what)) ?? '';

/** Lines after the partition's number, as `kafka-topics.sh --describe` of 4.4.0 prints them; leader, then the rest. */
function ask(...partitions: string[]): { said: string[]; elected: unknown } {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-only-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const described = partitions.map(
    (rest, index) => `\tTopic: orders\tPartition: ${index}\tLeader: ${rest.replace(' ', '\t')}`,
  );
  const head = 'Topic: orders\tTopicId: v0pZVpFzQ1u4Tqz0eQkQ1w\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: ';
  const script = find('awk -v id=3').replace(/^docker exec .*\|$/m, 'cat |');
  const said = execFileSync('sh', ['-euc', script], { cwd: dir, input: [head, ...described, ''].join('\n') });
  const file = readFileSync(join(dir, 'election.json'), 'utf8');
  return { said: said.toString().trimEnd().split('\n'), elected: JSON.parse(file) as unknown };
}

const counts = (lost: number, older: number, away: number, all: number): string[] => [
  `${lost} of ${all} partitions would be lost`,
  `${older} of ${all} would lose their end: others have an older copy`,
  `${away} of ${all} would wait: others have everything, and are not in sync yet`,
];

describe('what the last broker alone has', () => {
  it.each([
    ['nothing', '1 Replicas: 3,1,2\tIsr: 1,2,3\tElr: \tLastKnownElr: '],
    ['nothing that it has no copy of', 'none Replicas: 1,2\tIsr: \tElr: \tLastKnownElr: 1'],
  ])('%s', (_what, line) => {
    expect(ask(line)).toEqual({
      said: counts(0, 0, 0, 1),
      elected: { partitions: [] },
    });
  });

  it.each([
    ['a single copy', '3 Replicas: 3\tIsr: 3\tElr: \tLastKnownElr: '],
    ['of earlier versions', '3 Replicas: 3\tIsr: 3'],
    ['one that is away', 'none Replicas: 3\tIsr: \tElr: 3\tLastKnownElr: '],
    ['while another is being made', '3 Replicas: 3,1\tIsr: 3\tAdding Replicas: 1\tRemoving Replicas: \tElr: \tLastKnownElr: '], // prettier-ignore
  ])('all of it: %s', (_what, line) => {
    expect(ask(line)).toEqual({
      said: ['orders-0', ...counts(1, 0, 0, 1)],
      elected: { partitions: [] },
    });
  });

  it.each([
    ['the last in sync', 'none Replicas: 3,1,2\tIsr: 3'],
    ['the last that was', 'none Replicas: 3,1,2\tIsr: \tElr: 3\tLastKnownElr: '],
    ['and nobody knows who was', 'none Replicas: 3,1,2\tIsr: \tElr: \tLastKnownElr: 3'],
    ['in a reassignment', 'none Replicas: 3,1,2,4\tIsr: 3\tAdding Replicas: 4\tRemoving Replicas: 3\tElr: \tLastKnownElr: '], // prettier-ignore
  ])('the end of it: %s', (_what, line) => {
    expect(ask(line, '3 Replicas: 3\tIsr: 3')).toEqual({
      said: ['orders-0, older on 1,2', 'orders-1', ...counts(1, 1, 0, 2)],
      elected: { partitions: [{ topic: 'orders', partition: 0 }] },
    });
  });

  it.each([
    ['nobody leads', 'none Replicas: 3,1,2\tIsr: \tElr: 3,2\tLastKnownElr: '],
    ['it leads', '3 Replicas: 3,1,2\tIsr: 3\tElr: 2\tLastKnownElr: '],
  ])('no more than others that are away: %s', (_what, line) => {
    expect(ask(line)).toEqual({
      said: ['orders-0, all of it on 2', ...counts(0, 0, 1, 1)],
      elected: { partitions: [] },
    });
  });

  it('of what others have an older copy of, one of them leads while it is stopped, before the empty disk, which the page says the price of', () => {
    expect(find('--election-type unclean')).toMatch(
      /kafka-leader-election\.sh --bootstrap-server \S+ --admin\.config \S+\.properties --election-type unclean --path-to-json-file (\S+)' < election\.json\n$/,
    );
    const order = [
      'awk -v id=3',
      'ev_kafka-3=0\n```',
      'gives that end up',
      '--election-type unclean',
      'ev_kafka-3=0\nuntil',
    ];
    const places = order.map((each) => section.indexOf(each));
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  it('of several of both kinds, all are counted and elected', () => {
    const older = 'none Replicas: 1,3\tIsr: 3\tElr: \tLastKnownElr: ';
    const { said, elected } = ask(older, '1 Replicas: 1,3\tIsr: 1,3', older);
    expect(said.slice(-3)).toEqual(counts(0, 2, 0, 3));
    expect(elected).toEqual({ partitions: [0, 2].map((partition) => ({ topic: 'orders', partition })) });
  });
});
