import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { AGENT_LIST } from '../../scripts/images/simulator/agent-list.ts';
import { Cluster, unsupported } from '../support/cluster.ts';

/**
 * A named subnet, an MTU and the manager behind an ingress port. This kernel has no IPVS: the ingress port itself
 * answers nobody here, so that the manager is asked from inside, where agents dial its task and not its virtual IP.
 */
describe.skipIf(unsupported !== undefined)('a network of one’s own', () => {
  let cluster: Cluster;
  const SUBNET = '10.20.0.0/24';

  beforeAll(async () => {
    cluster = await Cluster.make('net');
    const { probe } = await buildImages(cluster.lab, { only: ['probe'] });
    const answers = {
      'network.subnet': SUBNET,
      'network.mtu': '1400',
      'manager.portMode': 'ingress',
      'verify.probeImage': probe,
      ...AGENT_LIST,
    };
    const made = await cluster.init('node1', answers);
    expect(made.code, made.all).toBe(0);
  });
  afterAll(async () => {
    await cluster.remove();
  });

  const inspect = async (args: string[]): Promise<string> => (await cluster.docker(args)).stdout.trim();

  it('is deployed as written, and at rest after that', async () => {
    const checked = await cluster.run(['check']);
    expect(checked.all).toContain(`net_imply: ${SUBNET} has room`);
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
    expect(JSON.parse(await inspect(['network', 'inspect', 'net_imply', '--format', '{{json .IPAM.Config}}']))).toEqual(
      [{ Subnet: SUBNET, Gateway: '10.20.0.1' }],
    );
    expect(
      JSON.parse(await inspect(['service', 'inspect', 'net_imply-manager', '--format', '{{json .Spec.EndpointSpec}}'])),
    ).toEqual({
      Mode: 'vip',
      Ports: [{ Protocol: 'tcp', TargetPort: 9097, PublishedPort: 9097, PublishMode: 'ingress' }],
    });
    // The option is the MTU of the hosts' network: VXLAN's 50 bytes are taken off it.
    const container = await inspect(['ps', '-q', '-f', 'label=com.docker.swarm.service.name=net_imply-data-1']);
    expect((await inspect(['exec', container, 'sh', '-c', 'cat /sys/class/net/*/mtu'])).split('\n')).toContain('1350');
    expect((await cluster.run(['plan'])).stdout).toMatch(/^No changes\./m);
  });

  it('lets agents reach the manager past its virtual IP, by the name in its certificate', async () => {
    const verified = await cluster.run(['verify', '--only', 'api-tls', '--only', 'registered']);
    expect(verified.code, verified.all).toBe(0);
    expect(verified.all).toContain('CN=tasks.imply-manager');
  });

  it('stays as it is where bundle.yaml names another subnet, and plan says so', async () => {
    const changed = await cluster.run(['init', '--yes', '--no-prepare', '--set', 'network.subnet=10.21.0.0/24']);
    expect(changed.code, changed.all).toBe(0);
    expect((await cluster.run(['plan'])).stdout).toMatch(
      /! network net_imply differs, and stays so[^]*subnet 10\.21\.0\.0\/24 is not as stack\.yml says[^]*No changes\./,
    );
  });

  it('is refused by check where it holds a node’s address', async () => {
    const address = await inspect(['node', 'inspect', 'node2', '--format', '{{.Status.Addr}}']);
    await cluster.run(['destroy', '--yes']);
    const inside = await cluster.run([
      'init',
      '--yes',
      '--no-prepare',
      '--set',
      `network.subnet=${address.replace(/\.\d+$/, '.0/24')}`,
    ]);
    expect(inside.code, inside.all).toBe(0);
    const checked = await cluster.run(['check']);
    expect(checked.code).toBe(3);
    expect(checked.all).toContain(`holds the address of node node2 (${address})`);
  });
});
