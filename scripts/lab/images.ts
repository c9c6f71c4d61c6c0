/** Images into the lab's registry, by way of one of its engines. */
import { statSync } from 'node:fs';
import type { RunOptions, RunResult } from './exec.ts';

/** Runs the docker CLI against one host's engine. */
export type DockerOnHost = (args: string[], options?: RunOptions) => Promise<RunResult>;

/**
 * The name an image has in the lab: the registry in front, `latest` unless there is a tag. A registry in the given
 * name (something with a dot or colon before the first slash) goes.
 *
 * @throws Error for a name with a digest, which cannot be pushed to.
 */
export function imageReference(registry: string, name: string): string {
  if (name.includes('@'))
    throw new Error(`image name '${name}': a name with a digest cannot be published; give NAME or NAME:TAG`);
  const [first = '', ...rest] = name.split('/');
  const plain = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? rest.join('/') : name;
  if (!/^[a-z0-9]([a-z0-9._/-]*[a-z0-9])?(:[\w][\w.-]{0,127})?$/.test(plain)) {
    throw new Error(`image name '${name}': expected NAME or NAME:TAG in lower case`);
  }
  return `${registry}/${plain}${/:[^/]*$/.test(plain) ? '' : ':latest'}`;
}

/**
 * Tags and pushes an image.
 *
 * @param image one that the engine has, or the path of an archive made by `docker save`.
 * @param name its name in the registry; by default the image's own.
 * @returns the full name, `REGISTRY/NAME:TAG`.
 */
export async function publishImage(
  docker: DockerOnHost,
  registry: string,
  image: string,
  name?: string,
): Promise<string> {
  let local = image;
  if (isFile(image)) {
    const { stdout } = await docker(['load', '--input', image]);
    const loaded = /^Loaded image(?: ID)?: (\S+)/m.exec(stdout)?.[1];
    if (loaded === undefined) throw new Error(`${image}: docker load names no image: ${stdout.trim()}`);
    local = loaded;
  }
  if (name === undefined && local.startsWith('sha256:')) throw new Error(`${image}: has no name; give one`);
  const reference = imageReference(registry, name ?? local);
  if (local !== reference) await docker(['tag', local, reference]);
  await docker(['push', '--quiet', reference]);
  return reference;
}

/**
 * Makes an image of a root file system and pushes it.
 *
 * @param rootfs path of a tar archive, or its content.
 * @param changes Dockerfile instructions to apply (`docker import --change`), such as `ENTRYPOINT ["/bin/sh"]`.
 * @returns the full name, `REGISTRY/NAME:TAG`.
 */
export async function importRootfs(
  docker: DockerOnHost,
  registry: string,
  rootfs: string | Buffer,
  name: string,
  changes: readonly string[] = [],
): Promise<string> {
  const reference = imageReference(registry, name);
  const options = changes.flatMap((change) => ['--change', change]);
  if (typeof rootfs === 'string') await docker(['import', ...options, rootfs, reference]);
  else await docker(['import', ...options, '-', reference], { input: rootfs });
  return publishImage(docker, registry, reference);
}

function isFile(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}
