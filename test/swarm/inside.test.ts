import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { AGENT_LIST } from '../../scripts/images/simulator/agent-list.ts';
import { issueIdentity } from '../../scripts/images/simulator/manager/certificates.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { kinds } from '../../secrets/index.ts';
import { systemSource } from '../../src/io/system.ts';
import { Cluster, images, unsupported, variant } from '../support/cluster.ts';

interface Row {
  service: string;
  check: string;
  status: string;
  detail: string;
}

/**
 * Ports that are not published are asked by a job in the stack's network; what it must hide stays hidden, and it is
 * always taken away.
 */
describe.skipIf(unsupported !== undefined)('verify from inside the stack’s network', () => {
  let cluster: Cluster;
  let probe: string;
  let answers: string;

  beforeAll(async () => {
    cluster = await Cluster.make('inner');
    ({ probe } = await buildImages(cluster.lab, { only: ['probe'] }));
    const initialised = await cluster.init('node2', { 'verify.probeImage': probe, ...AGENT_LIST });
    expect(initialised.code, initialised.all).toBe(0);
    answers = await cluster.read('bundle.yaml');
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
  });
  afterAll(async () => {
    await cluster.remove();
  });

  const verify = async (code: number, ...args: string[]): Promise<Row[]> => {
    const verified = await cluster.run(['verify', '--json', ...args]);
    expect(verified.code, verified.all).toBe(code);
    return (JSON.parse(verified.stdout) as { results: Row[] }).results;
  };
  const rowOf = (rows: Row[], service: string, check: string): Row | undefined =>
    rows.find((row) => row.service === service && row.check === check);
  const mend = async () => {
    const mended = await cluster.run(['deploy', '--yes', '--at-once', '--no-verify']);
    expect(mended.code, mended.all).toBe(0);
  };
  const update = (service: string, ...args: string[]) => cluster.replaceTasks(service, args);
  const change = async (edit: (text: string) => string) => writeFile(join(cluster.dir, 'bundle.yaml'), edit(answers));
  const jobs = async (): Promise<string[]> =>
    (await cluster.docker(['service', 'ls', '-q', '--filter', 'label=bundle.kind=verify-probe'])).stdout
      .split('\n')
      .filter(Boolean);
  const jobThatRuns = async (): Promise<string> => {
    for (const until = performance.now() + 180_000; performance.now() < until; await pause(100)) {
      const [job] = await jobs();
      if (job === undefined) continue;
      const { stdout } = await cluster.docker(['service', 'ps', '--format', '{{.CurrentState}}', job], {
        check: false,
      });
      if (stdout.startsWith('Running')) return job;
    }
    throw new Error('no probe ran within three minutes');
  };
  /** A port that nobody opens: the probe asks it again for as long as it may. */
  const withSlowCheck = () =>
    change((text) =>
      text.replace(/^verify:$/m, 'verify:\n  expectations: [{ service: imply-data-1, name: never, tcp: { port: 1 } }]'),
    );

  it('all of a healthy cluster passes, and no job stays', async () => {
    const rows = await verify(0);
    for (const check of ['https', 'health', 'api-tls', 'api-token'])
      expect(rowOf(rows, 'imply-manager', check)?.status, check).toBe('passed');
    expect(rowOf(rows, 'imply-manager', 'api-tls')?.detail).toMatch(
      /imply-manager, for .*issued by CN=inner Imply CA.*plain HTTP refused/,
    );
    expect(rowOf(rows, 'imply-manager', 'api-token')?.detail).toBe(
      'with the token 200, with a wrong one 401, without 401',
    );
    for (const agent of ['imply-master-1', 'imply-query-1', 'imply-data-1']) {
      expect(rowOf(rows, agent, 'registered')?.detail).toBe(`imply-manager says of ${agent}: registered`);
      expect(rowOf(rows, agent, 'health')?.detail).toBe('HTTP 200');
    }
    expect(rowOf(rows, 'inner', 'foreign-mounts')?.status).toBe('passed');
    expect(await jobs()).toEqual([]);
  });

  it('what opens once the cluster is started is not run before, and asked then', async () => {
    const users = ['router-not-plain', 'pivot-not-plain'];
    const before = await verify(0);
    for (const check of users)
      expect(rowOf(before, 'imply-query-1', check)).toMatchObject({
        status: 'not-run',
        detail: expect.stringMatching(
          /^closed until a person has started the cluster default \(Manage → Start\)(, or its servers are still starting: verify again)?$/,
        ) as string,
      });
    await update('imply-manager', '--env-add', 'SIMULATOR_CLUSTER_STATE=RUNNING');
    await poll('the query agent opens its ports', 180_000, async () => {
      const { stdout, stderr } = await cluster.docker(['service', 'logs', '--raw', 'inner_imply-query-1']);
      return (stdout + stderr).includes('cluster is running') ? true : undefined;
    });
    const rows = await verify(0, ...users.flatMap((check) => ['--only', check]));
    for (const check of users)
      expect(rowOf(rows, 'imply-query-1', check)).toMatchObject({
        status: 'passed',
        detail: expect.stringMatching(
          /:\d+: TLSv1\.3; whose certificate it shows is not looked at, plain HTTP refused$/,
        ) as string,
      });
    await mend();
  });

  it('without an image it does not ask, says so, and fails for nothing', async () => {
    await change((text) => text.replace(/^verify:\n(?: .*\n)+/m, ''));
    const rows = await verify(0);
    for (const [service, check] of [
      ['imply-manager', 'api-tls'],
      ['imply-manager', 'api-token'],
      ['imply-data-1', 'registered'],
    ] as const) {
      expect(rowOf(rows, service, check)).toMatchObject({
        status: 'not-run',
        detail: expect.stringContaining('with verify.probeImage in bundle.yaml it is asked inside') as string,
      });
    }
    await change((text) => text);
  });

  it('an image without curl, or none at all, tells nothing: not passed, not failed', async () => {
    await change((text) => text.replace(probe, images.zookeeper));
    expect(rowOf(await verify(7, '--only', 'api-token'), 'imply-manager', 'api-token')?.detail).toContain(
      'the probe image has no curl that runs',
    );
    await change((text) => text.replace(probe, `${probe}-none`));
    expect(
      rowOf(await verify(7, '--only', 'api-token', '--timeout', '90s'), 'imply-manager', 'api-token')?.detail,
    ).toMatch(/did not end well: .*No such image/);
    await change((text) => text);
    expect(await jobs()).toEqual([]);
  });

  it('a manager that lets everybody in fails', async () => {
    await update(
      'imply-manager',
      '--image',
      await variant(cluster.lab, images.manager, 'inside-anyone', { SIMULATOR_FAULTS: 'accept-any-token' }),
    );
    const row = rowOf(await verify(5, '--only', 'api-token'), 'imply-manager', 'api-token');
    expect(row).toMatchObject({
      status: 'failed',
      // Followed by the last lines of its log.
      detail: expect.stringMatching(
        /^it lets in a wrong token and no token at all: with the token 200, with a wrong one 200, without 200(;|$)/,
      ) as string,
    });
  });

  it('the token goes to no server but one that proves its name under the CA', async () => {
    const token = (await cluster.read('secrets/imply-auth-token')).trim();
    const seen = async () => (await cluster.docker(['service', 'logs', '--raw', 'inner_imply-manager'])).stdout;
    const stranger = await kinds.certificateAuthority.generate?.(
      { subject: 'inner Imply CA', keyBits: 2048, days: 10 },
      systemSource,
    );
    await update(
      'imply-manager',
      ...fakeManager(images.manager, await issueIdentity(pemOf(stranger), ['imply-manager'])),
    );
    const rows = await verify(5, '--only', 'imply-manager', '--only', 'api-tls', '--only', 'api-token');
    expect(rowOf(rows, 'imply-manager', 'api-tls')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('it was not issued by the bundle’s CA') as string,
    });
    expect(rowOf(rows, 'imply-manager', 'api-token')).toMatchObject({
      status: 'unsure',
      detail: expect.stringContaining('a token is not sent') as string,
    });
    const before = await seen();
    expect(before, 'the handshake alone').toContain('asked HEAD undefined');
    expect(before).not.toContain('asked POST');

    // The same server with a certificate of the CA is told everything: so it would have shown it.
    const own = pemOf({
      certificate: await readFile(join(cluster.dir, 'secrets/imply-ca.crt')),
      key: await readFile(join(cluster.dir, 'secrets/imply-ca.key')),
    });
    await update('imply-manager', ...fakeManager(images.manager, await issueIdentity(own, ['imply-manager'])));
    expect(rowOf(await verify(5, '--only', 'api-token'), 'imply-manager', 'api-token')?.detail).toContain('it lets in');
    expect(await seen()).toContain(`asked POST Basic ${Buffer.from(`imply:${token}`).toString('base64')}`);
    await mend();
  });

  it('agents with another token, or another CA, are not known to the manager', async () => {
    const stranger = await kinds.certificateAuthority.generate?.(
      { subject: 'inner Imply CA', keyBits: 2048, days: 10 },
      systemSource,
    );
    const others = {
      'imply-data-1': ['imply-auth-token', randomBytes(32).toString('hex')],
      'imply-master-1': ['imply-ca.crt', stranger?.['certificate']?.toString() ?? ''],
    } as const;
    await Promise.all(
      Object.entries(others).map(async ([agent, [file, content]]) => {
        await cluster.docker(['secret', 'create', `other-${file}`, '-'], { input: content });
        await update(agent, '--secret-rm', `inner_${file}.v1`, '--secret-add', `source=other-${file},target=${file}`);
      }),
    );
    const rows = await verify(5, '--only', 'registered', '--timeout', '2m');
    for (const agent of Object.keys(others)) {
      expect(rowOf(rows, agent, 'registered')?.status, agent).toBe('failed');
      expect(rowOf(rows, agent, 'registered')?.detail).toMatch(
        /^imply-manager (says of [^;\s]+: lost|does not know [^;\s]+)(;|$)/,
      );
    }
    expect(rowOf(rows, 'imply-query-1', 'registered')?.status).toBe('passed');
    await mend();
    await cluster.docker(['secret', 'rm', ...Object.values(others).map(([file]) => `other-${file}`)]);
  });

  it('the token is in no log, argument, environment or spec while a probe runs; Ctrl-C takes the probe away', async () => {
    await withSlowCheck();
    const token = (await cluster.read('secrets/imply-auth-token')).trim();
    const forms = [token, Buffer.from(token).toString('base64'), Buffer.from(`imply:${token}`).toString('base64')];
    // What was seen is not kept: over a while it is more than a string can hold.
    let leaked = '';
    let sawCurl = false;
    const sampler = setInterval(() => {
      const processes = everyProcess();
      sawCurl ||= processes.includes('--cacert');
      leaked ||= processes.split('\n').find((line) => forms.some((form) => line.includes(form))) ?? '';
    }, 15);
    onTestFinished(() => clearInterval(sampler));
    const stop = new AbortController();
    const verified = cluster.run(['verify'], { signal: stop.signal });
    const job = await jobThatRuns();
    // The token's turn is over when its port has answered.
    let logs = '';
    for (
      const until = performance.now() + 120_000;
      !logs.includes('right 0 200') && performance.now() < until;
      await pause(100)
    )
      logs = (await cluster.docker(['service', 'logs', '--raw', job])).stdout;
    const ids = (await cluster.docker(['service', 'ps', '-q', '--no-trunc', job])).stdout.split('\n').filter(Boolean);
    const specs =
      (await cluster.docker(['service', 'inspect', job])).stdout + (await cluster.docker(['inspect', ...ids])).stdout;
    stop.abort();
    const { code, all } = await verified;
    clearInterval(sampler);

    expect(code).toBe(130);
    expect(await jobs()).toEqual([]);
    expect(logs).toContain('right 0 200');
    expect(specs).toContain('inner_imply-auth-token.v1');
    expect(sawCurl).toBe(true);
    for (const [what, text] of Object.entries({ all, logs, specs, leaked }))
      for (const form of forms) expect(text.includes(form), what).toBe(false);
    await change((text) => text);
  });

  it('what a killed run left goes with the next one; another operator’s probe stays until its time is over', async () => {
    await withSlowCheck();
    const kill = new AbortController();
    const killed = cluster.run(['verify'], { signal: kill.signal, kill: 'SIGKILL' });
    const left = await jobThatRuns();
    kill.abort();
    await killed;
    expect(await jobs()).toEqual([left]);
    await change((text) => text);

    const another = async (name: string, until: number) => {
      const labels = {
        'bundle.stack': 'inner',
        'bundle.kind': 'verify-probe',
        'bundle.job.host': 'elsewhere',
        'bundle.job.boot': 'x',
        'bundle.job.pid': '1',
        'bundle.job.until': new Date(until).toISOString(),
      };
      const { stdout } = await cluster.docker([
        'service',
        'create',
        '--detach',
        '--name',
        name,
        '--mode',
        'replicated-job',
        '--restart-condition',
        'none',
        ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
        '--secret',
        'inner_imply-auth-token.v1',
        probe,
        'sleep',
        '600',
      ]);
      return stdout.trim();
    };
    const young = await another('another-young', Date.now() + 600_000);
    const old = await another('another-old', Date.now() - 600_000);
    await verify(0);
    const now = await jobs();
    expect(now).toEqual([young.slice(0, 12)]);
    expect(now).not.toContain(old.slice(0, 12));
  });

  it('a service of somebody else that mounts a secret of the bundle fails', async () => {
    await cluster.docker([
      'service',
      'create',
      '--detach',
      '--name',
      'spy',
      '--secret',
      'source=inner_imply-ca.key.v1,target=harmless',
      probe,
      'sleep',
      '600',
    ]);
    expect(rowOf(await verify(5), 'spy', 'foreign-mounts')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('mounts inner_imply-ca.key.v1 of inner') as string,
    });
    await cluster.docker(['service', 'rm', 'spy']);
    await verify(0, '--only', 'foreign-mounts');
  });

  it('destroy takes probes away that are left', async () => {
    expect(await jobs()).toHaveLength(1);
    const destroyed = await cluster.run(['destroy', '--yes', '--volumes']);
    expect(destroyed.code, destroyed.all).toBe(0);
    expect(destroyed.stderr).toContain('remove job another-young');
    expect(await jobs()).toEqual([]);
  });
});

/** Arguments of `docker service update` for a server in the manager's place that tells whom it let in with what. */
function fakeManager(image: string, identity: { cert: string; key: string }): string[] {
  const program = [
    'const { cert, key } = JSON.parse(Buffer.from(process.env.IDENTITY, "base64"))',
    'const tell = (q, r) => { console.log("asked", q.method, q.headers.authorization); r.end() }',
    'for (const port of [9097, 9989]) require("https").createServer({ cert, key }, tell).listen(port)',
    'process.on("SIGTERM", () => process.exit())',
  ].join(';');
  return [
    '--image',
    image,
    '--env-add',
    `IDENTITY=${Buffer.from(JSON.stringify(identity)).toString('base64')}`,
    '--entrypoint',
    'node',
    '--args',
    `-e '${program}'`,
  ];
}

function pemOf(material: Record<string, Buffer> | undefined): { certificatePem: string; keyPem: string } {
  return { certificatePem: material?.['certificate']?.toString() ?? '', keyPem: material?.['key']?.toString() ?? '' };
}

/** Arguments and environment of all processes of this machine, those in the lab's containers too. */
function everyProcess(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
      } catch {
        // It has ended.
        return '';
      }
    })
    .join('\n');
}
