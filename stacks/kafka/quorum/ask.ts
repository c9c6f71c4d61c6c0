import type { QuorumMember } from '../members.ts';

/** A tool that does not get an answer gives up before the job's time is over. */
const CLIENT = [
  'security.protocol=SSL',
  'ssl.keystore.type=PEM',
  'ssl.truststore.type=PEM',
  'default.api.timeout.ms=20000',
  'request.timeout.ms=8000',
  'socket.connection.setup.timeout.ms=4000',
];

/**
 * What the job runs, in the image of a member, by the image's own tools. `open NAME`: the member takes connections, a
 * broker that is since its last start no longer fenced (measured, 4.4.0). `voters …`, `topics …`: lines of a tool;
 * `end TOOL CODE`: it has ended. Tools write to files first, so that their lines do not mix.
 */
export function askScript(
  members: readonly QuorumMember[],
  ports: { internal: number; controller: number },
  files: { store: string; trust: string },
): string {
  const [first] = members;
  const brokers = first?.broker === true;
  const port = brokers ? ports.internal : ports.controller;
  const at = members.map(({ name }) => `${name}:${port}`).join();
  const option = brokers ? '--bootstrap-server' : '--bootstrap-controller';
  const tool = (name: string, program: string, rest: string): string =>
    `tool ${name} ${program} ${option} ${at} --command-config $dir/client ${rest} & tools="$tools $!"`;
  return `umask 077
dir=$(mktemp -d)
printf '%s\\n' ${CLIENT.join(' ')} ssl.keystore.location=/run/secrets/${files.store} \\
  ssl.truststore.location=/run/secrets/${files.trust} > $dir/client
export KAFKA_HEAP_OPTS=-Xmx256m KAFKA_JVM_PERFORMANCE_OPTS='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
for name in ${members.map(({ name }) => name).join(' ')}; do
  { exec 3<> /dev/tcp/$name/${port} && echo "open $name"; } 2> /dev/null &
done
tools=
tool() {
  name=$1 program=$2; shift 2
  /opt/kafka/bin/$program "$@" > $dir/$name 2> /dev/null
  echo $? > $dir/$name.code
}
${[
  ...(first?.controller === true ? [tool('voters', 'kafka-metadata-quorum.sh', 'describe --replication')] : []),
  ...(brokers ? [tool('topics', 'kafka-topics.sh', '--describe')] : []),
].join('\n')}
wait $tools
for name in voters topics; do
  [ -e $dir/$name.code ] || continue
  sed "s/^/$name /" $dir/$name
  echo "end $name $(cat $dir/$name.code)"
done
rm -r $dir
exit 0`;
}
