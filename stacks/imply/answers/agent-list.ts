import * as z from 'zod';

const word = (what: string) =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9 _.:-]+$/, what);
const key = word('a key of letters, digits and _ . : -');
const state = word('a state of letters, digits, spaces and _ . : -');

/** Where the manager tells which agents it knows, for those who know it of theirs. */
export const agentList = z
  .strictObject({
    path: z
      .string()
      .max(256)
      .regex(/^\/[A-Za-z0-9/_.-]*$/, 'a path such as /agents')
      .describe('Path of the list, which the manager answers on its API port as JSON without white space.'),
    nameKey: key.default('name').describe('Key of an agent’s host name in the list.'),
    stateKey: key.default('state').describe('Key of its state, which comes after the name.'),
    good: state.default('registered').describe('The state of an agent that is registered.'),
    bad: z.array(state).max(16).default(['lost']).describe('Its other states.'),
    staleSeconds: z
      .int()
      .min(0)
      .max(600)
      .default(30)
      .describe('How long an agent that is gone may still be listed as registered.'),
  })
  .optional()
  .describe(
    'How `verify` asks the manager whether each agent is registered. The vendor documents no way; give it if you ' +
      'know one of your version. Default: it is not asked, and verify says so.',
  );
