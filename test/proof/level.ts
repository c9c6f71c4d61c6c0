import type { ProgramExpectation } from '../../src/sdk/definition.ts';

/**
 * A kind of check that no other stack has: a front is dialled from the stack's network, must present the very
 * certificate that it mounts, and must answer with the level of the answers. A program asks, in the front's own image
 * and with its secret.
 */
export const levelCheck = (front: string, level: number): ProgramExpectation => ({
  name: 'level',
  seen: `answers level ${level}, with the certificate that it mounts`,
  remedy: 'put the level of the answers back: `bundle deploy`',
  network: 'proof',
  command: ['/usr/local/bin/node', '-e', ask(front)],
  secrets: ['front.crt'],
  timeoutSeconds: 30,
  judge: (lines) => {
    const said = (word: string): string | undefined =>
      lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
    const [certificate, answered] = [said('certificate'), Number(said('level') ?? NaN)];
    if (certificate === undefined || Number.isNaN(answered)) return { status: 'failed', detail: 'does not answer' };
    if (certificate !== 'own') return { status: 'failed', detail: 'presents another certificate than it mounts' };
    return answered === level
      ? { status: 'passed', detail: `answers level ${level}` }
      : { status: 'failed', detail: `answers level ${answered}, and not ${level}` };
  },
});

/** Prints `certificate own` or `certificate other`, and `level N`; nothing of a front that does not answer. */
const ask = (front: string): string => `
const { X509Certificate } = require('node:crypto');
const mounted = new X509Certificate(require('node:fs').readFileSync('/run/secrets/front.crt'));
const options = { host: '${front}', port: 8443, rejectUnauthorized: false, timeout: 5000 };
require('node:https').get(options, (response) => {
  const presented = response.socket.getPeerCertificate().fingerprint256;
  console.log('certificate ' + (presented === mounted.fingerprint256 ? 'own' : 'other'));
  let body = '';
  response.on('data', (chunk) => (body += chunk));
  response.on('end', () => console.log('level ' + body.split(' ').pop().trim()));
}).on('timeout', function () { this.destroy(); }).on('error', () => undefined);
`;
