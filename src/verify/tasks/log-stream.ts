/**
 * What the leader of a swarm says of a log that it cannot read. It reads logs over a stream that each node keeps to it,
 * and notes them by node: if a node came back before the leader saw that its old connection was dead, the end of the
 * old stream takes the note of the new one away (moby/swarmkit: manager/logbroker/broker.go, nodeDisconnected, called
 * at the end of every ListenSubscriptions). From then on the node "is not available" for logs, however well its tasks
 * run, until the stream is opened anew.
 */
const STREAM_LOST = /\bnode \S+ (is not available|disconnected unexpectedly)/;

/** Where the container of a log is. */
export interface LogPlace {
  /** Host name. */
  node: string;
  /** Whether the swarm has the node ready. */
  ready: boolean;
  container: string | undefined;
}

/**
 * What to do about a log that could not be read, for a sentence after the engine's words.
 * @param words the engine's
 * @param place undefined if it is not known
 */
export function logRemedy(words: string, place: LogPlace | undefined): string {
  if (place?.ready !== true || !STREAM_LOST.test(words)) return '`docker node ls` says whether its node is there';
  const { node, container } = place;
  const shows = container === undefined ? `\`docker logs\`` : `\`docker logs ${container.slice(0, 12)}\``;
  return (
    `the swarm has ${node} ready, so its leader has lost the stream over which that node sends logs; it comes back ` +
    `when the engine on ${node} is restarted or the swarm has another leader; until then ${shows} on ${node} shows it`
  );
}

/** The engine's words without the wrapping that gRPC and the log endpoint put around them. */
export function logWords(data: Buffer): string {
  return data
    .toString('utf8')
    .replace(/^.*\bdesc = /s, '')
    .replace(/^warning: incomplete log stream\. /, '')
    .replace(/\s+/g, ' ')
    .trim();
}
