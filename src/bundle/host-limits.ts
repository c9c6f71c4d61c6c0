import './jitless.ts';
import * as z from 'zod';

/*
 * `hosts:` of bundle.yaml: what `bundle check` asks of nodes, if the stack definition's own numbers do not suit. None
 * of it is in stack.yml.
 */

export const hostLimits = z
  .strictObject({
    sysctls: z
      .array(
        z
          .string()
          .regex(
            /^[a-z][a-z0-9_]*(\.[a-zA-Z0-9_-]+)+=[0-9]{1,15}$/,
            'a name and its least value, such as vm.max_map_count=262144',
          ),
      )
      .max(100)
      .default([])
      .describe(
        'Least values as in sysctl.conf (vm.max_map_count=262144), in place of the stack’s own; one that the ' +
          'stack does not ask for is asked of every node that carries a task.',
      ),
    diskGiB: z
      .number()
      .min(0)
      .optional()
      .describe(
        'Free disk that every such node must have where Docker keeps volumes, in place of what the stack adds ' +
          'up for new tasks.',
      ),
    clockSeconds: z
      .number()
      .min(0)
      .default(5)
      .describe('How far a node’s clock may be from that of the swarm’s leader.'),
    mtu: z
      .int()
      .min(68)
      .max(65535)
      .optional()
      .describe(
        'Least MTU of the interface with the node’s swarm address. Default: that of the stack’s network, or ' +
          '1500, for which Docker makes overlay networks; 20 more if that address is one of IPv6.',
      ),
    pairs: z
      .boolean()
      .default(false)
      .describe(
        'Whether to ask also which of these nodes reach each other in an overlay network, made for a moment (UDP ' +
          '4789, TCP and UDP 7946): for that verify.probeImage needs what `verify` needs.',
      ),
  })
  .describe('What `bundle check` asks of the nodes, by a job of verify.probeImage; stack.yml does not change with it.');

/** Least value by name. @param sysctls of `hostLimits` */
export function leastValues(sysctls: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    sysctls.map((each) => [each.slice(0, each.indexOf('=')), Number(each.slice(each.indexOf('=') + 1))]),
  );
}

export type HostLimits = z.output<typeof hostLimits>;

/** Where bundle.yaml has no `hosts:`. */
export const DEFAULT_LIMITS: HostLimits = hostLimits.parse({});
