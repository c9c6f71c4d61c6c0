/**
 * What a process of a host does that is no container: by node itself, since the machine may have no other tool for it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../../scripts/lab/lab.ts';

/** Listens on a TCP port of a host until it is stopped. Resolves when the port is open. */
export async function listenOn(lab: Lab, host: string, port: number): Promise<() => Promise<unknown>> {
  const stop = new AbortController();
  const listening = lab
    .exec(host, [process.execPath, '-e', `require('net').createServer().listen(${port})`], {
      signal: stop.signal,
      check: false,
    })
    .catch(() => undefined);
  const open = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  while (!(await lab.exec(host, ['cat', '/proc/net/tcp', '/proc/net/tcp6'], { check: false })).stdout.includes(open))
    await pause(50);
  return () => {
    stop.abort();
    return listening;
  };
}

/**
 * Sends text to a port from the lab's switch and gives what came back until the other side closed; nothing where nobody
 * answers within twenty seconds.
 */
export async function sayTo(lab: Lab, address: string, port: number, text: string): Promise<string> {
  const program = `const s=require('net').connect(${port},${JSON.stringify(address)},()=>s.write(${JSON.stringify(text)}));s.setTimeout(20000,()=>s.destroy());s.on('error',()=>{});s.pipe(process.stdout)`;
  return (await lab.exec('switch', [process.execPath, '-e', program], { check: false })).stdout;
}
