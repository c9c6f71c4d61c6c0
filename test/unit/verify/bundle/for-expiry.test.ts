import { expect, it } from 'vitest';
import { load, type Loaded } from '../../../../src/project/bundle-dir.ts';
import { selected, withoutThoseForExpiry } from '../../../../src/verify/bundle/expected.ts';
import type { CheckResult } from '../../../../src/verify/result.ts';
import { init, recordedIo, workplace } from '../../init/support.ts';

async function bundle(): Promise<Loaded> {
  const cwd = workplace();
  const set = ['images.manager=imply/manager:1', 'images.agent=imply/agent:1'];
  const made = await init(cwd, { stack: 'imply', yes: true, set, nodes: 'n1' });
  expect(made.error).toBeUndefined();
  return load({ dir: 'prod' }, recordedIo(cwd).io);
}

it('of who asks for the ends of certificates alone, ports are asked for theirs, and for nothing else', async () => {
  const loaded = await bundle();
  const portsOf = (only: string[], skip: string[] = []) =>
    selected(loaded, { only, skip }).expectations.flatMap(({ service, endpoints, logs, programs }) => {
      expect([logs, programs, ...endpoints.filter(({ kind }) => kind !== 'tls')]).toEqual([[], []]);
      return endpoints.map(({ name }) => `${service} ${name}`);
    });
  const all = portsOf(['expiry']);
  const [first = ''] = all;
  const [service = '', check = ''] = first.split(' ');
  expect(all.length).toBeGreaterThan(1);
  expect(portsOf(['Expiry', service])).toEqual(all.filter((one) => one.startsWith(`${service} `)));
  expect(portsOf(['expiry'], [service])).toEqual(all.filter((one) => !one.startsWith(`${service} `)));
  expect(portsOf(['expiry'], [check]).filter((one) => one.endsWith(` ${check}`))).toEqual([]);
  expect(portsOf(['content'])).toEqual([]);

  const certificate = { subject: 'a', names: [], issuer: 'b', notAfter: '2030-01-01T00:00:00.000Z', daysLeft: 9 };
  const result = (rest: Partial<CheckResult>): CheckResult => ({
    service,
    check,
    status: 'failed',
    detail: 'x',
    ...rest,
  });
  const told = (rest: Partial<CheckResult>, only = ['expiry']) =>
    withoutThoseForExpiry([result(rest)], loaded, { only, skip: [] }).map((one) => [one.check, one.status]);
  expect(told({ certificate }), 'its end is told of it, and no more').toEqual([]);
  expect(told({})).toEqual([['expiry', 'unsure']]);
  expect(told({ status: 'not-run' })).toEqual([['expiry', 'not-run']]);
  expect(told({ check: 'tasks' }), 'a task that is not there').toEqual([['tasks', 'failed']]);
  expect(told({ certificate }, ['expiry', check])).toEqual([[check, 'failed']]);
  expect(told({ certificate }, [])).toEqual([[check, 'failed']]);
});
