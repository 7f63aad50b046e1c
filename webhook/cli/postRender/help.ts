export const HELP = `rollcall post-render --profile NAME: change the manifests of a Helm chart for Rollcall, as Helm's post-renderer

It reads the manifests from standard input and prints them with these changes; all other text stays as it is:
  - the pods of the StatefulSet get the label rollcall.dev/profile and a service account
  - its Service publishes the addresses of pods that are not ready
  - init containers and hooks of the chart that do what Rollcall does are removed (Ozone: bootstrap, decommission and
    transfer of leadership)
  - ServiceAccount, RoleBinding (to ClusterRole rollcall-member) and PodDisruptionBudget are added where there are none

      --profile NAME           the RollcallProfile
      --name NAME              the StatefulSet; needed if the chart has several
      --service-account NAME   the pods' service account (default: that of the chart, or the name of the StatefulSet)
      --selector               also add the label to the selector: for a new release only, since selectors cannot change
      --patch-only             add no objects
      --no-hooks               the same option is given to Helm, so the chart's hooks do not run

Helm 3 passes no hooks to a post-renderer. If the chart would run hooks that conflict with Rollcall, post-render names
them and fails, so that nothing is applied, until --no-hooks says that Helm does not run them. Helm 4 passes them, and
they are removed.

Examples:
  helm template ozone CHART | rollcall post-render --profile ozone --name ozone-om
  helm upgrade ozone CHART --post-renderer rollcall --post-renderer-args post-render \\
    --post-renderer-args --profile=ozone --post-renderer-args --name=ozone-om              (Helm 3)
  helm upgrade ozone CHART --post-renderer rollcall-ozone                                  (Helm 4, a plugin)

Exit codes: 0 ok, 1 the chart's hooks would conflict, 2 usage or bad input.
`;
