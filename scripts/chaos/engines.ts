/** Rounds in which an engine dies under a deploy: the leader's, or the one that bundle talks to. */
import { setTimeout as pause } from 'node:timers/promises';
import { HOSTS, type Round } from './choose.ts';
import { diskOf, violations } from './invariants.ts';
import { again, edit, judge, type Durations, type Work } from './round.ts';
import { HOME, STACK, type Ended, type Subject } from './subject.ts';

const READY_MS = 90_000;

/** Kills an engine in the middle of a deploy, starts it again, and runs the same command. */
export async function engineRound(subject: Subject, round: Round, durations: Durations, work: Work): Promise<void> {
  const [blow] = round.blows;
  if (blow === undefined) throw new Error('a round without a blow');
  const args = subject.deploy;
  await edit(subject, blow, round);
  const disk = await diskOf(subject);
  const leader = await leaderOf(subject);
  const victim = round.kind === 'leader' ? leader : blow.host;
  const others = HOSTS.filter((host) => host !== victim);
  const spared = others[round.luck < 0.5 ? 0 : 1] ?? 'node1';
  const run = subject.start(args, round.kind === 'leader' ? spared : victim);
  let over = false;
  void run.ended.then(() => {
    over = true;
  });
  await Promise.race([pause(blow.at * durations.expect('data')), run.ended]);
  if (over) work.events.push('ended before');
  await subject.lab.kill(victim);
  work.faults += 1;
  subject.enginesDied = true;
  try {
    // Back soon, so that the run may live through it, or only when the run has given up.
    const soon = (round.luck * 10) % 1 < 0.5;
    await Promise.race(soon ? [pause(2_000 + round.luck * 4_000)] : [pause(45_000), run.ended]);
    // By another manager, while the first is still away; where tasks are to run there, this would wait for it.
    if (!soon && victim !== HOME && victim !== subject.queryNode) {
      await run.ended;
      const meanwhile = await subject.run(args, spared);
      if (await reportsLost(subject, meanwhile, spared))
        work.events.push(
          `from ${spared}, meanwhile: the swarm waits for a task that has long been running: a node's reports ` +
            'do not arrive',
        );
      else judge(args, spared, meanwhile, work);
    }
  } finally {
    await subject.lab.start(victim);
  }
  const ended = await run.ended;
  const words = ended.all.split('\n').find((line) => line.startsWith('bundle: ')) ?? '';
  work.events.push(
    `${victim}${victim === leader ? ' (leader)' : ''} killed after ` +
      `${((blow.at * durations.expect('data')) / 1000).toFixed(1)} s: ended with ${String(ended.code)} after ` +
      `${(ended.ms / 1000).toFixed(1)} s ${words}`,
  );
  // A verification tells its failures in its table.
  const told = words !== '' || /: \d+ checks on \d+ tasks: /.test(ended.all);
  if (ended.code !== 0 && (!told || /unexpected error/.test(ended.all)))
    work.violations.push(`no clear error, but:\n${ended.all}`);
  await allReady(subject);
  await again(subject, args, round.host, work);
  subject.deployed = true;
  work.violations.push(...(await violations(subject, disk)));
}

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

async function leaderOf(subject: Subject): Promise<string> {
  const list = await subject.docker(['node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}']);
  return / ?(\S+) Leader/.exec(list)?.[1] ?? 'node1';
}

/** Waits until each manager sees all of them ready and reachable. @throws Error after 90 s */
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
