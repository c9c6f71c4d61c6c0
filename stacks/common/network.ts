import * as z from 'zod';
import { addressesNeeded, demandText, parseSubnet, usable, type SubnetDemand } from '../../src/sdk/helpers.ts';
import type { StackDocument } from '../../src/sdk/compose.ts';

/**
 * The answers on the overlay network of a stack. Docker changes no network that exists, so all of them are for the
 * first deployment.
 */
export const network = z
  .strictObject({
    encrypted: z
      .boolean()
      .default(false)
      .describe('IPsec between nodes; decide before the first deploy, an existing network is never changed.'),
    subnet: z
      .string()
      .refine(
        (text) => parseSubnet(text) !== undefined,
        'not an IPv4 subnet such as 10.20.0.0/24, with the network’s own address',
      )
      .refine(
        (text) => !/^(0|127|22[4-9]|2[3-5]\d)\./.test(text),
        'is loopback, multicast or reserved: no network can have it',
      )
      .optional()
      .describe(
        'Addresses of the overlay network, for example 10.20.0.0/24: a range that no host, other network or ' +
          'office uses. Default: swarm takes one from its own pool.',
      ),
    mtu: z
      .int()
      .min(576)
      .max(65535)
      .optional()
      .describe(
        'MTU of the network between the nodes, if it is not 1500. Containers get 50 bytes less (VXLAN), and ' +
          'less again if it is encrypted.',
      ),
  })
  .prefault({})
  .describe('The stack’s overlay network.');

export type NetworkAnswers = z.output<typeof network>;

/**
 * Why the subnet of these answers does not do; undefined if it does, or if none is named (what is no subnet is
 * refused by its key).
 */
export function subnetProblem({ subnet: text }: NetworkAnswers, demand: SubnetDemand): string | undefined {
  const subnet = text === undefined ? undefined : parseSubnet(text);
  if (subnet === undefined || usable(subnet) >= addressesNeeded(demand)) return undefined;
  return `${subnet.text} has ${usable(subnet)} usable addresses and needs ${demandText(demand)}; name a larger one`;
}

/** The stack document's overlay network. */
export function overlay({ encrypted, subnet, mtu }: NetworkAnswers): StackDocument['networks'][string] {
  const driverOpts = {
    ...(encrypted ? { encrypted: '' } : {}),
    // That of the hosts: the driver itself takes off what VXLAN and ESP need (moby/moby, libnetwork/drivers/overlay,
    // maxMTU).
    ...(mtu === undefined ? {} : { 'com.docker.network.driver.mtu': String(mtu) }),
  };
  return {
    driver: 'overlay',
    ...(Object.keys(driverOpts).length > 0 ? { driverOpts } : {}),
    ...(subnet === undefined ? {} : { subnet }),
  };
}
