import { kinds, passwordInQuotes } from '../../secrets/index.ts';
import type { SecretNeed } from '../../src/sdk/definition.ts';
import type { SecretMount } from '../../src/sdk/compose.ts';
import { storeAddress } from './addresses.ts';
import { deepStorageHasKey, storeEmbedded, type ImplyAnswers } from './answers.ts';

/**
 * Directory of "variable files": a file's name is the variable (chart 2021.02 to 2023.03 sets
 * IMPLY_MANAGER_VAR_FILES_PATH to it).
 */
export const VAR_FILES = '/run/secrets/imply.io';

/** All may read: the users of the images are unknown, and a secret mounted under two targets gets one mode. */
const MODE = 0o444;

/** The secrets that the answers call for. */
export function secretNeeds(name: string, answers: ImplyAnswers): SecretNeed[] {
  const needs: SecretNeed[] = [];
  const { host, port, user } = storeAddress(answers);
  const server = `${host}:${port}`;
  if (answers.tls.enabled) {
    needs.push({
      secret: 'ca',
      kind: kinds.certificateAuthority,
      options: { subject: `${name} Imply CA`, keyBits: answers.tls.keyBits, days: answers.tls.days },
      files: { certificate: 'imply-ca.crt', key: 'imply-ca.key' },
      inputs: { certificate: 'caCertificate', key: 'caKey' },
      mustBeGiven: answers.tls.ca === 'files',
      purpose: 'the manager issues the cluster’s certificates with it; agents get the certificate only',
      elsewhere:
        'whoever trusts the present CA (browsers, clients of the query API) must trust the new one; restart the ' +
        'cluster in the manager’s UI',
    });
  }
  if (answers.authentication.enabled) {
    needs.push({
      secret: 'auth-token',
      kind: kinds.authToken,
      options: {},
      files: { token: 'imply-auth-token' },
      inputs: { token: 'authToken' },
      mustBeGiven: answers.authentication.token === 'file',
      purpose: 'shared by the manager and every agent',
      elsewhere: 'programs that log in with the present token',
    });
  }
  if (answers.license === 'file') {
    needs.push({
      secret: 'license',
      kind: kinds.licence,
      options: {},
      files: { licence: 'imply-license' },
      inputs: { licence: 'license' },
      mustBeGiven: true,
      purpose: 'the licence key; without one a 30-day trial starts',
      elsewhere: 'ask Imply for the licence file again',
    });
  }
  needs.push({
    secret: 'store-password',
    // The image's own start makes root by it: IDENTIFIED BY '${MYSQL_ROOT_PASSWORD}' (docker-library/mysql).
    kind: storeEmbedded(answers) ? passwordInQuotes : kinds.password,
    options: {},
    files: { password: 'store-password' },
    inputs: { password: 'storePassword' },
    mustBeGiven: !storeEmbedded(answers),
    purpose: storeEmbedded(answers) ? 'root password of the embedded MySQL' : 'password of the store’s user',
    belongsTo: `${user}@${server}`,
    // The image sets the password only of a data directory that it makes (docker-library/mysql, docker-entrypoint.sh).
    ...(storeEmbedded(answers) && { keptIn: [STORE_VOLUME] }),
    elsewhere: storeEmbedded(answers)
      ? '`bundle deploy` changes it in the database too, while that runs with the present one; the settings of the ' +
        'clusters, in the manager’s UI, it does not'
      : 'the database must have the same password; and the settings of the clusters, in the manager’s UI',
  });
  if (deepStorageHasKey(answers)) {
    needs.push({
      secret: 'deep-storage-key',
      kind: kinds.password,
      options: {},
      files: { password: DEEP_STORAGE_KEY },
      inputs: { password: 'deepStorageKey' },
      mustBeGiven: true,
      purpose:
        `secret key that goes with ${answers.deepStorage.type === 'azure' ? 'the account' : 'the access key'} of ` +
        'deep storage',
      belongsTo: `${answers.deepStorage.user ?? ''}@${answers.deepStorage.s3.endpoint ?? answers.deepStorage.type}`,
      elsewhere: 'it must be a key that the storage takes; and the settings of the clusters, in the manager’s UI',
    });
  }
  if (answers.store.tls.ca === 'file') {
    needs.push({
      secret: 'store-ca',
      kind: kinds.authorityCertificates,
      options: {},
      files: { certificates: STORE_CA },
      inputs: { certificates: 'storeCa' },
      mustBeGiven: true,
      purpose: 'manager and clusters verify the store’s certificate with it',
      belongsTo: server,
    });
  }
  return needs;
}

/** Key of a part below the document's top-level `secrets`, equal to its file name in `secrets/`. */
export const CA_CERTIFICATE = 'imply-ca.crt';
export const CA_KEY = 'imply-ca.key';
export const AUTH_TOKEN = 'imply-auth-token';
export const LICENSE = 'imply-license';
/** Key of the embedded store's volume. */
export const STORE_VOLUME = 'mysql-data';
export const STORE_PASSWORD = 'store-password';
const DEEP_STORAGE_KEY = 'deep-storage-key';
const STORE_CA = 'store-ca.crt';

const mount = (source: string, target: string): SecretMount => ({ source, target, mode: MODE });

/** CA certificate and token: what manager and agents both read at their documented default paths [D33]. */
export function sharedMounts(answers: ImplyAnswers): SecretMount[] {
  return [
    ...(answers.tls.enabled ? [mount(CA_CERTIFICATE, CA_CERTIFICATE)] : []),
    ...(answers.authentication.enabled ? [mount(AUTH_TOKEN, AUTH_TOKEN)] : []),
  ];
}

/**
 * The manager's: the CA's key, and licence and passwords as variable files unless they are delivered by environment.
 */
export function managerMounts(answers: ImplyAnswers): SecretMount[] {
  const mounts = sharedMounts(answers);
  if (answers.tls.enabled) mounts.push(mount(CA_KEY, CA_KEY));
  if (answers.secretDelivery !== 'env') {
    for (const [variable, source] of Object.entries(secretVariables(answers)))
      mounts.push(mount(source, `imply.io/${variable}`));
  }
  return mounts;
}

/** The manager's variables whose values are secrets, each with the secret that holds it. */
export function secretVariables(answers: ImplyAnswers): Record<string, string> {
  return {
    ...(answers.license === 'file' ? { IMPLY_MANAGER_LICENSE_KEY: LICENSE } : {}),
    IMPLY_MANAGER_STORE_PASSWORD: STORE_PASSWORD,
    imply_defaults_metadataStoragePassword: STORE_PASSWORD,
    ...(deepStorageHasKey(answers) ? { imply_defaults_deepStoragePassword: DEEP_STORAGE_KEY } : {}),
    // Both take the PEM text itself (chart 2021.02 to 2023.03).
    ...(answers.store.tls.ca === 'file'
      ? { IMPLY_MANAGER_STORE_CA_CERT: STORE_CA, imply_defaults_metadataStorageTlsCert: STORE_CA }
      : {}),
  };
}
