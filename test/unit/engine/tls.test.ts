import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveEngine } from '../../../src/engine/address.ts';
import { connect } from '../../../src/engine/docker.ts';

let dir: string;
let server: Server;
let host: string;
let seen: string | undefined;

interface Pair {
  cert: forge.pki.Certificate;
  key: forge.pki.PrivateKey;
}

function issue(name: string, by?: Pair): Pair {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const cert = forge.pki.createCertificate();
  cert.publicKey = keys.publicKey;
  cert.serialNumber = `01${String(name.length)}`;
  cert.validity.notBefore = new Date(Date.now() - 60_000);
  cert.validity.notAfter = new Date(Date.now() + 3_600_000);
  cert.setSubject([{ name: 'commonName', value: name }]);
  cert.setIssuer(by === undefined ? cert.subject.attributes : by.cert.subject.attributes);
  cert.setExtensions([
    { name: 'basicConstraints', cA: by === undefined },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ]);
  cert.sign((by?.key ?? keys.privateKey) as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
  return { cert, key: keys.privateKey };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'docker-certs-'));
  const ca = issue('ca');
  const client = issue('client', ca);
  const engine = issue('the-engine', ca);
  const pem = ({ cert, key }: Pair): { cert: string; key: string } => ({
    cert: forge.pki.certificateToPem(cert),
    key: forge.pki.privateKeyToPem(key),
  });
  await writeFile(join(dir, 'ca.pem'), pem(ca).cert);
  await writeFile(join(dir, 'cert.pem'), pem(client).cert);
  await writeFile(join(dir, 'key.pem'), pem(client).key);
  server = createServer(
    { ...pem(engine), ca: pem(ca).cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      seen = String((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
      response.end(JSON.stringify(request.url === '/version' ? { ApiVersion: '1.41' } : []));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `tcp://127.0.0.1:${String((server.address() as { port: number }).port)}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true });
});

it('shows our certificate, and takes that of the engine where the authority is known', async () => {
  const engine = await connect(await resolveEngine({ host, env: { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: dir } }));
  expect(await engine.nodes()).toEqual([]);
  expect(seen).toBe('client');
  await engine.close();
});

it('refuses an engine of an unknown authority, unless told not to look', async () => {
  const unknown = await resolveEngine({ host, env: { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' } });
  await expect(connect(unknown)).rejects.toMatchObject({
    code: 'engine-unreachable',
    message: expect.stringContaining('its TLS certificate or ours is refused') as string,
  });
  const engine = await connect(await resolveEngine({ host, env: { DOCKER_TLS: '1', DOCKER_CERT_PATH: '/nowhere' } }));
  expect(await engine.nodes()).toEqual([]);
  await engine.close();
});

it('says what it speaks where TLS was not meant', async () => {
  await expect(connect(await resolveEngine({ host, env: {} }))).rejects.toMatchObject({
    code: expect.stringMatching(/^engine-/) as string,
  });
});
