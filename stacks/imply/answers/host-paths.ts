import * as z from 'zod';
import { directory } from './fields.ts';
import type { Refuse } from './refuse.ts';
import { ROLES, type Role } from './roles.ts';

const VAR = 'Host directory for /mnt/var, on each of its nodes, made by you. Default: a named volume.';

/** Where a service with one data directory keeps it. */
const HOST_PATHS = 'Host directories in place of volumes.';

export const varPath = z
  .strictObject({ var: directory.optional().describe(VAR) })
  .prefault({})
  .describe(HOST_PATHS);
/** Data agents have a second one. */
export const dataPaths = z
  .strictObject({
    var: directory.optional().describe(VAR),
    tmp: directory.optional().describe('Host directory for /mnt/tmp, likewise.'),
  })
  .prefault({})
  .describe(HOST_PATHS);

interface Place {
  replicas: number;
  nodes: string[];
  hostPaths: { var?: string | undefined; tmp?: string | undefined };
}

/** Two tasks in one directory would write over each other's data. */
export function checkHostPaths(
  agents: Readonly<Record<Role, Place>>,
  manager: { nodes: string[]; hostPaths: Place['hostPaths'] },
  most: number,
  refuse: Refuse,
): void {
  const taken = new Map<string, { path: string; who: string }[]>();
  const take = (at: (string | number)[], node: string, path: string): void => {
    const others = taken.get(node) ?? [];
    const who = at.join('.');
    const other = others.find((each) => overlap(each.path, path));
    if (other)
      refuse(
        at,
        `${path} on ${node} is already used by ` +
          `${other.who === who ? 'another agent of this role; name a node for each, or leave the path out' : other.who}`,
      );
    taken.set(node, [...others, { path, who }]);
  };
  const claim = (owner: string[], node: string, paths: Place['hostPaths']): void => {
    for (const key of ['var', 'tmp'] as const)
      if (paths[key] !== undefined) take([...owner, 'hostPaths', key], node, paths[key]);
  };
  claim(['manager'], manager.nodes[0] ?? '', manager.hostPaths);
  for (const role of ROLES) {
    const { replicas, nodes, hostPaths } = agents[role];
    if (nodes.length === 0) continue;
    for (let index = 0; index < Math.min(replicas, most); index++)
      claim(['agents', role], nodes[index % nodes.length] ?? '', hostPaths);
  }
}

const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
