import type { Ensemble, QuorumPolicy } from '../../src/sdk/definition.ts';
import { ask } from './server.ts';

/** All that there can be. */
export const STORES = ['store-1', 'store-2', 'store-3'];
/** A file in a store's volume: the store has something that no other has. */
export const ONLY = '/data/only';

/** Rules of no product: any one store does the work, they come and go one at a time, and never change their mode. */
const policy: QuorumPolicy = {
  worksWith: (up) => up.length > 0,
  last: 'the first store',
  whole: 'every store is ready',
  grow: (_existing, created) => ({ first: 'create', waves: created.map((name) => [name]) }),
  shrink: (leaving) =>
    leaving.length === 1 ? undefined : { why: 'stores go one at a time', hint: 'take one store away, then the next' },
  fixed: [{ field: 'environment MODE', what: 'the mode', why: 'its data is of that mode', hint: 'put the mode back' }],
  patience: { workSeconds: 10, recoverSeconds: 20, wholeSeconds: 60 },
};

/** The first stores, as many as are asked for. */
export function storesOf(count: number): Ensemble {
  const services = STORES.slice(0, count);
  return {
    name: 'stores',
    title: 'stores',
    services,
    isMember: (service) => service.startsWith('store-'),
    policy,
    probe: {
      network: 'proof',
      command: ['/usr/local/bin/node', '-e', ask(STORES)],
      secrets: ['store.password'],
      timeoutSeconds: 60,
      read: (lines) => {
        const said = (service: string, words: string): boolean => lines.includes(`${service} ${words}`);
        const members = STORES.flatMap((service) => {
          const only = said(service, 'ready only');
          const ok = only || said(service, 'ready');
          if (!ok && !services.includes(service)) return [];
          const alone = { breaks: { what: `its ${ONLY} could not be read`, lasting: true }, holds: ONLY };
          const reading = { ok, text: ok ? 'ready' : 'does not answer', last: service === 'store-1' };
          return [[service, { ...reading, ...(only ? alone : {}) }] as const];
        });
        const ready = members.filter(([service, { ok }]) => ok && services.includes(service)).length;
        return {
          members: Object.fromEntries(members),
          quorum: ready > 0,
          text: `${ready} of ${services.length} ready`,
        };
      },
    },
  };
}
