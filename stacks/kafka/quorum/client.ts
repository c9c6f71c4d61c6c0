/** Settings of the image's tools in a job, which has the targets of a member's secrets. */
import type { Login } from '../answers.ts';
import { ADMIN } from '../answers.ts';
import { TARGETS } from '../secrets.ts';
import { MECHANISM, jaasOf } from '../start.ts';

/** A tool that does not get an answer gives up before the job's time is over. */
const PATIENCE = ['default.api.timeout.ms=30000', 'request.timeout.ms=8000', 'socket.connection.setup.timeout.ms=4000'];
const SECRETS = '/run/secrets';

/** Targets of the secrets by which a member, and by which the administrator is let in. */
export const PEER_FILES = [TARGETS.peer, TARGETS.peersCa];
export const ADMIN_FILES = [TARGETS.password, TARGETS.clientCa];

/** Of bash: writes settings to `$dir/peer`, for the listeners INTERNAL and CONTROLLER. */
export const asPeer = `printf '%s\\n' ${[
  'security.protocol=SSL',
  'ssl.keystore.type=PEM',
  `ssl.keystore.location=${SECRETS}/${TARGETS.peer}`,
  ...trust(TARGETS.peersCa),
  ...PATIENCE,
].join(' ')} > $dir/peer`;

/** Of bash: writes settings to `$dir/admin`, for the listener CLIENT; \`printf\` is a word of bash's own. */
export const asAdministrator = (login: Exclude<Login, 'certificate'>): string => `password=
IFS= read -r password < ${SECRETS}/${TARGETS.password} || true
{
  printf '%s\\n' ${['security.protocol=SASL_SSL', `sasl.mechanism=${MECHANISM[login]}`, ...trust(TARGETS.clientCa), ...PATIENCE].join(' ')}
  printf 'sasl.jaas.config=${jaasOf(login)} username="${ADMIN}" password="%s";\\n' "$password"
} > $dir/admin`;

function trust(target: string): string[] {
  return ['ssl.truststore.type=PEM', `ssl.truststore.location=${SECRETS}/${target}`];
}

/**
 * Of bash: a directory in memory for files that nobody else reads, a small JVM, and `why PREFIX FILE…`, which prints
 * `why`, the prefix and the last error of Kafka's that the files tell of, if there is one: its name alone. A job that
 * is cut off removes nothing, and its container's disk stays on the node.
 */
export const BEGIN = `umask 077
dir=$(mktemp -d -p /dev/shm)
export KAFKA_HEAP_OPTS=-Xmx256m KAFKA_JVM_PERFORMANCE_OPTS='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
why() {
  prefix=$1; shift
  cat "$@" | grep -o 'common\\.errors\\.[A-Za-z]*' | tail -n 1 | sed "s/^common.errors./why $prefix/"
}`;
