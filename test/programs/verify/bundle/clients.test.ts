import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../../../secrets/index.ts';
import type { Loaded } from '../../../../src/project/bundle-dir.ts';
import { judgedByClients } from '../../../../src/verify/bundle/clients.ts';
import type { CheckResult } from '../../../../src/verify/result.ts';
import { workplace } from '../../../unit/init/support.ts';

/** What is read of a bundle whose CA excludes this name, and whose front is dialled as web.example. */
function bundleOf(excluded: string, tried: boolean): Loaded {
  const cwd = workplace();
  const lines = ['basicConstraints=critical,CA:TRUE', `nameConstraints=critical,excluded;DNS:${excluded}`];
  const made = [
    'req',
    '-x509',
    '-nodes',
    '-newkey',
    'rsa:2048',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=mine',
  ];
  execFileSync('openssl', [...made, ...lines.flatMap((line) => ['-addext', line])], { cwd, stdio: 'pipe' });
  const ca = { certificate: readFileSync(join(cwd, 'ca.crt')), key: readFileSync(join(cwd, 'ca.key')) };
  const tls = { kind: 'tls', name: 'tls', port: 8443, names: ['web.example'] };
  const authority = { secret: 'ca', part: 'certificate' };
  return {
    directory: {
      plan: {
        secrets: [{ secret: 'ca', kind: kinds.certificateAuthority }],
        expectations: [
          { service: 'front', endpoints: [{ ...tls, authority }] },
          { service: 'other', endpoints: [{ ...tls, authority: { ...authority, secret: 'another' } }] },
        ],
      },
      secrets: { materials: { ca } },
      lock: { version: 1, secrets: { ca: { version: 1 } } },
      notes: { tried: tried ? { ca: { version: 1, clients: ['openssl'] } } : {} },
    },
  } as unknown as Loaded;
}

const result = (service: string, status: CheckResult['status'] = 'passed'): CheckResult => ({
  service,
  check: 'tls',
  status,
  detail: 'CN=front',
});

describe('what the clients of a bundle refuse whatever its servers present', () => {
  it('fails what its CA issued, and nothing else, if init tried the CA', async () => {
    const { results, warnings } = await judgedByClients(
      [result('front'), result('other'), result('front', 'unsure')],
      bundleOf('web.example', true),
    );
    expect(results.map(({ status }) => status)).toEqual(['failed', 'passed', 'unsure']);
    expect(results[0]?.detail).toMatch(/^its CA .*rule out web\.example.*\(CN=front\)$/);
    expect(warnings).toEqual([]);
  });

  it('is a warning only of a bundle from before CAs were tried', async () => {
    const { results, warnings } = await judgedByClients([result('front')], bundleOf('web.example', false));
    expect(results[0]).toMatchObject({ status: 'passed', detail: expect.stringMatching(/^CN=front; but its CA /) });
    expect(warnings).toEqual([expect.stringMatching(/^the CA certificate \(ca\) .*web\.example/)]);
  });

  it('is nothing if the constraints leave the name that is dialled alone', async () => {
    for (const tried of [true, false])
      expect(await judgedByClients([result('front')], bundleOf('else.example', tried))).toEqual({
        results: [result('front')],
        warnings: [],
      });
  });
});
