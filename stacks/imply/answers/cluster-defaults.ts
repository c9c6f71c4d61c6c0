import * as z from 'zod';
import { NO_TEMPLATE, NO_TEMPLATE_WHY } from './fields.ts';
import type { Refuse } from './refuse.ts';

/**
 * Services whose properties a new cluster can be given: imply_defaults_<service>CustomDruidProperties [H2102..H2303].
 */
export const PROPERTY_SERVICES = [
  'common', 'coordinator', 'overlord', 'historical', 'historicalTier1', 'historicalTier2', 'historicalTier3',
  'middleManager', 'middleManagerTier1', 'middleManagerTier2', 'middleManagerTier3', 'broker', 'router', 'pivot',
] as const; // prettier-ignore

/**
 * The list travels in one variable, its lines joined by a backslash and an n: neither may stand in a line of its own.
 */
const line = z
  .string()
  .min(1)
  .max(4096)
  .refine(
    (text) => !/[\r\n]/.test(text),
    'holds a line break: name each property as an item of its own; they are joined by the two characters \\n, ' +
      'as the vendor’s chart does',
  )
  .refine(
    (text) => !text.includes('\\n'),
    'holds a backslash and an n, which the manager reads as the start of the next property: name each property ' +
      'as an item of its own',
  )
  .refine((text) => !/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]/.test(text), 'holds a control character')
  .regex(NO_TEMPLATE, NO_TEMPLATE_WHY);

const property = line.refine(
  (text) => /[\r\n]/.test(text) || /^[A-Za-z0-9_.-]+=/.test(text),
  'wants name=value, such as druid.broker.http.numConnections=20',
);

const list = (item: typeof line, text: string) => z.array(item).max(200).default([]).describe(text);
const OF = (what: string) => list(property, `Properties of ${what}, as name=value.`);

const properties = z
  .strictObject({
    common: OF('all services'),
    coordinator: OF('the coordinators'),
    overlord: OF('the overlords'),
    historical: OF('the historicals of all tiers'),
    historicalTier1: OF('the historicals of the first tier'),
    historicalTier2: OF('the historicals of the second tier'),
    historicalTier3: OF('the historicals of the third tier'),
    middleManager: OF('the middle managers of all tiers'),
    middleManagerTier1: OF('the middle managers of the first tier'),
    middleManagerTier2: OF('the middle managers of the second tier'),
    middleManagerTier3: OF('the middle managers of the third tier'),
    broker: OF('the brokers'),
    router: OF('the routers'),
    pivot: list(line, 'Lines for Pivot, as they are; the form that the manager wants is not documented.'),
  } satisfies Record<(typeof PROPERTY_SERVICES)[number], z.ZodType>)
  .prefault({})
  .describe('Druid properties by service. `docker service inspect` shows them: no passwords here.');

/** JSON in a text: the vendor's chart writes it so; of the content only the outer form is known. */
const json = (form: 'a list' | 'a mapping') =>
  z
    .string()
    .max(65536)
    .regex(NO_TEMPLATE, NO_TEMPLATE_WHY)
    .refine((text) => {
      const value = parsed(text);
      return form === 'a list'
        ? Array.isArray(value)
        : typeof value === 'object' && value !== null && !Array.isArray(value);
    }, `is not JSON of ${form}`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const clusterDefaults = z
  .strictObject({
    update: z
      .enum(['disabled', 'rolling', 'hard'])
      .default('disabled')
      .describe(
        'Whether a cluster that runs takes changed defaults. disabled: only new clusters do. rolling: what ' +
          'needs no outage. hard: by a restart.',
      ),
    implyVersion: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/, 'a version such as 2023.03')
      .optional()
      .describe('Version of Imply. Default: the latest that the manager can reach, else the one that it brings.'),
    customFiles: json('a list')
      .optional()
      .describe(
        'Files of yours that agents fetch from the manager (manager:///…), as JSON: a list. The runbook says ' +
          'where they lie.',
      ),
    userExtensions: json('a mapping').optional().describe('Druid extensions of yours, as JSON: a mapping.'),
    properties,
  })
  .prefault({})
  .describe('More defaults of new clusters (imply_defaults_…).');

type ClusterDefaults = z.output<typeof clusterDefaults>;

/** @param s3 the properties that follow from deepStorage.s3 */
export function checkClusterDefaults(value: ClusterDefaults, s3: readonly string[], refuse: Refuse): void {
  const names = new Set(s3.map(nameOf));
  value.properties.common.forEach((text, index) => {
    if (names.has(nameOf(text)))
      refuse(
        ['clusterDefaults', 'properties', 'common', index],
        `${nameOf(text)} follows from deepStorage.s3; give it in one of the two places`,
      );
  });
}

/** Name of a property `name=value`. */
export const nameOf = (text: string): string =>
  text.slice(0, text.includes('=') ? text.indexOf('=') : undefined).trim();
