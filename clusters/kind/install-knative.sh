#!/usr/bin/env bash
# Installs a release of Knative Serving, with an ingress, into kubectl's current cluster:
#   install-knative.sh 1.23.0 [kourier|contour|istio]
set -euo pipefail
version=${1:?usage: install-knative.sh VERSION [kourier|contour|istio], such as install-knative.sh 1.23.0}
ingress=${2:-kourier}
serving=https://github.com/knative/serving/releases/download/knative-v$version
plugin=https://github.com/knative-extensions/net-$ingress/releases/download/knative-v$version

# What each ingress is applied from, and the Service that takes requests from outside.
case $ingress in
kourier) files=("$plugin/kourier.yaml") gateway=(kourier-system kourier) ;;
contour) files=("$plugin/contour.yaml" "$plugin/net-contour.yaml") gateway=(contour-external envoy) ;;
istio) files=("$plugin/istio.yaml" "$plugin/net-istio.yaml") gateway=(istio-system istio-ingressgateway) ;;
*)
    echo "there is no ingress $ingress: choose kourier, contour or istio" >&2
    exit 2
    ;;
esac

kubectl apply --filename "$serving/serving-crds.yaml"
if [ "$ingress" = istio ]; then
    kubectl apply --selector knative.dev/crd-install=true --filename "${files[0]}"
fi
kubectl wait crd --all --for condition=Established --timeout 60s
kubectl apply --filename "$serving/serving-core.yaml"
for file in "${files[@]}"; do
    kubectl apply --filename "$file"
done

# The port that kind.yaml maps.
kubectl patch service "${gateway[1]}" --namespace "${gateway[0]}" \
    --patch '{"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 31080}]}}'
kubectl wait deployment --all --namespace knative-serving --for condition=Available --timeout 300s
kubectl wait deployment --all --namespace "${gateway[0]}" --for condition=Available --timeout 300s
# Knative's webhook checks these settings, so it has to be there.
kubectl patch configmap config-network --namespace knative-serving --type merge \
    --patch "{\"data\": {\"ingress-class\": \"$ingress.ingress.networking.knative.dev\"}}"
