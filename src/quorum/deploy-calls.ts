import type { StackDocument } from '../compose/types.ts';
import type { Engine, StackDeployOptions } from '../engine/port.ts';
import { domainOf } from '../image/reference.ts';
import type { Plan } from '../plan/changes.ts';
import { byResolution } from './resolve-image.ts';

/** What one call of `docker stack deploy` gets. */
interface DeployCall {
  names: string[];
  way: Required<Pick<StackDeployOptions, 'resolveImage' | 'sendsLogin'>>;
}

/**
 * The calls of `docker stack deploy` that deploy these services: docker is told for all services of a call alike how to
 * find the digests of their images, and whether it sends them this machine's log-in.
 */
export async function deployCalls(
  services: readonly string[],
  { engine, document, plan }: { engine: Pick<Engine, 'findLogins'>; document: StackDocument; plan: Plan },
): Promise<DeployCall[]> {
  const sent = await sentLogins(services, document, plan, (images) => engine.findLogins(images));
  return byResolution(services, plan).flatMap(([resolveImage, names]) =>
    [true, false]
      .map((sendsLogin) => ({
        names: names.filter((name) => sent.has(name) === sendsLogin),
        way: { resolveImage, sendsLogin },
      }))
      .filter((call) => call.names.length > 0),
  );
}

/**
 * Services that are to get this machine's log-in in place of the one that they keep. A machine without a log-in for a
 * registry must not send one: `--with-registry-auth` then sends an empty one (docker/cli v19.03 to v29.7:
 * cli/command/registry.go, RetrieveAuthTokenFromImage), which takes the place of what the service keeps; without the
 * flag it keeps that (moby v19.03 to v28.5: daemon/cluster/services.go, UpdateService). Nodes would pull without a
 * log-in from then on. No answer of the engine says which log-in a service keeps.
 *
 * A service whose image comes from another registry than before gets what there is, if only an empty one: what it keeps
 * is for the former registry, and nodes would send it to the new one (moby v28.5: registry/auth.go,
 * staticCredentialStore).
 * @param logins as `findLogins` of the engine
 */
export async function sentLogins(
  services: readonly string[],
  document: StackDocument,
  plan: Pick<Plan, 'services'>,
  logins: Engine['findLogins'],
): Promise<ReadonlySet<string>> {
  const imageOf = (name: string): string => document.services[name]?.image ?? '';
  const images = [...new Set(services.map(imageOf))];
  const found = await Promise.all(images.map((image) => logins([image])));
  const known = new Set(images.filter((_image, index) => found[index]?.some(({ sent }) => sent)));
  const moved = new Set(plan.services.filter(changesRegistry).map(({ name }) => name));
  return new Set(services.filter((name) => known.has(imageOf(name)) || moved.has(name)));
}

const changesRegistry = ({ changes }: Plan['services'][number]): boolean =>
  changes.some(
    ({ field, from, to }) =>
      field === 'image' && from !== undefined && to !== undefined && domainOf(from) !== domainOf(to),
  );
