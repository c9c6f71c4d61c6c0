import * as z from 'zod';

/* Kinds of answers of an Imply cluster. */

export const dnsLabel = z
  .string()
  .max(63)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    'lower-case letters, digits and inner hyphens (Java and certificates reject underscores)',
  );

const hostName = /^[A-Za-z0-9._-]+$/;
export const host = z
  .string()
  .min(1)
  .max(253)
  .refine(
    (value) => hostName.test(value) || z.ipv6().safeParse(value).success,
    'a host name or an IP address, without a port',
  );
/** Names and addresses that mean the one who asks: each container would dial itself. */
export const isOneself = (name: string): boolean =>
  /^(localhost|.+\.localhost|localhost\.localdomain|ip6-localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|::1|::|host\.docker\.internal)$/i.test(
    name,
  );
/** Why such a host is refused. */
export const ONESELF = 'would be each container itself; give the name or the address by which the nodes reach it';

export const duration = z
  .string()
  .regex(/^([0-9]{1,5}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?$/, 'a duration such as 90s, 10m or 24h')
  .refine((value) => value !== '', 'empty');

/** A directory of hosts that tasks mount. */
export const directory = z
  .string()
  .max(1024)
  .regex(/^(\/[A-Za-z0-9._@+-]+)+$/, 'an absolute path of letters, digits and . _ @ + -, without a slash at its end')
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'without . and .. in it');

/** Swarm expands templates in environment values, differently on each node. */
export const NO_TEMPLATE = /^(?![^]*\{\{)/;
export const NO_TEMPLATE_WHY = 'without {{: swarm would take it for a template';
