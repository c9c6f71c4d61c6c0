import { issuedFault, issuedHints } from '../bundle/issuers.ts';
import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import type { CheckContext, Finding } from './check.ts';

/**
 * Certificates on this disk that their CA on this disk did not issue, or not for what the answers call for. What `init`
 * refuses today; a bundle from before may run with it, and is told only.
 */
export function issuedFindings(
  { secrets, reissues, endings }: Pick<CheckContext, 'secrets' | 'reissues' | 'endings'>,
  materials: readonly (readonly [SecretNeed, Material])[],
): Finding[] {
  const states = (secret: string) => secrets.flatMap(({ need, state }) => (need.secret === secret ? [state] : []));
  return materials.flatMap(([need, material]): Finding[] => {
    const by = need.issued?.by ?? '';
    const [, issuer] = materials.find(([{ secret }]) => secret === by) ?? [];
    const told =
      states(by).includes('changed') ||
      reissues.some(({ secret, reason }) => secret === need.secret && reason.urgency === 'must');
    const fault = issuer && !told ? issuedFault(need, material, issuer) : undefined;
    if (fault === undefined) return [];
    const runs = states(need.secret).length > 0 && states(need.secret).every((state) => state === 'present');
    return [
      {
        level: runs ? 'warning' : 'error',
        text: `secrets/${Object.values(need.files).join(', ')}: ${fault}`,
        hint: issuedHints(need, endings[need.secret] !== undefined).join('; '),
      },
    ];
  });
}
