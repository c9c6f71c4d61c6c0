import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Container } from '../../../src/engine/port.ts';
import { forgetHosts, formerHosts, untoldHosts } from '../../../src/run-target/former-hosts.ts';
import type { LastRead } from '../../../src/run-target/host-containers.ts';
import { saveRunSettings } from '../../../src/run-target/settings.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { containerOf } from './support.ts';

const clock = new VirtualClock();
const settings = { network: 'bridge' as const, addresses: {}, hosts: ['n1'], former: ['n2', 'n3'], services: [] };
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

const read = (...containers: Container[]): LastRead => ({ containers, silent: false });
const engineOf = (hosts: Record<string, LastRead>) => ({ lastOf: (host: string) => hosts[host] });

async function forget(hosts: Record<string, LastRead>, prepare?: (dir: string) => void) {
  const dir = mkdtempSync(join(tmpdir(), 'bundle-former-'));
  dirs.push(dir);
  await saveRunSettings(dir, settings);
  prepare?.(dir);
  const lines: string[] = [];
  const said = { dir, shown: 'prod/run' };
  await forgetHosts({ engine: engineOf(hosts), former: settings.former }, said, (line) => lines.push(line));
  const { former } = JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')) as { former: string[] };
  return { former, lines };
}

describe('hosts that lost their last service', () => {
  it('are those of every rendering before, as long as none places something on them', () => {
    expect(formerHosts(undefined, ['n1'])).toEqual([]);
    expect(formerHosts({ ...settings, hosts: ['n1', 'n4'] }, ['n1', 'n3'])).toEqual(['n2', 'n4']);
  });

  it('are forgotten once no container of a service is left, and not before', async () => {
    const job = containerOf(clock, 'a', { labels: { 'bundle.stack': 'prod', 'bundle.kind': 'verify-probe' } });
    expect(await forget({ n2: read(job), n3: read(containerOf(clock, 'a')) })).toEqual({
      former: ['n3'],
      lines: ['note: nothing is left on n2: no longer among "former" in prod/run/run.json'],
    });
    expect(await forget({ n2: read(containerOf(clock, 'a', { status: 'exited' })) })).toEqual({
      former: ['n2', 'n3'],
      lines: ['note: nothing runs on n2 any more, but ended containers are left there: docker rm prod_a'],
    });
    expect(await forget({ n2: { containers: [], silent: true } })).toEqual({ former: ['n2', 'n3'], lines: [] });
  });

  it('are no error if that cannot be noted', async () => {
    const { lines } = await forget({ n2: read() }, (dir) => writeFileSync(join(dir, 'run.json'), '{"former":[0]}'));
    expect(lines).toEqual([
      expect.stringMatching(/^warning: that nothing is left on n2 is not noted: .*run\.json is not/),
    ]);
  });

  it('could not be told of if their engine goes silent', () => {
    const engine = engineOf({ n2: { containers: [], silent: true }, n3: read() });
    const about = { stack: 'prod', former: ['n2', 'n3'], settings, engine, failed: new Map<string, string>() };
    expect(untoldHosts(about, 'prod/run')).toMatchObject([
      { node: 'n2', status: 'unsure', detail: expect.stringContaining('the engine of n2 gives no answer') as string },
    ]);
  });
});
