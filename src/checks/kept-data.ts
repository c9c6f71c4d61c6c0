import type { Ensemble, MemberData } from '../sdk/definition.ts';
import { allEnded } from '../swarm/jobs/all-ended.ts';
import type { Check, CheckContext, Finding, LiveSwarm } from './check.ts';
import { keptVolume, NOT_READ, READ_SECONDS, type KeptVolume } from './kept-volumes.ts';
import { readHoldings, untoldFindings, withNodes, type Holdings } from './member-data.ts';
import { ownService } from './own-service.ts';

/**
 * Members of a new quorum group start together. If some find a volume with data that stayed when the stack was
 * destroyed or its swarm was lost, and others an empty one, those may agree among themselves, and the data is dropped.
 * A group of which a member exists grows by the rules of its policy.
 *
 * A member whose volume could not be told counts as empty as soon as another one has data. As long as none is known to
 * have any, it is `unsure` and no more: a first deployment, of which nothing tells it apart, must not fail since one
 * of its nodes is slow.
 */
export const keptData: Check = {
  name: 'kept-data',
  title: 'kept data of a new quorum group',
  offline: false,
  waitsFor: 'jobs that look into kept volumes',
  limitSeconds: READ_SECONDS,
  async run(context, signal) {
    const { live, plan } = context;
    if (live === undefined) return [];
    const groups = plan.ensembles.flatMap((group) => membersOf(group, context, live));
    if (groups.length === 0) return [];
    if (!context.mayStartJobs) return [{ level: 'info', text: NOT_READ }];
    const found = await allEnded(
      groups.map(async ({ group, data, members }) => {
        const holdings = await readHoldings('kept-data', data, members, context, live, signal);
        const { full, empty, untold } = holdings;
        const isMixed = full.length > 0 && empty.length + untold.length > 0;
        return [...untoldFindings(holdings), ...(isMixed ? [mixed(group, data, holdings)] : [])];
      }),
    );
    return found.flat();
  },
};

interface NewGroup {
  group: Ensemble;
  data: MemberData;
  members: KeptVolume[];
}

/** A group of several of which none exists yet, with the volumes that can be looked into. */
function membersOf(group: Ensemble, context: CheckContext, live: LiveSwarm): NewGroup[] {
  const { services, data } = group;
  if (data === undefined || services.length === 1) return [];
  if (services.some((name) => ownService(context.stack, live.services, name) !== undefined)) return [];
  const members = services.flatMap((service) => keptVolume(context, live, { service, path: data.directory }) ?? []);
  return members.length > 1 ? [{ group, data, members }] : [];
}

function mixed({ title, services, policy }: Ensemble, data: MemberData, { full, empty, untold }: Holdings): Finding {
  const unknown = untold.map(({ member }) => member);
  const kept = full.map(({ volume, node }) => `${volume} on ${node.hostname}`).join(', ');
  const finds = (of: readonly KeptVolume[]): string => `${withNodes(of)} ${of.length === 1 ? 'finds' : 'find'}`;
  const without = [
    ...(empty.length === 0 ? [] : [`${finds(empty)} none`]),
    ...(unknown.length === 0 ? [] : [`of ${withNodes(unknown)} it could not be told`]),
  ];
  const others = [...empty, ...unknown].map(({ service }) => service);
  return {
    level: 'error',
    text:
      `${title}: ${finds(full)} data that was kept from before, ${without.join(', and ')}: if those without agree ` +
      'first, that data is dropped',
    hint:
      `${data.hint}; to start empty, remove the volumes that were kept (${kept}), which deletes their data for good; ` +
      (policy.worksWith(others, services)
        ? 'with --ignore kept-data those without may agree first'
        : 'if a volume was lost, and what only it had is given up, go on with --ignore kept-data'),
  };
}
