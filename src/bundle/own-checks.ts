import './jitless.ts';
import * as z from 'zod';

/*
 * `verify:` of bundle.yaml: checks of the user's own, beside those of the stack definition. None of it is in stack.yml.
 */

const port = z.int().min(1).max(65535);
const path = z
  .string()
  .max(1024)
  .regex(/^\/[\x21-\x7e]*$/, 'a path such as /health');
const ascii = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\x20-\x7e]+$/, 'printable ASCII');
const name = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/, 'a host name or an IP address');

const ownCheck = z
  .strictObject({
    service: z.string().describe('A service of this stack, as in stack.yml.'),
    name: z
      .string()
      .max(24)
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'letters, digits and hyphens, starting with a letter')
      .describe('What the check is called: column title, and word for --only and --skip.'),
    log: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\n\r]*$/, 'one line')
      .optional()
      .describe('Text that a line of each task’s log must hold, on either stream.'),
    tcp: z
      .strictObject({
        port,
        send: ascii.optional().describe('Sent once connected, such as ruok.'),
        contains: ascii
          .optional()
          .describe('Text that must come back, such as imok. Default: that it takes connections is enough.'),
      })
      .refine(({ send, contains }) => send === undefined || contains !== undefined, {
        path: ['contains'],
        message: 'is needed: what does the server answer?',
      })
      .optional()
      .describe('A port that takes connections, and answers.'),
    http: z
      .strictObject({
        port,
        tls: z.boolean().default(false).describe('HTTPS. Its certificate is what a tls check looks at.'),
        path,
        status: z.int().min(100).max(599).default(200),
      })
      .optional()
      .describe('What a GET is answered with.'),
    tls: z
      .strictObject({ port, names: z.array(name).min(1).describe('Names that clients dial.') })
      .optional()
      .describe('A TLS server whose certificate is of the bundle’s CA and has these names.'),
  })
  .refine(
    ({ log, tcp, http, tls }) => [log, tcp, http, tls].filter((one) => one !== undefined).length === 1,
    'needs one of log, tcp, http and tls',
  );

export const ownChecks = z
  .strictObject({
    probeImage: z
      .string()
      .max(255)
      .regex(/^[A-Za-z0-9][\w.:/@-]*$/, 'an image reference')
      .optional()
      .describe(
        'An image with sh, date, sleep and curl 7.88 or newer, which the nodes have or can pull. `verify` runs ' +
          'it in the stack’s network for a moment, to ask ports that are not published; the token is mounted into ' +
          'it; protocols of bytes through TLS need openssl and od. `check` runs it on each node’s own network, to ' +
          'read what `hosts` is about; for that it needs cat, and df to tell the disk. Default: neither is asked.',
      ),
    expectations: z.array(ownCheck).max(200).default([]).describe('Checks of your own, beside those of the stack.'),
  })
  .describe('What `bundle verify` looks at beyond its own checks; stack.yml does not change with it.');

export type OwnChecks = z.output<typeof ownChecks>;
