import { writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, unsupported } from '../support/cluster.ts';

/** TLS and authentication each off, and material of the user's own. */
describe.skipIf(unsupported !== undefined)('switches and own material', () => {
  const clusters: Cluster[] = [];
  const make = async (name: string) => {
    const cluster = await Cluster.make(name);
    clusters.push(cluster);
    return cluster;
  };
  let pki: string;

  beforeAll(async () => {
    pki = (await Cluster.make('pki')).parent;
    execFileSync('openssl', ['req', '-x509', '-new', '-nodes', '-newkey', 'rsa:2048', '-subj', '/CN=own CA', '-days', '30', '-keyout', join(pki, 'ca.key'), '-out', join(pki, 'ca.crt')], { stdio: 'ignore' });
    await writeFile(join(pki, 'token'), 'a-token-of-my-own-0123456789\r\n');
  });
  afterAll(async () => {
    await Promise.all(clusters.map((cluster) => cluster.remove()));
  });

  const checksOf = (stdout: string) => new Set((JSON.parse(stdout) as { results: { check: string }[] }).results.map((result) => result.check));

  it('TLS off: authentication alone, which the bundle must accept in plain words', async () => {
    const cluster = await make('notls');
    const refused = await cluster.init('node1', { 'tls.enabled': 'false' });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('allowClearText');
    expect((await cluster.init('node1', { 'tls.enabled': 'false', 'authentication.allowClearText': 'true' })).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    const verified = await cluster.run(['verify', '--json']);
    expect(verified.code, verified.all).toBe(0);
    expect(checksOf(verified.stdout)).toContain('Authentication');
    expect(checksOf(verified.stdout)).not.toContain('TLS');
    const logs = await cluster.docker(['service', 'logs', '--raw', 'notls_imply-manager']);
    expect(logs.stdout + logs.stderr).not.toContain('TLS: Enabled');
  });

  it('authentication off: TLS alone', async () => {
    const cluster = await make('noauth');
    expect((await cluster.init('node2', { 'authentication.enabled': 'false' })).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    const verified = await cluster.run(['verify', '--json']);
    expect(checksOf(verified.stdout)).toContain('TLS');
    expect(checksOf(verified.stdout)).not.toContain('Authentication');
    expect((await cluster.docker(['secret', 'ls', '--format', '{{.Name}}'])).stdout).not.toContain('noauth_imply-auth-token');
  });

  it('own CA and own token from files', async () => {
    const cluster = await make('own');
    const made = await cluster.init('node3', {
      'tls.ca': 'files', 'secretFiles.caCertificate': join(pki, 'ca.crt'), 'secretFiles.caKey': join(pki, 'ca.key'),
      'authentication.token': 'file', 'secretFiles.authToken': join(pki, 'token'),
    });
    expect(made.code, made.all).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    expect(deployed.stdout).toMatch(/imply-data-1 .*ok +ok/);
  });

  it('the vendor page’s mistake, the certificate stored as the key, is refused before anything is sent', async () => {
    const cluster = await Cluster.make('swap');
    const refused = await cluster.init('node1', { 'tls.ca': 'files', 'secretFiles.caCertificate': join(pki, 'ca.crt'), 'secretFiles.caKey': join(pki, 'ca.crt') }, []);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain('holds a certificate, not a private key');
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=swap'])).stdout).toBe('');

    // The same mistake made later, in the bundle's own secrets/.
    expect((await cluster.init('node1')).code).toBe(0);
    await writeFile(join(cluster.dir, 'secrets/imply-ca.key'), await cluster.read('secrets/imply-ca.crt'));
    const checked = await cluster.run(['deploy', '--yes']);
    expect(checked.code, checked.all).toBe(3);
    expect(checked.all).toContain('holds a certificate, not a private key');
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=swap'])).stdout).toBe('');
  });
});
