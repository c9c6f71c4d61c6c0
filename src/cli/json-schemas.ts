import * as z from 'zod';
import { placementSchema } from './placement-schema.ts';
import { RELEASE_STATES } from '../release/record.ts';

/*
 * What each command prints with --json: published by `bundle schema COMMAND`, and held to in the tests. A key may be
 * added in any version; none is renamed or removed within a major one.
 */

const names = z.array(z.string());

const error = z
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
const finding = z.object({
  level: z.enum(levels).describe('not-run: never looked at. unsure: looked at, and it does not tell.'),
  text: z.string(),
  hint: z.string().optional(),
  node: z.string().optional().describe('Host name of the node that it is about.'),
});
const checkResult = z.object({
  name: z.string().describe('The word for --ignore.'),
  title: z.string(),
  level: z.enum([...levels, 'skipped']),
  ignored: z.boolean(),
  findings: z.array(finding),
});

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
const plan = z.object({
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
  unresolvedNodes: z.array(z.object({ role: z.string(), node: z.string(), reason: z.enum(['unknown', 'ambiguous']) })),
});

const drift = z.object({
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
      status: z
        .enum(['passed', 'failed', 'unsure', 'not-run'])
        .describe('unsure: asked, and the answer does not tell. not-run: never asked; it counts neither way.'),
      detail: z.string().describe('Evidence of a pass, reason of anything else; redacted.'),
      at: z.string().optional(),
      certificate: z
        .object({
          subject: z.string(),
          names,
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

const deployed = z.object({
  stack: z.string(),
  release: z.int(),
  plan,
  done: names,
  converged: z.boolean().describe('false: not awaited (--no-wait).'),
  reissued: z
    .array(z.object({ secret: z.string(), version: z.int(), why: z.string() }))
    .optional()
    .describe('Certificates that were issued again for it; absent if none was.'),
  verification: verify.optional(),
});

const release = z.object({
  number: z.int(),
  at: z.string(),
  by: z.string(),
  tool: z.string().describe('Version of bundle that made it.'),
  state: z.enum(RELEASE_STATES),
  note: z.string().optional().describe('Why it failed, as an error code.'),
  rollbackOf: z.int().optional(),
  images: z.record(z.string(), z.string()).describe('By service, with digest.'),
  secrets: names,
  nodeLabels: z.array(z.object({ nodeId: z.string(), node: z.string(), key: z.string() })),
  document: z.unknown(),
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
    removed: names
      .optional()
      .describe(
        'Of --target run: files that nothing names any more, and folders of hosts that have no service any ' +
          'more; with --check those that would go.',
      ),
    upToDate: z.boolean().optional().describe('Of --check.'),
    differs: z
      .array(
        z.object({
          file: z.string(),
          missing: z.boolean(),
          added: z.unknown().optional(),
          removed: z.unknown().optional(),
          onlyLineEnds: z.literal(true).optional(),
        }),
      )
      .optional()
      .describe('Of --check.'),
  }),
  check: z.object({ stack: z.string(), passed: z.boolean(), checks: z.array(checkResult) }),
  prepare: z.object({
    stack: z.string(),
    done: names.describe('What was made; empty where all was there.'),
    next: names.describe(
      'For who deploys by hand, in order: docker commands, with those for node labels that move or go. `bundle ' +
        'deploy` does the same.',
    ),
  }),
  plan: plan.extend({
    placement: placementSchema.describe('Where its tasks would run, and what keeps them off each other node.'),
    drift: drift.optional().describe('What was changed by hand since the last release.'),
    certificates: z
      .array(
        z.object({
          secret: z.string(),
          urgency: z.enum(['must', 'due']).describe('due: deploy issues it again only with --renew or after a yes.'),
          reason: z.string(),
          services: names.describe('What restarts by it.'),
          here: z.boolean().describe('Whether this machine has the key of its CA.'),
        }),
      )
      .describe('What of them is to be issued again.'),
    blocked: names.describe('Why deploy would refuse to carry it out.'),
  }),
  deploy: deployed,
  rollback: deployed,
  history: z.object({
    stack: z.string(),
    releases: z.array(release).describe('Newest first.'),
    unreadable: names.describe('Records of a format that this version does not know.'),
  }),
  verify,
  'verify-list': z.object({
    stack: z.string(),
    expectations: z
      .array(
        z.object({
          service: z.string(),
          check: z.string(),
          seen: z.string().describe('What must be seen, in words.'),
          from: z.string().describe('Where it is asked from.'),
        }),
      )
      .describe('Of verify --list.'),
  }),
  status: z.object({
    stack: z.string(),
    access: z.array(z.object({ title: z.string(), url: z.string() })).describe('Ways in that have an address.'),
    risks: names.describe('What whoever can reach it may do, or see.'),
    services: z.array(
      z.object({
        name: z.string(),
        running: z.int(),
        wanted: z.int(),
        image: z.string(),
        restarts: z
          .object({
            count: z.int(),
            withNode: z.int().describe('Ended with their node or its engine.'),
            lastAt: z.string().optional(),
            lastExitCode: z.int().optional(),
          })
          .describe('Unplanned ends of its tasks since it was deployed, as far as the swarm remembers them.'),
        tasks: z.array(
          z.object({ id: z.string(), node: z.string(), state: z.string(), since: z.string(), error: z.string() }),
        ),
      }),
    ),
    nodes: z.array(
      z.object({
        hostname: z.string(),
        role: z.string(),
        leader: z.boolean().describe('Of the managers, the one that leads.'),
        state: z.string(),
        availability: z.string(),
        roles: names,
        memoryBytes: z.int(),
        reservedBytes: z.int().describe('What this stack’s running tasks reserve of it.'),
      }),
    ),
    secrets: z.array(
      z.object({
        name: z.string(),
        secret: z.string().describe('Its key in bundle.lock.json: several may be parts of one.'),
        kind: z.string(),
        inSwarm: z.boolean(),
        onDisk: z.boolean(),
        state: z.enum(['present', 'missing', 'foreign', 'differs', 'changed', 'lost']),
        notAfter: z.string().optional(),
        daysLeft: z.int().optional(),
      }),
    ),
    swarmRoots: z
      .array(z.object({ subject: z.string(), notAfter: z.string(), daysLeft: z.int() }))
      .describe('The swarm’s root certificates: two while they are being replaced.'),
    release: z.object({ number: z.int(), state: z.enum(RELEASE_STATES), at: z.string(), by: z.string() }).optional(),
    heldBy: z.object({ owner: z.string(), command: z.string() }).optional().describe('Who is at work on it now.'),
    lastVerification: z
      .object({ at: z.string(), exit: z.int(), passed: z.int(), failed: z.int(), unsure: z.int() })
      .optional(),
    unread: z
      .array(z.object({ part: z.string(), text: z.string() }))
      .optional()
      .describe('What the engine, or a proxy before it, refused to give: that part is empty or absent.'),
  }),
  logs: z.object({
    stack: z.string(),
    tasks: z.array(
      z.object({
        service: z.string(),
        task: z.string(),
        node: z.string(),
        lines: z.array(z.object({ at: z.string().optional(), text: z.string().describe('Redacted.') })),
        trouble: z.string().optional().describe('Why its log could not be read.'),
      }),
    ),
    commands: names.describe('Of a checkout that lacks a secret: what shows the logs, which are not quoted then.'),
  }),
  destroy: z.object({
    stack: z.string(),
    removed: z
      .object({ services: names, networks: names, configs: names, secrets: names, labels: names, volumes: names })
      .describe('What was seen to be gone.'),
    unknownTasks: names.describe('Ids of tasks on nodes that do not answer: whether they ended cannot be told.'),
    volumesLeft: z.array(
      z.object({
        node: z.string(),
        command: z.string(),
        seen: z.boolean().describe('false: it follows from stack.yml; that node cannot be seen from here.'),
      }),
    ),
  }),
} as const;
