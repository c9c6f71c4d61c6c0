import type { StackDeployOptions } from '../engine/port.ts';
import { DIGEST_FIELD } from '../plan/diff.ts';
import type { Plan, ServiceChange } from '../plan/changes.ts';

type ResolveImage = NonNullable<StackDeployOptions['resolveImage']>;

/** Whether an update takes its image anew: under other words, or as what its tag means now. */
export const takesImage = ({ changes }: Pick<ServiceChange, 'changes'>): boolean =>
  changes.some(({ field }) => field === 'image' || field === DIGEST_FIELD);

/**
 * Services by how docker is to find the digests of their images; a way that none goes is left out. If the plan changes
 * no image, the digest that runs stays: a tag that moved in the registry must not change what the plan did not show. If
 * it does, docker has to ask, also because somebody may have changed the image by hand, which `changed` would keep
 * (docker/cli, cli/command/stack/deploy_composefile.go).
 */
export function byResolution(
  services: readonly string[],
  plan: Pick<Plan, 'services'>,
): [resolveImage: ResolveImage, names: string[]][] {
  const asked = new Set(plan.services.filter(takesImage).map(({ name }) => name));
  const ways: [ResolveImage, string[]][] = [
    ['changed', services.filter((name) => !asked.has(name))],
    ['always', services.filter((name) => asked.has(name))],
  ];
  return ways.filter(([, names]) => names.length > 0);
}
