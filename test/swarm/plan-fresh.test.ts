import * as fc from 'fast-check';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { down, type Lab, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { parseYaml, type Bundle } from '../../src/bundle/parse.ts';
import { validateAnswers } from '../support/answers.ts';
import { nodeLabel } from '../../src/sdk/helpers.ts';
import { renderStack } from '../../src/compose/render.ts';
import type { StackDocument } from '../../src/compose/types.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine } from '../../src/engine/port.ts';
import { planChanges, type PlanInput } from '../../src/plan/plan.ts';
import { describePlan } from '../../src/plan/describe.ts';
import type { Plan } from '../../src/plan/changes.ts';
import { stacks } from '../../stacks/index.ts';
import { soundDocuments } from '../unit/compose/sound.ts';
import { rendered } from '../unit/stacks/imply.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('fresh');
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`SKIPPED test/swarm/plan-fresh.test.ts: ${why}\n`);

const GOLDEN = join(import.meta.dirname, '../golden');
const folders = readdirSync(GOLDEN).filter((name) => statSync(join(GOLDEN, name)).isDirectory());
const VALUE = 'p$a$$ss-word';
/** All that golden bundles name. */
const NODES = ['node1', 'node2', 'node3', 'node4'];
const DOCUMENTS = 60;
const SEED = Number(process.env['BUNDLE_TEST_SEED'] ?? 20260501);

/** A golden bundle under a name of its own. */
function goldenBundle(folder: string, name: string): Bundle {
  return validateAnswers(
    { ...(parseYaml(readFileSync(join(GOLDEN, folder, 'answers.yaml'), 'utf8'), folder) as object), name },
    folder,
  );
}

await takeTurn();

/** What matters are specifications: the nodes take no tasks, and most images do not exist. */
describe.skipIf(why !== undefined)('planning against what was deployed a moment ago', () => {
  let lab: Lab;
  let engine: Engine;

  beforeAll(async () => {
    await down(ID);
    lab = await up({ id: ID, engine: testEngine(), hosts: NODES.length });
    engine = await connect(
      await resolveEngine({ host: lab.host('node1').socket, env: { ...process.env, ...lab.env('node1') } }),
    );
    for (const node of NODES) await lab.docker('node1', ['node', 'update', '--availability', 'drain', node]);
  });
  afterAll(async () => {
    await engine?.close();
    await down(ID);
  });

  async function deployed(input: Omit<PlanInput, 'live'>, text: string): Promise<Plan> {
    const { stack, document, placements, environment } = input;
    const names = [...new Set(Object.values(document.secrets).map((secret) => secret.name))];
    for (const name of names) await engine.createSecret({ name, labels: {}, data: Buffer.from('x') });
    for (const { id, hostname } of await engine.nodes()) {
      const roles = placements.filter((placement) => placement.nodes.includes(hostname));
      await engine.updateNodeLabels(id, {
        add: Object.fromEntries(roles.map(({ role }) => [nodeLabel(stack, role), 'true'])),
      });
    }
    await engine.deployStack(stack, text, { env: environment ?? {} });
    const [services, networks, secrets, nodes, volumes, info] = await Promise.all([
      engine.services(),
      engine.networks({ stack }),
      engine.secrets({ names }),
      engine.nodes(),
      engine.localVolumes({}),
      engine.info(),
    ]);
    const live = {
      services,
      networks,
      secrets: secrets.map((secret) => secret.name),
      nodes,
      volumes: { nodeId: info.swarm.nodeId, volumes },
    };
    return planChanges({ ...input, live });
  }

  it('has a bundle of every stack definition to deploy', () => {
    expect([...new Set(folders.map((folder) => goldenBundle(folder, 'x').definition.name))].sort()).toEqual(
      stacks.map(({ name }) => name).sort(),
    );
  });

  it.each(folders.map((folder, index) => [folder, `golden-${index}`]))(
    'the bundle %s needs no changes',
    async (folder, stack) => {
      const bundle = goldenBundle(folder, stack);
      const { placements, environment } = bundle.definition.plan(bundle.name, bundle.answers);
      const { text, document } = rendered(bundle);
      const plan = await deployed(
        {
          stack,
          document,
          placements,
          environment: Object.fromEntries(Object.keys(environment).map((variable) => [variable, VALUE])),
        },
        text,
      );
      const count = Object.keys(document.services).length;
      expect(describePlan(plan)).toEqual([
        `No changes. ${count} ${count === 1 ? 'service is' : 'services are'} as stack.yml says.`,
      ]);
      expect(plan.empty).toBe(true);
      // A port of one node and the same port of all nodes keep each other out.
      for (const { id } of await engine.services({ stack })) await engine.removeService(id);
    },
  );

  const documents = Array.from({ length: DOCUMENTS }, (_unused, index): [string, StackDocument] => {
    const stack = `any-${index}`;
    const [document] = fc.sample(
      soundDocuments(stack, 20_000 + 20 * index, [
        'example/server:1',
        'redis',
        'docker.io/library/redis:7',
        `redis@sha256:${'5'.repeat(64)}`,
      ]),
      { seed: SEED + index, numRuns: 1 },
    );
    if (document === undefined) throw new Error('fast-check gave no document');
    return [stack, document];
  });

  it.each(documents)(
    `the generated document %s needs no changes (BUNDLE_TEST_SEED=${SEED})`,
    async (stack, document) => {
      const plan = await deployed(
        { stack, document, placements: [], environment: { SUPPLIED: VALUE } },
        renderStack({ document, heading: [], comments: {} }),
      );
      expect(describePlan(plan)).toEqual([expect.stringMatching(/^No changes\./)]);
      expect(plan.empty).toBe(true);
    },
  );
});
