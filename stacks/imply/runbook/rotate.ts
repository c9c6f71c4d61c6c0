import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';

/** Where a new CA waits for `init`: below `secrets/`, which git leaves out. */
const NEW = 'secrets/new';

/** How each secret gets a new version; nothing if none can. */
export function rotate(stack: string, answers: ImplyAnswers): RunbookSection {
  const { tls, authentication } = answers;
  const ca = [
    '- **The CA** (`bundle status` shows its days left). Every certificate hangs on it: an outage of all agents ' +
      'and clients, who must trust the new one.',
    '',
    '  ```sh',
    `  (umask 077; mkdir -p ${NEW}; openssl req -x509 -newkey rsa:${tls.keyBits} -nodes -days ${tls.days} ` +
      `-subj "/CN=${stack} Imply CA" -addext "keyUsage=critical,keyCertSign,cRLSign" ` +
      `-keyout ${NEW}/ca.key -out ${NEW}/ca.crt)`,
    `  bundle init . --yes --set secretFiles.caCertificate=${NEW}/ca.crt ` +
      `--set secretFiles.caKey=${NEW}/ca.key && rm -r ${NEW}`,
    '  bundle deploy',
    '  ```',
    '',
    '  Then restart the cluster in the manager’s UI, which asks for it.',
  ];
  const token = [
    '- **The token.** Manager and agents restart together; agents that come up first try again until the ' +
      'manager knows it.',
    '',
    '  ```sh',
    '  openssl rand -base64 32 | bundle init . --yes --set secretFiles.authToken=-',
    '  bundle deploy',
    '  ```',
  ];
  return {
    title: 'Rotate secrets',
    markdown: [
      'A Docker secret never changes: a new content is a new version, and the services that mount it restart. ' +
        'Old versions go once no kept release needs them.',
      '',
      ...(tls.enabled ? ca : []),
      ...(tls.enabled && authentication.enabled ? [''] : []),
      ...(authentication.enabled ? token : []),
      ...(tls.enabled || authentication.enabled ? [''] : []),
      `- **The store’s password.** ${storeEmbedded(answers) ? '' : 'Change it in the database first, then '}` +
        '`bundle init . --set secretFiles.storePassword=FILE` and `bundle deploy`' +
        `${storeEmbedded(answers) ? ', which changes it in the running MySQL before anything restarts' : ''}. ` +
        'Clusters that exist keep the old one in their settings: change it in the manager’s UI too.',
    ].join('\n'),
  };
}
