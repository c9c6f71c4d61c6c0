import { ADMIN } from './brokers.ts';
import { TARGETS } from './secrets.ts';

/** Kept in memory, for this container alone: settings for the tools, of the administrator and of the broker itself. */
export const PRIVATE = '/dev/shm/kafka';
export const DATA = '/var/lib/kafka/data';
const SECRETS = '/run/secrets';
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule';

/**
 * What a broker's container runs: the first start makes the administrator while it formats the volume, then the image's
 * own start takes over. `kafka-storage` takes the password from a file of arguments, so that it stands in no argument
 * and no environment; it prints keys, and on a fault its arguments, so that nothing of what it prints is kept. The
 * image's own program renders the settings, and formats whatever directory they name: it is given another one. Its
 * file has no last newline. `printf` is a word of bash's own.
 */
export const START = `set -euf
umask 077
refuse() { echo "not started: $1" >&2; exit 64; }
for file in ${Object.values(TARGETS).join(' ')}; do
  [ -s ${SECRETS}/$file ] || refuse "the secret ${SECRETS}/$file is missing or empty"
done
password=; IFS= read -r password < ${SECRETS}/${TARGETS.password} || true
case $password in
  '' | *[!A-Za-z0-9_-]*) refuse 'the password of ${ADMIN} is empty or has other characters than letters, digits, _ and -' ;;
esac
voters=${DATA}/.voters
if [ -e $voters ] && [ "$(cat $voters)" != "$KAFKA_CONTROLLER_QUORUM_VOTERS" ]; then
  refuse "the controllers of a cluster never change: this volume has $(cat $voters), asked for is $KAFKA_CONTROLLER_QUORUM_VOTERS"
fi
mkdir -p ${PRIVATE}
trust() { printf 'ssl.truststore.type=PEM\\nssl.truststore.location=${SECRETS}/%s\\n' "$1"; }
{
  trust ${TARGETS.clientCa}
  printf 'security.protocol=SASL_SSL\\nsasl.mechanism=SCRAM-SHA-512\\n'
  printf 'sasl.jaas.config=${SCRAM} required username="${ADMIN}" password="%s";\\n' "$password"
} > ${PRIVATE}/admin.properties
{
  trust ${TARGETS.peersCa}
  printf 'security.protocol=SSL\\nssl.keystore.type=PEM\\nssl.keystore.location=${SECRETS}/${TARGETS.peer}\\n'
} > ${PRIVATE}/broker.properties
if [ ! -e ${DATA}/meta.properties ]; then
  rm -rf /tmp/first
  mkdir /tmp/first
  KAFKA_LOG_DIRS=/tmp/first/data /opt/kafka/bin/kafka-run-class.sh kafka.docker.KafkaDockerWrapper setup \\
    --default-configs-dir /etc/kafka/docker --mounted-configs-dir /mnt/shared/config \\
    --final-configs-dir /tmp/first > /dev/null
  printf '\\nlog.dirs=${DATA}\\n' >> /tmp/first/server.properties
  printf 'format\\n--cluster-id=%s\\n--config=/tmp/first/server.properties\\n' "$CLUSTER_ID" > ${PRIVATE}/arguments
  printf -- '--add-scram=SCRAM-SHA-512=[name=${ADMIN},password=%s]' "$password" >> ${PRIVATE}/arguments
  /opt/kafka/bin/kafka-storage.sh @${PRIVATE}/arguments > /dev/null 2>&1 || refuse "kafka-storage format ended with $?"
  rm ${PRIVATE}/arguments
fi
[ -e $voters ] || printf %s "$KAFKA_CONTROLLER_QUORUM_VOTERS" > $voters
unset password
exec /etc/kafka/docker/run
`;
