import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { lockSchema, type Lock } from '../bundle/lock.ts';
import { LABEL } from '../bundle/names.ts';
import { canonicalDocument } from '../compose/canonical.ts';
import type { StackDocument } from '../compose/types.ts';
import type { SwarmConfig } from '../engine/port.ts';
import { releaseFormat } from './format.ts';
import { GOOD_STATES, RELEASE_STATES, type GoodState, type ReleaseState } from './states.ts';

/** What was deployed, as far as it never changes afterwards: the data of a release record. No secret value is in it. */
export interface Release {
  number: number;
  /** ISO 8601, by the operator's clock. */
  at: string;
  /** user@host */
  by: string;
  /** Version of bundle that made it. */
  tool: string;
  /** bundle.yaml with its defaults applied. */
  answers: Record<string, unknown>;
  /** The secret versions it means, with their keyed fingerprints. */
  lock: Lock;
  document: StackDocument;
  /** Our labels on nodes; `node` is the host name. */
  nodeLabels: { nodeId: string; node: string; key: string }[];
  /** The release that it brought back. */
  rollbackOf?: number;
}

export interface StoredRelease extends Release {
  state: ReleaseState;
  /** What it was before it was deployed again, or failed; absent if it was never better than its state. */
  was?: GoodState;
  /** Why it failed, as an error code. */
  note: string;
  /** Images as the swarm pinned them, by service: `name:tag@sha256:…`. Empty before `deployed`. */
  images: Record<string, string>;
  config: SwarmConfig;
}

export const RELEASE_KIND = 'release';
const KEY = {
  state: 'bundle.release.state',
  was: 'bundle.release.was',
  note: 'bundle.release.note',
  image: 'bundle.release.image.',
} as const;

const services = z.record(z.string(), z.looseObject({ image: z.string() }));
const data = z.object({
  format: z.literal([1, 2, 3]),
  number: z.int().min(1),
  at: z.string(),
  by: z.string(),
  tool: z.string(),
  answers: z.record(z.string(), z.unknown()),
  lock: lockSchema,
  document: z.object({
    services,
    networks: z.record(z.string(), z.unknown()),
    volumes: z.record(z.string(), z.unknown()),
    secrets: z.record(z.string(), z.object({ name: z.string() })),
    configs: z.record(z.string(), z.object({ name: z.string() })).optional(),
  }),
  nodeLabels: z.array(z.object({ nodeId: z.string(), node: z.string(), key: z.string() })),
  rollbackOf: z.int().optional(),
});

/**
 * Name of its swarm config. Never under the stack's namespace label: `docker stack rm` would take the history along.
 */
export function releaseName(stack: string, number: number): string {
  return `${stack}.release.${number}`;
}

/** The config's data: gzipped, since every listing of configs carries all of them. */
export function encodeRelease(release: Release): Buffer {
  const document = canonicalDocument(release.document);
  return gzipSync(JSON.stringify({ format: releaseFormat(document), ...release, document }));
}

/** A release record out of its config; undefined if it is of a format that this version does not know. */
export function decodeRelease(config: SwarmConfig): StoredRelease | undefined {
  let json: unknown;
  try {
    json = JSON.parse(gunzipSync(config.data).toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = data.safeParse(json);
  const state = RELEASE_STATES.find((each) => each === config.labels[KEY.state]);
  if (!parsed.success || state === undefined) return undefined;
  const { rollbackOf, document, format: _format, ...rest } = parsed.data;
  const was = GOOD_STATES.find((each) => each === config.labels[KEY.was]);
  const images = Object.entries(config.labels).flatMap(([key, image]) =>
    key.startsWith(KEY.image) ? [[key.slice(KEY.image.length), image]] : [],
  );
  return {
    ...rest,
    // Written by encodeRelease from such a value; the schema above guards against foreign data, not against ourselves.
    document: document as unknown as StackDocument,
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    state,
    ...(was === undefined ? {} : { was }),
    note: config.labels[KEY.note] ?? '',
    images: Object.fromEntries(images) as Record<string, string>,
    config,
  };
}

/** The labels of its config: what may still change. */
export function releaseLabels(
  stack: string,
  {
    state,
    was,
    note = '',
    images = {},
  }: { state: ReleaseState; was?: GoodState | undefined; note?: string; images?: Record<string, string> },
): Record<string, string> {
  return {
    [LABEL.stack]: stack,
    [LABEL.kind]: RELEASE_KIND,
    [KEY.state]: state,
    ...(was === undefined ? {} : { [KEY.was]: was }),
    ...(note === '' ? {} : { [KEY.note]: note }),
    ...Object.fromEntries(Object.entries(images).map(([service, image]) => [`${KEY.image}${service}`, image])),
  };
}
