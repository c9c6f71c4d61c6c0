import { randomBytes } from 'node:crypto';
import type { RandomSource } from '../sdk/kind.ts';

/** The operating system's randomness and clock, as secrets are made with them. */
export const systemSource: RandomSource = { bytes: (count) => randomBytes(count), now: () => new Date() };
