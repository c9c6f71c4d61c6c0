/**
 * `/root/readiness-check`: fails until services exist, and answer. Before the cluster is started by a person that is
 * always.
 */
import { servicesAreUp } from './probes.ts';

process.exitCode = (await servicesAreUp(process.env['SIMULATOR_STATE_ROOT'] ?? '')) ? 0 : 1;
