/** What a round of chaos does, from the seed and its number alone. Pure. */
import { Random } from './random.ts';

/** What is edited in the bundle before a run. `first`: nothing, but the swarm has none of it. */
export type Change = 'first' | 'nothing' | 'data' | 'agents' | 'manager' | 'token' | 'label';

/**
 * The command that is killed, or what else befalls a deploy: the leader's engine dies, or the one that bundle talks to.
 */
export type Kind = 'deploy' | 'rollback' | 'destroy' | 'init' | 'leader' | 'engine';

export interface Blow {
  /** When, as a part of how long such a run takes. */
  at: number;
  /** With the docker CLI that it started; otherwise that goes on by itself. */
  group: boolean;
  /** The manager that the run talks to. */
  host: string;
  /** Edited before this run; of the first, the round's own. */
  change?: Change;
}

export interface Round {
  number: number;
  kind: Kind;
  blows: Blow[];
  /** The manager that the last run, which nobody disturbs, talks to. */
  host: string;
  /** One more draw, for what else there is to choose. */
  luck: number;
}

export const HOSTS = ['node1', 'node2', 'node3'] as const;

/** One deck of rounds, dealt in an order of its own each time: all that can happen happens again and again. */
const DECK: readonly { kind: Kind; change: Change }[] = [
  ...(
    ['first', 'nothing', 'data', 'data', 'agents', 'manager', 'token', 'token', 'token', 'label', 'label'] as const
  ).map((change) => ({ kind: 'deploy' as const, change })),
  ...(['rollback', 'destroy', 'init', 'leader', 'engine'] as const).map((kind) => ({ kind, change: 'data' as const })),
];

const EDITS = ['data', 'agents', 'token', 'label'] as const;

/** The round of this number. @param seed a whole number */
export function roundOf(seed: number, number: number): Round {
  const deck = Math.floor((number - 1) / DECK.length);
  const card = new Random(seed + 7919 * deck).shuffle(DECK)[(number - 1) % DECK.length] ?? {
    kind: 'deploy',
    change: 'data',
  };
  const random = new Random(seed * 31 + number);
  const single = card.kind === 'leader' || card.kind === 'engine';
  const count = single ? 1 : random.pick([3, 4, 4, 5]);
  const blows = Array.from({ length: count }, (_unused, index): Blow => {
    const another = card.kind === 'deploy' && index > 0 && random.chance(0.2);
    return {
      at: single ? random.between(0.05, 0.7) : card.kind === 'init' ? random.next() : moment(random),
      group: random.chance(0.3),
      host: random.pick(HOSTS),
      ...(index === 0 ? { change: card.change } : another ? { change: random.pick(EDITS) } : {}),
    };
  });
  return { number, kind: card.kind, blows, host: random.pick(HOSTS), luck: random.next() };
}

/**
 * Nearly all writing is done in the first second or two of a run, the rest is waiting; the very beginning and the very
 * end count too.
 */
function moment(random: Random): number {
  const kind = random.next();
  if (kind < 0.1) return random.between(0, 0.03);
  if (kind < 0.7) return random.between(0.02, 0.15);
  return kind < 0.88 ? random.between(0.15, 0.9) : random.between(0.9, 1);
}
