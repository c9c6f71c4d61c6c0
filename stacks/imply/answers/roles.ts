export const ROLES = ['master', 'query', 'data', 'dataTier2', 'dataTier3'] as const;
/** A kind of agent; `data` is the first data tier, the only one of a small cluster. */
export type Role = (typeof ROLES)[number];
/** A role whose agents hold data, and drain before they stop. */
export const DATA_ROLES = ['data', 'dataTier2', 'dataTier3'] as const satisfies readonly Role[];

/** IMPLY_MANAGER_AGENT_NODE_TYPE of a role [H2303]. */
export const NODE_TYPE: Readonly<Record<Role, string>> = {
  master: 'master',
  query: 'query',
  data: 'dataTier1',
  dataTier2: 'dataTier2',
  dataTier3: 'dataTier3',
};

/** What the agents of a role are called, before their number; a name once given is never changed. */
const LABEL: Readonly<Record<Role, string>> = {
  master: 'master',
  query: 'query',
  data: 'data',
  dataTier2: 'data-tier2',
  dataTier3: 'data-tier3',
};

export const isData = (role: Role): role is (typeof DATA_ROLES)[number] =>
  (DATA_ROLES as readonly Role[]).includes(role);

/** Role of the node label of an agent: data-2, data-tier2-1. @param index from 0 */
export const agentLabel = (role: Role, index: number): string => `${LABEL[role]}-${index + 1}`;

/** Whether a name is, or may become, that of an agent's service. */
export const isAgent = (name: string): boolean => /^imply-(master|query|data(-tier[23])?)-\d+$/.test(name);
