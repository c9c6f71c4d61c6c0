import { messageOf } from '../errors.ts';
import type { AskTools, External } from '../sdk/definition.ts';
import { TIMED_OUT, within } from '../swarm/clock.ts';
import { createRedactor } from '../ui/redact.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { addressFindings } from './external-addresses.ts';

/** Of one external, below the deadline of the whole check: the others are still reported. */
const DEADLINE_MS = 20_000;

/**
 * Servers outside the swarm, asked from this machine. What they say of themselves counts; that this machine reaches
 * them, or does not, is a warning or a note only: the tasks connect from their own nodes, and this machine may see what
 * they do not, or the reverse.
 */
export const externals: Check = {
  name: 'externals',
  title: 'servers outside the swarm',
  offline: true,
  waitsFor: 'the servers outside the swarm',
  async run(context) {
    const { externals: all } = context.plan;
    if (all.length === 0) return [{ level: 'ok', text: 'part of the stack' }];
    return (await Promise.all(all.map((external) => findingsOf(external, context)))).flat();
  },
};

async function findingsOf(external: External, context: CheckContext): Promise<Finding[]> {
  const [addresses, findings] = await Promise.all([addressFindings(external, context), ask(external, context)]);
  return [...findings, ...addresses];
}

async function ask(external: External, context: CheckContext): Promise<Finding[]> {
  const tools = toolsOf(context);
  try {
    const reading = await within(external.ask(tools), DEADLINE_MS, context.clock);
    if (reading !== TIMED_OUT) return external.judge(reading);
    return [{ level: 'unsure', text: `${external.what}: no answer within ${DEADLINE_MS / 1000} s` }];
  } catch (error) {
    return [{ level: 'unsure', text: `${external.what} could not be asked: ${tools.redact(messageOf(error))}` }];
  }
}

function toolsOf(context: CheckContext): AskTools {
  const given: Buffer[] = [];
  return {
    probe: (host, port, send) => context.probe(host, port, send),
    secret(part) {
      const value = context.lockedValue(part);
      if (value !== undefined) given.push(value);
      return value;
    },
    redact: (text) => createRedactor(given)(text),
  };
}
