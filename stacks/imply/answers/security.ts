import * as z from 'zod';
import type { Refuse } from './refuse.ts';

export const tls = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('The manager issues certificates from the CA and all connections use TLS.'),
    ca: z
      .enum(['generate', 'files'])
      .default('generate')
      .describe('generate: init makes a CA. files: init takes a certificate and key that you have.'),
    keyBits: z.int().min(2048).max(4096).default(3072).describe('RSA key size of a generated CA.'),
    days: z.int().min(1).max(36500).default(3650).describe('Validity of a generated CA; replacing it means an outage.'),
  })
  .prefault({})
  .describe('Certificates of the manager and the agents.');

export const authentication = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Manager and agents share a token; it also turns on Druid’s user authentication.'),
    token: z
      .enum(['generate', 'file'])
      .default('generate')
      .describe('generate: init makes a token. file: init takes one from a file or standard input.'),
    allowClearText: z
      .boolean()
      .default(false)
      .describe('Without TLS the token travels in clear over the network. true says that you accept this.'),
  })
  .prefault({})
  .describe('Who is let in.');

export const license = z
  .enum(['trial', 'file'])
  .default('trial')
  .describe('trial: starts without a licence for 30 days. file: init takes the licence key from a file.');

export const secretDelivery = z
  .enum(['file', 'env', 'wrapper'])
  .default('file')
  .describe(
    'How the licence, the store password and the key of deep storage reach the manager. file: as secrets. ' +
      'wrapper: as secrets, which a shell script in the container exports before it starts the image’s own ' +
      'entrypoint; for an image that does not read them from files. env: as environment variables, which `docker ' +
      'service inspect` shows to anyone who may use it.',
  );

export function checkSecurity(
  value: { tls: z.output<typeof tls>; authentication: z.output<typeof authentication> },
  refuse: Refuse,
): void {
  if (value.authentication.enabled && !value.tls.enabled && !value.authentication.allowClearText) {
    refuse(
      ['authentication', 'allowClearText'],
      'without TLS the token travels in clear (HTTP Basic); turn TLS on, or set this to true to accept it',
    );
  }
}
