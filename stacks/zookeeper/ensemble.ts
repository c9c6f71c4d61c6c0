import type { Ensemble, EnsembleReading, MemberReading } from '../../src/sdk/definition.ts';
import { breakages, zookeeperPolicy } from './policy.ts';
import { isServer, type Server } from './servers.ts';

/** The servers as one ensemble; its probe asks each of them on the stack's network. */
export function zookeeperEnsemble(servers: readonly Pick<Server, 'name'>[], network: string): Ensemble {
  const names = servers.map(({ name }) => name);
  return {
    name: 'zookeeper',
    title: 'ZooKeeper',
    services: names,
    isMember: isServer,
    // Its snapshots and the numbers of its elections; the log is in the other volume. A server may write some before it
    // hears of the others: then more is refused than has to be, and never less.
    data: {
      directory: '/data/version-2',
      files: ['*'],
      hint: 'deploy with the number of members from before, and the group grows by the next deployment',
    },
    policy: zookeeperPolicy,
    probe: {
      network,
      command: ['sh', '-c', script(names)],
      timeoutSeconds: 60,
      read: (lines) => readAnswers(names, lines),
    },
  };
}

/**
 * The tools are those of the health check, and of any Linux image with a shell. A line is `SERVER WORD ANSWER`; a
 * server that is silent has none.
 */
function script(names: readonly string[]): string {
  return [
    `for server in ${names.join(' ')}; do`,
    '  for word in srvr mntr; do',
    '    echo $word | nc -w 2 $server 2181 2>/dev/null | grep -E "^(Mode:|This ZooKeeper|zk_synced_followers)" ' +
      '| sed "s/^/$server $word /"',
    '  done',
    'done',
    'echo asked',
  ].join('\n');
}

interface Answer {
  /** leader, follower, standalone, observer; `waiting` if it runs and serves nobody. */
  mode?: string;
  /** Of a leader. */
  synced?: number;
}

/**
 * What `srvr` and `mntr` say (ZooKeeper 3.4 to 3.9: server/command/StatCommand, MonitorCommand; `zk_synced_followers`
 * of the leader). A follower answers `Mode: follower` once it has the leader's data; until then, and without a quorum,
 * a server says that it is not currently serving requests.
 */
export function readAnswers(names: readonly string[], lines: readonly string[]): EnsembleReading {
  const answers = parse(lines);
  const of = (mode: string): string[] => names.filter((name) => answers.get(name)?.mode === mode);
  if (names.length === 1) return readSingle(names[0] ?? '', answers);
  const leaders = of('leader');
  const followers = of('follower');
  const leader = leaders.length === 1 ? leaders[0] : undefined;
  const synced = leader === undefined ? 0 : (answers.get(leader)?.synced ?? 0);
  // A leader that counts fewer than say they follow has not heard of all yet, or no longer: which, it does not tell.
  const quorum = leader !== undefined && synced >= followers.length && 1 + followers.length > names.length / 2;
  const members = names.map((name): [string, MemberReading] => {
    const mode = answers.get(name)?.mode;
    if (name === leader) return [name, { ok: true, text: 'leader', last: true }];
    if (mode === 'follower' && leader !== undefined) return [name, { ok: true, text: 'follower' }];
    return [name, { ok: false, text: trouble(mode) }];
  });
  const who =
    leader === undefined
      ? leaders.length === 0
        ? 'no leader'
        : `${leaders.length} leaders`
      : `leader ${leader}, ${synced} of ${names.length - 1} followers in sync`;
  return { members: breakages(Object.fromEntries(members), quorum), quorum, text: quorum ? who : `${who}: no quorum` };
}

function readSingle(name: string, answers: ReadonlyMap<string, Answer>): EnsembleReading {
  const mode = answers.get(name)?.mode;
  const ok = mode === 'standalone' || mode === 'leader';
  const text = ok ? mode : trouble(mode);
  return { members: { [name]: { ok, text } }, quorum: ok, text: `${name}: ${text}` };
}

function trouble(mode: string | undefined): string {
  if (mode === undefined) return 'does not answer';
  if (mode === 'waiting') return 'runs, but is not serving: it looks for a leader or for its data';
  return mode === 'standalone' ? 'serves alone, without the others' : `${mode}, without one leader`;
}

function parse(lines: readonly string[]): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const line of lines) {
    const [, name = '', said = ''] = /^(\S+) (?:srvr|mntr) (.*)$/.exec(line) ?? [];
    const mode =
      /^Mode: (\w+)/.exec(said)?.[1] ??
      (said.startsWith('This ZooKeeper instance is not currently serving') ? 'waiting' : undefined);
    const synced = /^zk_synced_followers\s+([\d.]+)/.exec(said)?.[1];
    // The last word counts: a server may have found its leader between two questions, or lost it.
    if (mode !== undefined) answers.set(name, { ...answers.get(name), mode });
    if (synced !== undefined) answers.set(name, { ...answers.get(name), synced: Number(synced) });
  }
  return answers;
}
