import { ownNetworks } from '../compose/networks.ts';
import type { StackDocument } from '../compose/types.ts';
import type { SwarmNode } from '../engine/port.ts';
import { answerWord } from '../place/named-node.ts';
import { forecastOf } from './forecast.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { judgeHost } from './hosts/judge.ts';
import { portHolders } from './hosts/port-holders.ts';
import { judgePairs } from './pairs/judge.ts';
import { wantedOf, type HostWants } from './hosts/wanted.ts';

/** For the pairs, whose two jobs follow each other: each may wait for its image, 45 s at most (PREPARING_MS). */
const HOSTS_SECONDS = 150;

/** What a stack needs of its hosts and swarm does not look at, on every node that will carry a task. */
export const hosts: Check = {
  name: 'hosts',
  title: 'hosts',
  offline: false,
  waitsFor: 'the nodes, which run a short job each',
  limitSeconds: HOSTS_SECONDS,
  // The network of the pairs is in use until its last container is gone.
  tidySeconds: 8,
  async run(context, signal = new AbortController().signal) {
    const { askHosts, askPairs, live } = context;
    if (live === undefined) return [];
    const wants = await wantsOf(context, live);
    if (typeof askHosts === 'string') return [notRun(askHosts, wants, live.nodes)];
    const carriers = wants.map(({ node }) => node);
    const asking = askHosts(wants, live.nodes, signal);
    const pairing = askPairs?.(carriers, live.nodes, signal);
    // Neither is left running behind an error of the other: what it made would stay.
    await Promise.allSettled([asking, pairing]);
    const [readings, pairs] = [await asking, await pairing];
    const { stack, limits } = context;
    const holders = portHolders(stack, live.services, live.tasks);
    const found = wants.flatMap((each) =>
      judgeHost(each, readings.get(each.node.id), {
        stack,
        limits,
        mtu: limits.mtu ?? networkMtu(context.document),
        nodes: live.nodes,
        holders,
      }),
    );
    return [...found, ...(pairs === undefined ? [] : judgePairs(carriers, pairs, live.nodes))];
  },
};

async function wantsOf(
  context: CheckContext,
  { nodes, services, tasks }: NonNullable<CheckContext['live']>,
): Promise<HostWants[]> {
  const { stack, plan, document, limits } = context;
  return wantedOf({
    stack,
    plan,
    document,
    limits,
    nodes,
    services,
    tasks,
    forecast: (await forecastOf(context)).services,
  });
}

/** Not asked is not passed: what would have been looked at is said, for who looks by hand. */
function notRun(why: string, wants: readonly HostWants[], nodes: readonly SwarmNode[]): Finding {
  const values = new Map<string, string[]>();
  for (const { node, sysctls } of wants) {
    const text = Object.entries(sysctls)
      .map(([name, { least }]) => `${name} ${least}`)
      .join(', ');
    if (text !== '') values.set(text, [...(values.get(text) ?? []), answerWord(nodes, node)]);
  }
  const byHand = [...values].map(([text, names]) => `${text} on ${names.join(', ')}`);
  return {
    level: 'not-run',
    text: `${wants.length} node${wants.length === 1 ? ' was' : 's were'} not asked: ${why}`,
    ...(byHand.length === 0 ? {} : { hint: `to look by hand: sysctl NAME; wanted ${byHand.join('; ')}` }),
  };
}

const USUAL_MTU = 1500;

/** The largest that a network of the stack is made for. */
function networkMtu(document: StackDocument): number {
  const named = Object.values(ownNetworks(document)).map(({ driverOpts }) =>
    Number(driverOpts?.['com.docker.network.driver.mtu'] ?? USUAL_MTU),
  );
  return named.length === 0 ? USUAL_MTU : Math.max(...named);
}
