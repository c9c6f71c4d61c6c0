import { cluster, NAME } from './scripts/bench/cluster.ts';
import { entry, run, onSwitch } from './scripts/bench/measure.ts';
import { mkdirSync } from 'node:fs';
mkdirSync('/tmp/sp/vlab', { recursive: true });
const { lab, directory } = await cluster('/tmp/sp/vlab');
console.log(JSON.stringify({ env: lab.env('node1'), directory, sw: onSwitch(lab, 'x', []), cli: await lab.cli() }));
