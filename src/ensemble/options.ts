import type { Ensemble } from '../../stacks/definition.ts';
import type { StackDocument } from '../compose/types.ts';
import type { ConvergeOptions } from '../converge/options.ts';
import type { Engine } from '../engine/port.ts';
import type { Plan } from '../plan/plan.ts';

export interface WavesOptions {
  engine: Engine;
  /** The whole stack document. */
  document: StackDocument;
  plan: Plan;
  ensembles: readonly Ensemble[];
  /** Values for `${NAME:?}` in the document. */
  environment: Record<string, string>;
  /** Stack, clock, signal, redactor and so on; its time-out is for all members together, `only` and `before` are set here. */
  converge: ConvergeOptions;
  /** What is begun, one line each. */
  onStep: (text: string) => void;
  /** Each line of the docker CLI. */
  onLine: (line: string) => void;
}
