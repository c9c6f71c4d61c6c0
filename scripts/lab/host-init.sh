#!/bin/sh
# First process of a lab host, in new mount, uts and pid namespaces and the host's network namespace.
# Arguments: HOSTNAME, DIRECTORY (of the host, in the lab's), CGROUP_VERSION, V1_HIERARCHIES (space separated, each as
# `mount -o` takes it), ENGINE_CONTROLLERS, ENGINE_CGROUP, ENGINE_DIRECTORY (of its programs and libraries; empty for the
# machine's own), then the engine's command line.
# In DIRECTORY it finds resolv.conf and, for a host that claims another memory size than the machine's, meminfo.
# It stays as process 1: when it ends, however that happens, the kernel ends everything on the host.
set -eu

name=$1 dir=$2 version=$3 hierarchies=$4 engine_controllers=$5 engine_cgroup=$6 programs=$7
shift 7

hostname "$name"
mount -t proc proc /proc

# What is laid over directories below shows nothing of a file system that is mounted inside of one: of the checkout's, if
# it is on one. Put back at the end, at its own path, which the programs know their libraries by.
if [ -n "$programs" ]; then
	mkdir -p "$dir/programs"
	mount --bind "$programs" "$dir/programs"
fi

# This namespace began as a copy of the machine's mounts. Those of namespaces and containers would be kept alive by the
# copy after their owner (another lab, the machine's own engine) removed them.
awk '$5 != "/" { for (i = 7; i <= NF; i++) if ($i == "-") { if ($(i + 1) == "nsfs" || $(i + 1) == "overlay") print $5; break } }' \
	/proc/self/mountinfo | while read -r point; do
	point=$(printf '%b' "$point")
	[ "$point" = "$dir/programs" ] || umount -l "$point" || true
done

mount -t sysfs sysfs /sys
if [ "$version" = 1 ]; then
	mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
	for controllers in $hierarchies; do
		mkdir "/sys/fs/cgroup/${controllers#name=}"
		options=$controllers
		[ "$controllers" = "${controllers#name=}" ] || options=none,$controllers
		mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/${controllers#name=}"
		for one in $(echo "$controllers" | tr , ' '); do
			[ -e "/sys/fs/cgroup/${one#name=}" ] || ln -s "$controllers" "/sys/fs/cgroup/$one"
		done
	done
else
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
echo 0 >"/sys/fs/cgroup/$engine_controllers/$engine_cgroup/cgroup.procs"

# A disk of its own where an engine writes (its identity in /etc/docker, /opt/containerd) and where stacks bind-mount from.
for top in /etc /home /media /mnt /opt /root /srv /var; do
	[ -d "$top" ] || continue
	case $dir in "$top"/*) continue ;; esac # an overlay cannot lie inside of what it covers
	mkdir -p "$dir/disk$top" "$dir/disk-work$top"
	if ! mount -t overlay -o "lowerdir=$top,upperdir=$dir/disk$top,workdir=$dir/disk-work$top" overlay "$top"; then
		echo "lab: $top is shared with the machine: no overlay on it" >&2
	elif [ "$top" = /etc ] && [ ! -e "$dir/disk/etc/docker/key.json" ]; then
		# An engine of this machine, up to 20.10, keeps its identity there: with it all hosts would be one engine.
		rm -f /etc/docker/key.json
	fi
done

# Engines keep sockets and namespaces of their containers under /run, whatever their exec root is.
resolv_target=$(readlink -f /etc/resolv.conf)
mount -t tmpfs -o mode=755 tmpfs /run
case $resolv_target in
/run/*) mkdir -p "$(dirname "$resolv_target")" && : >"$resolv_target" ;;
esac
mount --bind "$dir/resolv.conf" "$resolv_target"
[ ! -e "$dir/meminfo" ] || mount --bind "$dir/meminfo" /proc/meminfo

if [ -n "$programs" ] && [ ! -e "$programs/bin" ]; then
	mkdir -p "$programs"
	mount --bind "$dir/programs" "$programs"
fi

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
