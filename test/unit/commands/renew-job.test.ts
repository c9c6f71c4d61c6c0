import { expect, it } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import { run } from '../../../src/commands/deploy/run.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import { contentOf } from '../../../src/release/content.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import { node } from '../../support/check-context.ts';
import { init, recordedIo, workplace } from '../init/support.ts';
import { loaded, swarm } from './zookeeper-swarm.ts';

/** `bundle deploy` of what release 2 was, which release 3 went back from: the error, and what it recorded. */
async function deployed(given: { yes: boolean; renew?: boolean; ignore?: string }) {
  const cwd = workplace();
  const make = async (set: string[]): Promise<Loaded> => {
    const all = { yes: true, dir: 'prod', stack: 'zookeeper', set: ['servers=1', 'nodes=[n1]', ...set] };
    expect((await init(cwd, all)).error).toBeUndefined();
    return loaded(cwd);
  };
  const before = await make([]);
  const after = await make(['heapMb=600']);
  const nodes = ['n1', 'n2', 'n3'].map((name) => node(name, { id: `${name}-id` }));
  const record = (number: number, { directory, document }: Loaded, rollbackOf?: number) => ({
    ...{ ID: `r${number}`, Version: { Index: 1 }, CreatedAt: '', UpdatedAt: '2026-01-01T00:00:00Z' },
    Spec: {
      Name: `prod.release.${number}`,
      Labels: releaseLabels('prod', { state: 'verified' }),
      Data: encodeRelease({
        ...{ number, at: `2026-01-0${number}T00:00:00Z`, by: 'ann@ops', tool: '0.1.0', lock: directory.lock },
        answers: { version: 1, stack: 'zookeeper', name: 'prod', ...directory.bundle.answers },
        ...contentOf({ directory, document }, nodes),
        ...(rollbackOf !== undefined && { rollbackOf }),
      }).toString('base64'),
    },
  });
  const releases = [record(1, before), record(2, after), record(3, before, 1)];
  const recorded: string[] = [];
  const host = await swarm(before, after, {
    'GET /configs': ({ url }) => ({ json: decodeURIComponent(url).includes('bundle.kind=release') ? releases : [] }),
    'POST /configs/create': ({ body }) => {
      const { Name } = JSON.parse(body) as { Name: string };
      if (Name === 'prod.lock') return { json: { ID: 'lock' } };
      recorded.push(Name);
      return { status: 500, json: { message: 'that was it' } };
    },
  });
  const { io, err } = recordedIo(cwd);
  const names = checks.map(({ name }) => name);
  const options = {
    ...{ dir: 'prod', host, verify: true, wait: true, timeout: '10m', ...given },
    ignore: names.filter((name) => name !== 'older-release' || given.ignore === name),
  };
  const error: unknown = await run(options as unknown as Parameters<typeof run>[0], io).catch((e: unknown) => e);
  return { error, recorded, err: err() };
}

it('a job that renews certificates does not deploy again what a rollback left', async () => {
  const { error, recorded, err } = await deployed({ yes: true, renew: true });
  expect(error).toMatchObject({ code: 'check-failed', exit: 3, message: 'a check failed: older-release' });
  expect(err).toContain('release 3 went back to release 1');
  expect(recorded).toEqual([]);
});

it.each([
  ['a deployment that renews nothing', { yes: true }],
  ['one that is told to', { yes: true, renew: true, ignore: 'older-release' }],
])('%s goes forward', async (_what, given) => {
  const { error, recorded } = await deployed(given);
  expect(String(error)).toContain('that was it');
  expect(recorded).toEqual(['prod.release.4']);
});
