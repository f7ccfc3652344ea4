#!/usr/bin/env bash
# Installs a release of Knative Serving, with Kourier as its ingress, into kubectl's current cluster: install-knative.sh 1.21.0
set -euo pipefail
release=knative-v${1:?usage: install-knative.sh VERSION, such as 1.21.0}
serving=https://github.com/knative/serving/releases/download/$release
kourier=https://github.com/knative-extensions/net-kourier/releases/download/$release

kubectl apply --filename "$serving/serving-crds.yaml"
kubectl wait crd --all --for condition=Established --timeout 60s
kubectl apply --filename "$serving/serving-core.yaml" --filename "$kourier/kourier.yaml"

# The port that kind.yaml maps.
kubectl patch service kourier --namespace kourier-system \
    --patch '{"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 31080}]}}'
kubectl wait deployment --all --namespace knative-serving --for condition=Available --timeout 300s
kubectl wait deployment --all --namespace kourier-system --for condition=Available --timeout 300s
# Knative's webhook checks these settings, so it has to be there.
kubectl patch configmap config-network --namespace knative-serving --type merge \
    --patch '{"data": {"ingress-class": "kourier.ingress.networking.knative.dev"}}'
