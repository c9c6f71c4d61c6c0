import { ownNetworks } from '../compose/networks.ts';
import type { PublishedPort } from '../engine/port.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import type { RunStack } from './container-engine.ts';
import { hostsOf } from './plan/hosts.ts';
import { addHosts } from './plan/reach.ts';
import type { Placed } from './plan/types.ts';
import type { RunSettings } from './settings.ts';

/** What `run.sh` of each host makes of a bundle, as its containers are compared with it. */
export function stackOf(
  { directory: { bundle, plan }, document }: Loaded,
  placed: readonly Placed[],
  settings: RunSettings,
): RunStack {
  const port = (number: number): PublishedPort => ({
    protocol: 'tcp',
    target: number,
    published: number,
    mode: 'host',
  });
  return {
    stack: bundle.name,
    networks: Object.keys(ownNetworks(document)),
    several: hostsOf(placed).length > 1,
    services: Object.fromEntries(
      placed.map((one) => [
        one.name,
        {
          host: one.host,
          hostPorts: [
            ...new Set([
              ...(one.service.ports ?? []).map(({ target }) => target),
              ...(plan.listens[one.name] ?? []).map(({ from }) => from),
            ]),
          ].map(port),
          paths: (one.service.volumes ?? []).filter(({ type }) => type === 'bind').map(({ target }) => target),
          made: {
            image: one.service.image,
            hosts: [...addHosts(one, placed, settings), ...Object.entries(one.service.extraHosts ?? {})].map(
              ([other, address]) => `${other}:${address}`,
            ),
            environment: Object.fromEntries(
              Object.entries(one.service.environment ?? {}).filter(
                (entry): entry is [string, string] => typeof entry[1] === 'string',
              ),
            ),
          },
        },
      ]),
    ),
  };
}
