import type { Engine } from '../engine/port.ts';
import { refusalOf } from '../image/refusal.ts';
import { schedulerPlatforms, type Platform } from '../place/requirements.ts';

export interface RegistryAnswer {
  /** The registry's own words; undefined if it has the image. */
  words: string | undefined;
  /** True if they say that there is no such image, which waiting cannot cure. */
  absent: boolean;
  /** What the image is made for; none if the registry does not say. */
  platforms: readonly Platform[];
}

/** Asks the registry once per image, in the background: a registry that is away takes seconds to say so. */
export class Registry {
  readonly #engine: Pick<Engine, 'imageInRegistry'>;
  readonly #asked = new Map<string, RegistryAnswer | 'pending'>();

  constructor(engine: Pick<Engine, 'imageInRegistry'>) {
    this.#engine = engine;
  }

  /** The answer, if it has come; the first call asks. */
  answer(image: string): RegistryAnswer | undefined {
    const known = this.#asked.get(image);
    if (known !== undefined) return known === 'pending' ? undefined : known;
    this.#asked.set(image, 'pending');
    void this.#engine.imageInRegistry(image).then(
      ({ platforms }) =>
        this.#asked.set(image, { words: undefined, absent: false, platforms: schedulerPlatforms(platforms) }),
      (error: unknown) => {
        const { kind, words } = refusalOf(error);
        this.#asked.set(image, { words, absent: kind === 'absent', platforms: [] });
      },
    );
    return undefined;
  }
}
