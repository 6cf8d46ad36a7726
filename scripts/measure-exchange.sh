#!/bin/bash
# Measures what two ranks of `asr train` spend in communication over a network of a given rate and delay, on one machine: the second table of
# docs/clusters.md. Each rank has a network namespace and a host name of its own; scripts/limited-link.c is the cable between them, and
# mpirun talks to its daemons over two other interfaces.
#
#   apt-get install libopenmpi-dev openmpi-bin iproute2; make mpi
#   sudo scripts/measure-exchange.sh MEGABITS MILLISECONDS TRAIN-DATA DEV-DATA [asr train options]
#
# One pass over TRAIN-DATA in small batches, float32, one thread and one micro-batch each. Prints the medians of all steps: seconds in
# communication, with the lowest and the highest, and the rest of the step, which scripts/step-time.py takes for a micro-batch.
set -euo pipefail
if [ $# -lt 4 ]; then
    echo "usage: $0 MEGABITS MILLISECONDS TRAIN-DATA DEV-DATA [asr train options]" >&2
    exit 64
fi
asr=${ASR:-$(cd "$(dirname "$0")/.." && pwd)/.build/release/asr}
work=$(mktemp -d)
cable=
clean() {
    [ -z "$cable" ] || kill "$cable"
    for number in 1 2; do ip netns delete "asr-$number" 2> /dev/null || true; done
    rm -rf "$work"
}
trap clean EXIT

for number in 1 2; do
    ip netns add "asr-$number"
    ip -n "asr-$number" link set lo up
    # The interface of this side goes with the namespace.
    ip link add "asr-control-$number" type veth peer name control netns "asr-$number"
    ip address add "10.8.$number.1/24" dev "asr-control-$number"
    ip link set "asr-control-$number" up
    ip -n "asr-$number" address add "10.8.$number.2/24" dev control
    ip -n "asr-$number" link set control up
    ip -n "asr-$number" route add default via "10.8.$number.1"
done
# mpirun starts its daemons by this instead of ssh.
cat > "$work/shell" << 'END'
#!/bin/sh
host=$1
shift
exec ip netns exec "$host" unshare --uts sh -c "hostname $host; $*"
END
chmod +x "$work/shell"

cc -O2 -pthread "$(dirname "$0")/limited-link.c" -o "$work/limited-link"
chrt -f 50 "$work/limited-link" asr-1 10.9.0.1 asr-2 10.9.0.2 "$1" "$2" &
cable=$!
sleep 1

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpirun -n 2 --host asr-1:1,asr-2:1 --bind-to none --mca plm_rsh_agent "$work/shell" --mca oob_tcp_if_include 10.8.0.0/16 \
    --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include 10.9.0.0/24 \
    "$asr" train --train "$3" --dev "$4" --output "$work/model" --threads 1 --set stopping.epochs=1 \
    --set batches.maximumFramesPerBatch=2000 --set batches.maximumFramesPerMicroBatch=1000 --set evaluation.maximumUtterances=1 \
    "${@:5}" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
python3 - "$work/model/metrics.jsonl" << 'END'
import json, statistics, sys

lines = [json.loads(line) for line in open(sys.argv[1])]
steps = [line for line in lines if "communicationInSeconds" in line]
seconds = [line["communicationInSeconds"] for line in steps]
others = [line["durationInSeconds"] - line["communicationInSeconds"] - line["waitingInSeconds"] for line in steps]
print(f"{len(seconds)} steps: {statistics.median(seconds):.3f} s in communication ({min(seconds):.3f} to {max(seconds):.3f}), "
      f"{statistics.median(others):.3f} s of a micro-batch")
END
