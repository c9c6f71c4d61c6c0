import type { ToldSecret } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import { PORTS, clientAddresses, type Member } from './members.ts';
import { ADMIN } from './answers.ts';
import { ADMIN_FILES, BEGIN, PEER_FILES, asAdministrator, asPeer } from './quorum/client.ts';
import { ADMIN_PASSWORD_FILE, TARGETS } from './secrets.ts';
import { NETWORK } from './services.ts';

/**
 * The password of SCRAM is a record of the cluster's own metadata, made when the cluster is made: the secret alone changes
 * nothing. With PLAIN each broker reads it when it starts.
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
    },
  ];
}

/**
 * By the certificate of a broker, which needs no password; then the new password has to be good at every broker that
 * runs: each learns of it from the metadata a moment later. `kafka-configs.sh` reads it from a file, and prints it if it
 * cannot read it: nothing that it prints is kept.
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
  said=$(/opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server ${clientAddresses(brokers)} \\
    --command-config $dir/admin 2> /dev/null) || said=ERROR
  case $said in
    *ERROR*) sleep 1 ;;
    *'(id: '*) exit 0 ;;
  esac
done
refuse 'the brokers took it, and not all of them let the user in by it'`;

const addresses = (brokers: readonly Member[]): string => brokers.map(({ name }) => `${name}:${PORTS.internal}`).join();
