import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { down, up } from '../../scripts/lab/lab.ts';
import { kinds } from '../../secrets/index.ts';
import { systemSource } from '../../src/io/system.ts';
import type { JsonReport } from '../../src/verify/report/json.ts';
import { Cluster, unsupported } from '../support/cluster.ts';
import { labId } from '../support/lab-id.ts';
import type { LaneImages } from '../support/lane-lab.ts';
import { openBut } from '../support/lost-stream.ts';
import { testEngine } from '../support/test-engine.ts';
import { LIES_OF_THE_MANAGER, liesOfAgents, type Lie } from './lies.ts';

const LAB = labId('lies');
const say = (line: string): boolean => process.stderr.write(`lies: ${line}\n`);

/**
 * What is claimed and not so: verify catches it, by the check that the table in lies.ts names, and calls nothing else
 * failed. One healthy cluster, spoilt and mended.
 */
describe.skipIf(unsupported !== undefined)('verify is not fooled', () => {
  let cluster: Cluster;
  let images: LaneImages;
  const foreign = { token: 'lies_other-token', certificate: 'lies_other-certificate' };

  beforeAll(async () => {
    // Of its own: a node that was cut off may have lost its log stream for good.
    const lab = await up({ id: LAB, engine: testEngine(), hosts: 4, log: say });
    images = await buildImages(lab, { only: ['manager', 'agent', 'mysql', 'zookeeper'], log: say });
    cluster = await Cluster.make('lies', { lab, images });
    const five = {
      'agents.data.replicas': '3',
      'agents.data.nodes': '[node2,node4,node2]',
      'deepStorage.type': 's3',
      'deepStorage.path': 's3://bucket/prefix',
    };
    expect((await cluster.init('node2', five)).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    const other = await kinds.certificateAuthority.generate?.(
      { subject: 'another CA', keyBits: 2048, days: 10 },
      systemSource,
    );
    await cluster.docker(['secret', 'create', foreign.token, '-'], { input: randomBytes(32).toString('hex') });
    await cluster.docker(['secret', 'create', foreign.certificate, '-'], {
      input: other?.['certificate']?.toString() ?? '',
    });
  });
  afterAll(() => down(LAB));

  const spoil = (service: string, update: string[]) => cluster.replaceTasks(service, update);
  /** Without a look at what becomes of it. */
  const spoilOnly = (service: string, update: string[]) =>
    cluster.docker(['service', 'update', '--detach', '--quiet', ...update, `lies_${service}`]);
  // The next test verifies what it needs; that agents go in turn is shown in rolling.test.ts.
  const mend = async () => {
    const mended = await cluster.run(['deploy', '--yes', '--at-once', '--no-verify']);
    expect(mended.code, mended.all).toBe(0);
  };
  /** The JSON report, and the checks in it that did not pass, as `service check`. */
  const verify = async (...args: string[]) => {
    const { code, stdout, all } = await cluster.run(['verify', '--json', ...args]);
    const report: JsonReport = JSON.parse(stdout);
    const failed = report.results.filter(({ status }) => status === 'failed');
    return { code, all, report, failed, names: failed.map(({ service, check }) => `${service} ${check}`).sort() };
  };
  const namesOf = (lies: readonly Lie[]) =>
    lies.flatMap(({ service, caughtBy }) => caughtBy.map((check) => `${service} ${check}`)).sort();

  it.each(LIES_OF_THE_MANAGER)('the manager: $lie', async (lie) => {
    await spoil(lie.service, lie.update);
    // The faults are all at once, and a status other than 200 may be a server that starts: nothing is gained by waiting
    // for it.
    const { code, names, failed, all } = await verify('--timeout', '75s');
    expect(code, all).toBe(5);
    expect(names).toEqual(namesOf([lie]));
    expect(failed.find(({ check }) => check === lie.caughtBy[0])?.detail).toMatch(lie.says);
  });

  it('agents: another token, another CA, no TLS in one of five, the CA’s key, the lines of an older task', async () => {
    await spoilOnly('imply-manager', ['--env-rm', 'SIMULATOR_FAULTS']);
    const lies = liesOfAgents('lies', foreign, images.mysql);
    await Promise.all(lies.map(({ service, update }) => spoil(service, update)));
    const { code, names, failed, all } = await verify('--timeout', '75s');
    expect(code, all).toBe(5);
    expect(names).toEqual(namesOf(lies));
    for (const { service, caughtBy, says } of lies)
      expect(failed.find((one) => one.service === service && one.check === caughtBy[0])?.detail).toMatch(says);
    const logs = await cluster.docker(['service', 'logs', '--raw', 'lies_imply-query-1']);
    expect(logs.stdout + logs.stderr, 'an older task said so').toContain('TLS: Enabled');
    await mend();
  });

  it('a task that is not there, and agents that dial a name which the certificate does not have', async () => {
    await Promise.all([
      cluster.docker(['service', 'scale', '--detach=false', 'lies_imply-query-1=0']),
      spoil('imply-master-1', ['--env-add', 'IMPLY_MANAGER_HOST=tasks.imply-manager']),
    ]);
    const { code, names, failed, all } = await verify('--timeout', '90s');
    expect(code, all).toBe(5);
    expect(names).toEqual(['imply-manager https', 'imply-query-1 tasks']);
    expect(failed.find(({ check }) => check === 'tasks')?.detail).toContain('0 of 1 tasks: the service is scaled to 0');
    expect(failed.find(({ check }) => check === 'https')?.detail).toContain(
      'it does not name tasks.imply-manager, which is what clients dial',
    );
    await mend();
  });

  it('two tasks that say one line each are not one that says both', async () => {
    const says =
      `-c 'trap "exit 0" TERM; if mkdir /mnt/var/first; then echo TLS: Enabled; sleep 9; exit 1; fi; echo ` +
      `Authentication: Enabled; sleep 3600 & wait'`;
    await spoilOnly('imply-data-1', ['--image', images.mysql, '--user', 'root', '--entrypoint', 'sh', '--args', says]);
    // It looks at the first task, which waits for the second line, and is gone before that comes.
    const { code, names, report, all } = await verify(
      '--timeout',
      '90s',
      '--only',
      'imply-data-1',
      '--only',
      'TLS',
      '--only',
      'Authentication',
    );
    expect(code, all).toBe(5);
    expect(names).toEqual(['imply-data-1 TLS']);
    expect(report.results.find(({ check }) => check === 'Authentication')?.status).toBe('passed');
    const logs = await cluster.docker(['service', 'logs', '--raw', 'lies_imply-data-1']);
    expect(logs.stdout + logs.stderr, 'taken together they would be enough').toMatch(
      /TLS: Enabled[^]*Authentication: Enabled|Authentication: Enabled[^]*TLS: Enabled/,
    );
  });

  it('what starts slowly, splits its lines, colours them or writes them elsewhere is not called failed', async () => {
    await cluster.docker(['service', 'rollback', '--detach=true', 'lies_imply-data-1']);
    const styles: [string, Record<string, string>][] = [
      ['imply-manager', { SIMULATOR_SERVE_DELAY: '12', SIMULATOR_LOG_STYLE: 'json', SIMULATOR_SPLIT_LINES: '1' }],
      ['imply-master-1', { SIMULATOR_START_DELAY: '8', SIMULATOR_LOG_STYLE: 'ansi', SIMULATOR_LOG_STREAM: 'stderr' }],
      ['imply-query-1', { SIMULATOR_SPLIT_LINES: '1', SIMULATOR_LOG_STYLE: 'syslog', SIMULATOR_LOG_STREAM: 'stderr' }],
      ['imply-data-3', { SIMULATOR_NOISE_LINES: '20000', SIMULATOR_NOISE_BYTES: '200', SIMULATOR_LOG_STYLE: 'plain' }],
    ];
    await Promise.all(
      styles.map(([service, env]) =>
        spoilOnly(
          service,
          Object.entries(env).flatMap(([key, value]) => ['--env-add', `${key}=${value}`]),
        ),
      ),
    );
    const { code, report, all } = await verify('--timeout', '4m');
    expect(code, all).toBe(0);
    const manager = report.results.find(({ check }) => check === 'https');
    expect(manager).toMatchObject({
      status: 'passed',
      certificate: { issuer: 'CN=lies Imply CA', names: expect.arrayContaining(['imply-manager']) },
    });
    expect(manager?.certificate?.daysLeft).toBeGreaterThan(300);
    await mend();
  });

  it('a node that is cut off is never a pass', async () => {
    await cluster.lab.cut('node4');
    try {
      const { code, report, all } = await verify('--timeout', '15s', '--only', 'imply-data-2');
      expect([5, 7], all).toContain(code);
      expect(
        report.results.some(
          ({ service, status }) => service === 'imply-data-2' && (status === 'unsure' || status === 'failed'),
        ),
      ).toBe(true);
    } finally {
      await cluster.lab.heal('node4');
    }
    // Swarm calls the node ready, stops what it made in its place, and agents find the manager again: on a busy machine
    // that takes its time.
    await expect
      .poll(
        async () => {
          const { all, report } = await verify('--timeout', '90s');
          const open = openBut('node4', report.results);
          const runs = report.results.some(
            ({ node, check, status }) => node === 'node4' && check === 'running' && status === 'passed',
          );
          return runs && open.length === 0 ? '' : all;
        },
        { timeout: 600_000 },
      )
      .toBe('');
  });
});
