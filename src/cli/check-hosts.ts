import type { CheckContext } from '../checks/check.ts';
import { ownNetworks } from '../compose/networks.ts';
import { hostAsker } from '../checks/hosts/ask.ts';
import { pairAsker } from '../checks/pairs/ask.ts';
import { systemClock } from '../swarm/clock.ts';
import type { Engine } from '../engine/port.ts';
import { isAlive, thisOperator } from '../io/operator.ts';
import type { Loaded } from '../project/bundle-dir.ts';

/** What asks the nodes; or, if bundle.yaml names no image for it, that. */
export async function askHostsOf(
  engine: Engine,
  { directory: { bundle }, document }: Loaded,
): Promise<Pick<CheckContext, 'askHosts' | 'askPairs'>> {
  const image = bundle.verify?.probeImage;
  if (image === undefined) return { askHosts: 'no verify.probeImage is set in bundle.yaml' };
  const options = {
    stack: bundle.name,
    image,
    clock: systemClock,
    me: { ...thisOperator(), isAlive },
  };
  const driverOptions = Object.assign(
    {},
    ...Object.values(ownNetworks(document)).map(({ driverOpts }) => driverOpts),
  ) as Record<string, string>;
  return {
    askHosts: hostAsker(engine, options),
    ...(bundle.hosts?.pairs === true && { askPairs: pairAsker(engine, { ...options, driverOptions }) }),
  };
}
