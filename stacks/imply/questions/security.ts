import { kinds } from '../../../secrets/index.ts';
import type { Question } from '../../../src/sdk/definition.ts';
import { is, on } from './conditions.ts';

export const securityQuestions: Question[] = [
  {
    path: 'tls.enabled',
    ask: 'confirm',
    message: 'Turn TLS on?',
    help:
      'The manager issues certificates from a CA of its own. Default yes; without it everything, passwords too, ' +
      'travels in clear.',
  },
  {
    path: 'tls.ca',
    ask: 'select',
    message: 'Certificate authority',
    help: 'Default: a new one is made for this cluster only.',
    when: on('tls.enabled', true),
    choices: [
      { value: 'generate', name: 'make a new CA', description: 'RSA 3072, ten years' },
      { value: 'files', name: 'take certificate and key from files', description: 'checked as a pair' },
    ],
  },
  {
    path: 'secretFiles.caCertificate',
    ask: 'file',
    secret: { kind: kinds.certificateAuthority, part: 'certificate' },
    message: 'File with the CA certificate (PEM)',
    help: 'The signing certificate alone, no chain.',
    implies: { 'tls.ca': 'files' },
    when: (c) => on('tls.enabled', true)(c) && is('tls.ca', 'files')(c),
  },
  {
    path: 'secretFiles.caKey',
    ask: 'file',
    secret: { kind: kinds.certificateAuthority, part: 'key' },
    message: 'File with the CA key (PEM, unencrypted)',
    help: 'It becomes a Docker secret that only the manager mounts.',
    implies: { 'tls.ca': 'files' },
    when: (c) => on('tls.enabled', true)(c) && is('tls.ca', 'files')(c),
  },

  {
    path: 'authentication.enabled',
    ask: 'confirm',
    message: 'Turn authentication on?',
    help: 'Agents show the manager a shared token; it also turns on Druid’s user authentication. Default yes.',
  },
  {
    path: 'authentication.allowClearText',
    ask: 'confirm',
    message: 'Without TLS the token travels in clear. Accept that?',
    help: 'Default no: then turn TLS on, or authentication off.',
    when: (c) => on('authentication.enabled', true)(c) && c.get('tls.enabled') === false,
    validate: (value) => (value === true ? undefined : 'answer yes, or start again with TLS on or authentication off'),
  },
  {
    path: 'authentication.token',
    ask: 'select',
    message: 'Authentication token',
    help: 'Default: 32 random bytes.',
    when: on('authentication.enabled', true),
    choices: [
      { value: 'generate', name: 'make a new token' },
      { value: 'file', name: 'take it from a file or standard input' },
    ],
  },
  {
    path: 'secretFiles.authToken',
    ask: 'file',
    secret: { kind: kinds.authToken, part: 'token' },
    message: 'File with the token (one line)',
    help: 'Printable ASCII, at least 16 characters.',
    oneLine: 'Type the token',
    implies: { 'authentication.token': 'file' },
    when: (c) => on('authentication.enabled', true)(c) && is('authentication.token', 'file')(c),
  },

  {
    path: 'license',
    ask: 'select',
    message: 'Licence',
    help: 'Default: none, which starts a 30-day trial.',
    choices: [
      { value: 'trial', name: 'none: a 30-day trial' },
      { value: 'file', name: 'take the licence key from a file' },
    ],
  },
  {
    path: 'secretFiles.license',
    ask: 'file',
    secret: { kind: kinds.licence, part: 'licence' },
    message: 'File with the licence key',
    help: 'Text, one line or several.',
    implies: { license: 'file' },
    when: is('license', 'file'),
  },
];
