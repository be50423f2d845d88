# Runs the commands of docs/tutorial.md in a private view of this machine: sh tutorial.sh FOLDER ASTERISK_ETC, in a mount
# namespace of its own. /etc and /opt may be written, and nobody else sees what is.
set -e
folder=$1 etc=$2
for place in etc opt; do
    mkdir "$folder/$place.new" "$folder/$place.work"
    mount -t overlay overlay -o "lowerdir=/$place,upperdir=$folder/$place.new,workdir=$folder/$place.work" "/$place"
done
mkdir -p /etc/asterisk /etc/systemd/system "$folder/bin" "$folder/state"
mount --bind "$etc" /etc/asterisk
program() { { echo '#!/bin/sh'; cat; } >"$folder/bin/$1"; chmod +x "$folder/bin/$1"; }
program asterisk <"$folder/asterisk.sh"
program apt-get <<'END'
echo "(the lab has it: $*)"
END
# As the unit says: its program, its environment file, its folder.
program systemctl <<END
unit=/etc/systemd/system/asterisk-agent.service
say() { sed -n "s/^\$1=//p" \$unit; }
case \$1 in
daemon-reload) test -f \$unit ;;
enable)
    set -a; . "\$(say EnvironmentFile)"; set +a
    STATE_DIRECTORY=$folder/state setsid \$(say ExecStart) >$folder/agent.log 2>&1 &
    echo \$! >$folder/agent.pid ;;
is-active)
    for _ in \$(seq 300); do
        if grep -q ' ready: ' $folder/agent.log && kill -0 \$(cat $folder/agent.pid); then echo active; exit 0; fi
        sleep 0.2
    done
    cat $folder/agent.log; exit 3 ;;
esac
END
PATH=$folder/bin:$PATH
cd "$folder/checkout"
bash -e -v "$folder/typed.sh"
touch "$folder/done"
exec sleep infinity
