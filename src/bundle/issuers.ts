import { BundleError, EXIT } from '../errors.ts';
import { NO_BACKUP } from './lost-secrets.ts';

/**
 * That a certificate is to be issued where its CA is not.
 * @param why it is issued again; undefined for one that is new
 * @param command that issues it where the CA is
 */
export function issuerNotHere(
  secret: string,
  why: string | undefined,
  command: 'init' | 'deploy --renew',
): BundleError {
  const again = why === undefined ? '' : ` again, since ${why}`;
  return new BundleError(
    'issuer-not-here',
    `the certificate "${secret}" must be issued${again}, and the key of its CA is not on this machine as ` +
      'it was locked',
    {
      exit: EXIT.preflight,
      hints: [
        `run \`bundle ${command}\` on this directory where the bundle’s secrets/ is; then commit bundle.lock.json and ` +
          'stack.yml',
        NO_BACKUP,
      ],
    },
  );
}
