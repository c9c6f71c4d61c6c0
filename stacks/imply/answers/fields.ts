import * as z from 'zod';

/* Kinds of answers of an Imply cluster. */

export const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens (Java and certificates reject underscores)');

export const host = z.string().min(1).max(253).regex(/^[A-Za-z0-9.:_-]+$/, 'a host name or an IP address');
/** Names and addresses that mean the one who asks: each container would dial itself. */
export const isOneself = (name: string): boolean => /^(localhost|.+\.localhost|localhost\.localdomain|ip6-localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|::1|::|host\.docker\.internal)$/i.test(name);
/** Why such a host is refused. */
export const ONESELF = 'would be each container itself; give the name or the address by which the nodes reach it';

export const duration = z.string().regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/, 'a duration such as 90s, 10m or 24h').refine((value) => value !== '', 'empty');
