import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Issued {
  authority: string;
  certificate: string;
  key: string;
}

/**
 * A server's certificate for that name (`DNS:db.example` or `IP:127.0.0.1`) from an authority of its own, by openssl:
 * not by the code under test.
 */
export function issue(name: string): Issued {
  const dir = mkdtempSync(join(tmpdir(), 'bundle-pki-'));
  const at = (file: string): string => join(dir, file);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore' });
  };
  try {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=test CA',
      '-days',
      '2',
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.crt'),
    );
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=server',
      '-keyout',
      at('server.key'),
      '-out',
      at('server.csr'),
    );
    writeFileSync(at('names'), `subjectAltName=${name}\n`);
    openssl(
      'x509',
      '-req',
      '-in',
      at('server.csr'),
      '-CA',
      at('ca.crt'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-days',
      '1',
      '-extfile',
      at('names'),
      '-out',
      at('server.crt'),
    );
    const read = (file: string): string => readFileSync(at(file), 'utf8');
    return { authority: read('ca.crt'), certificate: read('server.crt'), key: read('server.key') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
