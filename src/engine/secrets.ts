/** Secrets of the swarm: their names and labels; their data goes one way. */
import * as z from 'zod';
import { BundleError } from '../errors.ts';
import { retryOutOfSequence, type Api } from './api.ts';
import { parse, parseList, SpecObject } from './mapping.ts';
import type { Engine } from './port.ts';

const Created = z.object({ ID: z.string() });

/** An engine or a proxy might quote the request it refuses. */
function withoutData(error: unknown, name: string, encoded: string): unknown {
  if (!(error instanceof BundleError) || !JSON.stringify([error.message, error.details]).includes(encoded))
    return error;
  return new BundleError(
    error.code,
    `cannot create secret ${name}: the engine refused it, and its words are withheld as they quote the secret`,
  );
}

/** The part of the port that is about secrets. */
export function secretCalls(
  api: Api,
): Pick<Engine, 'secrets' | 'createSecret' | 'updateSecretLabels' | 'removeSecret'> {
  return {
    async secrets(filter) {
      const what = 'list the secrets';
      // The engine's name filter compares prefixes and case, while the swarm holds names unique without regard to case.
      const query = 'stack' in filter ? { filters: { label: [`bundle.stack=${filter.stack}`] } } : {};
      const found = parseList(SpecObject, await api.json({ what, path: '/secrets', query }), what);
      const names = 'names' in filter ? new Set(filter.names.map((name) => name.toLowerCase())) : undefined;
      return found
        .filter((secret) => names?.has(secret.Spec.Name.toLowerCase()) ?? true)
        .map((secret) => ({
          id: secret.ID,
          name: secret.Spec.Name,
          labels: secret.Spec.Labels,
          createdAt: secret.CreatedAt,
        }));
    },

    async createSecret({ name, labels, data }) {
      const what = `create secret ${name}`;
      const encoded = Buffer.from(data).toString('base64');
      try {
        const answer = await api.json({
          what,
          method: 'POST',
          path: '/secrets/create',
          body: { Name: name, Labels: labels, Data: encoded },
        });
        return parse(Created, answer, what).ID;
      } catch (error) {
        throw withoutData(error, name, encoded);
      }
    },

    async updateSecretLabels(id, labels) {
      const what = `label secret ${id}`;
      const path = `/secrets/${encodeURIComponent(id)}`;
      await retryOutOfSequence(async () => {
        // Spec goes back as it came: the swarm refuses any change but of labels.
        const { Version, Spec } = parse(
          z.object({ Version: z.object({ Index: z.number() }), Spec: z.looseObject({}) }),
          await api.json({ what, path }),
          what,
        );
        await api.json({
          what,
          method: 'POST',
          path: `${path}/update`,
          query: { version: Version.Index },
          body: { ...Spec, Labels: labels },
        });
      });
    },

    async removeSecret(id) {
      await api.json({ what: `remove secret ${id}`, method: 'DELETE', path: `/secrets/${encodeURIComponent(id)}` });
    },
  };
}
