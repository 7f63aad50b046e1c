#!/bin/sh
# For Helm 3: helm upgrade … --no-hooks --post-renderer ./post-render.sh. It sees no hooks, so scale with kubectl first,
# or use --no-hooks.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$(dirname "$0")"/*.yaml "$folder"
cat > "$folder/chart.yaml"
kubectl kustomize "$folder"
