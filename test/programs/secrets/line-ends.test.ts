import { describe, expect, it } from 'vitest';
import { kinds } from '../../../secrets/index.ts';
import type { Material } from '../../../src/sdk/kind.ts';
import { LEAF_DEFAULTS, leafCertificate, leafPemStore } from '../../../secrets/leaf.ts';
import { requested, source } from '../../unit/secrets/material.ts';

const given = requested();
const now = new Date(Date.now() + 1000);

async function issued(kind: typeof leafPemStore): Promise<Material> {
  const options = { ...LEAF_DEFAULTS, key: 'ec-p256', subject: 'kafka-1', names: ['kafka-1'] } as const;
  return (await kind.generate?.(options, source, given)) ?? {};
}

const KINDS: [kind: keyof typeof kinds, material: Material][] = [
  ['authToken', { token: Buffer.from('c2VjcmV0LXRva2VuLTEyMzQ1Njc4\n') }],
  ['password', { password: Buffer.from('correct horse\n') }],
  ['licence', { licence: Buffer.from('{\n  "key": "äbc"\n}\n') }],
  ['certificateAuthority', { ...given }],
  ['authorityCertificates', { certificates: given.certificate }],
  ['leafCertificate', await issued(leafCertificate)],
  ['leafPemStore', await issued(leafPemStore)],
];

/** What editors, shells and version control do to a file that nobody meant to change. */
const CHANGES: [what: string, change: (text: string) => string][] = [
  ['Windows line ends', (text) => text.replaceAll('\n', '\r\n')],
  ['Windows line ends, twice converted', (text) => text.replaceAll('\n', '\r\r\n')],
  ['line ends of old Macs', (text) => text.replaceAll('\n', '\r')],
  ['a carriage return at its end', (text) => `${text.replaceAll('\n', '\r\n')}\r`],
  ['no line end at its end', (text) => text.replace(/\n$/, '')],
  ['empty lines at its end', (text) => `${text}\n\n`],
  ['empty Windows lines at its end', (text) => `${text.replaceAll('\n', '\r\n')}\r\n\r\n`],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['a byte order mark and Windows line ends', (text) => `\ufeff${text.replaceAll('\n', '\r\n')}`],
];

/** What is fingerprinted and sent is the same, so that no new version is made and nothing restarts. */
describe.each(KINDS)('the %s', (name, material) => {
  it.each(CHANGES)('with %s is the same', (_what, change) => {
    const changed = Object.fromEntries(
      Object.entries(material).map(([part, content]) => [part, Buffer.from(change(content.toString('utf8')))]),
    );
    const accepted = kinds[name].accept(material, now);
    expect(kinds[name].accept(changed, now)).toEqual(accepted);
    if (name.startsWith('leaf')) expect(accepted).toEqual(material);
  });
});
