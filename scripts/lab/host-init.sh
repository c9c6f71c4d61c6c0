#!/bin/sh
# First process of a lab host, in new mount, uts and pid namespaces and the host's network namespace.
# Arguments: HOSTNAME, RESOLV_CONF, MEMINFO (or ''), CGROUP_VERSION, V1_HIERARCHIES (space separated, each as `mount -o`
# takes it), ENGINE_CONTROLLERS, ENGINE_CGROUP, then the engine's command line.
# It stays as process 1: when it ends, however that happens, the kernel ends everything on the host.
set -eu

name=$1 resolv_conf=$2 meminfo=$3 version=$4 hierarchies=$5 engine_controllers=$6 engine_cgroup=$7
shift 7

hostname "$name"
mount -t proc proc /proc

# This namespace began as a copy of the machine's mounts. Those of namespaces and containers would be kept alive by the
# copy after their owner (another lab, the machine's own engine) removed them.
awk '$5 != "/" { for (i = 7; i <= NF; i++) if ($i == "-") { if ($(i + 1) == "nsfs" || $(i + 1) == "overlay") print $5; break } }' \
	/proc/self/mountinfo | while read -r point; do
	umount -l "$(printf '%b' "$point")" || true
done

mount -t sysfs sysfs /sys
if [ "$version" = 1 ]; then
	mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
	for controllers in $hierarchies; do
		mkdir "/sys/fs/cgroup/$controllers"
		mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/$controllers"
		for one in $(echo "$controllers" | tr , ' '); do
			[ "$one" = "$controllers" ] || ln -s "$controllers" "/sys/fs/cgroup/$one"
		done
	done
else
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
echo 0 >"/sys/fs/cgroup/$engine_controllers/$engine_cgroup/cgroup.procs"

# Engines keep sockets and namespaces of their containers under /run, whatever their exec root is.
resolv_target=$(readlink -f /etc/resolv.conf)
mount -t tmpfs -o mode=755 tmpfs /run
case $resolv_target in
/run/*) mkdir -p "$(dirname "$resolv_target")" && : >"$resolv_target" ;;
esac
mount --bind "$resolv_conf" "$resolv_target"
[ -z "$meminfo" ] || mount --bind "$meminfo" /proc/meminfo

echo 1 >/proc/sys/net/ipv4/ip_forward

"$@" &
engine=$!
trap 'kill -TERM $engine' TERM
# A trapped signal ends `wait` early.
while kill -0 $engine 2>/dev/null; do
	code=0
	wait $engine || code=$?
done
exit $code
