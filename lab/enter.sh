# Run a program in a private view of a chroot: sh enter.sh ROOT USER [HOST_FOLDER PLACE rw|ro]... -- COMMAND...
# The chroot is read-only, the given folders are bound below its /mnt. Called through `unshare -m`, so that no
# mount outlives the program. ROOT is - for a program of the host itself, which gets no binds.
set -e
root=$1 user=$2
shift 2
if [ "$root" != - ]; then
    mount --bind "$root" "$root"
    mount -o remount,ro,bind "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    for folder in mnt tmp run var/tmp; do
        mount -t tmpfs -o mode=1777 tmpfs "$root/$folder"
    done
fi
while [ "$1" != -- ]; do
    if [ "$root" != - ]; then
        mkdir -p "$root$2"
        mount --bind "$1" "$root$2"
        mount -o "remount,$3,bind" "$root$2"
    fi
    shift 3
done
shift
if [ "$root" = - ]; then
    exec "$@"
fi
if [ -n "$LAB_PIVOT" ]; then
    # Who enters namespaces himself (a container engine does) finds their root there: a chroot is none.
    cd "$root"
    mkdir mnt/.host
    pivot_root . mnt/.host
    umount -l /mnt/.host
    root=/
fi
exec chroot --userspec="$user" "$root" "$@"
