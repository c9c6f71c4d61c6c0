/** The files that switch TLS and authentication on: found, read and really checked. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { type Environment, Fault } from './environment.ts';

const DEFAULTS = {
  cert: '/run/secrets/imply-ca.crt',
  key: '/run/secrets/imply-ca.key',
  token: '/run/secrets/imply-auth-token',
};

export interface Authority {
  certificate: X509Certificate;
  certificatePem: string;
}

export interface SigningAuthority extends Authority {
  key: KeyObject;
  keyPem: string;
}

/** Where the CA's certificate and key are looked for. */
export function authorityPaths(env: Environment): { cert: string; key: string } {
  return {
    cert: env['IMPLY_MANAGER_CA_CERT_PATH'] || DEFAULTS.cert,
    key: env['IMPLY_MANAGER_CA_KEY_PATH'] || DEFAULTS.key,
  };
}

/**
 * The CA's certificate, or undefined when there is no such file: that is how TLS stays off. @throws Fault for an
 * unusable one.
 */
export function readAuthority(file: string): Authority | undefined {
  const pem = readMaterial(file, 'CA certificate');
  if (pem === undefined) return undefined;
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new Fault(`CA certificate ${file}: no PEM certificate in it${looksLike(pem)}`);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new Fault(`CA certificate ${file}: cannot be parsed`);
  }
  if (!certificate.ca)
    throw new Fault(`CA certificate ${file}: is not a certificate authority (basicConstraints CA:TRUE is missing)`);
  const now = Date.now();
  if (now < Date.parse(certificate.validFrom))
    throw new Fault(`CA certificate ${file}: not valid before ${certificate.validFrom}`);
  if (now > Date.parse(certificate.validTo))
    throw new Fault(`CA certificate ${file}: expired on ${certificate.validTo}`);
  return { certificate, certificatePem: pem };
}

/**
 * The CA's certificate with its key; undefined when both are absent. @throws Fault for one without the other, and for a
 * pair that is none.
 */
export function readSigningAuthority(paths: { cert: string; key: string }): SigningAuthority | undefined {
  const keyPem = readMaterial(paths.key, 'CA key');
  const authority = readAuthority(paths.cert);
  if (authority === undefined && keyPem === undefined) return undefined;
  if (authority === undefined)
    throw new Fault(`CA key ${paths.key} is there, but no CA certificate at ${paths.cert}: give both or neither`);
  if (keyPem === undefined)
    throw new Fault(`CA certificate ${paths.cert} is there, but no CA key at ${paths.key}: give both or neither`);
  const key = parseKey(paths.key, keyPem);
  if (!authority.certificate.checkPrivateKey(key))
    throw new Fault(`CA key ${paths.key} does not belong to CA certificate ${paths.cert}`);
  if (key.asymmetricKeyType !== 'rsa')
    throw new Fault(`CA key ${paths.key}: is of type ${key.asymmetricKeyType}; this simulator signs with RSA only`);
  return { ...authority, key, keyPem };
}

/** The shared token: first line of the secret file, else `IMPLY_MANAGER_AUTH_TOKEN`; undefined when there is none. */
export function readToken(env: Environment): string | undefined {
  const file = env['SIMULATOR_AUTH_TOKEN_PATH'] || DEFAULTS.token;
  const entry = statSync(file, { throwIfNoEntry: false });
  if (entry?.isDirectory() === true) throw new Fault(`authentication token ${file}: is a directory`);
  const text = entry === undefined ? (env['IMPLY_MANAGER_AUTH_TOKEN'] ?? '') : readFileSync(file, 'utf8');
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  return line === '' ? undefined : line;
}

function parseKey(file: string, pem: string): KeyObject {
  if (!/-----BEGIN (?:\w+ )*PRIVATE KEY-----/.test(pem))
    throw new Fault(`CA key ${file}: no PEM private key in it${looksLike(pem)}`);
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem))
    throw new Fault(`CA key ${file}: is encrypted; it must have no passphrase`);
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Fault(`CA key ${file}: cannot be parsed`);
  }
}

/** The text of a file, or undefined when there is none. A bind mount of a missing source leaves a directory. */
function readMaterial(file: string, what: string): string | undefined {
  const entry = statSync(file, { throwIfNoEntry: false });
  if (entry === undefined) return undefined;
  if (entry.isDirectory()) throw new Fault(`${what} ${file}: is a directory`);
  const text = readFileSync(file, 'latin1');
  if (text.trim() === '') throw new Fault(`${what} ${file}: is empty`);
  return text;
}

function looksLike(pem: string): string {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1];
  return label === undefined ? '' : ` (it holds a ${label.toLowerCase()})`;
}
