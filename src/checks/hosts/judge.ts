import type { HostLimits } from '../../bundle/host-limits.ts';
import { isUnheard, type SwarmNode } from '../../engine/port.ts';
import { answerWord, nodeWord } from '../../place/named-node.ts';
import { listText, sizeText } from '../../place/words.ts';
import { shellWord } from '../../shell-word.ts';
import type { Finding } from '../check.ts';
import { PROBE_IMAGE_HINT } from '../probe-image.ts';
import { UNHEARD_HINT, unheardText } from '../unheard.ts';
import type { HostReading } from './ask.ts';
import { judgeClock } from './clock.ts';
import { interfaceOf, type HostFacts } from './parse.ts';
import type { PortHolder, PortHolders } from './port-holders.ts';
import type { HostWants } from './wanted.ts';

export interface HostJudgeOptions {
  stack: string;
  limits: HostLimits;
  /** Least MTU between the nodes. */
  mtu: number;
  /** Of the whole swarm. */
  nodes: readonly SwarmNode[];
  holders: PortHolders;
}

/** One thing that was looked at: what is good of it in a few words, or a finding. */
type Verdict = { good: string } | (Pick<Finding, 'text' | 'hint'> & { level: 'warning' | 'error' | 'unsure' });

/** What a node's answer means: a finding for each thing that is amiss or not known, and one for all that is well. */
export function judgeHost(wants: HostWants, reading: HostReading | undefined, options: HostJudgeOptions): Finding[] {
  const name = answerWord(options.nodes, wants.node);
  const verdicts =
    reading === undefined
      ? []
      : [...judgeAll(wants, reading, options), ...wants.binds.map((bind) => judgeBind(bind, reading.binds))];
  const good = verdicts.flatMap((verdict) => ('good' in verdict ? [verdict.good] : []));
  return [
    ...(reading === undefined ? [notAsked(wants, options.nodes)] : []),
    ...verdicts.flatMap((verdict): Finding[] =>
      'good' in verdict ? [] : [{ ...verdict, node: name, text: `${name}: ${verdict.text}` }],
    ),
    ...(good.length === 0
      ? []
      : [
          {
            level: 'ok' as const,
            node: name,
            text: `${name}: ${[...new Set(good), platformOf(wants)].join(', ')}`,
          },
        ]),
  ];
}

function notAsked({ node }: HostWants, nodes: readonly SwarmNode[]): Finding {
  const { state, availability } = node;
  const name = answerWord(nodes, node);
  const down = state !== 'ready';
  if (isUnheard(node))
    return { level: 'unsure', node: name, text: `${name}: could not tell: ${unheardText('it')}`, hint: UNHEARD_HINT };
  return {
    level: 'unsure',
    node: name,
    text:
      `${name}: could not tell: the node ${down ? `is ${state}` : `is set to ${availability}`} and takes no ` +
      'task that would ask it',
    hint: down ? 'bring it back' : `docker node update --availability active ${nodeWord(nodes, node)}`,
  };
}

const platformOf = ({ node }: HostWants): string => `engine ${node.engineVersion} on ${node.os}/${node.arch}`;

function judgeAll(wants: HostWants, { answer }: HostReading, options: HostJudgeOptions): Verdict[] {
  if ('trouble' in answer) return [unsure(`could not tell: ${answer.trouble}`, PROBE_IMAGE_HINT)];
  const { facts, task } = answer;
  return [
    ...Object.entries(wants.sysctls).map(([name, { least, by }]) => judgeSysctl(name, least, by, facts, options.stack)),
    ...(wants.freeBytes > 0 ? [judgeDisk(wants.freeBytes, facts)] : []),
    ...(task === undefined ? [] : [judgeClock(task, options.limits.clockSeconds)]),
    // Alone, a node sends nothing to others.
    ...(options.nodes.length === 1 ? [] : [judgeMtu(wants, facts, options)]),
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

/**
 * How much larger the packets between nodes are over IPv6: swarm makes its networks for the 50 bytes that VXLAN takes
 * over IPv4, whatever is below (moby/moby: libnetwork/drivers/overlay/encryption.go, maxMTU; Linux:
 * include/net/vxlan.h, VXLAN_HEADROOM and VXLAN6_HEADROOM). Engines before 25 have no overlay over IPv6, and none has
 * one inside (33564a0; ov_network.go takes IPv4 subnets alone).
 */
const MORE_OVER_IPV6 = 20;

function judgeMtu({ node }: HostWants, facts: HostFacts, { mtu: wanted, limits }: HostJudgeOptions): Verdict {
  const name = interfaceOf(node.address, facts);
  const mtu = name === undefined ? undefined : facts.mtus[name];
  const least = limits.mtu ?? (node.address.includes(':') ? wanted + MORE_OVER_IPV6 : wanted);
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

function judgePorts({ node, ports }: HostWants, { listed, open }: HostFacts, { holders }: HostJudgeOptions): Verdict[] {
  const free: string[] = [];
  const verdicts = ports.flatMap(({ port, protocol, service }): Verdict[] => {
    const shown = protocol === 'tcp' ? `${port}` : `${port}/${protocol}`;
    if (!listed.has(protocol))
      return [unsure(`could not tell whether port ${shown} is free: the host’s sockets cannot be listed`)];
    const isOpen = open.has(`${protocol} ${port}`);
    const holder = isOpen ? holders(node.id, `${port}/${protocol}`) : undefined;
    if (!isOpen || holder?.ours === true) {
      free.push(isOpen ? `${shown} (ours)` : shown);
      return [];
    }
    return [takenPort(`port ${shown}, which ${service} publishes,`, { port, protocol }, holder)];
  });
  return free.length === 0
    ? verdicts
    : [...verdicts, { good: `port${free.length === 1 ? '' : 's'} ${listText([...new Set(free)])} free` }];
}

/** What is said of a port that is not ours, by how its holder has it. */
const HELD: Record<PortHolder['by'], { level: 'warning' | 'error'; is: string; hint: string }> = {
  task: { level: 'error', is: 'is taken by', hint: 'choose another port or node' },
  ingress: { level: 'error', is: 'is taken by', hint: 'choose another port' },
  'stopping-task': {
    level: 'warning',
    is: 'is still taken by',
    hint: 'it is free once that task has ended; a deployment waits for it',
  },
};

function takenPort(
  which: string,
  { port, protocol }: Pick<HostWants['ports'][number], 'port' | 'protocol'>,
  holder: PortHolder | undefined,
): Verdict {
  if (holder === undefined)
    return {
      level: 'error',
      text: `${which} is taken by a process of the host`,
      hint:
        `there: ss -${protocol === 'tcp' ? 'ltnp' : 'lunp'} 'sport = :${port}' shows which process; stop it, or ` +
        'choose another port or node',
    };
  const { level, is, hint } = HELD[holder.by];
  return { level, text: `${which} ${is} ${holder.who}`, hint };
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
