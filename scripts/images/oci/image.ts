/** Layers and settings as an image: the two JSON documents that describe it to a registry. Pure. */
import { createHash } from 'node:crypto';
import type { Layer } from './layer.ts';

/** The settings of an image, in the words of a Dockerfile. */
export interface ImageSettings {
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  env?: Readonly<Record<string, string>>;
  expose?: readonly number[];
  volumes?: readonly string[];
  workdir?: string;
  /** Name or number (default: root). */
  user?: string;
  labels?: Readonly<Record<string, string>>;
}

/** An image as a registry stores it. */
export interface Image {
  config: string;
  manifest: string;
  layers: readonly Layer[];
}

const TYPES = {
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** The media type of the manifests made here. */
export const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/** Describes an image; the same layers and settings give the same bytes, hence the same digest. */
export function image(layers: readonly Layer[], settings: ImageSettings): Image {
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '2023-11-14T22:13:20Z',
    config: {
      User: settings.user,
      Entrypoint: settings.entrypoint,
      Cmd: settings.cmd,
      Env: Object.entries(settings.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ExposedPorts: asSet((settings.expose ?? []).map((port) => `${port}/tcp`)),
      Volumes: asSet(settings.volumes ?? []),
      WorkingDir: settings.workdir ?? '/',
      Labels: settings.labels ?? {},
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created: '2023-11-14T22:13:20Z', created_by: 'scripts/images' })),
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: TYPES.config, size: Buffer.byteLength(config), digest: digestOf(config) },
    layers: layers.map(({ size, digest }) => ({ mediaType: TYPES.layer, size, digest })),
  });
  return { config, manifest, layers };
}

/** The digest of a text, as registries write it. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function asSet(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
