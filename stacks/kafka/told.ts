import type { ToldSecret } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import { PORTS, clientAddresses, type Member } from './members.ts';
import { ADMIN } from './answers.ts';
import { ADMIN_FILES, BEGIN, PEER_FILES, asAdministrator, asPeer } from './quorum/client.ts';
import { ADMIN_PASSWORD_FILE, TARGETS } from './secrets.ts';
import { NETWORK } from './services.ts';

/**
 * The password of SCRAM is a record of the cluster's own metadata, made when the cluster is made: the secret alone
 * changes nothing. With PLAIN each broker reads it when it starts.
 */
export function told({ clients: { login } }: KafkaAnswers, members: readonly Member[]): ToldSecret[] {
  const brokers = members.filter(({ broker }) => broker);
  if (login !== 'scram') return [];
  return [
    {
      file: ADMIN_PASSWORD_FILE,
      what: `the password of the user ${ADMIN}`,
      services: brokers.map(({ name }) => name),
      network: NETWORK,
      command: ['bash', '-c', script(brokers)],
      target: TARGETS.password,
      secrets: [...PEER_FILES, ...ADMIN_FILES].filter((target) => target !== TARGETS.password),
      timeoutSeconds: 120,
      // Members are let in by their certificates alone.
      afterRestart: true,
      // The record is made when a volume is formatted, and of an earlier time if the login was another one since.
      begins: {
        variable: 'KAFKA_SASL_ENABLED_MECHANISMS',
        besides:
          'its other users you make then, and those of an earlier time have the passwords of that time (README.md of ' +
          'this bundle, “Another password”)',
      },
      // The proof that the new one is good dials the listener of clients.
      shown: TARGETS.client,
    },
  ];
}

/**
 * By the certificate of a broker, which needs no password; then the new password has to be good at every broker that
 * can be asked: each learns of it from the metadata a moment later. One that this job does not trust cannot be asked:
 * while the CA of clients is replaced, brokers have different ones. The tool that asks gives up if the first address is
 * of such a broker, so that each has its turn (`BrokerApiVersionsCommand`: `sendAnyNode`). `kafka-configs.sh` reads the
 * password from a file, and prints it if it cannot read it: nothing that it prints is kept.
 */
const script = (brokers: readonly Member[]): string => `${BEGIN}
trap 'rm -r $dir' EXIT
refuse() { echo "$1"; exit 1; }
${asPeer}
${asAdministrator('scram')}
case $password in
  '' | *[!A-Za-z0-9_-]*) refuse 'it is empty, or has other characters than letters, digits, _ and -' ;;
esac
printf 'SCRAM-SHA-512=iterations=8192,password=%s\\n' "$password" > $dir/credential
unset password
/opt/kafka/bin/kafka-configs.sh --bootstrap-server ${addresses(brokers)} --command-config $dir/peer --alter \\
  --entity-type users --entity-name ${ADMIN} --add-config-file $dir/credential > /dev/null 2>&1 ||
  refuse "kafka-configs.sh ended with $?: the brokers did not take it"
for second in 1 2 3 4 5 6 7 8 9 10; do
  for at in ${clientAddresses(brokers)} ${brokers.map((broker) => clientAddresses([broker])).join(' ')}; do
    said=$(/opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server $at --command-config $dir/admin 2> /dev/null) && break
    said=
  done
  case $(printf '%s\n' "$said" | grep -v 'ERROR: .*SslAuthenticationException') in
    *ERROR*) ;;
    *'(id: '*) exit 0 ;;
  esac
  sleep 1
done
refuse 'the brokers took it, and not all that could be asked let the user in by it'`;

const addresses = (brokers: readonly Member[]): string => brokers.map(({ name }) => `${name}:${PORTS.internal}`).join();
