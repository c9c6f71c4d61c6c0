import { BundleError, EXIT } from '../errors.ts';
import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
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
        `run \`bundle ${command}\` on this directory where the bundle’s secrets/ is; then commit bundle.lock.json ` +
          'and stack.yml',
        NO_BACKUP,
      ],
    },
  );
}

/**
 * That a certificate is to be issued by a CA that has ended.
 * @param secret the certificate's
 * @param notAfter when the CA ended, ISO 8601
 */
export function issuerExpired(secret: string, issuer: SecretNeed, notAfter: string): BundleError {
  const inputs = Object.values(issuer.inputs).map((input) => `--set secretFiles.${input}=FILE`);
  const remake =
    `move ${filesOf(issuer).join(' and ')} away and run \`bundle init --new-secrets\`: another CA is made, with all that it ` +
    'issues; who connects from outside needs the new one';
  return new BundleError(
    'ca-expired',
    `the certificate "${secret}" must be issued, and its CA (${issuer.secret}) ended on ${notAfter.slice(0, 10)}`,
    {
      exit: EXIT.preflight,
      hints: [
        ...(inputs.length > 0 ? [`give another CA: \`bundle init ${inputs.join(' ')}\``] : []),
        ...(issuer.mustBeGiven ? [] : [remake]),
        'if this machine’s clock is ahead, set it right',
      ],
    },
  );
}

/**
 * What is wrong with a certificate that a CA of the bundle is to have issued, for a sentence; undefined if it is what
 * this CA issues for the options. Pure.
 * @param material as its kind accepts it
 */
export function issuedFault(need: SecretNeed, material: Material, issuer: Material): string | undefined {
  const misfit = need.kind.misfit?.(need.options, material, issuer);
  return misfit === undefined ? undefined : `the ${need.kind.title} ${misfit} (${need.issued?.by ?? ''})`;
}

/** The ways out for who has a certificate in `secrets/` that its CA did not issue so. */
export function issuedHints(need: SecretNeed, isLocked: boolean): string[] {
  const files = filesOf(need);
  return [
    `restore ${files.join(' and ')} from the backup that the CA’s files are from`,
    isLocked
      ? `or remove ${files.join(' and ')}: what runs goes on with the locked version, and \`bundle init --new-secrets\` issues another`
      : `or remove ${files.join(' and ')}: it is issued then`,
  ];
}

/**
 * The lockfile says which CA issued a certificate, and for which names: one from elsewhere is not locked as such, and
 * not overwritten either, since its operator may have meant it.
 * @param issuer undefined if it is made only now, or is not on this machine
 * @throws BundleError (exit 3)
 */
export function requireIssued(
  { need, version, material, from }: { need: SecretNeed; version: number; material: Material; from?: string },
  issuer: Material | undefined,
): void {
  const by = need.issued?.by ?? '';
  const fault =
    issuer === undefined
      ? `the ${need.kind.title} was ${from === undefined ? 'put there by hand' : 'given'}, and its CA (${by}) is not here to tell whether it issued it`
      : issuedFault(need, material, issuer);
  if (fault === undefined) return;
  const inputs = Object.values(need.inputs).map((input) => `secretFiles.${input}`);
  throw new BundleError('leaf-misfit', `${from ?? filesOf(need).join(', ')}: ${fault}`, {
    exit: EXIT.preflight,
    ...(from === undefined
      ? { hints: issuedHints(need, version > 1) }
      : {
          hints: [
            `give one that this CA issued for these answers, or the CA with it, if ${by} may be given`,
            `or leave out ${inputs.join(' and ')}: it is issued then`,
          ],
          details: { paths: inputs },
        }),
  });
}

const filesOf = ({ files }: SecretNeed): string[] => Object.values(files).map((file) => `secrets/${file}`);
