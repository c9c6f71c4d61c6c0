import { describe, expect, it } from 'vitest';
import { closeHosts, openHosts } from '../../../src/run-target/engines.ts';
import type { Engine } from '../../../src/engine/port.ts';
import { BundleError, EXIT, usageError } from '../../../src/errors.ts';

const HOSTS = { hosts: ['n1', 'n2', 'n3'], former: ['n0'] };
const NAMED = ['n1=ssh://root@n1', 'n2=two', 'n3=tcp://[fd00::3]:2376'];

/** Engines by URL or context; those of `broken` throw. */
function engines(broken: Record<string, Error> = {}) {
  const closed: string[] = [];
  const open = ({ context, host }: { context?: string; host?: string }): Promise<Engine> => {
    const where = host ?? context ?? '';
    const error = broken[where];
    if (error !== undefined) return Promise.reject(error);
    return Promise.resolve({
      address: { url: where.includes('://') ? where : 'unix:///x', source: 'test' },
      close: () => (closed.push(where), Promise.resolve()),
    } as unknown as Engine);
  };
  return { open, closed };
}
const dead = (host: string) =>
  new BundleError('engine-unreachable', `${host} does not answer`, { exit: EXIT.preflight });

describe('engines of hosts', () => {
  it('are opened each, with the address that was given or the engine’s own', async () => {
    const { open, closed } = engines();
    const hosts = await openHosts(HOSTS, { engine: NAMED }, { n1: '10.0.0.1' }, open);
    expect(hosts.open.map(({ name, address }) => [name, address])).toEqual([
      ['n1', '10.0.0.1'],
      ['n2', '127.0.0.1'],
      ['n3', 'fd00::3'],
    ]);
    expect(hosts.failed.size).toBe(0);
    await closeHosts(hosts.open);
    expect(closed).toEqual(['ssh://root@n1', 'two', 'tcp://[fd00::3]:2376']);
  });

  it('that do not answer are told, and the others stay open', async () => {
    const { open, closed } = engines({ two: dead('two') });
    const hosts = await openHosts(HOSTS, { engine: NAMED }, {}, open);
    expect(hosts.open.map(({ name }) => name)).toEqual(['n1', 'n3']);
    expect([...hosts.failed]).toEqual([['n2', 'two does not answer']]);
    expect(closed).toEqual([]);
  });

  it('of which earlier renderings had some may be named too, and come last', async () => {
    const { open } = engines();
    const hosts = await openHosts(HOSTS, { engine: ['n0=zero', ...NAMED] }, {}, open);
    expect(hosts.open.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3', 'n0']);
    await expect(openHosts(HOSTS, { engine: [] }, {}, open)).rejects.toMatchObject({
      hints: expect.arrayContaining(['--engine n0=ssh://root@n0']) as string[],
    });
  });

  it('are an error where none answers', async () => {
    const { open } = engines({ '': dead('the engine') });
    await expect(openHosts({ hosts: ['n1'], former: [] }, { engine: [] }, {}, open)).rejects.toMatchObject({
      exit: EXIT.preflight,
      message: 'the engine does not answer',
    });
  });

  it('are closed where a flag is wrong', async () => {
    const { open, closed } = engines({ two: usageError('context-unknown', 'no context two') });
    await expect(openHosts(HOSTS, { engine: NAMED }, {}, open)).rejects.toMatchObject({
      exit: EXIT.usage,
      message: 'no context two',
    });
    expect(closed).toEqual(['ssh://root@n1', 'tcp://[fd00::3]:2376']);
  });

  it.each([
    [{ engine: [] }, '3 hosts, and no engine is named'],
    [{ engine: ['n9=x'] }, '--engine n9=x: not HOST=URL'],
    [{ engine: NAMED, host: 'unix:///x' }, 'both name engines'],
    [{ engine: [...NAMED, 'n2=other'] }, '--engine n2=other: an engine of n2 is named already'],
  ])('refuses %j', async (flags, message) => {
    await expect(openHosts(HOSTS, flags, {}, engines().open)).rejects.toMatchObject({
      exit: EXIT.usage,
      message: expect.stringContaining(message) as string,
    });
  });
});
