import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { KafkaAnswers } from '../answers.ts';
import { CLIENT_CA_FILE } from '../secrets.ts';
import { FOR_CLIENTS, block } from './tools.ts';

/** Where a new CA waits for `init`: below `secrets/`, which git leaves out. */
const NEW = 'secrets/new';
const BOTH = `${FOR_CLIENTS}/both-cas.crt`;

/** In which order clients and brokers get another CA: brokers have the old one or the new one, never both. */
export function authority(stack: string, { clients: { login } }: KafkaAnswers): RunbookSection {
  const make =
    `openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=${stack} Kafka CA $(date +%F)" ` +
    `-addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ${NEW}/ca.key -out ${NEW}/ca.crt`;
  return {
    title: 'Another CA of the clients',
    markdown: [
      'Brokers restart one at a time with certificates of the new CA. Clients that trust the old one alone are ' +
        'refused by each broker that has restarted, in the end by all; the plan does not know of ' +
        'them. So, in this order:',
      '',
      '1. The new CA, and a file with both. One of your own goes to the same places, with another name (subject) ' +
        'than the old one: some clients take two of one name for the same.',
      '',
      ...block(
        `(umask 077; mkdir -p ${NEW} ${FOR_CLIENTS}; ${make}; cat secrets/${CLIENT_CA_FILE} ${NEW}/ca.crt > ${BOTH})`,
      ),
      `2. Hand \`${BOTH}\` to all clients as what they trust, and restart them: \`ssl.truststore.location\` with ` +
        '`ssl.truststore.type=PEM`, and without the line `ssl.truststore.certificates` of the files of "How clients ' +
        'connect" (Kafka takes one of the two).',
      '3. The bundle takes the new CA, and issues every certificate of it anew:',
      '',
      ...block(
        `bundle init . --yes --set secretFiles.caCertificate=${NEW}/ca.crt --set secretFiles.caKey=${NEW}/ca.key && ` +
          `rm -r ${NEW}`,
      ),
      ...(login === 'certificate' ? CERTIFICATES : ['4. The brokers:']),
      '',
      ...block('bundle deploy'),
      '5. Write the files of "How clients connect" again: what they trust is the new CA. Once the deployment is ' +
        'over, clients need the old one no more.',
    ].join('\n'),
  };
}

const CERTIFICATES = [
  '4. The brokers, and the certificates of clients with them. A broker that has restarted refuses those of the old ' +
    'CA, one that has not refuses those of the new: until the deployment is over and each client has its new one, no ' +
    'client reaches all brokers. Write the files of `clients.users` again before ("How clients connect"), have the ' +
    'new CA issue what the old one issued for others, and hand all of them out as this goes on:',
];
