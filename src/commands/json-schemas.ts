import * as z from 'zod';

/*
 * What each command prints with --json: published by `bundle schema COMMAND`, and held to in the tests. A key may be added in any version; none is
 * renamed or removed within a major one.
 */

const names = z.array(z.string());

const error = z
  .object({ error: z.object({ code: z.string(), message: z.string(), hints: z.array(z.string()), details: z.unknown().optional() }), exit: z.int() })
  .describe('Any command that fails prints this instead; `exit` is its exit code.');

const finding = z.object({ level: z.enum(['ok', 'info', 'warning', 'error']), text: z.string(), hint: z.string().optional() });
const checkResult = z.object({
  name: z.string().describe('The word for --ignore.'),
  title: z.string(),
  level: z.enum(['ok', 'info', 'warning', 'error', 'skipped']),
  ignored: z.boolean(),
  findings: z.array(finding),
});

const fieldChange = z.object({ field: z.string(), kind: z.enum(['added', 'removed', 'changed']), from: z.string().optional(), to: z.string().optional(), effect: z.string() });
const made = z.enum(['create', 'unchanged']);
const plan = z.object({
  stack: z.string(),
  empty: z.boolean().describe('Nothing is to be done.'),
  services: z.array(
    z.object({
      name: z.string(),
      action: z.enum(['create', 'update', 'remove', 'unchanged']),
      reason: z.string(),
      id: z.string().optional(),
      image: z.string(),
      changes: z.array(fieldChange),
      restarts: z.boolean(),
      notCompared: z.array(z.string()),
    }),
  ),
  networks: z.array(z.object({ name: z.string(), action: made })),
  secrets: z.array(z.object({ name: z.string(), action: made })),
  labels: z.array(z.object({ action: z.enum(['add', 'remove']), nodeId: z.string(), node: z.string(), key: z.string() })),
  unresolvedNodes: z.array(z.object({ role: z.string(), node: z.string(), reason: z.enum(['unknown', 'ambiguous']) })),
});

const verify = z.object({
  stack: z.string(),
  verdict: z.enum(['passed', 'failed', 'unsure']),
  exitCode: z.int(),
  results: z.array(
    z.object({
      service: z.string(),
      task: z.string().optional(),
      slot: z.int().optional(),
      node: z.string().optional(),
      check: z.string(),
      status: z.enum(['passed', 'failed', 'unsure']),
      detail: z.string().describe('Evidence of a pass, reason of anything else; redacted.'),
      at: z.string().optional(),
    }),
  ),
});


/** By command. */
export const jsonSchemas = {
  error,
  init: z.object({
    stack: z.string(),
    directory: z.string(),
    result: z.enum(['created', 'changed', 'unchanged']),
    files: names,
    secrets: z.array(z.object({ secret: z.string(), kind: z.string(), version: z.int(), change: z.string() })),
    prepared: z.boolean(),
    next: names.describe('Commands to go on with.'),
  }),
  render: z.object({
    stack: z.string(),
    directory: z.string(),
    written: names.optional(),
    upToDate: z.boolean().optional().describe('Of --check.'),
    differs: z.array(z.object({ file: z.string(), missing: z.boolean(), added: z.unknown().optional(), removed: z.unknown().optional() })).optional().describe('Of --check.'),
  }),
  check: z.object({ stack: z.string(), passed: z.boolean(), checks: z.array(checkResult) }),
  prepare: z.object({ stack: z.string(), done: names.describe('What was made; empty where all was there.') }),
  plan: plan.extend({ blocked: names.describe('Why deploy would refuse to carry it out.') }),
  deploy: z.object({ stack: z.string(), plan, done: names, converged: z.literal(true), verification: verify.optional() }),
  verify,
  status: z.object({
    stack: z.string(),
    services: z.array(
      z.object({
        name: z.string(),
        running: z.int(),
        wanted: z.int(),
        image: z.string(),
        tasks: z.array(z.object({ id: z.string(), node: z.string(), state: z.string(), since: z.string(), error: z.string() })),
      }),
    ),
    nodes: z.array(z.object({ hostname: z.string(), role: z.string(), state: z.string(), availability: z.string(), roles: names })),
    secrets: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        inSwarm: z.boolean(),
        onDisk: z.boolean(),
        state: z.enum(['present', 'missing', 'foreign', 'differs', 'changed', 'lost']),
        notAfter: z.string().optional(),
        daysLeft: z.int().optional(),
      }),
    ),
    lastVerification: z.object({ at: z.string(), exit: z.int(), passed: z.int(), failed: z.int(), unsure: z.int() }).optional(),
  }),
  destroy: z.object({
    stack: z.string(),
    removed: z.object({ services: names, networks: names, configs: names, secrets: names, labels: names, volumes: names }).describe('What was seen to be gone.'),
    unknownTasks: names.describe('Ids of tasks on nodes that do not answer: whether they ended cannot be told.'),
    volumesLeft: z.array(z.object({ node: z.string(), command: z.string(), seen: z.boolean().describe('false: it follows from stack.yml; that node cannot be seen from here.') })),
  }),
} as const;
