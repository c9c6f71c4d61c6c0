/** Starts every line of the answer; any other line is somebody else's. */
export const HOST_MARK = 'bundle-host';
/** Where the second job has the host's directory. */
export const BIND_TARGET = '/bundle-host';

const PRELUDE = `LC_ALL=C; export LC_ALL
say() { printf '${HOST_MARK} %s\\n' "$*"; }
disk() {
  df -Pk "$1" 2>/dev/null | {
    IFS= read -r heading && read -r device size used free rest && say disk "$free"
  }
}`;

/**
 * The program of the job that asks a host: POSIX sh, cat and, for the disk, df. It runs in the host's own network,
 * prints numbers and the names of interfaces, and always ends well: swarm would make a failed task of such a job anew.
 * A shell may read byte by byte, and of /proc/sys the kernel gives only the first so: hence cat. Docker mounts a
 * container's /etc/hostname from its data root, where it keeps volumes too. In /proc/net/tcp and udp (Linux:
 * Documentation/networking/proc_net_tcp.rst, include/net/tcp_states.h) 0A is a listening socket, 07 an open one of UDP;
 * ports are in hexadecimal. /proc/net/if_inet6, which is there if the kernel has IPv6, names the interface of each
 * address (net/ipv6/addrconf.c, if6_seq_show).
 */
export function factsScript(sysctls: readonly string[], ports: readonly number[]): string {
  const wanted = [...new Set(ports)].map((port) => port.toString(16).toUpperCase().padStart(4, '0'));
  return `${PRELUDE}
sysctl() { value=$(cat "/proc/sys/$2" 2>/dev/null) && say sysctl "$1" $value; }
${sysctls.map((name) => `sysctl ${name} ${name.replaceAll('.', '/')}`).join('\n')}
disk /etc/hostname
for each in /sys/class/net/*; do
  mtu=; { IFS= read -r mtu < "$each/mtu"; } 2>/dev/null && say mtu "\${each##*/}" "$mtu"
done
{ IFS= read -r heading; while read -r name to gateway flags references use metric mask rest; do say route "$name" "$to" "$mask"; done; } < /proc/net/route 2>/dev/null
{ while read -r address index prefix scope flags name; do say address "$name" "$address"; done; } 2>/dev/null < /proc/net/if_inet6
sockets() {
  { IFS= read -r heading && say sockets "$1" && while read -r slot local remote state rest; do
    [ "$state" = "$2" ] || continue
    case ' ${wanted.join(' ')} ' in *" \${local##*:} "*) say open "$1" "\${local##*:}" ;; esac
  done; } 2>/dev/null < "/proc/net/$3"
}
sockets tcp 0A tcp
sockets tcp 0A tcp6
sockets udp 07 udp
sockets udp 07 udp6
say end
exit 0`;
}

/** The program of the job that has a host's directory at BIND_TARGET: that it runs at all is the answer. */
export const BIND_SCRIPT = `${PRELUDE}
disk ${BIND_TARGET}
say end
exit 0`;
