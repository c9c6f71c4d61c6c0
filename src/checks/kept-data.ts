import type { Ensemble } from '../sdk/definition.ts';
import type { Check, CheckContext, Finding, LiveSwarm } from './check.ts';
import { keptVolume, NOT_READ, readKept, type KeptVolume } from './kept-volumes.ts';
import { ownService } from './own-service.ts';

/** What the job prints of a member that has data. */
const FULL = 'has data';
/** A directory that cannot be listed is not taken for an empty one. */
const SCRIPT = `[ -e "$1" ] || exit 0; entries=$(ls -A "$1") || exit 1; [ -z "$entries" ] || echo '${FULL}'`;

/**
 * Members of a new quorum group start together. If some find a volume with data that stayed when the stack was
 * destroyed, and others an empty one, those may agree among themselves, and the data is dropped. A group of which a
 * member exists grows by the rules of its policy.
 */
export const keptData: Check = {
  name: 'kept-data',
  title: 'kept data of a new quorum group',
  offline: false,
  waitsFor: 'jobs that look into kept volumes',
  async run(context, signal) {
    const { live, plan } = context;
    if (live === undefined) return [];
    const groups = plan.ensembles.flatMap((group) => membersOf(group, context, live));
    if (groups.length === 0) return [];
    if (!context.mayStartJobs) return [{ level: 'info', text: NOT_READ }];
    const found = await Promise.all(groups.map(async (group) => findingsOf(group, context, live, signal)));
    return found.flat();
  },
};

interface NewGroup {
  title: string;
  members: KeptVolume[];
}

/** A group of several of which none exists yet, with the volumes that can be looked into. */
function membersOf({ title, services, dataDirectory }: Ensemble, context: CheckContext, live: LiveSwarm): NewGroup[] {
  if (dataDirectory === undefined || services.length === 1) return [];
  if (services.some((name) => ownService(context.stack, live.services, name) !== undefined)) return [];
  const members = services.flatMap((service) => keptVolume(context, live, { service, path: dataDirectory }) ?? []);
  return members.length > 1 ? [{ title, members }] : [];
}

async function findingsOf(
  { title, members }: NewGroup,
  context: CheckContext,
  live: LiveSwarm,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const read = await readKept('kept-data', SCRIPT, members, context, live, signal);
  const results = new Map(read.map(({ kept, result }) => [kept, result]));
  const isFull = (member: KeptVolume): boolean => results.get(member)?.lines.includes(FULL) === true;
  const told = members.filter((member) => results.get(member)?.ok !== false);
  const [full, empty] = [told.filter(isFull), told.filter((member) => !isFull(member))];
  const untold = read.filter(({ result }) => !result.ok);
  return [
    ...untold.map(({ kept: { volume, node }, result: { text } }): Finding => ({
      level: 'unsure',
      node: node.hostname,
      text: `could not tell whether volume ${volume} holds data from before: ${text}`,
      hint: `on ${node.hostname}: docker volume inspect ${volume}`,
    })),
    ...(full.length === 0 || empty.length === 0 ? [] : [mixed(title, full, empty)]),
  ];
}

function mixed(title: string, full: readonly KeptVolume[], empty: readonly KeptVolume[]): Finding {
  const names = (of: readonly KeptVolume[]): string =>
    of.map(({ service, node }) => `${service} (${node.hostname})`).join(', ');
  const kept = full.map(({ volume, node }) => `${volume} on ${node.hostname}`).join(', ');
  return {
    level: 'error',
    text:
      `${title}: ${names(full)} ${full.length === 1 ? 'finds' : 'find'} data that was kept from before, ${names(empty)} ` +
      `${empty.length === 1 ? 'finds' : 'find'} none: if those without agree first, that data is dropped`,
    hint:
      'deploy with the number of members from before, and the group grows by the next deployment; to start empty, ' +
      `remove the volumes that were kept (${kept}), which deletes their data for good; if a volume was lost, and what ` +
      'only it had is given up, go on with --ignore kept-data',
  };
}
