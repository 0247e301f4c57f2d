#!/bin/sh
# What a machine does when its power comes on, as the first process of its own pid and mount namespaces: when this one is
# killed, the kernel kills whatever else runs there, and every mount goes too.
#
# usage: boot.sh MACHINE CGROUP CONTAINERD CTR KUBELET [KUBELET'S ARGUMENTS]
set -eu
machine=$1 cgroup=$2 containerd=$3 ctr=$4
shift 4

for controller in /sys/fs/cgroup/*/; do
    if [ -d "$controller$cgroup" ]; then echo 0 > "$controller$cgroup/cgroup.procs"; fi
done

# The programs have a node's paths in them, so those lead to this machine: /run, which forgets, to memory; /var/lib and
# /var/log to its disk. The one in which the machine's own files lie is covered last.
mount -n -t tmpfs -o mode=755 tmpfs "$machine/run"
mkdir "$machine/run/machine"
mount -n --bind "$machine/etc" "$machine/run/machine"
mount -n --bind "$machine/disk/log" /var/log
mount -n --rbind "$machine/run" /run
mount -n --bind "$machine/disk/lib" /var/lib

# What the kernel says about the hardware, and when it booted.
board=/run/machine/board
mount -n --bind $board/meminfo /proc/meminfo
mount -n --bind $board/node /sys/devices/system/node
mount -n --bind $board/boot_id /proc/sys/kernel/random/boot_id
if [ -f /etc/machine-id ]; then mount -n --bind $board/machine-id /etc/machine-id; fi
# A CNI plugin switches forwarding on, for the whole host. Here it finds that done already.
mount -n --bind $board/ip_forward /proc/sys/net/ipv4/ip_forward

# What ends is started again, as a node's systemd does.
keep() {
    while :; do
        "$@" &
        echo $! > "/run/${1##*/}.pid"
        wait $! || true
        sleep 1
    done
}

# Without its CRI plugin, which starts only where the host has inotify instances left, containerd lives on and serves
# no kubelet.
keep "$containerd" --config /run/machine/containerd.toml &
lives=1
while
    until "$ctr" version > /dev/null 2>&1; do sleep 0.1; done
    ! "$ctr" plugins list id==cri | grep -q ' ok *$'
do
    echo "boot.sh: containerd has come up without its CRI plugin, $lives of 5 times:"
    "$ctr" plugins list --detailed id==cri
    if [ $lives = 5 ]; then exit 1; fi
    lives=$((lives + 1))
    pid=$(cat /run/containerd.pid)
    kill -KILL "$pid" || true
    while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
done
"$ctr" --namespace k8s.io images import --snapshotter overlayfs /run/machine/pause.tar
keep "$@" &
wait
