/** Swarm configs: small data that every manager holds and every operator can read. */
import * as z from 'zod';
import type { Api } from './api.ts';
import { parse, parseList, SpecObject, stackFilter, Text } from './mapping.ts';
import type { Engine } from './port.ts';

const Created = z.object({ ID: z.string() });
const Config = SpecObject.extend({
  CreatedAt: Text,
  UpdatedAt: Text,
  Spec: SpecObject.shape.Spec.extend({ Data: Text }),
});

/** The part of the port that is about configs. */
export function configCalls(
  api: Api,
): Pick<Engine, 'configs' | 'createConfig' | 'updateConfigLabels' | 'removeConfig'> {
  return {
    async configs(filter) {
      const what = 'list the configs';
      const filters =
        'stack' in filter
          ? stackFilter(filter.stack)
          : {
              label: [
                ...('owner' in filter ? [`bundle.stack=${filter.owner}`] : []),
                ...(filter.kind === undefined ? [] : [`bundle.kind=${filter.kind}`]),
              ],
            };
      const found = parseList(Config, await api.json({ what, path: '/configs', query: { filters } }), what);
      return found.map(({ ID, Version, CreatedAt, UpdatedAt, Spec }) => ({
        id: ID,
        name: Spec.Name,
        labels: Spec.Labels,
        version: Version.Index,
        createdAt: CreatedAt,
        updatedAt: UpdatedAt,
        data: Buffer.from(Spec.Data, 'base64'),
      }));
    },

    async createConfig({ name, labels, data }) {
      const what = `create config ${name}`;
      const body = { Name: name, Labels: labels, Data: Buffer.from(data).toString('base64') };
      return parse(Created, await api.json({ what, method: 'POST', path: '/configs/create', body }), what).ID;
    },

    async updateConfigLabels({ id, name, version, data }, labels) {
      // The data goes back as it came: the swarm refuses any change but of labels.
      const body = { Name: name, Labels: labels, Data: data.toString('base64') };
      await api.json({
        what: `label config ${name}`,
        method: 'POST',
        path: `/configs/${encodeURIComponent(id)}/update`,
        query: { version },
        body,
      });
    },

    async removeConfig(id) {
      await api.json({ what: `remove config ${id}`, method: 'DELETE', path: `/configs/${encodeURIComponent(id)}` });
    },
  };
}
