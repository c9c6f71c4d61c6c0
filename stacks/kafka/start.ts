import type { KafkaAnswers } from './answers.ts';
import type { Member } from './members.ts';
import { ADMIN } from './answers.ts';
import { MOUNTED, noGcFiles, writeLogSettings } from './logging.ts';
import { TARGETS, mountsOf, userTarget } from './secrets.ts';

/** Kept in memory, for this container alone: settings for the tools, of the administrator and of the member itself. */
export const PRIVATE = '/dev/shm/kafka';
/** Below it, alone in a directory: what a listener that takes passwords reads. */
export const LOGINS = { directory: `${PRIVATE}/logins`, plain: 'plain' } as const;
/** Whose certificates let clients in: the CA of clients alone, without those above it. */
export const CLIENTS_ISSUER = `${PRIVATE}/clients-issuer.crt`;
export const DATA = '/var/lib/kafka/data';
const SECRETS = '/run/secrets';
const MODULE = {
  scram: 'org.apache.kafka.common.security.scram.ScramLoginModule',
  plain: 'org.apache.kafka.common.security.plain.PlainLoginModule',
} as const;
export const MECHANISM = { scram: 'SCRAM-SHA-512', plain: 'PLAIN' } as const;

/** The first line of a login as Kafka's settings have it, before the name. */
export const jaasOf = (login: 'scram' | 'plain'): string => `${MODULE[login]} required`;

/**
 * What a member's container runs: it refuses what would go wrong silently, writes settings for the tools, and the
 * image's own start takes over. `printf` is a word of bash's own, so that no password is in an argument.
 */
export function startOf(member: Member, answers: KafkaAnswers): string {
  const targets = mountsOf(member, answers).map(({ target }) => target);
  const password = targets.includes(TARGETS.password);
  const { login, users } = answers.clients;
  return [
    begin(targets),
    ...(password ? [readPassword] : []),
    ...(member.controller ? [keepVoters] : []),
    `mkdir -p ${PRIVATE}\n${TRUST}`,
    writeLogSettings,
    ...(password && member.broker && login !== 'certificate' ? [administrator(login)] : []),
    own,
    ...(member.broker && login === 'certificate' ? [clientsIssuer] : []),
    ...(member.broker && login === 'plain' ? [passwords(users)] : []),
    ...(member.controller ? [format(login === 'scram')] : []),
    ...(member.controller ? [noteVoters] : []),
    ...(password ? ['unset password\n'] : []),
    noGcFiles,
    'exec /etc/kafka/docker/run\n',
  ].join('');
}

const begin = (targets: readonly string[]): string => `set -euf
umask 077
refuse() { echo "not started: $1" >&2; exit 64; }
for file in ${targets.join(' ')}; do
  [ -s ${SECRETS}/$file ] || refuse "the secret ${SECRETS}/$file is missing or empty"
done
`;

/** In a setting it stands between quotes, and in a file of arguments between brackets and commas. */
const readPassword = `password=; IFS= read -r password < ${SECRETS}/${TARGETS.password} || true
case $password in
  '' | *[!A-Za-z0-9_-]*) refuse 'the password of ${ADMIN} is empty or has other characters than letters, digits, _ and -' ;;
esac
`;

const VOTERS = '$KAFKA_CONTROLLER_QUORUM_VOTERS';
/** An empty file says nothing: a power loss leaves one, and a full disk did. */
const keepVoters = `voters=${DATA}/.voters
if [ -s $voters ] && [ "$(cat $voters)" != "${VOTERS}" ]; then
  refuse "the controllers of a cluster never change: this volume has $(cat $voters), asked for is ${VOTERS}"
fi
`;
const noteVoters = `if [ ! -s $voters ]; then
  printf %s "${VOTERS}" > $voters.new
  mv $voters.new $voters
fi
`;

const TRUST = `trust() { printf 'ssl.truststore.type=PEM\\nssl.truststore.location=${SECRETS}/%s\\n' "$1"; }
`;

const administrator = (login: 'scram' | 'plain'): string => `{
  trust ${TARGETS.clientCa}
  printf 'security.protocol=SASL_SSL\\nsasl.mechanism=${MECHANISM[login]}\\n'
  printf 'sasl.jaas.config=${jaasOf(login)} username="${ADMIN}" password="%s";\\n' "$password"
} > ${PRIVATE}/admin.properties
`;

const own = `{
  trust ${TARGETS.peersCa}
  printf 'security.protocol=SSL\\nssl.keystore.type=PEM\\nssl.keystore.location=${SECRETS}/${TARGETS.peer}\\n'
} > ${PRIVATE}/broker.properties
`;

/**
 * The secret begins with the certificate that issues (secrets/certificate-authority.ts), and may have those above it
 * for clients: whoever is trusted here lets in all that is below it: a root would let in its other CAs' clients.
 */
const clientsIssuer = `sed '/^-----END CERTIFICATE-----/q' ${SECRETS}/${TARGETS.clientCa} > ${CLIENTS_ISSUER}
`;

/** A config provider reads it from this file; one that is absent would become the password silently. */
const passwords = (users: readonly string[]): string => `mkdir -p ${LOGINS.directory}
logins='${jaasOf('plain')} user_${ADMIN}="'$password'"'
${
  users.length === 0
    ? ''
    : `for user in ${users.join(' ')}; do
  password=; IFS= read -r password < ${SECRETS}/${userTarget('$user')} || true
  case $password in
    '' | *[!A-Za-z0-9_-]*) refuse "the password of $user is empty or has other characters than letters, digits, _ and -" ;;
  esac
  logins="$logins user_$user=\\"$password\\""
done
`
}printf '%s;' "$logins" > ${LOGINS.directory}/${LOGINS.plain}
unset logins
`;

/**
 * The first start of a controller makes the administrator while it formats the volume. `kafka-storage` takes the
 * password from a file of arguments, so that it stands in no argument and no environment; it prints keys, and on a
 * fault its arguments, so that nothing of what it prints is kept. The image's own program renders the settings, and
 * formats whatever directory they name: it is given another one. Its file has no last newline.
 */
const format = (administrator: boolean): string => `if [ ! -e ${DATA}/meta.properties ]; then
  rm -rf /tmp/first
  mkdir /tmp/first
  KAFKA_LOG_DIRS=/tmp/first/data /opt/kafka/bin/kafka-run-class.sh kafka.docker.KafkaDockerWrapper setup \\
    --default-configs-dir /etc/kafka/docker --mounted-configs-dir ${MOUNTED} \\
    --final-configs-dir /tmp/first > /dev/null
  printf '\\nlog.dirs=${DATA}\\n' >> /tmp/first/server.properties
  printf 'format\\n--cluster-id=%s\\n--config=/tmp/first/server.properties\\n' "$CLUSTER_ID" > ${PRIVATE}/arguments
${
  administrator
    ? `  printf -- '--add-scram=SCRAM-SHA-512=[name=${ADMIN},password=%s]' "$password" >> ${PRIVATE}/arguments\n`
    : ''
}  /opt/kafka/bin/kafka-storage.sh @${PRIVATE}/arguments > /dev/null 2>&1 || refuse "kafka-storage format ended with $?"
  rm ${PRIVATE}/arguments
fi
`;
