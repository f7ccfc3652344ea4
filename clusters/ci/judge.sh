#!/usr/bin/env bash
# What action.yml does to judge a cluster: runs the suite with the action's inputs, and writes its outputs and the job's
# summary. It succeeds also where the suite does not, so that the reports are kept: the exit code is one of the outputs.
#   judge.sh KMC        KMC: the program kmc
set -euo pipefail
kmc=$1
run=ci
words=(--run-id "$run" --reports "$REPORTS")
as_root=()
if [ -n "$KUBECONFIG_FILE" ]; then
    words+=(--kubeconfig "$KUBECONFIG_FILE" --namespace "$NAMESPACE" --image-registry "$REGISTRY")
    if [ "$REGISTRY" = kind.local ]; then
        "$kmc" images build --push kind.local --lock "$RUNNER_TEMP/lock.yaml"
        words+=(--image-lock "$RUNNER_TEMP/lock.yaml")
    fi
else
    words+=(--embedded)
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo --preserve-env "PATH=$PATH")
    fi
fi
if [ -n "$PROFILES" ]; then words+=(--profile "$PROFILES"); fi
if [ -n "$BASELINE" ]; then words+=(--baseline "$BASELINE"); fi
read -r -a more <<<"$OPTIONS"

code=0
"${as_root[@]}" "$kmc" run "${words[@]}" "${more[@]}" || code=$?
if [ "${#as_root[@]}" -gt 0 ] && [ -e "$REPORTS" ]; then
    sudo chown -R "$(id -u):$(id -g)" "$REPORTS"
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
report=$REPORTS/$run/conformance-report.json
if [ -e "$report" ]; then
    {
        echo "report=$report"
        echo "verdict=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["verdict"])' "$report")"
    } >>"$GITHUB_OUTPUT"
    "$kmc" report summary "$report" >>"$GITHUB_STEP_SUMMARY"
else
    echo "The cluster could not be judged (exit code $code): see the log." >>"$GITHUB_STEP_SUMMARY"
fi
