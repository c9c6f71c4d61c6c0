import type { Login } from '../answers.ts';
import { PORTS, clientAddresses, type QuorumMember } from '../members.ts';
import { ADMIN_FILES, BEGIN, PEER_FILES, asAdministrator, asPeer } from './client.ts';

/** Added to the command: settings of the cluster, directories that failed, and whether the administrator is let in. */
export const THOROUGHLY = ['thoroughly'];
/**
 * A member that does not take connections yet may be starting: for so long no tool, which would wait as well, is run.
 */
const STARTING_SECONDS = 15;
/** Of no topic that there is: the directories are asked for, not what is in them. */
const NO_TOPIC = '--topic-list none.of.them';

/** Targets of the secrets that the script reads. */
export const filesOf = (brokers: boolean, login: Login): string[] => [
  ...PEER_FILES,
  ...(brokers && login !== 'certificate' ? ADMIN_FILES : []),
];

/**
 * What the job runs, in the image of a member, by the image's own tools. `open NAME`: the member takes connections, a
 * broker that was once unfenced since its last start (measured, 4.4.0). `voters …`, `topics …`, `directories …`: lines
 * of a tool; `end TOOL CODE`: it has ended; `refused TOOL`: it was not let in; `why TOOL NAME`: its last error, by name
 * alone, since nothing that a container says is quoted. Tools write to files first, so that their lines do not mix.
 */
export function askScript(members: readonly QuorumMember[], login: Login, voters: readonly QuorumMember[]): string {
  const [first] = members;
  const brokers = first?.broker === true;
  const port = brokers ? PORTS.internal : PORTS.controller;
  const at = `${brokers ? '--bootstrap-server' : '--bootstrap-controller'} ${addressesOf(members, port)}`;
  // The active controller itself is asked: a broker that has lost it answers what it knew before, and one that recovers
  // its logs takes no connections, though its controller votes.
  const atVoters = `--bootstrap-controller ${addressesOf(voters, PORTS.controller)}`;
  const tool = (name: string, program: string, rest: string, where = at): string =>
    `tool ${name} ${program} ${where} --command-config $dir/peer ${rest} & tools="$tools $!"`;
  return `${BEGIN}
${asPeer}
shopt -s nullglob
mkdir $dir/open
for name in ${members.map(({ name }) => name).join(' ')}; do
  until (exec 3<> /dev/tcp/$name/${port}); do sleep 0.2; done 2> /dev/null && : > $dir/open/$name &
done
while open=($dir/open/*) && [ \${#open[@]} -lt ${members.length} ] && [ $SECONDS -lt ${STARTING_SECONDS} ]; do sleep 0.1; done
tools=
tool() {
  name=$1 program=$2; shift 2
  /opt/kafka/bin/$program "$@" > $dir/$name 2> $dir/$name.errors
  echo $? > $dir/$name.code
}
${[
  tool('voters', 'kafka-metadata-quorum.sh', 'describe --replication', atVoters),
  ...(brokers ? [tool('topics', 'kafka-topics.sh', '--describe')] : []),
  besides(members, login, tool),
].join('\n')}
wait $tools
for name in $dir/open/*; do echo "open \${name##*/}"; done
for name in voters topics settings directories; do
  [ -e $dir/$name.code ] || continue
  sed "s/^/$name /" $dir/$name
  ! grep -q SaslAuthenticationException $dir/$name.errors || echo "refused $name"
  why "$name " $dir/$name.errors
  echo "end $name $(cat $dir/$name.code)"
done
rm -r $dir
exit 0`;
}

const addressesOf = (members: readonly QuorumMember[], port: number): string =>
  members.map(({ name }) => `${name}:${port}`).join();

type Tool = (name: string, program: string, rest: string) => string;

/** Controllers apart tell their own settings, which brokers do not know. */
function besides(members: readonly QuorumMember[], login: Login, tool: Tool): string {
  const settings = tool('settings', 'kafka-configs.sh', '--describe --entity-type brokers');
  const lines = members[0]?.broker === true ? directories(members, login, tool) : [];
  return [`if [ "$0" = ${THOROUGHLY.join()} ]; then`, settings, ...lines, 'fi'].join('\n');
}

/** They are asked for as the administrator, if that one has a password: so it is known to be good. */
function directories(members: readonly QuorumMember[], login: Login, tool: Tool): string[] {
  const program = 'kafka-log-dirs.sh';
  if (login === 'certificate') return [tool('directories', program, `--describe ${NO_TOPIC}`)];
  return [
    asAdministrator(login),
    `tool directories ${program} --bootstrap-server ${clientAddresses(members)} --command-config $dir/admin \\`,
    `  --describe ${NO_TOPIC} & tools="$tools $!"`,
  ];
}
