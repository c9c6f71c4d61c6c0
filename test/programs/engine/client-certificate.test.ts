import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { resolveEngine } from '../../../src/engine/address.ts';
import { connect } from '../../../src/engine/docker.ts';
import { leafOf, requested } from '../../unit/secrets/material.ts';
import { workplace } from '../../unit/init/support.ts';

const [theirs, ours] = [requested(), requested({ cn: 'other' })];

/** The port that OpenSSL's server chose, once it listens: it says so in a line after others. */
function listening({ stdout }: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  let said = '';
  return new Promise((resolve) => {
    stdout.setEncoding('utf8').on('data', (text: string) => {
      const [, port] = /^ACCEPT .*:(\d+)$/m.exec((said += text)) ?? [];
      if (port !== undefined && said.endsWith('\n')) resolve(port);
    });
  });
}

/** What a user reads of an engine that asks for certificates of `theirs`, and is shown this one. */
async function refused(version: string, shown: { certificate: string; key: string } | undefined) {
  const dir = workplace();
  const server = leafOf(theirs, 'localhost');
  const files = { 'ca.pem': theirs.certificate, 'server.pem': server.certificate, 'server.key': server.key };
  const own = shown && { 'cert.pem': shown.certificate, 'key.pem': shown.key };
  for (const [name, content] of Object.entries({ ...files, ...own })) writeFileSync(join(dir, name), content);
  const given = ['-cert', 'server.pem', '-key', 'server.key', '-CAfile', 'ca.pem', '-Verify', '1'];
  const program = spawn('openssl', ['s_server', '-accept', '0', version, '-www', '-verify_return_error', ...given], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void program.kill());
  const port = await listening(program);
  const env = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: dir };
  return connect(await resolveEngine({ host: `tcp://localhost:${port}`, env })).then(
    () => undefined,
    (error: unknown) => error,
  );
}

it.each(['-tls1_2', '-tls1_3'])('of another CA: the file is named, why, and what to do (%s)', async (version) => {
  expect(await refused(version, leafOf(ours, 'client'))).toMatchObject({
    code: 'engine-unreachable',
    message: expect.stringMatching(
      /at tcp:\/\/localhost:\d+ \(from .*\): it refuses our client certificate \(cert\.pem\): a CA that it does not know/,
    ),
    hints: [expect.stringMatching(/--tlscacert signed: put such a cert\.pem .*docker context update/)],
  });
});

it('none at all', async () => {
  expect(await refused('-tls1_3', undefined)).toMatchObject({
    message: expect.stringContaining('it asks for a client certificate, and none was shown'),
    hints: [expect.stringContaining('--tlscacert')],
  });
});

it('a version of TLS that it does not speak is not taken for an engine without TLS', async () => {
  expect(await refused('-tls1_1', undefined)).toMatchObject({
    message: expect.not.stringContaining('does not speak TLS'),
    hints: [expect.not.stringContaining('unset DOCKER_TLS_VERIFY')],
  });
});
