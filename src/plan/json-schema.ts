import type { ZodParts } from '../zod-parts.ts';
/** What `plan` and `deploy` tell of the changes. */
export const planJson = (z: ZodParts) => {
  const names = z.array(z.string());
  const fieldChange = z.object({
    field: z.string(),
    kind: z.enum(['added', 'removed', 'changed']),
    from: z.string().optional(),
    to: z.string().optional(),
    effect: z.string(),
  });
  const restart = z.object({
    how: z.enum(['one-by-one', 'at-once']),
    ensemble: z.string().optional(),
    group: z.string().optional().describe('Services that restart one after the other, in the definition’s order.'),
    title: z.string().optional(),
    gate: z
      .enum(['quorum', 'running', 'checks'])
      .optional()
      .describe(
        'What must hold of one service before the next one goes down: the ensemble is whole, the service runs, or ' +
          'its own checks pass too.',
      ),
    between: z
      .string()
      .optional()
      .describe('Of an ensemble: when the next member follows, and who comes last, in words.'),
    shared: names.optional().describe('Files of secrets for whose sake services restart together.'),
    agreed: names
      .optional()
      .describe('Properties on which services must agree, for whose sake services restart together.'),
    expired: names.optional().describe('Files of certificates that have expired, for which services restart together.'),
    services: z.array(
      z.object({
        name: z.string(),
        tasks: z.int(),
        parallelism: z.int().describe('Tasks replaced at the same time; 0 is all.'),
        order: z.enum(['stop-first', 'start-first']),
        delay: z.string().optional(),
        failureAction: z.enum(['pause', 'continue', 'rollback']),
        onlyMisplaced: z.boolean().describe('Only tasks on nodes that no longer fit are replaced.'),
        job: z.boolean().optional().describe('It replaces no task: it runs again.'),
      }),
    ),
  });
  return z.object({
    stack: z.string(),
    empty: z.boolean().describe('Deploying would do nothing.'),
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
        job: z.boolean().optional().describe('Whatever is changed of it, it runs again.'),
      }),
    ),
    restarts: z.array(restart).describe('What restarts, stage by stage; the next begins when one has converged.'),
    outage: names.describe('Services whose restart interrupts what only they do.'),
    networks: z.array(
      z.object({
        name: z.string(),
        action: z
          .enum(['create', 'unchanged', 'differs', 'left', 'joined'])
          .describe(
            'differs: docker never changes a network. left: of an earlier version, and not removed. joined: of another stack.',
          ),
        fields: names.describe('What differs.'),
        stack: z.string().optional().describe('Whose it is, of one that is joined; absent if no stack has it.'),
      }),
    ),
    volumes: z.array(
      z.object({
        name: z.string(),
        node: z.string().optional(),
        action: z
          .enum(['create', 'reuse', 'unchanged', 'differs', 'left'])
          .describe(
            'reuse: there from before. differs: docker never changes a volume. left: it stays behind; no volume is deleted.',
          ),
        seen: z.boolean().describe('false: it follows from the placement; that node cannot be seen from here.'),
      }),
    ),
    secrets: z.array(
      z.object({
        name: z.string(),
        action: z
          .enum(['create', 'remove', 'left', 'unchanged'])
          .describe('remove: no kept release needs it. left: nor does that one, but others mount it, and it stays.'),
        mountedBy: names.optional().describe('Of one that is left: services that are not of this stack.'),
      }),
    ),
    told: z
      .array(
        z.object({
          file: z.string(),
          secret: z.string(),
          before: names.describe('The versions that what runs may go by until then.'),
          what: z.string(),
          later: z.literal(true).optional().describe('It is told once every task runs.'),
          besides: z.string().optional().describe('What runs begins to go by it: what you do then yourself.'),
        }),
      )
      .optional()
      .describe(
        'Secrets that running software keeps for itself: it is told of them before anything restarts, unless told later.',
      ),
    labels: z.array(
      z.object({
        action: z.enum(['add', 'remove']),
        nodeId: z.string(),
        node: z.string(),
        key: z.string(),
        when: z
          .enum(['before', 'move', 'after'])
          .describe('before: first of all. move: while its services are stopped. after: once its services are gone.'),
        services: names.describe('Constrained to it; none of a role that the bundle does not have any more.'),
        reason: z.string(),
      }),
    ),
    unresolvedNodes: z.array(
      z.object({ role: z.string(), node: z.string(), reason: z.enum(['unknown', 'ambiguous']) }),
    ),
  });
};

/** What was changed by hand since the last release. */
export const driftJson = (z: ZodParts) =>
  z.object({
    release: z.object({ number: z.int(), at: z.string(), by: z.string() }),
    services: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['changed', 'removed', 'added']),
        changes: z.array(
          z.object({
            field: z.string(),
            kind: z.enum(['added', 'removed', 'changed']),
            released: z.string().optional(),
            found: z.string().optional(),
            foreignSecret: z.literal(true).optional(),
          }),
        ),
        rolledBack: z.boolean().describe('Swarm itself put the former specification back.'),
      }),
    ),
    labels: z.array(
      z.object({
        kind: z.enum(['added', 'removed']),
        node: z.string(),
        key: z.string(),
        gone: z.literal(true).optional().describe('The node itself is not in the swarm any more.'),
        joinedAgainAs: z
          .string()
          .optional()
          .describe('The node joined the swarm again with this id: the label is not on it.'),
      }),
    ),
  });
