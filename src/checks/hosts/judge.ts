import type { HostLimits } from '../../bundle/host-limits.ts';
import { shellWord } from '../../shell-word.ts';
import { STACK_NAMESPACE, type SwarmTask } from '../../engine/port.ts';
import { listText, sizeText } from '../../place/words.ts';
import type { Finding } from '../check.ts';
import type { HostReading } from './ask.ts';
import { judgeClock } from './clock.ts';
import { interfaceOf, type HostFacts } from './parse.ts';
import type { HostWants } from './wanted.ts';

export interface HostJudgeOptions {
  stack: string;
  limits: HostLimits;
  /** Least MTU between the nodes. */
  mtu: number;
  /** Of the whole swarm. */
  tasks: readonly SwarmTask[];
  services: readonly { id: string; name: string; labels: Record<string, string> }[];
  /** Alone, a node sends nothing to others. */
  alone: boolean;
}

/** One thing that was looked at: what is good of it in a few words, or a finding. */
type Verdict = { good: string } | (Pick<Finding, 'text' | 'hint'> & { level: 'warning' | 'error' | 'unsure' });

/** What a node's answer means: a finding for each thing that is amiss or not known, and one for all that is well. */
export function judgeHost(wants: HostWants, reading: HostReading | undefined, options: HostJudgeOptions): Finding[] {
  const { hostname } = wants.node;
  const verdicts =
    reading === undefined
      ? []
      : [...judgeAll(wants, reading, options), ...wants.binds.map((bind) => judgeBind(bind, reading.binds))];
  const good = verdicts.flatMap((verdict) => ('good' in verdict ? [verdict.good] : []));
  return [
    ...(reading === undefined ? [notAsked(wants)] : []),
    ...verdicts.flatMap((verdict): Finding[] =>
      'good' in verdict ? [] : [{ ...verdict, node: hostname, text: `${hostname}: ${verdict.text}` }],
    ),
    ...(good.length === 0
      ? []
      : [
          {
            level: 'ok' as const,
            node: hostname,
            text: `${hostname}: ${[...new Set(good), platformOf(wants)].join(', ')}`,
          },
        ]),
  ];
}

function notAsked({ node }: HostWants): Finding {
  const { hostname, state, availability } = node;
  const down = state !== 'ready';
  return {
    level: 'unsure',
    node: hostname,
    text:
      `${hostname}: could not tell: the node ${down ? `is ${state}` : `is set to ${availability}`} and takes no ` +
      'task that would ask it',
    hint: down ? 'bring it back' : `docker node update --availability active ${shellWord(hostname)}`,
  };
}

const platformOf = ({ node }: HostWants): string => `engine ${node.engineVersion} on ${node.os}/${node.arch}`;

function judgeAll(wants: HostWants, { answer }: HostReading, options: HostJudgeOptions): Verdict[] {
  if ('trouble' in answer)
    return [
      unsure(
        `could not tell: ${answer.trouble}`,
        'the node must have the image of verify.probeImage, or be able to pull it; if it only took long, run ' +
          'the check again',
      ),
    ];
  const { facts, task } = answer;
  return [
    ...Object.entries(wants.sysctls).map(([name, { least, by }]) => judgeSysctl(name, least, by, facts, options.stack)),
    ...(wants.freeBytes > 0 ? [judgeDisk(wants.freeBytes, facts)] : []),
    ...(task === undefined ? [] : [judgeClock(task, options.limits.clockSeconds)]),
    ...(options.alone ? [] : [judgeMtu(wants, facts, options.mtu)]),
    ...judgePorts(wants, facts, options),
  ];
}

const unsure = (text: string, hint?: string): Verdict => ({
  level: 'unsure',
  text,
  ...(hint === undefined ? {} : { hint }),
});

function judgeSysctl(name: string, least: number, by: string, { sysctls }: HostFacts, stack: string): Verdict {
  const value = sysctls[name];
  if (value === undefined || !/^\d+$/.test(value))
    return unsure(
      `could not tell ${name}: ${value === undefined ? 'its kernel shows none' : `it is "${value}", not one number`}`,
    );
  if (Number(value) >= least) return { good: `${name} ${value}` };
  return {
    level: 'error',
    text: `${name} is ${value}; ${by} wants ${least} or more`,
    hint: `there: sysctl -w ${name}=${least} && echo ${name}=${least} >> /etc/sysctl.d/90-${stack}.conf`,
  };
}

function judgeDisk(least: number, { freeBytes }: HostFacts): Verdict {
  if (freeBytes === undefined)
    return unsure(
      'could not tell the free disk: the probe image has no df that says',
      'there: df -h "$(docker info -f \'{{.DockerRootDir}}\')"',
    );
  if (freeBytes >= least) return { good: `${sizeText(freeBytes)} free for volumes` };
  return {
    level: 'warning',
    text:
      `${sizeText(freeBytes)} free where Docker keeps volumes; ${sizeText(least)} are wanted for those that are ` +
      'new there',
    hint:
      'there: docker system df, docker image prune, or a larger disk; hosts.diskGiB in bundle.yaml says how much ' +
      'is enough',
  };
}

function judgeMtu({ node }: HostWants, { mtus, routes }: HostFacts, least: number): Verdict {
  const name = interfaceOf(node.address, routes);
  const mtu = name === undefined ? undefined : mtus[name];
  if (name === undefined || mtu === undefined)
    return unsure(
      node.address === ''
        ? 'could not tell the MTU: the swarm tells no address of this node'
        : `could not tell the MTU: no interface is known to have ${node.address}`,
    );
  if (mtu >= least) return { good: `MTU ${mtu} (${name})` };
  return {
    level: 'warning',
    text:
      `the MTU of ${name}, which has ${node.address}, is ${mtu}; the swarm’s networks count on ${least}, so large ` +
      'packets between nodes are split or lost',
    hint:
      `there: ip link set dev ${name} mtu ${least}, if what is behind it can; else hosts.mtu says that ${mtu} ` +
      'is meant',
  };
}

function judgePorts({ node, ports }: HostWants, { listed, open }: HostFacts, options: HostJudgeOptions): Verdict[] {
  const free: string[] = [];
  const verdicts = ports.flatMap(({ port, protocol, service }): Verdict[] => {
    const shown = protocol === 'tcp' ? `${port}` : `${port}/${protocol}`;
    if (!listed.has(protocol))
      return [unsure(`could not tell whether port ${shown} is free: the host’s sockets cannot be listed`)];
    const holder = open.has(`${protocol} ${port}`) ? holderOf(node.id, port, protocol, options) : 'nobody';
    if (holder === 'nobody' || holder === 'us') {
      free.push(holder === 'us' ? `${shown} (ours)` : shown);
      return [];
    }
    return [
      {
        level: 'error',
        text: `port ${shown}, which ${service} publishes, is taken by ${holder}`,
        hint:
          `there: ss -${protocol === 'tcp' ? 'ltnp' : 'lunp'} 'sport = :${port}' shows which process; stop it, or ` +
          'choose another port or node',
      },
    ];
  });
  return free.length === 0
    ? verdicts
    : [...verdicts, { good: `port${free.length === 1 ? '' : 's'} ${listText([...new Set(free)])} free` }];
}

/** Whose a port is that somebody has open: a running task's, else a process beside swarm. */
function holderOf(
  nodeId: string,
  port: number,
  protocol: string,
  { stack, tasks, services }: HostJudgeOptions,
): string {
  const task = tasks.find(
    (each) =>
      each.nodeId === nodeId &&
      each.state === 'running' &&
      (each.hostPorts ?? []).some((one) => one.published === port && one.protocol === protocol),
  );
  if (task === undefined) return 'a process of the host';
  const service = services.find(({ id }) => id === task.serviceId);
  return service?.labels[STACK_NAMESPACE] === stack ? 'us' : `service ${service?.name ?? task.serviceId}`;
}

function judgeBind({ source, services }: HostWants['binds'][number], binds: HostReading['binds']): Verdict {
  const seen = binds.get(source);
  if (seen?.there === true)
    return { good: `${source} is there${seen.freeBytes === undefined ? '' : ` (${sizeText(seen.freeBytes)} free)`}` };
  if (seen?.there === false) {
    return {
      level: 'error',
      text:
        `there is no ${source}, which ${listText(services)} mount${services.length === 1 ? 's' : ''}: the tasks ` +
        'would be rejected',
      hint: `there: mkdir -p ${shellWord(source)}, and mount the shared storage on it`,
    };
  }
  return unsure(`could not tell whether ${source} is there: ${seen?.text ?? 'it was not asked'}`);
}
