/** Networks, volumes and containers: what is left of a stack beside its services. */
import * as z from 'zod';
import { BundleError } from '../errors.ts';
import type { Api } from './api.ts';
import { Labels, parse, parseList, stackFilter, stackObject, Text } from './mapping.ts';
import type { Engine } from './port.ts';

const Ipam = z.object({ Config: z.array(z.object({ Subnet: Text })).nullish() }).nullish();
const Network = z.object({
  Id: z.string(),
  Name: z.string(),
  Labels,
  Driver: Text,
  Attachable: z.boolean().default(false),
  Internal: z.boolean().default(false),
  Options: Labels,
  IPAM: Ipam,
});
const Created = z.object({ Id: z.string() });
const Container = z.object({ Id: z.string() });
const Volumes = z.object({ Volumes: z.array(z.object({ Name: z.string(), Labels, CreatedAt: Text })).nullish() });

type StackCalls = Pick<
  Engine,
  | 'networks'
  | 'createNetwork'
  | 'removeNetwork'
  | 'localVolumes'
  | 'removeLocalVolume'
  | 'removeLocalContainers'
  | 'killLocalContainer'
>;

/** The part of the port that is about these. */
export function stackCalls(api: Api): StackCalls {
  const remove = async (what: string, path: string, query: Record<string, boolean> = {}): Promise<void> => {
    await api.json({ what, method: 'DELETE', path, query });
  };

  return {
    async networks(filter) {
      const what = filter === undefined ? 'list the networks' : `list the networks of stack ${filter.stack}`;
      const query = filter === undefined ? {} : { filters: stackFilter(filter.stack) };
      const found = parseList(Network, await api.json({ what, path: '/networks', query }), what);
      // A network in use on this engine may be listed both as the swarm's and as local.
      return [
        ...new Map(
          found.map((network) => [
            network.Id,
            {
              ...stackObject(network.Id, network.Name, network.Labels),
              driver: network.Driver,
              attachable: network.Attachable,
              internal: network.Internal,
              options: network.Options,
              subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet === '' ? [] : [Subnet])),
            },
          ]),
        ).values(),
      ];
    },
    async createNetwork({ name, labels, options }) {
      const what = `create network ${name}`;
      const body = { Name: name, Labels: labels, Driver: 'overlay', CheckDuplicate: true, Options: options };
      return parse(Created, await api.json({ what, method: 'POST', path: '/networks/create', body }), what).Id;
    },
    removeNetwork: (id) => remove(`remove network ${id}`, `/networks/${encodeURIComponent(id)}`),

    async localVolumes({ stack }) {
      const what = stack === undefined ? 'list the volumes' : `list the volumes of stack ${stack}`;
      const { Volumes: found } = parse(
        Volumes,
        await api.json({
          what,
          path: '/volumes',
          ...(stack !== undefined && { query: { filters: stackFilter(stack) } }),
        }),
        what,
      );
      // A volume's name is its identity.
      return (found ?? []).map(({ Name, Labels: labels, CreatedAt }) => ({
        ...stackObject(Name, Name, labels),
        ...(CreatedAt === '' ? {} : { createdAt: CreatedAt }),
      }));
    },
    removeLocalVolume: (name) => remove(`remove volume ${name}`, `/volumes/${encodeURIComponent(name)}`),

    async removeLocalContainers({ stack }) {
      const what = `list the ended containers of stack ${stack}`;
      const filters = { ...stackFilter(stack), status: ['created', 'exited', 'dead'] };
      for (const { Id } of parseList(
        Container,
        await api.json({ what, path: '/containers/json', query: { all: true, filters } }),
        what,
      )) {
        try {
          // Of its volumes, the engine removes those without a name.
          await remove(`remove container ${Id}`, `/containers/${encodeURIComponent(Id)}`, { v: true });
        } catch (error) {
          // Gone, or the engine is just removing it.
          if (
            !(error instanceof BundleError) ||
            (error.code !== 'engine-not-found' && error.code !== 'engine-conflict')
          )
            throw error;
        }
      }
    },

    async killLocalContainer(id) {
      try {
        await api.json({
          what: `kill container ${id}`,
          method: 'POST',
          path: `/containers/${encodeURIComponent(id)}/kill`,
        });
        return true;
      } catch (error) {
        if (!(error instanceof BundleError)) throw error;
        if (error.code === 'engine-not-found') return false;
        // 409: it has ended already, which is what was wanted.
        if (error.code === 'engine-conflict') return true;
        throw error;
      }
    },
  };
}
