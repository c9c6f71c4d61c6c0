import type { Engine } from '../engine/port.ts';
import type { Step } from './step.ts';

/** `docker stack deploy` of the document. */
export function deployStack(engine: Engine, name: string, document: string, env: Record<string, string>, onLine: (line: string) => void): Step {
  return {
    title: 'docker stack deploy',
    describe: () => `docker stack deploy ${name}`,
    run: (signal) => engine.deployStack(name, document, { env, onLine, signal }),
  };
}
