/**
 * Why nodes do not reach each other in an overlay network (Docker Engine's documentation, "Networking with overlay
 * networks": UDP 4789 and ESP, protocol 50, between all nodes, `--data-path-addr`, `--data-path-port`; moby/moby#44826
 * and #36689: NSX on the same port, checksums offloaded).
 */
export const OVERLAY_CAUSES =
  'the three usual causes: (1) a firewall or security group drops UDP 4789 between them (of an encrypted network also ' +
  'IP protocol 50); (2) the address that one of them gave the swarm is not the one the others reach: `docker node ' +
  'inspect NODE --format {{.Status.Addr}}`, then --advertise-addr or --data-path-addr; (3) a hypervisor or network ' +
  'card takes VXLAN for its own or breaks its checksums: another port with `docker swarm init --data-path-port`, or ' +
  '`ethtool -K INTERFACE tx-checksum-ip-generic off`';
