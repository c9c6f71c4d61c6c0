import type { Ensemble, MemberData } from '../sdk/definition.ts';
import { allEnded } from '../swarm/jobs/all-ended.ts';
import type { Check, CheckContext, Finding, LiveSwarm } from './check.ts';
import { copyFindings } from './kept-copies.ts';
import { NOT_READ, READ_SECONDS, volumeAt, type KeptVolume } from './kept-volumes.ts';
import {
  findNone,
  holdingsAmong,
  readHoldings,
  startEmpty,
  untoldFindings,
  whoFind,
  type Holdings,
} from './member-data.ts';
import { ownService } from './own-service.ts';

/**
 * Members of a new quorum group start together. If some find a volume with data that stayed when the stack was
 * destroyed or its swarm was lost, and others an empty one, those may agree among themselves, and the data is dropped.
 * A group of which a member exists grows by the rules of its policy. So are those looked at that keep copies of what
 * it agreed on: beside a group that starts empty, what they have is lost.
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
      groups.map(async ({ group, data, members, copies }) => {
        const holdings = await readHoldings('kept-data', data, [...members, ...copies], context, live, signal);
        const own = holdingsAmong(holdings, members);
        const isMixed = own.full.length > 0 && own.empty.length + own.untold.length > 0;
        return [
          ...untoldFindings(holdings),
          ...(isMixed ? [mixed(group, data, own)] : []),
          ...copyFindings(group, data.copies, own, holdingsAmong(holdings, copies), context),
        ];
      }),
    );
    return found.flat();
  },
};

interface NewGroup {
  group: Ensemble;
  data: MemberData;
  members: KeptVolume[];
  /** Of services outside it, which may exist. */
  copies: KeptVolume[];
}

/** A group of which no member exists yet, with the volumes that can be looked into, if there is more than one. */
function membersOf(group: Ensemble, context: CheckContext, live: LiveSwarm): NewGroup[] {
  const { services, data } = group;
  if (data === undefined) return [];
  if (services.some((name) => ownService(context.stack, live.services, name) !== undefined)) return [];
  const volumes = (of: readonly string[]): KeptVolume[] =>
    of.flatMap((service) => volumeAt(context, live, { service, path: data.directory }) ?? []);
  const [members, copies] = [volumes(services), volumes(data.copies?.services ?? [])];
  return members.length > 0 && members.length + copies.length > 1 ? [{ group, data, members, copies }] : [];
}

function mixed({ title, services, policy }: Ensemble, data: MemberData, holdings: Holdings): Finding {
  const { full, empty, untold } = holdings;
  const others = [...empty, ...untold.map(({ member }) => member)].map(({ service }) => service);
  return {
    level: 'error',
    text:
      `${title}: ${whoFind(full)} data that was kept from before, ${findNone(holdings)}: if those without agree ` +
      'first, that data is dropped',
    hint:
      `${data.hint}; ${startEmpty(full)}; ` +
      (policy.worksWith(others, services)
        ? 'with --ignore kept-data those without may agree first'
        : 'if a volume was lost, and what only it had is given up, go on with --ignore kept-data'),
  };
}
