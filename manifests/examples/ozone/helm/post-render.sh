#!/bin/sh
# For Helm 3: helm upgrade … --post-renderer ./post-render.sh [--no-hooks --post-renderer-args --no-hooks]
exec rollcall post-render --profile=ozone --name=ozone-om "$@"
