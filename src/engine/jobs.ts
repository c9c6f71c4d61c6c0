/** Jobs: commands that run once in the swarm, or once on each node. */
import * as z from 'zod';
import type { EngineLocation } from './address.ts';
import type { Api } from './api.ts';
import { Labels, parse, parseList, stackObject } from './mapping.ts';
import type { Engine, JobSpec } from './port.ts';
import { registryAuth } from './registry-auth.ts';

const Created = z.object({ ID: z.string() });
const Job = z.object({ ID: z.string(), Spec: z.object({ Name: z.string(), Labels }) });

/** Its work is done, or worth nothing: it is not waited for. Nanoseconds. */
const STOP_GRACE = 1_000_000_000;
/**
 * ServiceSpec of the Engine API, 1.41. A service that is never restarted, and none of the swarm's own modes for jobs:
 * of those Engine 20.10 keeps tasks and containers for good when the service is removed, which hold volumes (seen with
 * 20.10.24, not with 28.5.2; moby/moby#42789).
 */
function specOf({
  name,
  labels,
  image,
  command,
  networks,
  constraints,
  eachNode = false,
  binds = [],
  volumes = [],
  secrets,
}: JobSpec): object {
  return {
    Name: name,
    Labels: labels,
    Mode: eachNode ? { Global: {} } : { Replicated: { Replicas: 1 } },
    TaskTemplate: {
      ContainerSpec: {
        Image: image,
        Command: command,
        StopGracePeriod: STOP_GRACE,
        Mounts: [
          ...binds.map(({ source, target }) => ({ Type: 'bind', Source: source, Target: target, ReadOnly: true })),
          ...volumes.map(({ source, target, labels: Labels, driver }) => ({
            Type: 'volume',
            Source: source,
            Target: target,
            ReadOnly: true,
            VolumeOptions: {
              Labels,
              ...(driver && { DriverConfig: { Name: driver.name, Options: driver.options } }),
            },
          })),
        ],
        Secrets: secrets.map((secret) => ({
          SecretID: secret.id,
          SecretName: secret.name,
          File: { Name: secret.target, UID: '0', GID: '0', Mode: 0o444 },
        })),
      },
      RestartPolicy: { Condition: 'none' },
      Placement: { Constraints: constraints },
      Networks: networks.map((id) => ({ Target: id })),
      // Whatever the engine's default is: some drivers cannot be read.
      LogDriver: { Name: 'json-file' },
    },
    // A virtual IP would be of no use to it.
    EndpointSpec: { Mode: 'dnsrr' },
  };
}

/** The part of the port that is about jobs. */
export function jobCalls(api: Api, location: EngineLocation): Pick<Engine, 'createJob' | 'jobs'> {
  return {
    async createJob(job) {
      const what = `create job ${job.name}`;
      const auth = await registryAuth(job.image, location.configDir, location.child.env);
      const answer = await api.json({
        what,
        method: 'POST',
        path: '/services/create',
        body: specOf(job),
        ...(auth === undefined ? {} : { headers: { 'X-Registry-Auth': auth } }),
      });
      return parse(Created, answer, what).ID;
    },

    async jobs({ stack }) {
      const what = `list the jobs of stack ${stack}`;
      const filters = { label: [`bundle.stack=${stack}`, 'bundle.kind'] };
      return parseList(Job, await api.json({ what, path: '/services', query: { filters } }), what).map(({ ID, Spec }) =>
        stackObject(ID, Spec.Name, Spec.Labels),
      );
    },
  };
}
