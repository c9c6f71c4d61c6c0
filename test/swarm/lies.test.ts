import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, images, unsupported } from '../support/cluster.ts';

/** What a task says and is not so: verify catches it. One healthy cluster, spoilt and mended. */
describe.skipIf(unsupported !== undefined)('verify is not fooled', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.make('lies');
    expect((await cluster.init('node2')).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
  });
  afterAll(async () => {
    await cluster.remove();
  });

  const mend = async () => {
    const mended = await cluster.run(['deploy', '--yes']);
    expect(mended.code, mended.all).toBe(0);
  };
  const swapSecret = async (file: string) => {
    await cluster.docker(['secret', 'create', `lies_other-${file}`, '-'], { input: file === 'imply-ca.crt' ? await otherCertificate() : randomBytes(32).toString('hex') });
    await cluster.docker(['service', 'update', '--detach=false', '--secret-rm', `lies_${file}.v1`, '--secret-add', `source=lies_other-${file},target=${file}`, 'lies_imply-data-1']);
  };
  const otherCertificate = async () => {
    const { kinds } = await import('../../secrets/index.ts');
    const { systemSource } = await import('../../src/io/system.ts');
    const made = await kinds.certificateAuthority.generate?.({ subject: 'another CA', keyBits: 2048, days: 10 }, systemSource);
    return made?.['certificate']?.toString() ?? '';
  };

  it.each(['imply-auth-token', 'imply-ca.crt'])('an agent with another %s prints both lines and fails', async (file) => {
    await swapSecret(file);
    const verified = await cluster.run(['verify']);
    expect(verified.code, verified.all).toBe(5);
    expect(verified.stdout).toContain(`mounts lies_other-${file}`);
    const logs = await cluster.docker(['service', 'logs', '--raw', 'lies_imply-data-1']);
    expect(logs.stdout + logs.stderr, 'it says so all the same').toContain('TLS: Enabled');
    await mend();
    await cluster.docker(['secret', 'rm', `lies_other-${file}`]);
  });

  it('an agent that mounts the CA’s key fails', async () => {
    await cluster.docker(['service', 'update', '--detach=false', '--secret-add', 'source=lies_imply-ca.key.v1,target=imply-ca.key', 'lies_imply-master-1']);
    const verified = await cluster.run(['verify']);
    expect(verified.code, verified.all).toBe(5);
    expect(verified.stdout).toContain('mounts lies_imply-ca.key.v1, which no task of this service may have');
    await mend();
  });

  it('a line of an older task does not count', async () => {
    const before = await cluster.docker(['service', 'logs', '--raw', 'lies_imply-query-1']);
    expect(before.stdout + before.stderr).toContain('TLS: Enabled');
    // A program that never says it, under the same service and with the same secrets: only the old task's log holds the line.
    await cluster.docker(['service', 'update', '--detach=false', '--image', images.mysql, '--entrypoint', 'sh', '--args', `-c 'trap "exit 0" TERM; sleep 3600 & wait'`, 'lies_imply-query-1']);
    const verified = await cluster.run(['verify', '--timeout', '8s']);
    expect(verified.code, verified.all).toBe(5);
    expect(verified.stdout).toMatch(/imply-query-1.*FAILED/);
    await mend();
  });

  it('a task that is not there fails', async () => {
    await cluster.docker(['service', 'scale', '--detach=false', 'lies_imply-query-1=0']);
    const verified = await cluster.run(['verify', '--timeout', '20s']);
    expect(verified.code, verified.all).toBe(5);
    expect(verified.stdout).toContain('0 of 1 tasks: somebody scaled the service to 0');
    await mend();
  });
});
