import type { Clock } from '../../swarm/clock.ts';
import { BundleError } from '../../errors.ts';
import type { EndpointAskOptions, EndpointOutcome, EndpointSubject, InsideProber } from './types.ts';

interface Question {
  subject: EndpointSubject;
  deadline: number;
  answer: (outcome: EndpointOutcome) => void;
  fail: (error: unknown) => void;
}

/** Tasks are looked at side by side: what they want asked in a moment goes into one batch. */
const GATHER_MS = 300;

/** What is said of a question that the engine let nobody ask. */
export const notAsked = ({ message }: BundleError): EndpointOutcome => ({
  status: 'unsure',
  detail: `it could not be asked inside the stack’s network: ${message}`,
});

/** The questions of many tasks as few batches: what comes while one is under way goes into the next. */
export class Batches {
  readonly #prober: InsideProber;
  readonly #clock: Clock;
  readonly #limits: Pick<EndpointAskOptions, 'giveUpAt' | 'signal'>;
  #waiting: Question[] = [];
  #busy = false;

  constructor(prober: InsideProber, clock: Clock, limits: Pick<EndpointAskOptions, 'giveUpAt' | 'signal'>) {
    this.#prober = prober;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Rejects with what went wrong in the prober, the engine's words excepted: those are an outcome. */
  ask(subject: EndpointSubject, deadline: number): Promise<EndpointOutcome> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ subject, deadline, answer, fail });
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      let batch: Question[] = [];
      try {
        await this.#clock.sleep(GATHER_MS, this.#limits.signal);
        batch = this.#waiting.splice(0);
        const deadline = Math.max(...batch.map((question) => question.deadline));
        const outcomes = await this.#prober(
          batch.map(({ subject }) => subject),
          { ...this.#limits, deadline },
        );
        for (const { subject, answer } of batch)
          answer(
            outcomes.get(subject) ?? {
              status: 'unsure',
              detail: 'the probe inside the stack’s network did not answer for it',
            },
          );
      } catch (error) {
        for (const { answer, fail } of [...batch, ...this.#waiting.splice(0)]) {
          if (error instanceof BundleError && !this.#limits.signal.aborted) answer(notAsked(error));
          else fail(error);
        }
      }
    }
    this.#busy = false;
  }
}
