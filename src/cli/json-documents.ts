import type * as zod from 'zod';

/*
 * What commands print with --json, as far as several share it. A key may be added in any version; none is renamed or
 * removed within a major one. zod comes as a value: only `bundle schema` and the tests load it.
 */

type Z = typeof zod;

/** What any command that fails prints instead. */
export const errorJson = (z: Z) =>
  z
    .object({
      error: z.object({
        code: z.string(),
        message: z.string(),
        hints: z.array(z.string()),
        details: z.unknown().optional(),
      }),
      exit: z.int(),
    })
    .describe('Any command that fails prints this instead; `exit` is its exit code.');

const levels = ['ok', 'info', 'not-run', 'unsure', 'warning', 'error'] as const;
/** One preflight check. */
export const checkResultJson = (z: Z) => {
  const finding = z.object({
    level: z.enum(levels).describe('not-run: never looked at. unsure: looked at, and it does not tell.'),
    text: z.string(),
    hint: z.string().optional(),
    node: z.string().optional().describe('Host name of the node that it is about.'),
  });
  return z.object({
    name: z.string().describe('The word for --ignore.'),
    title: z.string(),
    level: z.enum([...levels, 'skipped']),
    ignored: z.boolean(),
    findings: z.array(finding),
  });
};

/** What `plan` and `deploy` tell of the changes. */
export const planJson = (z: Z) => {
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
    shared: names.optional().describe('Files of secrets for whose sake services restart together.'),
    services: z.array(
      z.object({
        name: z.string(),
        tasks: z.int(),
        parallelism: z.int().describe('Tasks replaced at the same time; 0 is all.'),
        order: z.enum(['stop-first', 'start-first']),
        delay: z.string().optional(),
        failureAction: z.enum(['pause', 'continue', 'rollback']),
        onlyMisplaced: z.boolean().describe('Only tasks on nodes that no longer fit are replaced.'),
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
      }),
    ),
    restarts: z.array(restart).describe('What restarts, stage by stage; the next begins when one has converged.'),
    outage: names.describe('Services whose restart interrupts what only they do.'),
    networks: z.array(
      z.object({
        name: z.string(),
        action: z
          .enum(['create', 'unchanged', 'differs', 'left'])
          .describe('differs: docker never changes a network. left: of an earlier version, and not removed.'),
        fields: names.describe('What differs.'),
      }),
    ),
    volumes: z.array(
      z.object({
        name: z.string(),
        node: z.string().optional(),
        action: z
          .enum(['create', 'reuse', 'unchanged', 'left'])
          .describe('reuse: there from before. left: it stays behind; no volume is deleted.'),
        seen: z.boolean().describe('false: it follows from the placement; that node cannot be seen from here.'),
      }),
    ),
    secrets: z.array(z.object({ name: z.string(), action: z.enum(['create', 'remove', 'unchanged']) })),
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
export const driftJson = (z: Z) =>
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
    labels: z.array(z.object({ kind: z.enum(['added', 'removed']), node: z.string(), key: z.string() })),
  });

/** What `verify` tells, and `deploy` of its verification. */
export const verifyJson = (z: Z) =>
  z.object({
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
        status: z
          .enum(['passed', 'failed', 'unsure', 'not-run'])
          .describe('unsure: asked, and the answer does not tell. not-run: never asked; it counts neither way.'),
        detail: z.string().describe('Evidence of a pass, reason of anything else; redacted.'),
        at: z.string().optional(),
        certificate: z
          .object({
            subject: z.string(),
            names: z.array(z.string()),
            issuer: z.string(),
            notAfter: z.string(),
            daysLeft: z.int().describe('Negative once it has expired.'),
          })
          .optional()
          .describe(
            'What the server that was asked presented; of `expiry`, an authority’s too, whose issuer is empty ' +
              'where bundle.lock.json does not tell it.',
          ),
      }),
    ),
    leftOut: z.int().describe('Checks that --only and --skip left out, one for each task.'),
  });

/** What `deploy` and `rollback` tell. */
export const deployedJson = (z: Z) =>
  z.object({
    stack: z.string(),
    release: z.int(),
    plan: planJson(z),
    done: z.array(z.string()),
    converged: z.boolean().describe('false: not awaited (--no-wait).'),
    reissued: z
      .array(z.object({ secret: z.string(), version: z.int(), why: z.string() }))
      .optional()
      .describe('Certificates that were issued again for it; absent if none was.'),
    verification: verifyJson(z).optional(),
  });
