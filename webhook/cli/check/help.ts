export const HELP = `rollcall check --from OLD (--to NEW | --replicas N | --delete): predict whether the webhook would allow a
change of StatefulSets, and why, without a cluster

      --from FILE       the current StatefulSets: a file, a folder, or - for standard input
      --to FILE         the StatefulSets after the change, matched by namespace and name; one that is missing here
                        is deleted, one that is only here is created
      --replicas N      scale to N replicas, like kubectl scale; needs --name if there are several StatefulSets
      --delete          delete them, like kubectl delete -f
      --name NAME       check only this StatefulSet, NAME or NAMESPACE/NAME; may be repeated
      --strict          exit 3 if the change is allowed only under assumptions
      --profiles FILE   a file or folder with RollcallProfiles, e.g. from kubectl get rcp -o yaml
                        (default: the documents of --to and --from)
      --ring FILE       the members of the ring, for profiles of type OzoneOM:
                        {"leader":ID,"term":N,"members":[{"id":ID,"healthy":BOOL}]} or {"unknown":REASON}
  -n, --namespace NS    the namespace of objects without one (default: default)
  -o, --output FORMAT   text or json

Examples:
  rollcall check --profiles profiles.yaml --from web.yaml --replicas 3
  rollcall check --profiles profiles.yaml --from old/ --to new/ -o json
  kubectl -n shop get statefulset web -o yaml | rollcall check --profiles profiles.yaml --from - --delete
  rollcall check --profiles profiles.yaml --from om.yaml --replicas 6 --ring ring.json
  rollcall check --profiles profiles.yaml --from apps/ --replicas 2 --name web --strict

check assumes the best of what only a cluster knows (running pods, drained pods, permissions, locks, the record) and
lists this in "assumed"; a cluster may deny the change. It never assumes anything about a ring. JSON output is
{allowed, rule, code, message, removed, assumed, warnings}; for several StatefulSets it is {allowed, decisions}, and
each decision also has namespace and name. In mode Warn everything is allowed, and warnings say "would deny".

Exit codes: 0 allowed, 1 denied, 2 usage or bad input, 3 unknown (the ring is needed and --ring is missing; a file omits
spec.replicas, and pods that may be removed are protected; with --strict: allowed only under assumptions).
`;
