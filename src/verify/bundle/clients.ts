import { authorityFaults, type RefusedAuthority } from '../../io/authority-faults.ts';
import type { CheckResult } from '../result.ts';
import type { Loaded } from '../../project/bundle-dir.ts';

/**
 * Results of `verify` with what the verifier of the clients says of the bundle's CA: a certificate is refused by them
 * if they refuse everything that its CA issues, however well it fits. Of a bundle made before that was looked at, it is
 * told as a warning.
 */
export async function judgedByClients(
  results: readonly CheckResult[],
  { directory }: Loaded,
): Promise<{ results: CheckResult[]; warnings: string[] }> {
  const refused = await authorityFaults(directory.plan, directory.secrets, directory);
  const warnings = refused
    .filter(({ tried }) => !tried)
    .map(({ secret, fault }) => `the CA certificate (${secret}) ${fault.text}`);
  return {
    results: results.map((result) =>
      judged(
        result,
        refused.find(({ secret }) => isUnder(result, secret, directory)),
      ),
    ),
    warnings,
  };
}

function isUnder({ service, check }: CheckResult, secret: string, { plan }: Loaded['directory']): boolean {
  const endpoints = plan.expectations.find((one) => one.service === service)?.endpoints ?? [];
  return endpoints.some(
    (endpoint) => endpoint.name === check && endpoint.kind === 'tls' && endpoint.authority.secret === secret,
  );
}

function judged(result: CheckResult, refused: RefusedAuthority | undefined): CheckResult {
  if (!refused || result.status !== 'passed') return result;
  if (!refused.tried) return { ...result, detail: `${result.detail}; but its CA ${refused.fault.text}` };
  return { ...result, status: 'failed', detail: `its CA ${refused.fault.text} (${result.detail})` };
}
