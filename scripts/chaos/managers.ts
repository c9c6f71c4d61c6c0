/** What the death of an engine leaves in a swarm, and how another manager is made the leader. */
import { setTimeout as pause } from 'node:timers/promises';
import { HOSTS } from './choose.ts';
import { STACK, type Ended, type Subject } from './subject.ts';

const READY_MS = 240_000;

/**
 * After an engine died, the leader may take its node for absent when logs are asked for, however ready it is: its log
 * broker holds nodes as a set, from which the end of the dead engine's connection also takes the new one (swarmkit,
 * manager/logbroker/broker.go, nodeDisconnected). Then bundle rightly says that it cannot tell, until there is another
 * leader.
 */
export function logsLost(subject: Subject, { code, all }: Ended): boolean {
  return subject.enginesDied && code === 7 && /could not read the log: .*node \w+ is not available/.test(all);
}

/**
 * After the leader died, a node's agent may go on without a session with the new one while the dead one stays away: its
 * containers run, and the swarm shows their tasks as preparing (seen on 20.10 for twelve minutes, and after the dead
 * engine was back too, until there was another leader). Then bundle rightly says that it does not converge. Whether it
 * is so is asked of the nodes' own engines.
 */
export async function reportsLost(subject: Subject, { code }: Pick<Ended, 'code'>, host: string): Promise<boolean> {
  if (!subject.enginesDied || code !== 4) return false;
  const list = await subject.docker(
    [
      'stack',
      'ps',
      STACK,
      '--no-trunc',
      '--filter',
      'desired-state=running',
      '--format',
      '{{.Name}}.{{.ID}} {{.Node}} {{.CurrentState}}',
    ],
    host,
  );
  const late = list.split('\n').flatMap((line) => {
    const [name = '', node = '', state = ''] = line.split(' ');
    return name === '' || state === 'Running' ? [] : [{ name, node }];
  });
  if (late.length === 0) return false;
  const up = await Promise.all(
    late.map(async ({ name, node }) =>
      (await subject.lab.docker(node, ['ps', '--format', '{{.Names}}'], { check: false })).stdout
        .split('\n')
        .includes(name),
    ),
  );
  return up.every(Boolean);
}

/** Makes another manager the leader, and the old one a manager again. */
export async function changeLeader(subject: Subject): Promise<void> {
  const leader = await leaderOf(subject);
  const other = HOSTS.find((host) => host !== leader) ?? 'node1';
  await subject.docker(['node', 'demote', leader], other);
  const until = performance.now() + READY_MS;
  // Refused until the demotion has gone all the way.
  while (
    (await subject.lab.docker(other, ['node', 'promote', leader], { check: false })).code !== 0 &&
    performance.now() < until
  )
    await pause(500);
  await allReady(subject);
}

/** The host of the leader. */
export async function leaderOf(subject: Subject): Promise<string> {
  const list = await subject.docker(['node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}']);
  return / ?(\S+) Leader/.exec(list)?.[1] ?? 'node1';
}

/** Waits until each manager sees all of them ready and reachable. @throws Error after four minutes */
export async function allReady(subject: Subject): Promise<void> {
  const until = performance.now() + READY_MS;
  for (const host of HOSTS) {
    for (;;) {
      const { code, stdout } = await subject.lab.docker(
        host,
        ['node', 'ls', '--format', '{{.Status}} {{.ManagerStatus}}'],
        { check: false },
      );
      if (code === 0 && (stdout.match(/^Ready (Leader|Reachable)$/gm) ?? []).length === HOSTS.length) break;
      if (performance.now() > until)
        throw new Error(`after ${READY_MS / 1000} s the managers are, as ${host} sees them:\n${stdout}`);
      await pause(300);
    }
  }
}
