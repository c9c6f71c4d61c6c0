import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { run as deploy } from '../../../src/commands/deploy/run.ts';
import { run as destroy } from '../../../src/commands/destroy/run.ts';
import { run as prepare } from '../../../src/commands/prepare/run.ts';
import { EXIT } from '../../../src/errors.ts';
import { init, recordedIo, workplace } from '../init/support.ts';
import { loaded, swarm, zookeeper } from './zookeeper-swarm.ts';

const ignore = checks.map(({ name }) => name);

/** What a person sees with --quiet up to the question, which is answered with no. */
async function toldBefore(cwd: string, question: string, run: (io: CommandIo) => Promise<number>): Promise<string> {
  const stdin = new PassThrough();
  let told = '';
  const { io } = recordedIo(cwd, {
    ...{ interactive: true, quiet: true, stdin },
    stderr: (text) => {
      told += text;
      // At the end of its drawing the question reads.
      if (text.includes(question)) setTimeout(() => stdin.write('n\r'), 100);
    },
  });
  expect(await run(io)).toBe(EXIT.done);
  return told.slice(0, told.indexOf(question));
}

it('hides nothing of what deploy asks about', async () => {
  const { cwd, host } = await zookeeper(1, 1, ['heapMb=600']);
  const options = { dir: 'prod', host, ignore, verify: true, wait: true, timeout: '10m' };
  const told = await toldBefore(cwd, 'Deploy prod?', (io) => deploy(options, io));
  expect(told).toContain('Outage: zookeeper-1 restarts');
  // A check that is ignored is told as well.
  expect(told).toContain('(placement, ignored)');
});

it('hides nothing of what destroy asks about', async () => {
  const { cwd, host } = await zookeeper(1, 1);
  const told = await toldBefore(cwd, 'Remove prod from the swarm?', (io) => destroy({ dir: 'prod', host }, io));
  expect(told).toContain('service prod_zookeeper-1');
});

it('hides nothing of what prepare asks about', async () => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
  const wanted = await loaded(cwd);
  const { directory } = wanted;
  const bare = { ...wanted, directory: { ...directory, plan: { ...directory.plan, placements: [] } } };
  const host = await swarm({ ...wanted, document: { ...wanted.document, services: {} } }, bare);
  const told = await toldBefore(cwd, 'Make these?', (io) => prepare({ dir: 'prod', host, ignore }, io));
  expect(told).toContain('bundle.prod.zookeeper-1');
});
