/**
 * Tells that a silent log is that of a lost node. The engine answers at once only if a node's connection was closed;
 * after a power loss or a cut the log request hangs for as long as TCP keeps the connection (more than 4 minutes
 * measured on 20.10), although the swarm has the node down after three heartbeats.
 */
import * as z from 'zod';
import type { Api } from './api.ts';
import { parse, Text } from './mapping.ts';

const Task = z.object({ NodeID: Text });
const Node = z.object({ Description: z.object({ Hostname: Text }).optional(), Status: z.object({ State: Text }) });

/** The host name and id of a task's node if the swarm has it down; undefined if it is up, or cannot be told. */
async function downNode(api: Api, taskId: string): Promise<string | undefined> {
  const what = `find the node of task ${taskId}`;
  try {
    const { NodeID: id } = parse(Task, await api.json({ what, path: `/tasks/${encodeURIComponent(taskId)}` }), what);
    if (id === '') return undefined;
    const node = parse(Node, await api.json({ what, path: `/nodes/${encodeURIComponent(id)}` }), what);
    return node.Status.State === 'down' ? `${node.Description?.Hostname ?? ''} (${id})`.trim() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Looks for the task's node once, after `ms` of silence, and calls `away` with a sentence where it is down.
 * @returns ends the watch
 */
export function watchSilence(api: Api, taskId: string, ms: number, away: (text: string) => void): () => void {
  let over = false;
  const timer = setTimeout(() => {
    void downNode(api, taskId).then((node) => {
      if (node !== undefined && !over) away(`node ${node} is down: its logs cannot be read`);
    });
  }, ms);
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
