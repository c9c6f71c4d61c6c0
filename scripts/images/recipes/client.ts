/** A shell with the usual tools (nc, wget, nslookup …), to look at a stack from inside its network. */
import { LABELS, PATH, type Recipe } from './recipe.ts';
import { skeleton } from './skeleton.ts';

export const client: Recipe = {
  repository: 'lab/client',
  tag: '1',
  settings: { cmd: ['sh'], env: { PATH }, labels: LABELS },
  layers: async (log) => [await skeleton(log)],
};
