import * as z from 'zod';
import type { Api } from './api.ts';
import { parse, Text } from './mapping.ts';

const Task = z.object({ Status: z.object({ ContainerStatus: z.object({ ContainerID: Text }).nullish() }) });

/**
 * The container of a task, if it is on the very engine that we ask. Its log can be read there also when swarm says
 * that the node is "not available": after an engine was killed, its log subscription may be missing for minutes
 * although the node is ready (measured on 20.10).
 */
export async function localContainer(api: Api, taskId: string): Promise<string | undefined> {
  const what = `find the container of task ${taskId}`;
  try {
    const { Status } = parse(Task, await api.json({ what, path: `/tasks/${encodeURIComponent(taskId)}` }), what);
    const id = Status.ContainerStatus?.ContainerID ?? '';
    if (id === '') return undefined;
    await api.json({ what, path: `/containers/${encodeURIComponent(id)}/json` });
    return id;
  } catch {
    // Then what swarm said stands.
    return undefined;
  }
}
