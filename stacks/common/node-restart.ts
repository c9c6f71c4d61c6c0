import type { RunbookSection } from '../../src/sdk/definition.ts';

/**
 * How a node is restarted on purpose. A Docker that ends stops containers by their own `StopTimeout`, 10 s, since swarm
 * does not hand on the grace of a service (moby/moby#36955); that counts where swarm itself stops a task, as on a node
 * that is drained.
 * @param harm what comes of it if the time of stack.yml does not count, as a sentence
 * @param before what must be so before, to follow a colon
 * @param longest the longest grace of this stack, such as `6m`
 */
export function nodeRestart({
  harm,
  before,
  longest,
}: {
  harm: string;
  before: string;
  longest: string;
}): RunbookSection {
  return {
    title: 'A node is to be restarted',
    markdown: [
      'Or only its Docker, as for another version of it. Docker that ends gives each container 10 s, whatever ' +
        `stack.yml says (moby/moby#36955). ${harm} So empty the node first, and one node at a time.`,
      '',
      `\`bundle verify\` must pass before: ${before}. Then on a manager, NODE being the node:`,
      '',
      '```sh',
      'docker node update --availability drain NODE',
      '```',
      '',
      'Now each task there has the time of its service to stop. What stack.yml binds to this node waits for it; what ' +
        `it does not may start on another one. On NODE this ends once all have ended, here after up to ${longest}; ` +
        'tasks of other stacks are waited for as well:',
      '',
      '```sh',
      'until ids=$(docker ps -q -f label=com.docker.swarm.task.id) && [ -z "$ids" ]; do sleep 2; done',
      '```',
      '',
      'Restart the node. Once `docker node ls` says that it is `Ready`, on a manager:',
      '',
      '```sh',
      'docker node update --availability active NODE',
      '```',
      '',
      'Before the next node, `bundle verify` must pass again. A manager of the swarm stays one while it is drained, and ' +
        'is away while it restarts: more than half of them must be up.',
    ].join('\n'),
  };
}
