import type { Lab } from '../lab/lab.ts';

/** An image that is `base` with variables of its own: faults are asked of the simulators by environment. */
export async function variant(lab: Lab, base: string, tag: string, env: Record<string, string>): Promise<string> {
  const name = base.replace(/:[^:/]+$/, `:${tag}`);
  const lines = [`FROM ${base}`, ...Object.entries(env).map(([key, value]) => `ENV ${key}=${value}`), ''];
  await lab.docker('node1', ['build', '-t', name, '-'], { input: lines.join('\n'), env: { DOCKER_BUILDKIT: '0' } });
  await lab.docker('node1', ['push', name]);
  return name;
}
