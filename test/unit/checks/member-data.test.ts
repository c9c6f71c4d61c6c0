import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptData } from '../../../src/checks/kept-data.ts';
import type { JobSpec } from '../../../src/engine/port.ts';
import type { CheckContext } from '../../../src/checks/check.ts';
import { context, contextOf } from '../../support/check-context.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

/** The command of the jobs that look into the volumes of this stack's new group. */
async function commandOf(from: (engine: object) => CheckContext): Promise<readonly string[]> {
  const seen: JobSpec[] = [];
  const engine = {
    info: async () => ({ systemTime: '2026-11-28T00:00:00Z', swarm: { nodeId: 'id-n9' } }),
    localVolumes: async () => [],
    createJob: async (job: JobSpec) => `job-${seen.push(job)}`,
    jobs: async () => [],
    tasks: async ({ serviceId }: { serviceId: string }) => [
      { id: serviceId, state: 'complete', desiredState: 'shutdown' },
    ],
    async *taskLogs() {
      yield { stream: 'stdout', data: Buffer.from('') };
    },
    removeService: async () => undefined,
  };
  await keptData.run({ ...from(engine), clock: new VirtualClock() });
  return seen[0]?.command ?? [];
}

describe('the job that looks into a member’s volume', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'member-data-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const kafka = () => commandOf((engine) => contextOf('kafka', { nodes: ['n1', 'n2', 'n3'] }, { engine }));
  const zookeeper = () =>
    commandOf((engine) => context({ zookeeper: { servers: 3, nodes: ['n1', 'n2', 'n3'] } }, { engine }));
  const [ZERO, SECOND] = ['00000000000000000000', '00000000000000000217-0000000003.checkpoint'];
  /** What Kafka 4.4.0 leaves of a controller that has run, and never heard of the others. */
  const ALONE = {
    [`${ZERO}-0000000000.checkpoint`]: 'records',
    [`${ZERO}.index`]: '\0',
    [`${ZERO}.log`]: '',
    'quorum-state': '{}',
  };

  it.each<[string, string, () => Promise<readonly string[]>, string, Record<string, string> | undefined]>([
    ['Kafka', 'that is not there', kafka, '', undefined],
    ['Kafka', 'that has nothing', kafka, '', {}],
    ['Kafka', 'that was formatted', kafka, '', { [`${ZERO}-0000000000.checkpoint`]: 'records' }],
    ['Kafka', 'that never heard of the others', kafka, '', ALONE],
    ['Kafka', 'that has a log', kafka, 'has data\n', { ...ALONE, [`${ZERO}.log`]: 'records' }],
    ['Kafka', 'that has fetched a snapshot', kafka, 'has data\n', { ...ALONE, [SECOND]: 'records' }],
    ['ZooKeeper', 'that has nothing', zookeeper, '', {}],
    ['ZooKeeper', 'that has a snapshot', zookeeper, 'has data\n', { 'snapshot.0': 'nodes', currentEpoch: '1' }],
  ])('of %s tells one %s', async (_what, _of, commandFor, expected, files) => {
    const [shell = '', flag = '', script = '', name = ''] = await commandFor();
    const looked = join(directory, 'in it');
    if (files !== undefined) await mkdir(looked);
    for (const [file, text] of Object.entries(files ?? {})) await writeFile(join(looked, file), text);
    const { stdout } = await promisify(execFile)(shell, [flag, script, name, looked]);
    expect(stdout).toBe(expected);
  });

  it('fails of what it cannot list, which is not taken for an empty one', async () => {
    const [shell = '', flag = '', script = '', name = ''] = await kafka();
    const file = join(directory, 'no directory');
    await writeFile(file, '');
    await expect(promisify(execFile)(shell, [flag, script, name, file])).rejects.toMatchObject({ code: 1 });
  });
});
