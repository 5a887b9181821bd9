#!/bin/sh
# Runs a command, then says how long it took: phase.sh NAME COMMAND [ARGUMENT ...]
name=$1
shift
start=$(date +%s)
"$@"
status=$?
if [ $status -eq 0 ]; then result=took; else result="failed after"; fi
echo "[$name] $result $(($(date +%s) - start)) s"
exit $status
