/** Readers and texts that definitions share with the machine, so that both understand the same words. */
export { compareVersions } from '../compare-versions.ts';
export { DAY_MS } from '../days.ts';
export { durationNanoseconds } from '../compose/duration.ts';
export { nanoCpus, sizeBytes } from '../compose/quantity.ts';
export { addressesNeeded, demandText, parseSubnet, usable, type SubnetDemand } from '../compose/subnet.ts';
export { formatHostPort, parseHostPort, type HostPort } from '../image/host-port.ts';
export { parseReference } from '../image/reference.ts';

/** Key of the node label that a role's placement constraint asks for; its value is `true`. */
export function nodeLabel(stack: string, role: string): string {
  return `bundle.${stack}.${role}`;
}
