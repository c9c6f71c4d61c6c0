import type { Engine, ImageInRegistry } from '../engine/port.ts';
import { domainOf } from '../image/reference.ts';
import type { Terminal } from '../ui/reporter.ts';
import { Waiting } from '../ui/waiting.ts';

/**
 * Asks for each image once a command, however many parts of it want to know: a registry that is away takes its whole
 * time to say so.
 */
export class RegistryLookup {
  readonly waiting = new Waiting();
  readonly #answers = new Map<string, Promise<ImageInRegistry>>();

  /** The registry's answer, by way of the engine. @throws what `imageInRegistry` throws, the same each time */
  find(engine: Engine, image: string, io: Terminal): Promise<ImageInRegistry> {
    const key = `${engine.address.url} ${image}`;
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = this.waiting.for(
        `registry ${domainOf(image)} to answer, no longer than 20 s`,
        io,
        engine.imageInRegistry(image),
      );
      // Nobody may be listening yet when it fails.
      answer.catch(() => undefined);
      this.#answers.set(key, answer);
    }
    return answer;
  }
}
