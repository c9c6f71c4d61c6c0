import type { CheckContext } from '../checks/check.ts';
import { hostAsker } from '../checks/hosts/ask.ts';
import { systemClock } from '../swarm/clock.ts';
import type { Engine } from '../engine/port.ts';
import { isAlive, thisOperator } from '../io/operator.ts';
import type { CommandIo } from './io.ts';
import type { Loaded } from '../project/bundle-dir.ts';

/** What asks the nodes; or, where bundle.yaml names no image for it, that. */
export async function askHostsOf(
  engine: Engine,
  { directory: { bundle } }: Loaded,
  { signal }: CommandIo,
): Promise<CheckContext['askHosts']> {
  const image = bundle.verify?.probeImage;
  if (image === undefined) return 'no verify.probeImage is set in bundle.yaml';
  return hostAsker(engine, {
    stack: bundle.name,
    image,
    clock: systemClock,
    signal,
    me: { ...(await thisOperator()), isAlive },
  });
}
