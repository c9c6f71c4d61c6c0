import { nanoCpus, sizeBytes } from '../../../src/sdk/helpers.ts';
import type { AmountTexts } from '../../common/answers.ts';
import type { Refuse } from './refuse.ts';
import { ROLES, isData, type Role } from './roles.ts';

export const SIZES = ['trial', 'production'] as const;
export type Size = (typeof SIZES)[number];

interface Named {
  reserve: { cpus: string; memory: string };
  limit: AmountTexts;
}

/** What the vendor's chart requests [H2303 values.yaml]; it sets no limits. */
const TRIAL = {
  master: { cpus: '0.2', memory: '500M' },
  query: { cpus: '0.4', memory: '1200M' },
  data: { cpus: '0.4', memory: '1300M' },
};
/**
 * The vendor's advice on hardware [docs.imply.io/3.0/on-prem/deploy/cluster: an AWS r4.2xlarge]: data and query 8 CPUs
 * and 61 GiB, master 4 and 16. It means one host an agent: so an agent may use what it reserves, and no more.
 */
const PRODUCTION = {
  master: { cpus: '4', memory: '16G' },
  query: { cpus: '8', memory: '61G' },
  data: { cpus: '8', memory: '61G' },
};

function named(size: Size, role: Role): Named {
  const kind = isData(role) ? 'data' : role;
  return size === 'trial'
    ? { reserve: TRIAL[kind], limit: {} }
    : { reserve: PRODUCTION[kind], limit: PRODUCTION[kind] };
}

/** `agents` of the answers. */
interface Sized extends Readonly<Record<Role, { reserve: AmountTexts; limit: AmountTexts }>> {
  size: Size;
}

/**
 * What one agent of a role has reserved and may use at most: the size's numbers, each replaced by an own number where
 * there is one. A reservation of one's own that is above the size's limit raises that limit.
 */
export function resourcesOf(agents: Sized, role: Role): Named {
  const { reserve, limit } = named(agents.size, role);
  const own = agents[role];
  const result = {
    reserve: { cpus: own.reserve.cpus ?? reserve.cpus, memory: own.reserve.memory ?? reserve.memory },
    limit: { cpus: own.limit.cpus ?? limit.cpus, memory: own.limit.memory ?? limit.memory },
  };
  for (const key of ['cpus', 'memory'] as const) {
    const most = result.limit[key];
    if (own.limit[key] === undefined && most !== undefined && units(key, most) < units(key, result.reserve[key]))
      result.limit[key] = result.reserve[key];
  }
  return result;
}

/** NaN for what is no number: the checks across answers run on refused values too, and NaN is below nothing. */
function units(key: 'cpus' | 'memory', text: string): number {
  if (key === 'cpus') return /^\d+(\.\d{1,9})?$/.test(text) ? nanoCpus(text, key) : NaN;
  return /^\d+[bkmg]?$/i.test(text) ? sizeBytes(text, key) : NaN;
}

/** Swarm takes a limit below the reservation, though the task could never use what is kept free for it. */
export function checkLimits(agents: Sized, refuse: Refuse): void {
  for (const role of ROLES) {
    const { reserve, limit } = resourcesOf(agents, role);
    for (const path of belowReservation(reserve, limit))
      refuse(
        ['agents', role, 'limit', path],
        `is below the ${reserve[path]} that are reserved; raise it, or lower agents.${role}.reserve.${path}`,
      );
  }
}

/** Which limits are below what is reserved. */
export function belowReservation(reserve: AmountTexts, limit: AmountTexts): ('cpus' | 'memory')[] {
  return (['cpus', 'memory'] as const).filter((key) => {
    const [least, most] = [reserve[key], limit[key]];
    return least !== undefined && most !== undefined && units(key, most) < units(key, least);
  });
}
